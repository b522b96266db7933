//! What every destination of mail must do: a folder, and a real mail server.

use std::error::Error;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use adx_registry::config;
use adx_registry::mail::{self, OpenError};
use adx_registry_core::ports::{Address, Clock, Mail, MailError, Message};
use adx_tests::smtp::{Letter, Smtp};
use futures::future::BoxFuture;
use secrecy::SecretString;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::engines::Counting;

const NOW: OffsetDateTime = datetime!(2031-02-03 04:05:06 UTC);

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> OffsetDateTime {
        NOW
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

fn section(url: &str) -> config::Mail {
    config::Mail {
        url: SecretString::from(url),
        from: Some("Die Régistry <registry@example.org>".to_owned()),
        ..config::Mail::default()
    }
}

fn open(section: &config::Mail) -> Result<Arc<dyn Mail>, OpenError> {
    mail::open(section, Arc::new(Fixed), Arc::new(Counting::default()))
}

/// An opened destination, and how what arrived there is read.
struct Destination {
    mail: Arc<dyn Mail>,
    smtp: &'static Smtp,
    folder: Option<tempfile::TempDir>,
}

impl Destination {
    fn folder() -> Option<Self> {
        let smtp = Smtp::shared()?;
        let folder = tempfile::tempdir().unwrap();
        let mail = open(&section(folder.path().join("the mail").to_str().unwrap())).unwrap();
        Some(Self { mail, smtp, folder: Some(folder) })
    }

    fn server() -> Option<Self> {
        let smtp = Smtp::shared()?;
        let section = config::Mail {
            ca_file: Some(smtp.authority()),
            ..section(&format!("smtp://127.0.0.1:{}", smtp.ports().starttls))
        };
        Some(Self { mail: open(&section).unwrap(), smtp, folder: None })
    }

    /// What arrived for an address, in no order.
    fn arrived(&self, to: &str) -> Vec<Letter> {
        match &self.folder {
            Some(_) => {
                let is_to = |file: &PathBuf| std::fs::read_to_string(file).unwrap().contains(to);
                let letters = self.files().into_iter().filter(is_to).map(|file| self.smtp.read(&file));
                letters.filter(|letter| letter.header("to") == [to]).collect()
            }
            None => self.smtp.taken(to).into_iter().map(|(letter, _)| letter).collect(),
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        let folder = self.folder.as_ref().unwrap().path().join("the mail");
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

macro_rules! on_every_destination {
    ($($test:ident),* $(,)?) => {
        on_every_destination!(@one folder $($test)*);
        on_every_destination!(@one server $($test)*);
    };
    (@one $destination:ident $($test:ident)*) => {
        mod $destination {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(destination) = super::Destination::$destination() {
                    super::$test(destination).await;
                }
            })*
        }
    };
}

on_every_destination!(
    text_arrives_as_it_was_written,
    headers_say_who_when_and_that_no_answer_is_wanted,
    what_is_sent_twice_arrives_twice,
    a_subject_adds_no_header,
);

fn message(to: &str, text: &str) -> Message {
    Message { to: to.parse().unwrap(), subject: "A subject".to_owned(), text: text.to_owned() }
}

/// An address of one test's own.
fn address(name: &str) -> String {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).unwrap();
    format!("{name}.{}@example.org", hex::encode(random))
}

async fn text_arrives_as_it_was_written(destination: Destination) {
    let long = "wort ".repeat(700) + &"x".repeat(3_000);
    for text in [
        "One line.\n",
        "A dot ends a mail:\n.\n..\n. and goes on\n.hidden\n",
        "Grüße, καλημέρα, 你好, 🦀 – ok\n\n  indented\nFrom here\n=20 =3D\n",
        &format!("{long}\nnext\n"),
        &format!("Ä{long}\n"),
        "DATA\nQUIT\nRSET\n",
    ] {
        let to = address("ada");
        destination.mail.send(&message(&to, text)).await.unwrap();
        let [letter] = &destination.arrived(&to)[..] else { panic!("one letter to {to}") };
        assert_eq!(letter.text, text);
    }
}

async fn headers_say_who_when_and_that_no_answer_is_wanted(destination: Destination) {
    let to = address("ada");
    let subject = format!("Schlüssel für „acme“ – {}", "sehr lang, ".repeat(30));
    let sent = Message { subject: subject.clone(), ..message(&to, "Text.\n") };
    destination.mail.send(&sent).await.unwrap();

    let [letter] = &destination.arrived(&to)[..] else { panic!("one letter") };
    assert_eq!(letter.header("to"), [&to]);
    assert_eq!(letter.header("from"), ["Die Régistry <registry@example.org>"]);
    assert_eq!(letter.header("subject"), [subject]);
    assert_eq!(letter.header("date"), ["Mon, 03 Feb 2031 04:05:06 +0000"]);
    assert_eq!(letter.header("auto-submitted"), ["auto-generated"]);
    let [id] = letter.header("message-id")[..] else { panic!("one id") };
    assert!(id.ends_with("@example.org>"), "{id}");
    assert_eq!(letter.header("content-type"), ["text/plain; charset=\"utf-8\""]);
}

async fn what_is_sent_twice_arrives_twice(destination: Destination) {
    let to = address("ada");
    for _ in 0..2 {
        destination.mail.send(&message(&to, "Again.\n")).await.unwrap();
    }
    let arrived = destination.arrived(&to);
    let mut ids: Vec<_> = arrived.iter().flat_map(|letter| letter.header("message-id")).collect();
    ids.dedup();
    assert_eq!(ids.len(), 2, "{arrived:?}");
}

async fn a_subject_adds_no_header(destination: Destination) {
    let to = address("ada");
    for attack in [
        "a\r\nBcc: eve@evil.example",
        "a\nBcc: eve@evil.example",
        "a\rb",
        "a\r\n\r\nbody",
        "a\0b",
        "a\u{85}b",
        "a\u{2028}b",
    ] {
        let sent = Message { subject: attack.to_owned(), ..message(&to, "Text.\n") };
        let error = destination.mail.send(&sent).await.unwrap_err();
        assert!(matches!(error, MailError::Refused(_)), "{attack:?}: {error:?}");
    }
    assert!(destination.arrived(&to).is_empty());
    for attack in [format!("{to}\r\nBcc: eve@evil.example"), format!("{to}\n"), format!("<{to}>, eve@evil.example")] {
        assert!(attack.parse::<Address>().is_err(), "{attack:?}");
    }
}

#[tokio::test]
async fn a_folder_is_for_its_user_alone_and_what_is_seen_in_it_is_whole() {
    let Some(destination) = Destination::folder() else { return };
    for _ in 0..3 {
        destination.mail.send(&message(&address("ada"), "A code.\n")).await.unwrap();
    }
    let files = destination.files();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        assert_eq!(file.extension().unwrap(), "eml");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(destination.smtp.read(&file).text, "A code.\n");
        assert_eq!(file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[tokio::test]
async fn a_command_is_copied_out_of_a_file_as_it_stands() {
    let Some(destination) = Destination::folder() else { return };
    let command = format!("    adx proposal approve acme {} --registry http://127.0.0.1:8080", "0".repeat(60));
    for text in [format!("Ada proposes.\n\n{command}\n"), format!("Löwe schlägt vor.\n\n{command}\n")] {
        let to = address("ada");
        destination.mail.send(&message(&to, &text)).await.unwrap();
        let is_to = |file: &PathBuf| std::fs::read_to_string(file).unwrap().contains(&to);
        let file = destination.files().into_iter().find(is_to).unwrap();
        assert!(std::fs::read_to_string(file).unwrap().lines().any(|line| line == command));
        assert_eq!(destination.arrived(&to)[0].text, text);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_found_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = open(&section(file.to_str().unwrap())).err().unwrap();
    assert!(matches!(error, OpenError::Folder { .. }), "{error:?}");
}

#[test]
fn a_server_needs_a_sender() {
    for from in [None, Some("registry"), Some("registry@example.org\nBcc: eve@evil.example")] {
        let section = config::Mail { from: from.map(str::to_owned), ..section("smtp://localhost?tls=none") };
        assert!(matches!(open(&section), Err(OpenError::From)), "{from:?}");
    }
}

#[test]
fn an_authority_without_certificates_is_found_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    for text in [None, Some("nothing"), Some("-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n")] {
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        let section = config::Mail { ca_file: Some(file.clone()), ..section("smtps://mail.example") };
        let error = open(&section).err().unwrap();
        assert!(matches!(error, OpenError::Authority { .. } | OpenError::Tls(_)), "{text:?}: {error:?}");
    }
}

/// The words of an error and of its causes.
fn words(error: &(dyn Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push_str(&format!(": {error}"));
        cause = error.source();
    }
    told
}

#[tokio::test]
async fn what_the_server_refuses_for_good_is_told_from_what_it_does_not_take_now() {
    let Some(destination) = Destination::server() else { return };
    for (name, for_good, code) in [("refused", true, "550"), ("later", false, "451"), ("content-refused", true, "554")]
    {
        let to = address(name);
        let error = destination.mail.send(&message(&to, "Text.\n")).await.unwrap_err();
        assert_eq!(matches!(error, MailError::Refused(_)), for_good, "{error:?}");
        assert!(words(&error).contains(code), "{}", words(&error));
        // The server repeats the address, which is personal; the error goes into a log.
        for shown in [words(&error), format!("{error:?}")] {
            assert!(!shown.contains(&to), "{shown}");
        }
        assert!(destination.smtp.taken(&to).is_empty());
    }
}

#[tokio::test]
async fn a_slow_server_is_given_up_and_the_next_mail_is_not_touched() {
    let Some(smtp) = Smtp::shared() else { return };
    let section = config::Mail {
        timeout: config::Span::millis(500),
        ..section(&format!("smtp://127.0.0.1:{}?tls=none", smtp.ports().plain))
    };
    let mail = open(&section).unwrap();
    let error = mail.send(&message(&address("slow"), "Text.\n")).await.unwrap_err();
    assert!(matches!(error, MailError::Unreachable(_)), "{error:?}");
    assert!(words(&error).contains("500ms"), "{}", words(&error));

    let section = config::Mail { timeout: config::Span::secs(30), ..section };
    let to = address("ada");
    open(&section).unwrap().send(&message(&to, "Text.\n")).await.unwrap();
    assert_eq!(smtp.taken(&to)[0].0.text, "Text.\n");
}

#[tokio::test]
async fn a_server_that_lingers_over_its_farewell_has_the_mail_once() {
    let Some(smtp) = Smtp::shared() else { return };
    let to = address("lingering");
    let mail = open(&section(&format!("smtp://127.0.0.1:{}?tls=none", smtp.ports().plain))).unwrap();
    tokio::time::timeout(Duration::from_secs(20), mail.send(&message(&to, "Text.\n"))).await.unwrap().unwrap();
    assert_eq!(smtp.taken(&to).len(), 1);
}

#[tokio::test]
async fn a_server_that_is_down_or_is_none_is_tried_again_later() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}?tls=none", listener.local_addr().unwrap());
    let mail = open(&section(&url)).unwrap();
    let other = std::thread::spawn(move || {
        use std::io::Write as _;
        let (mut connection, _) = listener.accept().unwrap();
        connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        // Dropped, it listens no more.
        drop(listener);
    });
    for _ in 0..2 {
        let error = mail.send(&message("ada@example.org", "Text.\n")).await.unwrap_err();
        assert!(matches!(error, MailError::Unreachable(_)), "{error:?}");
        // Until nobody listens any more.
        while !other.is_finished() {
            tokio::task::yield_now().await;
        }
    }
    other.join().unwrap();
}

#[tokio::test]
async fn nothing_leaves_unencrypted_unless_told_so() {
    let Some(smtp) = Smtp::shared() else { return };
    let to = address("ada");
    let plain = smtp.ports().plain;
    let required = open(&section(&format!("smtp://127.0.0.1:{plain}"))).unwrap();
    let error = required.send(&message(&to, "Text.\n")).await.unwrap_err();
    assert!(matches!(error, MailError::Unreachable(_)), "{error:?}");
    assert!(words(&error).contains("smtps://"), "{}", words(&error));
    assert!(smtp.taken(&to).is_empty());

    let opportunistic = open(&section(&format!("smtp://127.0.0.1:{plain}?tls=opportunistic"))).unwrap();
    opportunistic.send(&message(&to, "Text.\n")).await.unwrap();
    assert!(!smtp.taken(&to)[0].1.encrypted);
}

#[tokio::test]
async fn a_certificate_of_nobody_we_trust_gets_nothing() {
    let Some(smtp) = Smtp::shared() else { return };
    let to = address("ada");
    for url in [
        format!("smtp://127.0.0.1:{}", smtp.ports().starttls),
        format!("smtp://127.0.0.1:{}?tls=opportunistic", smtp.ports().starttls),
        format!("smtps://127.0.0.1:{}", smtp.ports().wrapped),
    ] {
        let error = open(&section(&url)).unwrap().send(&message(&to, "Text.\n")).await.unwrap_err();
        assert!(matches!(error, MailError::Unreachable(_)), "{url}: {error:?}");
    }
    assert!(smtp.taken(&to).is_empty());
}

#[tokio::test]
async fn a_password_is_sent_encrypted_and_a_wrong_one_is_no_fault_of_the_mail() {
    let Some(smtp) = Smtp::shared() else { return };
    let [starttls, wrapped] = [("smtp", smtp.ports().starttls), ("smtps", smtp.ports().wrapped)];
    for (scheme, port) in [starttls, wrapped] {
        let with = |password: &str| {
            let url = format!("{scheme}://registry%40example.org:{password}@127.0.0.1:{port}");
            open(&config::Mail { ca_file: Some(smtp.authority()), ..section(&url) }).unwrap()
        };
        let to = address("ada");
        let error = with("wrong").send(&message(&to, "Text.\n")).await.unwrap_err();
        assert!(matches!(error, MailError::Unreachable(_)), "{error:?}");
        assert!(words(&error).contains("535"), "{}", words(&error));
        assert!(smtp.taken(&to).is_empty());

        with("p%C3%A4ssword%3A").send(&message(&to, "Text.\n")).await.unwrap();
        let (_, delivery) = &smtp.taken(&to)[0];
        assert_eq!(delivery.user.as_deref(), Some("registry@example.org"));
        assert_eq!(delivery.from, "registry@example.org");
        assert!(delivery.encrypted || scheme == "smtps", "{delivery:?}");
    }
}
