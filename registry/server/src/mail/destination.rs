use std::{
    fmt,
    path::{Path, PathBuf},
};

use secrecy::SecretString;
use url::{Host, Url};

/// Where mail goes: what `mail.url` says.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Files in a folder.
    Folder(PathBuf),
    /// A server.
    Server(Server),
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// User and password.
    pub credentials: Option<(String, SecretString)>,
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From its first byte.
    Wrapped,
    /// By STARTTLS; a server that does not offer it gets nothing.
    Required,
    /// By STARTTLS where it is offered. Whoever stands between can withhold the offer and read along.
    Opportunistic,
    /// Not at all.
    Off,
}

impl Destination {
    /// Reads a folder's path, `file:///FOLDER`, `smtp://[USER:PASSWORD@]HOST[:PORT][?tls=…]` or `smtps://…`.
    ///
    /// # Errors
    /// What is wrong, in words that stand alone; they repeat nothing of the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.contains("://") {
            return folder(Path::new(text));
        }
        let url = Url::parse(text).map_err(|_| "it must be a folder, `smtp://HOST` or `smtps://HOST`")?;
        match url.scheme() {
            "file" => {
                folder(&url.to_file_path().map_err(|()| "it must name a folder on this machine after `file://`")?)
            }
            "smtp" | "smtps" => server(&url).map(Self::Server),
            _ => Err("it must be a folder, `smtp://HOST` or `smtps://HOST`"),
        }
    }
}

fn folder(path: &Path) -> Result<Destination, &'static str> {
    std::path::absolute(path).map(Destination::Folder).map_err(|_| "it must not be empty")
}

fn server(url: &Url) -> Result<Server, &'static str> {
    let host = match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        _ => return Err("it must name the mail server's host"),
    };
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err("it must have nothing after the host but `?tls=…`");
    }
    let mut options = url.query_pairs();
    let tls = match (options.next(), options.next()) {
        (None, None) => None,
        (Some((key, value)), None) if key == "tls" => Some(value),
        _ => return Err("it may have no option but `tls`"),
    };
    let tls = match (url.scheme(), tls.as_deref()) {
        ("smtps", None) => Tls::Wrapped,
        ("smtps", Some(_)) => return Err("it is encrypted from the first byte with `smtps://`: leave `?tls=…` out"),
        (_, None | Some("required")) => Tls::Required,
        (_, Some("opportunistic")) => Tls::Opportunistic,
        (_, Some("none")) => Tls::Off,
        (_, Some(_)) => return Err("it may have `?tls=required`, `?tls=opportunistic` or `?tls=none`"),
    };
    if tls == Tls::Off && !is_loopback(&host) {
        return Err(
            "it may have `?tls=none` for this machine only (`localhost`, 127.0.0.1, ::1): a server that has no TLS \
                    and stands in a network of yours is reached with `?tls=opportunistic`",
        );
    }
    let credentials = credentials(url)?;
    if credentials.is_some() && tls == Tls::Opportunistic {
        return Err("it must not hold a password together with `?tls=opportunistic`: it could be sent unencrypted");
    }
    let port = url.port().unwrap_or(match tls {
        Tls::Wrapped => lettre::transport::smtp::SUBMISSIONS_PORT,
        Tls::Required => lettre::transport::smtp::SUBMISSION_PORT,
        Tls::Opportunistic | Tls::Off => lettre::transport::smtp::SMTP_PORT,
    });
    Ok(Server { host, port, tls, credentials })
}

fn credentials(url: &Url) -> Result<Option<(String, SecretString)>, &'static str> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err("it must have both a user and a password before the `@`, or neither"),
        (user, Some(password)) => {
            let user = decode(user)?;
            Ok(Some((user, SecretString::from(decode(password)?))))
        }
    }
}

fn decode(text: &str) -> Result<String, &'static str> {
    let wrong = "it must have user and password in UTF-8, its special characters as `%XX`";
    percent_encoding::percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| wrong)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

impl fmt::Display for Destination {
    /// For people and logs: without user and password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(out, "the folder {}", path.display()),
            Self::Server(Server { host, port, tls, .. }) => {
                let how = match tls {
                    Tls::Wrapped => "by TLS",
                    Tls::Required => "by STARTTLS",
                    Tls::Opportunistic => "by STARTTLS if it is offered",
                    Tls::Off => "unencrypted",
                };
                write!(out, "{host}, port {port}, {how}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn read(text: &str) -> Server {
        match Destination::parse(text) {
            Ok(Destination::Server(server)) => server,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn mail_is_encrypted_unless_told_otherwise() {
        for (text, tls, port) in [
            ("smtp://mail.example.org", Tls::Required, 587),
            ("smtp://mail.example.org?tls=required", Tls::Required, 587),
            ("smtps://mail.example.org", Tls::Wrapped, 465),
            ("smtp://mail.example.org?tls=opportunistic", Tls::Opportunistic, 25),
            ("smtp://localhost:2525?tls=none", Tls::Off, 2525),
            ("smtp://127.0.0.1/?tls=none", Tls::Off, 25),
            ("smtp://[::1]?tls=none", Tls::Off, 25),
        ] {
            let server = read(text);
            assert_eq!((server.tls, server.port), (tls, port), "{text}");
        }
    }

    #[test]
    fn a_password_is_decoded_and_never_shown() {
        let destination = Destination::parse("smtps://registry%40example.org:p%C3%A4ss%3A@mail.example.org").unwrap();
        assert_eq!(destination.to_string(), "mail.example.org, port 465, by TLS");
        assert!(!format!("{destination:?}").contains("päss"), "{destination:?}");
        let Destination::Server(Server { credentials: Some((user, password)), .. }) = destination else { panic!() };
        assert_eq!((user.as_str(), password.expose_secret()), ("registry@example.org", "päss:"));
    }

    #[test]
    fn what_would_leak_or_is_no_destination_is_refused() {
        for (text, words) in [
            ("smtp://mail.example.org?tls=none", "this machine only"),
            ("smtp://192.0.2.7?tls=none", "this machine only"),
            ("smtp://localhost.evil.example?tls=none", "this machine only"),
            ("smtp://user:secret@mail.example.org?tls=opportunistic", "unencrypted"),
            ("smtp://user@mail.example.org", "neither"),
            ("smtp://mail.example.org?tls=maybe", "tls=required"),
            ("smtps://mail.example.org?tls=none", "leave"),
            ("smtp://mail.example.org?pool=9", "no option but"),
            ("smtp://mail.example.org?tls=required&tls=none", "no option but"),
            ("smtp://mail.example.org/inbox", "nothing after the host"),
            ("smtp://", "host"),
            ("https://mail.example.org", "must be a folder"),
            ("file://elsewhere/mail", "on this machine"),
            ("", "empty"),
        ] {
            let error = Destination::parse(text).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_folder_is_a_path_or_an_address() {
        for text in ["/var/lib/adx/mail", "file:///var/lib/adx/mail"] {
            assert_eq!(Destination::parse(text).unwrap().to_string(), "the folder /var/lib/adx/mail");
        }
    }
}
