//! From buying to the end of what was bought, as buyers type it, with an agent that runs the module.

use std::path::Path;
use std::process::Command;

use adx_agent::store;
use adx_signing::licence::{Step, steps};
use adx_signing::utc::UtcSecond;
use adx_tests::eventually;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::programs::programs;
use adx_tests::repository::Repository;
use adx_tests::stage::{Agent, Registry, Tenant, install_hello};
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use time::Duration;

use super::commands::Buyer;
use crate::submissions::stage::{package, text};

/// A package of hello that costs 19 euros a month.
fn by_the_month() -> Vec<u8> {
    let manifest = hello::files("1.0.0", Behaviour::Plain).remove(&hello::path("module.toml")).unwrap();
    let price = "\n[module.marketplace.pricing]\nmodel = \"subscription\"\namount_minor = 1900\ncurrency = \"EUR\"\n\
                 interval = \"month\"\n";
    let manifest = String::from_utf8(manifest).unwrap() + price;
    package("1.0.0", &[("module.toml", &manifest)])
}

/// An agent whose licences are judged by a time that the test sets.
struct Running<'a> {
    agent: &'a Agent,
    registry: &'a Process,
    process: Process,
}

impl<'a> Running<'a> {
    fn start(agent: &'a Agent, registry: &'a Process) -> Self {
        let process = agent.start_with(&registry.url, |command| {
            command.env("ADX_AGENT__SYNC__REFRESH", "1s");
        });
        Self { agent, registry, process }
    }

    /// The agent goes on at a later time.
    async fn at(self, time: UtcSecond) -> Self {
        let Self { agent, registry, process } = self;
        assert!(process.stop().success());
        let url = SecretString::from(format!("sqlite:{}", agent.data().join("agent.sqlite").display()));
        let store = store::open(&url).await.expect("the agent's store");
        store.see_time(time.into()).await.expect("a time");
        store.close().await;
        Self::start(agent, registry)
    }

    async fn state(&self, tenant: &Tenant) -> String {
        let (_, found) = tenant.request(&self.process, Method::GET, "/licences", None).await;
        found["licences"][0]["state"].as_str().unwrap_or_default().to_owned()
    }

