//! `adx key`: signing keys.

mod change;
mod choose;
mod recover;

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use adx_signing::Namespace;
use adx_signing::token::TokenKind;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::json;

use crate::App;
use crate::failure::Failure;
use crate::keys;

/// Make, show and hand over signing keys; register, add, list and remove a publisher's
#[derive(Subcommand)]
pub(crate) enum Key {
    /// Make a key, encrypted with a passphrase
    New(New),
    /// Show a key's id and public half
    Show(Which),
    /// Write the public half as PEM
    Export(Export),
    /// Choose the key of commands that name none
    Use(choose::Use),
    /// Register the first key of a publisher at the registry
    Register(Register),
    /// List the keys of a publisher
    List(change::List),
    /// Add another key to a publisher, signed by one that it has
    Add(change::Add),
    /// Remove a key from a publisher, signed by another one
    Remove(change::Remove),
    /// Propose, as an owner, a change of keys that no key signs: where all are lost, or one is stolen
    Recover(recover::Recover),
}

/// Make a key
#[derive(Args)]
pub(crate) struct New {
    /// Its name under the home folder's `keys`, or a file
    #[arg(default_value = keys::DEFAULT)]
    key: String,
    /// Keep it unencrypted (for machines that sign by themselves)
    #[arg(long)]
    no_passphrase: bool,
    /// Register it with this publisher at once
    #[arg(long, value_name = "PUBLISHER")]
    register: Option<Namespace>,
}

/// Which key
#[derive(Args)]
pub(crate) struct Which {
    /// Its name, or a file [default: what `adx key use` chose, else `default`]
    #[arg(default_value = keys::DEFAULT, hide_default_value = true)]
    key: String,
}

/// Hand over a public key
#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    which: Which,
    /// Where to write it [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Register the first key of a publisher
///
/// A token is enough for it. Later keys are signed for by one that the publisher has: `adx key add`.
#[derive(Args)]
pub(crate) struct Register {
    /// The publisher's namespace [default: the one of config.toml]
    publisher: Option<Namespace>,
    /// The key's name, or a file [default: what `adx key use` chose, else `default`]
    #[arg(long, default_value = keys::DEFAULT, hide_default_value = true)]
    key: String,
}

impl Key {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::New(command) => command.run(app).await,
            Self::Show(which) => which.show(app),
            Self::Export(command) => command.run(app),
            Self::Use(command) => command.run(app),
            Self::Register(command) => command.run(app).await,
            Self::List(command) => command.run(app).await,
            Self::Add(command) => command.run(app).await,
            Self::Remove(command) => command.run(app).await,
            Self::Recover(command) => command.run(app).await,
        }
    }
}

impl New {
    async fn run(self, app: &App) -> Result<(), Failure> {
        // The name as it was typed: what `adx key use` chose is there already.
        let path = keys::file(app, &self.key);
        let public = keys::create(app, &path, self.no_passphrase)?;
        if let Some(publisher) = &self.register {
            register(app, publisher, &public.to_pem()).await?;
        }
        let next = self.next(app);
        let document = json!({
            "key_id": public.id(),
            "path": path,
            "public_key_pem": public.to_pem(),
            "encrypted": !self.no_passphrase,
            "registered_with": self.register,
        });
        app.output.result(&document, |out| {
            writeln!(out, "{}", path.display())?;
            writeln!(out, "  key id {}", public.id())?;
            match &self.register {
                Some(publisher) => writeln!(out, "  registered with {publisher}"),
                None => writeln!(out, "next: {next}"),
            }
        })
    }
}

impl New {
    fn next(&self, app: &App) -> String {
        let publisher = app.settings.chosen().publisher.as_deref().unwrap_or("PUBLISHER");
        if is_owner_only(app, publisher) {
            return format!("adx key recover {publisher} --key {}", self.key);
        }
        if self.key == keys::DEFAULT && app.settings.chosen().key.is_none() {
            return format!("adx key register {publisher}");
        }
        // Who has a key for every day makes another one to stand beside it.
        if keys::path(app, None).exists() {
            return format!("adx key add {} --publisher {publisher}", self.key);
        }
        format!("adx key register {publisher} --key {}", self.key)
    }
}

/// Whether there is a token of an owner of the publisher, and none of the publisher: with that one nothing is registered.
fn is_owner_only(app: &App, publisher: &str) -> bool {
    let Ok(publisher) = publisher.parse::<Namespace>() else { return false };
    let kind = app.registry_as_owner(&publisher).ok().and_then(|registry| registry.token_kind());
    kind == Some(TokenKind::Owner) && app.registry_of(&publisher).is_ok_and(|registry| registry.token_kind().is_none())
}

impl Which {
    fn show(&self, app: &App) -> Result<(), Failure> {
        let path = keys::path(app, Some(&self.key));
        let public = keys::open_public(app, &path)?;
        let document = json!({
            "key_id": public.id(),
            "path": path,
            "public_key_pem": public.to_pem(),
        });
        app.output.result(&document, |out| {
            writeln!(out, "key id {}", public.id())?;
            writeln!(out, "file   {}", path.display())?;
            write!(out, "{}", public.to_pem())
        })
    }
}

impl Export {
    fn run(self, app: &App) -> Result<(), Failure> {
        let path = keys::path(app, Some(&self.which.key));
        let public = keys::open_public(app, &path)?;
        let pem = public.to_pem();
        if let Some(file) = &self.output {
            write_new(file, &pem)?;
            app.output.step("Exported", &file.display().to_string());
        }
        let document = json!({ "key_id": public.id(), "public_key_pem": pem, "file": self.output });
        app.output.result(&document, |out| match &self.output {
            Some(_) => Ok(()),
            None => write!(out, "{pem}"),
        })
    }
}

/// The file of a secret key must not become that of its public half by a slip.
fn write_new(file: &Path, pem: &str) -> Result<(), Failure> {
    File::create_new(file).and_then(|mut created| created.write_all(pem.as_bytes())).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            Failure::refused(format!("{} is there already", file.display())).hint("name another file with --output")
        } else {
            Failure::failed(format!("cannot write {}", file.display())).because(&error)
        }
    })
}

impl Register {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let publisher = match self.publisher {
            Some(publisher) => publisher,
            None => chosen_publisher(app)?,
        };
        let path = keys::path(app, Some(&self.key));
        let public = keys::open_public(app, &path)?;
        register(app, &publisher, &public.to_pem()).await?;
        let document = json!({ "key_id": public.id(), "publisher": publisher });
        app.output.result(&document, |out| writeln!(out, "{} may sign for {publisher}", public.id()))
    }
}

pub(super) fn chosen_publisher(app: &App) -> Result<Namespace, Failure> {
    let chosen = app
        .settings
        .chosen()
        .publisher
        .as_deref()
        .ok_or_else(|| Failure::usage("no publisher is set").hint("name one; `adx login` keeps yours for you"))?;
    chosen.parse().map_err(|error: adx_signing::name::NameError| {
        Failure::usage(format!("`{chosen}` in config.toml cannot be a publisher")).because(&error)
    })
}

async fn register(app: &App, publisher: &Namespace, pem: &str) -> Result<(), Failure> {
    let path = ["api", "v1", "publishers", publisher.as_str(), "keys"];
    let body = json!({ "public_key_pem": pem });
    app.registry_of(publisher)?.send(Method::POST, &path, Some(&body)).await.map(drop).map_err(|failure| {
        let next =
            format!("{publisher} has keys already: run `adx key add NEW-KEY --publisher {publisher} --sign-with KEY`");
        failure.hint_for("key-change-unsigned", next)
    })
}
