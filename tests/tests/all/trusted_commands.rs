//! `adx` as an owner who trusts a workflow, and as a run of it.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use adx_tests::hello::{self, Behaviour};
use adx_tests::issuer::{Issuer, RUN_SECRET};
use adx_tests::process::Process;
use adx_tests::programs::programs;
use adx_tests::stage::{Registry, random};
use serde_json::{Value, json};

/// A registry that knows its address, which is what the command is told, too.
fn start(registry: &Registry, issuer: &Issuer) -> Process {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let mut command = registry.command(&["serve"]);
    command
        .args(["--listen", &free.to_string()])
        .env("ADX_REGISTRY__SERVER__PUBLIC_URL", format!("http://{free}"))
        .env("ADX_REGISTRY__TRUSTED_PUBLISHING__ISSUERS", format!("github={}", issuer.url));
    Process::start("registry", &mut command, registry.folder())
}

fn adx(home: &Path, registry: &Process, prepare: impl FnOnce(&mut Command)) -> Output {
    let mut command = Command::new(&programs().adx);
    for name in [
        "ADX_TOKEN",
        "ADX_AGENT",
        "ADX_AGENT_TOKEN",
        "ADX_TENANT",
        "ADX_KEY_PASSPHRASE",
        "ADX_ID_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ] {
        command.env_remove(name);
    }
    command.arg("--json").env("ADX_HOME", home).env("ADX_REGISTRY", &registry.url);
    prepare(&mut command);
    command.output().unwrap()
}

