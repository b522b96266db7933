//! Tests that need something that is not on every machine.

use std::ffi::OsString;
use std::path::PathBuf;

/// Says that a test is skipped and how to get what it needs.
///
/// # Panics
/// In CI, where nothing may be skipped (`CI=true`).
pub fn skipped(what: &str, remedy: &str) {
    let message = format!("skipped: {what} was not found; to have it: {remedy}");
    assert!(variable("CI").is_none_or(|value| value != "true"), "{message}");
    eprintln!("{message}");
}

/// A variable of the environment: the tests' one place to read it.
#[expect(clippy::disallowed_methods, reason = "the tests' configuration is the environment, and this its one place")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The program of that name in one of the folders of PATH.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = OsString::from(variable("PATH")?);
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
