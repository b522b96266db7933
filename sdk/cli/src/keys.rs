//! Signing keys on disk: PKCS#8 PEM under `$ADX_HOME/keys`, with the public half beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use adx_signing::key::KeyError;
use adx_signing::{PublicKey, SecretKey};
use zeroize::Zeroizing;

use crate::App;
use crate::entropy;
use crate::failure::Failure;
use crate::private::{keep, refuse_if_shared};

/// The key of commands that name none: the one that `adx key use` chose, else the file of this name.
pub(crate) const DEFAULT: &str = "default";

/// Where a key is: a file when it looks like one, else a name under `$ADX_HOME/keys`.
pub(crate) fn path(app: &App, key: Option<&str>) -> PathBuf {
    let key = key.unwrap_or(DEFAULT);
    let key = if key == DEFAULT { app.settings.chosen().key.as_deref().unwrap_or(DEFAULT) } else { key };
    file(app, key)
}

/// Where the key of this very name is, whatever was chosen.
pub(crate) fn file(app: &App, key: &str) -> PathBuf {
    if is_file(key) { PathBuf::from(key) } else { app.settings.home().join("keys").join(format!("{key}.pem")) }
}

/// Whether a key is named by its file.
pub(crate) fn is_file(key: &str) -> bool {
    key.contains(std::path::is_separator) || Path::new(key).extension().is_some()
}

/// `x.pem` → `x.pub.pem`.
pub(crate) fn public_path(path: &Path) -> PathBuf {
    path.with_extension("pub.pem")
}

/// Makes a key and writes both halves. Never over a key that is there.
pub(crate) fn create(app: &App, path: &Path, without_passphrase: bool) -> Result<PublicKey, Failure> {
    if path.exists() {
        return Err(Failure::refused(format!("there already is a key at {}", path.display()))
            .hint("give the new one another name: `adx key new NAME`; a key that signed releases is still needed"));
    }
    let passphrase = if without_passphrase { None } else { Some(new_passphrase(app)?) };
    let mut random = entropy::system();
    let secret = SecretKey::generate(&mut random);
    let pem = secret
        .to_pem(passphrase.as_ref().map(|text| text.as_str()), &mut random)
        .map_err(|error| Failure::failed("cannot encode the key").because(&error))?;
    keep(path, pem.as_bytes())?;
    let public = secret.public();
    keep(&public_path(path), public.to_pem().as_bytes())?;
    Ok(public)
}

/// Opens the secret key, asking for its passphrase if it has one.
pub(crate) fn open(app: &App, path: &Path) -> Result<SecretKey, Failure> {
    let pem = read(path)?;
    refuse_if_shared(path)?;
    let wrong =
        |error: &KeyError| Failure::refused(format!("the key {} cannot be used", path.display())).because(error);
    match SecretKey::from_pem(&pem, app.environment.passphrase()) {
        Ok(key) => Ok(key),
        Err(KeyError::PassphraseNeeded) => {
            let passphrase = ask(app, &format!("Passphrase of {}: ", path.display()))?;
            SecretKey::from_pem(&pem, Some(&passphrase))
                .map_err(|error| wrong(&error).hint("try again; no copy of the passphrase is kept anywhere"))
        }
        Err(error @ KeyError::WrongPassphrase) => {
            Err(wrong(&error).hint("check ADX_KEY_PASSPHRASE, or unset it to be asked"))
        }
        Err(error) => Err(wrong(&error).hint("`adx key new` makes a key that can be used")),
    }
}

/// The public key of `path`, from the file beside it when there is one, so that no passphrase is needed.
pub(crate) fn open_public(app: &App, path: &Path) -> Result<PublicKey, Failure> {
    let beside = public_path(path);
    let file = if beside.exists() { &beside } else { path };
    let pem = read(file)?;
    match PublicKey::from_pem(&pem) {
        Ok(key) => Ok(key),
        Err(_) if file == path => Ok(open(app, path)?.public()),
        Err(error) => Err(Failure::refused(format!("the key {} cannot be used", file.display())).because(&error)),
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, Failure> {
    fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            Failure::not_found(format!("there is no key at {}", path.display()))
                .hint("run `adx key new` to make one, or name another key")
        } else {
            Failure::failed(format!("cannot read {}", path.display())).because(&error)
        }
    })
}

fn new_passphrase(app: &App) -> Result<Zeroizing<String>, Failure> {
    if let Some(passphrase) = app.environment.passphrase() {
        return Ok(Zeroizing::new(passphrase.to_owned()));
    }
    let first = ask(app, "Passphrase for the new key: ")?;
    if first.is_empty() {
        return Err(Failure::usage("an empty passphrase protects nothing").hint("choose one, or say --no-passphrase"));
    }
    let second = ask(app, "The same again: ")?;
    if first != second {
        return Err(Failure::usage("the two passphrases differ").hint("run it again"));
    }
    Ok(first)
}

fn ask(app: &App, question: &str) -> Result<Zeroizing<String>, Failure> {
    if !app.output.can_ask() {
        return Err(Failure::usage("a passphrase is needed and nobody is here to be asked")
            .hint("set ADX_KEY_PASSPHRASE, or make a key with --no-passphrase"));
    }
    rpassword::prompt_password(question)
        .map(Zeroizing::new)
        .map_err(|error| Failure::failed("cannot read the passphrase").because(&error))
}
