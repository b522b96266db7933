//! The mail port: files in a folder, or a server by SMTP.

mod compose;
mod counted;
mod destination;
mod folder;
mod nowhere;
mod smtp;

use std::{path::PathBuf, sync::Arc};

use adx_registry_core::ports::{Clock, Entropy, Mail};
use secrecy::ExposeSecret as _;
use thiserror::Error;

use crate::config;
use compose::Composer;
pub use counted::Counted;
pub use destination::{Destination, Server, Tls};
pub use nowhere::NoMail;

/// Why mail cannot be sent as it is configured.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The address names no way to send mail. It is not repeated: it may hold a password.
    #[error("`mail.url` is not valid: {0}")]
    Destination(&'static str),
    /// There is no sender, or it is none.
    #[error("`mail.from` must be an address such as `ADX registry <registry@example.org>`")]
    From,
    /// The folder cannot be made or written.
    #[error("mail cannot be put into the folder `{}`", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file of `mail.ca_file` cannot be read or has no certificates.
    #[error("`mail.ca_file` (`{}`) must be a file of certificates in PEM", file.display())]
    Authority {
        /// The file.
        file: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// TLS cannot be set up.
    #[error("TLS to the mail server cannot be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Opens what `mail.url` names. A server is not asked yet: mail waits for it in the outbox.
///
/// # Errors
/// [`OpenError`]
pub fn open(
    section: &config::Mail,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<dyn Mail>, OpenError> {
    let destination = Destination::parse(section.url.expose_secret()).map_err(OpenError::Destination)?;
    let composer = |from: Option<&str>, takes_eight_bits| {
        let from = from.and_then(|from| from.parse().ok()).ok_or(OpenError::From)?;
        Ok(Composer { from, takes_eight_bits, clock, entropy })
    };
    Ok(match destination {
        // Nobody answers a file: any sender will do.
        Destination::Folder(folder) => {
            let composer = composer(section.from.as_deref().or(Some("registry@localhost")), true)?;
            Arc::new(folder::Folder::open(folder, composer)?)
        }
        Destination::Server(server) => {
            let composer = composer(section.from.as_deref(), false)?;
            Arc::new(smtp::Smtp::open(server, section.ca_file.as_deref(), section.timeout.0, composer)?)
        }
    })
}
