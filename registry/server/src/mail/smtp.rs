use std::{error::Error as StdError, path::Path, time::Duration};

use adx_registry_core::ports::{Mail, MailError, Message};
use async_trait::async_trait;
use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    extension::ClientId,
};
use secrecy::ExposeSecret as _;
use thiserror::Error as ThisError;
use tokio::time::timeout;

use super::{
    OpenError,
    compose::Composer,
    destination::{Server, Tls},
};

/// How long the farewell may take once the server has the message: it changes nothing.
const FAREWELL: Duration = Duration::from_secs(2);

/// A mail server.
///
/// One connection a message: `lettre`'s pool takes a connection back in the middle of a command when a message is given
/// up in time, and the next one would be written into the middle of it. A registry sends few.
pub(super) struct Smtp {
    server: Server,
    /// `None` where nothing is encrypted: a machine without authorities can send to itself.
    tls: Option<TlsParameters>,
    hello: ClientId,
    timeout: Duration,
    composer: Composer,
}

/// What the server answered, without its words, which may repeat an address.
#[derive(Debug, ThisError)]
#[error("the mail server answered {0}")]
struct Answered(String);

#[derive(Debug, ThisError)]
#[error("the mail server answered nothing in {0:?}")]
struct Silent(Duration);

#[derive(Debug, ThisError)]
#[error("the mail server's answer is none of SMTP's")]
struct Malformed;

#[derive(Debug, ThisError)]
#[error(
    "the mail server offers no STARTTLS, and `mail.url` asks for encryption: `smtps://HOST` encrypts from the first \
     byte, and `smtp://HOST?tls=opportunistic` does without where it must"
)]
struct NotEncrypted;

impl Smtp {
    pub(super) fn open(
        server: Server,
        ca_file: Option<&Path>,
        timeout: Duration,
        composer: Composer,
    ) -> Result<Self, OpenError> {
        let tls = match server.tls {
            Tls::Off => None,
            _ => Some(parameters(&server.host, ca_file)?),
        };
        // What RFC 5321, 4.1.4, wants is our name; strangers need not know the machine's, so it is the sender's domain.
        let hello = ClientId::Domain(composer.from.email.domain().to_owned());
        Ok(Self { server, tls, hello, timeout, composer })
    }

    /// Whatever goes wrong before the message is offered is not about the message.
    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let Server { host, port, tls, credentials } = &self.server;
        let wrapped = self.tls.clone().filter(|_| *tls == Tls::Wrapped);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), None, &self.hello, wrapped, None)
                .await
                .map_err(unreachable)?;
        match (tls, &self.tls) {
            (Tls::Required | Tls::Opportunistic, Some(parameters)) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), &self.hello).await.map_err(unreachable)?;
            }
            (Tls::Required, _) => {
                connection.abort().await;
                return Err(MailError::Unreachable(Box::new(NotEncrypted)));
            }
            _ => {}
        }
        if let Some((user, password)) = credentials {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(unreachable)?;
        }
        Ok(connection)
    }

    async fn hand_over(&self, message: &lettre::Message) -> Result<AsyncSmtpConnection, MailError> {
        let mut connection = self.connect().await?;
        connection
            .send(message.envelope(), &message.formatted())
            .await
            .map_err(|error| if error.is_permanent() { MailError::Refused(told(error)) } else { unreachable(error) })?;
        Ok(connection)
    }
}

#[async_trait]
impl Mail for Smtp {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let message = self.composer.compose(message)?;
        // `lettre` has a timeout for connecting alone.
        let mut connection = timeout(self.timeout, self.hand_over(&message))
            .await
            .map_err(|_| MailError::Unreachable(Box::new(Silent(self.timeout))))??;
        // Whether it succeeds or not: to send a message again that was taken would be worse.
        let _ = timeout(FAREWELL, connection.abort()).await;
        Ok(())
    }
}

fn parameters(host: &str, ca_file: Option<&Path>) -> Result<TlsParameters, OpenError> {
    let mut tls = TlsParameters::builder(host.to_owned());
    if let Some(file) = ca_file {
        tls = tls.add_root_certificate(certificates(file)?);
    }
    tls.build_rustls().map_err(|error| OpenError::Tls(Box::new(error)))
}

/// All certificates of a file: several are one `Certificate` of `lettre`.
fn certificates(file: &Path) -> Result<Certificate, OpenError> {
    let failed = |source| OpenError::Authority { file: file.to_owned(), source };
    let text = std::fs::read(file).map_err(|error| failed(error.into()))?;
    if !text.windows(BEGIN.len()).any(|window| window == BEGIN) {
        return Err(failed("it has no certificate".into()));
    }
    Certificate::from_pem(&text).map_err(|error| failed(error.into()))
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

fn unreachable(error: Error) -> MailError {
    MailError::Unreachable(told(error))
}

/// The error without a server's words.
fn told(error: Error) -> Box<dyn StdError + Send + Sync> {
    if let Some(code) = error.status() {
        return Box::new(Answered(code.to_string()));
    }
    if error.is_response() {
        return Box::new(Malformed);
    }
    Box::new(error)
}
