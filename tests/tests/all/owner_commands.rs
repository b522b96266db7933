//! Owners by their letters and commands alone: whatever a letter says to type is typed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use adx_tests::dns::DnsServer;
use adx_tests::eventually;
use adx_tests::process::Process;
use adx_tests::programs::programs;
use adx_tests::stage::{Registry, client};
use serde_json::Value;

/// A person with the `adx` command, a mailbox and nothing else.
struct Person {
    home: tempfile::TempDir,
    address: &'static str,
    registry: String,
}

impl Person {
    fn new(address: &'static str, registry: &Process) -> Self {
        Self { home: tempfile::tempdir().unwrap(), address, registry: registry.url.clone() }
    }

    /// Types a command line that begins with `adx`.
    fn try_types(&self, line: &str) -> Output {
        let mut command = Command::new(&programs().adx);
        for name in ["ADX_TOKEN", "ADX_AGENT", "ADX_AGENT_TOKEN", "ADX_TENANT", "ADX_ROOT", "ADX_KEY_PASSPHRASE"] {
            command.env_remove(name);
        }
        command.args(line.split_whitespace().skip(1)).arg("--json");
        command.env("ADX_HOME", self.home.path()).env("ADX_REGISTRY", &self.registry);
        command.output().unwrap()
    }

    fn types(&self, line: &str) -> Value {
        let output = self.try_types(line);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn is_refused(&self, line: &str) -> Value {
        let output = self.try_types(line);
        assert!(!output.status.success(), "{line}");
        serde_json::from_slice::<Value>(&output.stderr).unwrap()["error"].clone()
    }

    /// Waits for a letter that says to type what begins so, and gives the line.
    async fn is_told(&self, mail: &Path, command: &str) -> String {
        let mut told = None;
        eventually(&format!("{} is told `{command}`", self.address), async || {
            told = self.letters(mail).iter().find_map(|letter| line_of(letter, command));
            told.is_some()
        })
        .await;
        told.unwrap()
    }

    fn letters(&self, mail: &Path) -> Vec<String> {
        let Ok(files) = fs::read_dir(mail) else { return Vec::new() };
        let files: BTreeSet<_> = files.map(|file| file.unwrap().path()).collect();
        let letters = files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "eml"));
        let to = format!("To: {}\r\n", self.address);
        letters.map(|file| fs::read_to_string(file).unwrap()).filter(|letter| letter.contains(&to)).collect()
    }
}

