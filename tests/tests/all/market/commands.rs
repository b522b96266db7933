//! Buying as buyers and operators type it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use adx_tests::process::Process;
use adx_tests::programs::programs;
use adx_tests::stage::Registry;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::http::priced;
use crate::submissions::stage::text;

/// An owner at a machine of their own.
pub(super) struct Buyer<'a> {
    pub(super) registry: &'a Registry,
    pub(super) running: &'a Process,
    pub(super) token: String,
}

impl Buyer<'_> {
    fn run(&self, arguments: &[&str]) -> Output {
        let home = self.registry.folder().join("home");
        std::fs::create_dir_all(&home).expect("a folder");
        let mut command = Command::new(&programs().adx);
        command.args(arguments).args(["--registry", &self.running.url, "--token", &self.token]);
        command.env("ADX_HOME", &home).env("ADX_TENANT", "office").output().expect("adx runs")
    }

    /// The document of a command that is granted.
    pub(super) fn done(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// What is said of one that is refused.
    pub(super) fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).expect("text")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_is_bought_paid_and_given_back_by_commands() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command
            .env("ADX_REGISTRY__REVIEW__WHEN", "never")
            .env("ADX_REGISTRY__PAYMENTS__INSTRUCTIONS", "Bank of Hamburg, DE02");
    });
    let operator = registry.create_operator_token();
    let token = registry.owner(&running, &operator, "adx", "ada").await;
    registry.register_key(&running).await;
    let sent = registry.publish(&running, &priced()).await.expect("the registry answers");
    assert_eq!(sent.status(), StatusCode::CREATED);
    let buyer = Buyer { registry: &registry, running: &running, token };

    let said = buyer.refused(&["buy", "adx/hello"]);
    assert!(said.contains("hint: run `adx tenant registered`, or make it: adx tenant register office"), "{said}");
    buyer.done(&["tenant", "register", "office", "--bill-to", "ADX\\nKai 2", "--publisher", "adx"]);
    let tenants = buyer.done(&["tenant", "registered"]);
    assert_eq!(tenants["tenants"][0]["bill_to"], "ADX\nKai 2", "{tenants}");
    let said = buyer.refused(&["buy", "adx/hello"]);
    assert!(said.contains("19.00 EUR") && said.contains("--yes"), "it asks before it orders: {said}");
    assert_eq!(buyer.done(&["order", "list"])["orders"], json!([]));
    let said = buyer.refused(&["buy", "adx/none", "--yes"]);
    assert!(said.contains("hint: find the module's name: adx search WORDS"), "{said}");

    let ordered = buyer.done(&["buy", "adx/hello", "--cost-centre", "4711", "--yes"]);
    let id = text(&ordered["id"]);
    assert_eq!((&ordered["state"], &ordered["due"]["text"]), (&json!("pending"), &json!("19.00 EUR")), "{ordered}");
    let shown = buyer.run(&["order", "show", id]);
    let shown = String::from_utf8(shown.stdout).expect("text");
    assert!(shown.contains("Bank of Hamburg, DE02") && shown.contains("order.place"), "{shown}");
    let waiting = registry.admin(&["order", "list"]);
    assert_eq!((&waiting["orders"][0]["id"], &waiting["orders"][0]["tenant"]), (&json!(id), &json!("office")));
    for _ in 0..2 {
        assert_eq!(registry.admin(&["order", "paid", id, "--reference", "bank 1"])["state"], "active", "twice is once");
    }
    let said = buyer.refused(&["order", "cancel", id]);
    assert!(said.contains("nothing to cancel"), "what was paid for once does not renew: {said}");
    let why = ["--reason", "it does not do what it says"];
    assert_eq!(registry.admin(&[&["order", "dispute", id], &why[..]].concat())["state"], "disputed");
    assert_eq!(registry.admin(&[&["order", "settle", id], &why[..]].concat())["state"], "active");
    let back = [&["order", "refund", id, "--reference", "bank 2"], &why[..]].concat();
    assert_eq!(registry.admin(&back)["state"], "refunded");
    assert_eq!(registry.admin(&["order", "misfits"])["misfits"], json!([]));
    let refused = registry.try_admin(&[&["order", "checked", id], &why[..]].concat());
    let refused = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.contains("every payment of this order fits") && refused.contains("order misfits"), "{refused}");
    let refused = registry.try_admin(&[&["order", "decline", id], &why[..]].concat());
    let refused = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.contains("adx-registry admin order list"), "{refused}");

    // What `adx owner accept` keeps is enough to buy with.
    let (home, url) = (registry.folder().join("home"), &running.url);
    let kept = format!("[registries]\n[owners.\"{url}\"]\nadx = \"{}\"\n[agents]\n", buyer.token);
    std::fs::write(home.join("credentials.toml"), kept).expect("a file");
    std::fs::set_permissions(home.join("credentials.toml"), Permissions::from_mode(0o600)).expect("a mode");
    std::fs::write(home.join("config.toml"), "publisher = \"adx\"\n").expect("a file");
    for arguments in [&["tenant", "registered"][..], &["order", "list"], &["buy", "adx/hello", "--yes"]] {
        let mut command = Command::new(&programs().adx);
        command.args(arguments).args(["--registry", url]).env("ADX_HOME", &home).env("ADX_TENANT", "office");
        let output = command.output().expect("adx runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    let other = buyer.done(&["buy", "adx/hello", "--yes"]);
    let cancelled = buyer.done(&["order", "cancel", text(&other["id"])]);
    assert_eq!(cancelled["order"]["state"], "cancelled", "{cancelled}");
    let said = buyer.refused(&["order", "approve", "00000000000000000000000000000000"]);
    assert!(said.contains("hint: run `adx order list --tenant TENANT`"), "{said}");
}
