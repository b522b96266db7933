//! What a resolver makes of a name server's answers, good and bad.

use std::sync::Arc;
use std::time::{Duration, Instant};

use adx_registry::config::{Domains as Section, Span};
use adx_registry::dns;
use adx_registry_core::ports::Domains;
use adx_tests::dns::{DnsServer, Manner};
use hickory_resolver::proto::op::ResponseCode;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// As long again, for a machine that does much else.
const SLACK: Duration = Duration::from_millis(1_500);
const NAME: &str = "_adx-publisher.example.org";

async fn stage() -> (DnsServer, Arc<dyn Domains>) {
    let server = DnsServer::start().await;
    let timeout = Span::millis(PATIENCE.as_millis().try_into().unwrap());
    let domains = dns::open(&Section { resolver: Some(server.address), timeout }).unwrap();
    (server, domains)
}

#[tokio::test]
async fn texts_are_put_together_from_their_parts() {
    let (server, domains) = stage().await;
    server.put(NAME, &[&["v=spf1 -all"], &["adx-", "verify", "=x"], &[""]]);
    let mut texts = domains.texts(NAME).await.unwrap();
    texts.sort();
    assert_eq!(texts, ["", "adx-verify=x", "v=spf1 -all"]);
    assert!(domains.texts(&NAME.to_uppercase()).await.unwrap().contains(&"adx-verify=x".to_owned()));
}

#[tokio::test]
async fn nothing_is_an_answer_and_none_is_kept() {
    let (server, domains) = stage().await;
    assert_eq!(domains.texts(NAME).await.unwrap(), [""; 0], "there is no such name");
    server.put::<&str>(NAME, &[]);
    assert_eq!(domains.texts(NAME).await.unwrap(), [""; 0], "the name has no such record");
    for text in ["one", "two"] {
        server.put(NAME, &[&[text]]);
        assert_eq!(domains.texts(NAME).await.unwrap(), [text], "seen at once");
    }
}

#[tokio::test]
async fn an_alias_is_followed_but_not_for_ever() {
    let (server, domains) = stage().await;
    server.put_alias(NAME, "proofs.example.net");
    assert_eq!(domains.texts(NAME).await.unwrap(), [""; 0], "it leads nowhere");
    server.put_alias("proofs.example.net", "deeper.example.net");
    server.put("deeper.example.net", &[&["adx-verify=x"]]);
    assert_eq!(domains.texts(NAME).await.unwrap(), ["adx-verify=x"]);

    server.put_alias("deeper.example.net", NAME);
    let asked_before = server.questions();
    let began = Instant::now();
    assert_eq!(domains.texts(NAME).await.ok().unwrap_or_default(), [""; 0], "it leads back");
    assert!(began.elapsed() < PATIENCE + SLACK, "{:?}", began.elapsed());
    assert!(server.questions() - asked_before < 20, "{} questions", server.questions() - asked_before);
}

#[tokio::test]
async fn one_among_many_is_found() {
    let (server, domains) = stage().await;
    // Much more than goes into a datagram.
    let other = "x".repeat(200);
    let mut records = vec![[other.as_str()]; 200];
    records.push(["adx-verify=x"]);
    let records: Vec<&[&str]> = records.iter().map(<[_; 1]>::as_slice).collect();
    server.put(NAME, &records);
    let texts = domains.texts(NAME).await.unwrap();
    assert_eq!(texts.len(), 201);
    assert!(texts.contains(&"adx-verify=x".to_owned()));
}

#[tokio::test]
async fn what_is_no_text_is_nothing_to_fall_over() {
    let (server, domains) = stage().await;
    server.put(NAME, &[&[&b"adx-verify=\xff\xfe\0"[..]], &[&b"adx-verify=x"[..]]]);
    let mut texts = domains.texts(NAME).await.unwrap();
    texts.sort();
    assert_eq!(texts, ["adx-verify=x", "adx-verify=\u{fffd}\u{fffd}\0"]);
}

#[tokio::test]
async fn whoever_does_not_answer_says_nothing() {
    let (server, domains) = stage().await;
    server.put(NAME, &[&["adx-verify=x"]]);
    let refusals = [ResponseCode::ServFail, ResponseCode::Refused, ResponseCode::NotImp].map(Manner::Refusing);
    for manner in refusals.into_iter().chain([Manner::Silent, Manner::Garbage, Manner::Astray]) {
        server.set_manner(manner);
        let (asked_before, began) = (server.questions(), Instant::now());
        let failed = domains.texts(NAME).await.expect_err("no answer");
        assert!(began.elapsed() < PATIENCE + SLACK, "{:?}", began.elapsed());
        assert_eq!(failed.to_string(), format!("the DNS does not answer for `{NAME}`"));
        assert!(server.questions() > asked_before);
    }
    server.set_manner(Manner::Told);
    assert_eq!(domains.texts(NAME).await.unwrap(), ["adx-verify=x"], "nothing of it is kept");
}

#[tokio::test]
async fn a_server_that_is_not_there_says_nothing() {
    let (server, domains) = stage().await;
    drop(server);
    assert!(domains.texts(NAME).await.is_err());
}