fn done(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(output: &Output) -> Value {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice::<Value>(&output.stderr).unwrap()["error"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_publishes_as_its_owners_said() {
    let (registry, issuer) = (Registry::new(), Issuer::start());
    let operator = registry.create_operator_token();
    let running = start(&registry, &issuer);
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    registry.register_key(&running).await;
    let home = tempfile::tempdir().unwrap();
    let as_owner = |line: &str| {
        adx(home.path(), &running, |command| {
            command.args(line.split_whitespace()).env("ADX_TOKEN", &owner);
        })
    };
    let add = "trusted-publisher add github --repository adx/hello --repository-id 74 --workflow publish.yml --modules hello \
               --environment release --ref refs/tags/v* --publisher adx";
    assert_eq!(done(&as_owner(add))["state"], "done");
    assert!(refused(&as_owner(&add.replace("74", "adx/hello"))).to_string().contains("write its digits"));
    let on = done(&as_owner("trusted-publisher rule trusted-only on --publisher adx"));
    assert_eq!(on["trusted_only"], true);

    let package = home.path().join("hello.adxm");
    std::fs::write(&package, hello::package("1.0.0", Behaviour::Plain)).unwrap();
    let key = home.path().join("key.pem");
    std::fs::write(&key, registry.key.to_pem(None, &mut random()).unwrap()).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let publish = |prepare: &dyn Fn(&mut Command)| {
        adx(home.path(), &running, |command| {
            command.args(["publish", "--key"]).arg(&key).arg(&package);
            prepare(command);
        })
    };
    let as_ever = publish(&|command| {
        command.env("ADX_TOKEN", &registry.token);
    });
    assert!(refused(&as_ever).to_string().contains("only runs of trusted workflows"));
    let nowhere = publish(&|command| {
        command.arg("--trusted");
    });
    assert!(refused(&nowhere)["hint"].as_str().unwrap().contains("id-token: write"));
    let run = |sha: &str| {
        json!({
            "repository_id": "74", "repository": "adx/hello", "environment": "release", "ref": "refs/tags/v1.0.0",
            "workflow_ref": "adx/hello/.github/workflows/publish.yml@refs/tags/v1.0.0",
            "sha": sha, "run_id": "9001", "actor": "ada-at-ci", "event_name": "push",
        })
    };
    let in_actions = |command: &mut Command| {
        command
            .arg("--trusted")
            .env("ACTIONS_ID_TOKEN_REQUEST_URL", issuer.actions_url())
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", RUN_SECRET);
    };
    issuer.runs(json!({ "repository_id": "75", "repository": "adx/hello", "ref": "refs/tags/v1.0.0", "sha": "0f",
        "workflow_ref": "adx/hello/.github/workflows/publish.yml@refs/tags/v1.0.0", "run_id": "1", "event_name": "push" }));
    assert!(refused(&publish(&in_actions)).to_string().contains("no trusted publisher"));
    issuer.runs(run("0f1e2d"));
    assert_eq!(done(&publish(&in_actions))["module"], "adx/hello");

    // As GitLab gives it: the same bytes again.
    let mut claims = run("0f1e2d");
    claims["aud"] = json!(running.url);
    claims["jti"] = json!("of a job");
    let token = issuer.workflow_token(&claims);
    let again = publish(&|command| {
        command.arg("--trusted").env("ADX_ID_TOKEN", &token);
    });
    assert_eq!(done(&again)["already_published"], true);

    // No token is left.
    let left = registry.admin(&["token", "list", "adx"]);
    assert_eq!(left["tokens"].as_array().unwrap().len(), 1, "{left}");
    let listed = done(&as_owner("trusted-publisher list adx"));
    assert_eq!(listed["publishing"]["trusted_only"], true);
    let id = listed["trusted_publishers"][0]["id"].as_str().unwrap();
    done(&as_owner(&format!("trusted-publisher remove {id} --publisher adx")));
    assert!(refused(&publish(&in_actions)).to_string().contains("no trusted publisher"));
    let off = refused(&as_owner("trusted-publisher rule trusted-only off --publisher adx"));
    assert!(off["hint"].as_str().unwrap().contains("Invite a second owner"), "{off}");

    // An operator does it in the place of the second owner, and the owner may object.
    let turn_off = ["publishing", "turn-off", "adx", "trusted-only", "--reason", "the workflow is gone"];
    assert!(registry.admin(&turn_off)["effective_at"].is_string());
    registry.letter_to("ada@example.org", "the workflow is gone").await;
    let listed = done(&as_owner("trusted-publisher list adx"));
    assert_eq!(listed["publishing"]["turning_off"][0]["reason"], "the workflow is gone", "{listed}");
    let again = registry.try_admin(&turn_off);
    assert!(String::from_utf8_lossy(&again.stderr).contains("admin publishing keep adx trusted-only"));
    done(&as_owner("trusted-publisher rule trusted-only on --publisher adx"));
    let kept = registry.try_admin(&["publishing", "keep", "adx", "trusted-only"]);
    assert!(!kept.status.success(), "there is nothing to take back any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_made_for_a_network() {
    let (registry, issuer) = (Registry::new(), Issuer::start());
    let running = start(&registry, &issuer);
    let home = tempfile::tempdir().unwrap();
    let types = |token: &str, line: &str| {
        adx(home.path(), &running, |command| {
            command.args(line.split_whitespace()).env("ADX_TOKEN", token);
        })
    };
    let made =
        done(&types(&registry.token, "token create office --scope tokens --from 127.0.0.0/8 --from 192.0.2.0/24"));
    assert_eq!(made["token"]["networks"], json!(["127.0.0.0/8", "192.0.2.0/24"]));
    let office = made["secret"].as_str().unwrap();
    // What is not said is as with the one that asks.
    let next = done(&types(office, "token create desk --scope tokens"));
    assert_eq!(next["token"]["networks"], made["token"]["networks"]);
    let wider = refused(&types(office, "token create all --scope tokens --from 0.0.0.0/0"));
    assert!(wider.to_string().contains("does not count from all of those networks"), "{wider}");
    let elsewhere = done(&types(&registry.token, "token create far --scope tokens --from 198.51.100.0/24"));
    let refusal = refused(&types(elsewhere["secret"].as_str().unwrap(), "token list"));
    assert!(refusal.to_string().contains("does not count from where"), "{refusal}");
}