fn line_of(letter: &str, command: &str) -> Option<String> {
    letter.lines().map(str::trim).find(|line| line.starts_with(command)).map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owners_do_what_their_letters_say() {
    let registry = Registry::new();
    let mail = registry.data().join("mail");
    registry.admin(&["owner", "invite", "adx", "--name", "Ada", "--email", "ada@example.org"]);
    let server = registry.start();
    let (ada, grace) = (Person::new("ada@example.org", &server), Person::new("grace@example.org", &server));

    // The first owner is invited by the operator, the second by the first.
    let accept = ada.is_told(&mail, "adx owner accept ").await;
    assert_eq!(ada.types(&accept)["namespace"], "adx");
    let again = grace.is_refused(&accept);
    assert!(again["hint"].as_str().unwrap().contains("another invitation"), "{again}");
    let invited = ada.types("adx owner invite --name Grace --email grace@example.org");
    assert_eq!(invited["state"], "done", "the one owner decides: {invited}");
    let accept = grace.is_told(&mail, "adx owner accept ").await;
    grace.types(&accept);
    let owners = grace.types("adx owner list adx");
    let names: Vec<_> = owners["owners"].as_array().unwrap().iter().map(|owner| owner["name"].clone()).collect();
    assert_eq!(names, ["Ada", "Grace"]);
    assert_eq!(owners["threshold"], 2);

    // All keys are lost: the two of them announce a new one, and then one objects.
    let made = ada.types("adx key new fresh --no-passphrase");
    let opened = ada.types("adx key recover adx --key fresh --purpose key-change --until 2099-01-01T00:00:00Z");
    assert_eq!((&opened["state"], &opened["needed"]), (&"open".into(), &2.into()), "{opened}");
    assert_eq!(opened["action"]["public_key_pem"], made["public_key_pem"]);
    let twice = ada.is_refused("adx key recover adx --key fresh --purpose key-change --until 2099-01-01T00:00:00Z");
    let id = opened["id"].as_str().unwrap();
    assert_eq!(twice["hint"], format!("run `adx proposal show adx {id}`"), "{twice}");

    // A token of the publisher is what is stolen first: it may look, and nothing else.
    let thief = Person::new("thief@example.org", &server);
    let approve = grace.is_told(&mail, &format!("adx proposal approve adx {id}")).await;
    assert_eq!(thief.is_refused(&format!("{approve} --token {}", registry.token))["code"], "refused");
    thief.types(&format!("adx proposal list adx --token {}", registry.token));

    let approved = grace.types(&approve);
    assert_eq!(approved["state"], "announced", "{approved}");
    let show = ada.is_told(&mail, &format!("adx proposal show adx {id}")).await;
    assert_eq!(ada.types(&show)["approvals"].as_array().unwrap().len(), 2);
    let object = grace.is_told(&mail, &format!("adx proposal cancel adx {id}")).await;
    assert_eq!(grace.types(&object)["state"], "cancelled");
    assert_eq!(ada.types("adx proposal list adx")["proposals"][0]["state"], "cancelled");

    // Who they are is for them alone.
    let metrics = client().get(format!("{}/metrics", server.url)).send().await.unwrap().text().await.unwrap();
    let sent = metrics.lines().find_map(|line| line.strip_prefix("adx_mails_total{outcome=\"sent\"} "));
    assert!(sent.is_some_and(|sent| sent.parse::<u64>().unwrap() >= 4), "{metrics}");
    let log = server.log();
    assert!(log.contains("mail goes there") && log.contains(mail.to_str().unwrap()), "{log}");
    for personal in ["ada@example.org", "grace@example.org", "Grace"] {
        assert!(!log.contains(personal) && !metrics.contains(personal), "{personal} stands in log or metrics");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_invites_members_and_offers_the_namespace() {
    let registry = Registry::new();
    let mail = registry.data().join("mail");
    registry.admin(&["owner", "invite", "adx", "--name", "Ada", "--email", "ada@example.org"]);
    let server = registry.start();
    let ada = Person::new("ada@example.org", &server);
    let accept = ada.is_told(&mail, "adx owner accept ").await;
    ada.types(&accept);

    let invited = ada.types("adx member invite --role maintainer --name Max --email max@example.org --publisher adx");
    assert_eq!((&invited["role"], &invited["state"]), (&"maintainer".into(), &"invited".into()), "{invited}");
    let max = Person::new("max@example.org", &server);
    eventually("Max is told", async || max.letters(&mail).iter().any(|letter| letter.contains("maintainer"))).await;
    let members = ada.types("adx member list adx");
    let roles: Vec<_> = members["members"].as_array().unwrap().iter().map(|member| member["role"].clone()).collect();
    assert_eq!(roles, ["owner", "maintainer"]);

    // Whoever has not accepted has no role to be changed; and an owner is unmade by all of them, here by the last, who stays.
    let (max_id, ada_id) = (&members["members"][1]["id"], &members["members"][0]["id"]);
    let (max_id, ada_id) = (max_id.as_str().unwrap(), ada_id.as_str().unwrap());
    assert_eq!(ada.is_refused(&format!("adx member role {max_id} reader --publisher adx"))["code"], "not_found");
    let last = ada.is_refused(&format!("adx member role {ada_id} reader --publisher adx"));
    assert_eq!(last["code"], "refused", "{last}");
    assert_eq!(ada.types(&format!("adx member remove {max_id} --publisher adx"))["state"], "removed");
    assert_eq!(ada.is_refused(&format!("adx member remove {max_id} --publisher adx"))["code"], "not_found");

    // A token of the publisher sees who is there, and changes nothing.
    let thief = Person::new("thief@example.org", &server);
    thief.types(&format!("adx member list adx --token {}", registry.token));
    let invite = format!(
        "adx member invite --role reader --name Eve --email e@example.org --publisher adx --token {}",
        registry.token
    );
    assert_eq!(thief.is_refused(&invite)["code"], "refused");

    let offered = ada.types("adx owner transfer --name Eve --email eve@example.org --publisher adx");
    assert_eq!(offered["state"], "done", "the one owner decides: {offered}");
    let eve = Person::new("eve@example.org", &server);
    eventually("Eve is told", async || eve.letters(&mail).iter().any(|letter| letter.contains("/transfer"))).await;
    assert_eq!(ada.types("adx owner keep adx")["state"], "kept");
    assert_eq!(ada.is_refused("adx owner keep adx")["code"], "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_shows_which_domain_the_publisher_holds() {
    let dns = DnsServer::start().await;
    let registry =
        Registry::with_environment(vec![("ADX_REGISTRY__DOMAINS__RESOLVER".to_owned(), dns.address.to_string())]);
    let mail = registry.data().join("mail");
    registry.admin(&["owner", "invite", "adx", "--name", "Ada", "--email", "ada@example.org"]);
    let server = registry.start();
    let ada = Person::new("ada@example.org", &server);
    let accept = ada.is_told(&mail, "adx owner accept ").await;
    ada.types(&accept);
    let publisher = async || {
        let answer = client().get(format!("{}/api/v1/publishers/adx", server.url)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };

    let none = ada.is_refused("adx domain verify adx");
    assert_eq!(
        (&none["code"], &none["hint"]),
        (&"not_found".into(), &"run `adx domain ask DOMAIN --publisher adx`".into())
    );
    assert_eq!(ada.is_refused("adx domain ask https://example.org --publisher adx")["code"], "refused");
    let asked = ada.types("adx domain ask example.org --publisher adx");
    let (name, text) = (asked["record_name"].as_str().unwrap(), asked["record_text"].as_str().unwrap());
    let missing = ada.is_refused("adx domain verify adx");
    let words = missing["causes"][0].as_str().unwrap();
    assert!(words.contains(name) && words.contains(text), "{missing}");
    dns.put(name, &[&[text]]);
    assert!(publisher().await["verified_domain"].is_null());
    assert!(ada.types("adx domain verify adx")["verified_at"].is_string());
    assert_eq!(publisher().await["verified_domain"], "example.org");
    assert!(ada.types("adx domain show adx")["verified_at"].is_string());
    assert_eq!(ada.types("adx domain remove adx")["state"], "removed");
    assert!(publisher().await["verified_domain"].is_null());
}
