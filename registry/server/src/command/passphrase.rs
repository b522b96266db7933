//! Passphrases of people's keys: from the environment, or asked for. The server's own stand in its configuration.

use std::io;

use secrecy::SecretString;

/// The variable, the same that `adx` reads.
pub(super) const VARIABLE: &str = "ADX_KEY_PASSPHRASE";

/// The passphrase of a key that is there.
///
/// # Errors
/// When nobody is there to be asked.
pub(super) fn of(key: &str) -> io::Result<SecretString> {
    from_environment().map_or_else(|| ask(&format!("Passphrase of {key}: ")), Ok)
}

/// The passphrase for a key that is being made; asked for twice.
///
/// # Errors
/// When nobody is there to be asked; of kind [`io::ErrorKind::InvalidInput`] when it is empty, and when the two differ.
pub(super) fn new_for(key: &str) -> io::Result<SecretString> {
    use secrecy::ExposeSecret as _;

    if let Some(passphrase) = from_environment() {
        return Ok(passphrase);
    }
    let first = ask(&format!("Passphrase for {key}: "))?;
    if first.expose_secret().is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "an empty passphrase protects nothing"));
    }
    match ask("The same again: ")? {
        second if second.expose_secret() == first.expose_secret() => Ok(first),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "the two passphrases differ")),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads this variable, which is no setting")]
fn from_environment() -> Option<SecretString> {
    std::env::var(VARIABLE).ok().filter(|text| !text.is_empty()).map(SecretString::from)
}

fn ask(question: &str) -> io::Result<SecretString> {
    rpassword::prompt_password(question).map(SecretString::from)
}