    async fn import(&self, tenant: &Tenant, file: &Path) {
        let licence = std::fs::read_to_string(file).expect("a licence");
        let body = json!({ "licence": licence });
        let (status, answer) = tenant.request(&self.process, Method::POST, "/licences", Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
    }

    /// Waits until a call is answered so: on a machine that is busy one may take longer than it is given.
    async fn answers(&self, tenant: &Tenant, status: StatusCode) {
        eventually("the call is answered", async || tenant.greet(&self.process, "Ada").await.0 == status).await;
    }

    async fn listed(&self, tenant: &Tenant) -> Value {
        tenant.request(&self.process, Method::GET, "/licences", None).await.1["licences"][0].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_bought_runs_at_its_tenant_and_ends_by_steps() {
    let registry = Registry::new();
    let running = registry.start_with(|command: &mut Command| {
        command.env("ADX_REGISTRY__REVIEW__WHEN", "never");
    });
    let operator = registry.create_operator_token();
    let token = registry.owner(&running, &operator, "adx", "ada").await;
    registry.register_key(&running).await;
    let sent = registry.publish(&running, &by_the_month()).await.expect("the registry answers");
    assert_eq!(sent.status(), StatusCode::CREATED);
    running.wait_until_signed().await;
    let buyer = Buyer { registry: &registry, running: &running, token };
    buyer.done(&["tenant", "register", "office", "--bill-to", "ADX", "--publisher", "adx"]);

    // Nobody has bought it: the agent does not install it.
    let agent = Agent::of(&registry);
    let office = Running::start(&agent, &running);
    let tenant = agent.create_tenant(&office.process, "office").await;
    let body = || Some(install_hello("*"));
    let refused = tenant.operate(&office.process, Method::POST, "/installations", body()).await;
    assert!(text(&refused["error"]).contains("adx/hello 1.0.0 is not licensed"), "{refused}");
    let said = buyer.refused(&["licence", "save", "adx/hello"]);
    assert!(said.contains("hint: run `adx licence bought`, or buy it: adx buy adx/hello"), "{said}");

    // Bought, and not paid: no licence.
    let ordered = buyer.done(&["buy", "adx/hello", "--yes"]);
    assert_eq!(ordered["state"], "pending", "{ordered}");
    buyer.refused(&["licence", "save", "adx/hello"]);
    registry.admin(&["order", "paid", text(&ordered["id"]), "--reference", "bank 1"]);
    let file = registry.folder().join("hello.licence");
    let out = file.to_str().expect("a path of text");
    buyer.done(&["licence", "save", "adx/hello", "--out", out]);
    let bought = buyer.done(&["licence", "bought"]);
    assert_eq!(bought["licences"][0]["state"], "in-force", "{bought}");
    let verified = Command::new(&programs().adx)
        .args(["licence", "verify", out, "--json", "--registry", &running.url, "--root"])
        .arg(registry.first_root())
        .env("ADX_HOME", registry.folder().join("verifier"))
        .output()
        .expect("adx runs");
    let verified: Value = serde_json::from_slice(&verified.stdout).expect("JSON");
    assert_eq!((&verified["tenant"], &verified["state"]), (&json!("office"), &json!("active")), "{verified}");

    office.import(&tenant, &file).await;
    tenant.install_hello(&office.process, "*").await;
    let greeted = tenant.greet(&office.process, "Ada").await;
    assert_eq!(greeted.0, StatusCode::OK, "{greeted:?}");
    // It is this tenant's, and no other's.
    let shed = agent.create_tenant(&office.process, "shed").await;
    let refused = shed.operate(&office.process, Method::POST, "/installations", body()).await;
    assert_eq!(refused["status"], "failed", "{refused}");

    // The month ends, and nobody pays: what is announced in time comes when it is due.
    let authority = Repository::fetch(&running.url).await.revocations.licences.expect("it signs licences");
    let licence = adx_signing::licence::armour::read(&std::fs::read_to_string(&file).unwrap(), &authority).unwrap().1;
    let end = |state: &str| -> Step {
        *steps(licence.licence()).iter().find(|step| step.state.as_str() == state).expect("a step")
    };
    let mut office = office.at(end("grace").at).await;
    eventually("it is in its grace", async || office.state(&tenant).await == "grace").await;
    office.answers(&tenant, StatusCode::OK).await;
    for (state, status) in [("read-only", StatusCode::UNPROCESSABLE_ENTITY), ("disabled", StatusCode::CONFLICT)] {
        let due = end(state).at;
        office = office.at(due.after(-Duration::days(4))).await;
        eventually("it is announced", async || {
            let next = office.listed(&tenant).await["next"].clone();
            next["state"] == state && next["takes_effect"].is_string()
        })
        .await;
        office = office.at(due).await;
        eventually(state, async || office.state(&tenant).await == state).await;
        office.answers(&tenant, status).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_renews_its_lease_by_itself_until_the_money_is_given_back() {
    let registry = Registry::new();
    let running = registry.start_with(|command: &mut Command| {
        command.env("ADX_REGISTRY__REVIEW__WHEN", "never");
    });
    let operator = registry.create_operator_token();
    let token = registry.owner(&running, &operator, "adx", "ada").await;
    registry.register_key(&running).await;
    let sent = registry.publish(&running, &super::http::priced()).await.expect("the registry answers");
    assert_eq!(sent.status(), StatusCode::CREATED);
    running.wait_until_signed().await;
    let buyer = Buyer { registry: &registry, running: &running, token };
    buyer.done(&["tenant", "register", "office", "--bill-to", "ADX", "--publisher", "adx"]);
    let ordered = buyer.done(&["buy", "adx/hello", "--yes"]);
    registry.admin(&["order", "paid", text(&ordered["id"]), "--reference", "bank 1"]);
    let file = registry.folder().join("hello.lease");
    buyer.done(&["licence", "save", "adx/hello", "--lease", "--out", file.to_str().expect("a path of text")]);

    let agent = Agent::of(&registry);
    let office = Running::start(&agent, &running);
    let tenant = agent.create_tenant(&office.process, "office").await;
    office.import(&tenant, &file).await;
    tenant.install_hello(&office.process, "*").await;
    let first = office.listed(&tenant).await["lease_until"].clone();
    let until: UtcSecond = text(&first).parse().expect("a lease");
    // Half of it is over.
    let office = office.at(until.after(-Duration::days(2))).await;
    eventually("the next lease is there", async || office.listed(&tenant).await["lease_until"] != first).await;
    office.answers(&tenant, StatusCode::OK).await;

    let why = ["--reference", "bank 2", "--reason", "it does not do what it says"];
    let refunded = registry.admin(&[&["order", "refund", text(&ordered["id"])], &why[..]].concat());
    assert_eq!(refunded["state"], "refunded", "{refunded}");
    eventually("the agent learns of it", async || {
        let problem = office.listed(&tenant).await["problem"].clone();
        problem.as_str().is_some_and(|problem| problem.contains("what was paid for it was given back"))
    })
    .await;
    // It is announced first.
    office.answers(&tenant, StatusCode::OK).await;
}
