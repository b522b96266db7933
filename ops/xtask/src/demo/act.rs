//! The steps.

use super::in_flight::InFlight;
use super::stage::Stage;
use crate::interrupt;
use crate::report::Report;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const MODULE: &str = "adx/hello";
const INSTALLATION: &str = "installations/adx/hello";
/// What the health probe of hello 1.2.0 says.
const UNHEALTHY: &str = "fails its health probe on purpose";
/// What is in the manifest of the module that is sold, after all that hello's has.
const PRICE: &str = r#"trial_days = 14

[module.marketplace.pricing]
model = "subscription"
interval = "month"
amount_minor = 1900
currency = "EUR"
per = "seat"

[[module.marketplace.pricing.tiers]]
from = 11
amount_minor = 1500
"#;
const UPDATE_DEADLINE: Duration = Duration::from_secs(60);

/// Builds, packs, signs and publishes one version of `modules/hello`. `feature` is the cargo feature that tells it apart.
fn publish(stage: &Stage, version: &str, feature: Option<&str>) -> Result<String> {
    let source = stage.hello_source()?;
    let (source, package) =
        (source.display().to_string(), stage.data.join(format!("hello-{version}.adxm")).display().to_string());
    let mut build = vec!["build", &source];
    if let Some(feature) = feature {
        build.extend(["--", "--features", feature]);
    }
    stage.adx(&build)?;
    stage.adx(&["pack", &source, "--version", version, "-o", &package])?;
    let published = stage.adx(&["publish", &package])?;
    ensure!(published["version"] == version, "the registry says it published {published}, not {version}");
    Ok(format!(
        "{MODULE} {version}, sha256 {}…",
        published["sha256"].as_str().unwrap_or_default().get(..12).unwrap_or_default()
    ))
}

/// Steps: publisher, publish, search.
pub(crate) fn publish_first(stage: &mut Stage, report: &Report) -> Result<()> {
    report.step("publisher", "Creating a publisher and its key", || {
        let publisher = stage.registry_admin(&["create-publisher", "adx", "--display-name", "ADX"])?;
        stage.publisher_token =
            publisher["token"].as_str().context("the registry returned no publisher token")?.to_owned();
        let key = stage.adx(&["key", "new", "--no-passphrase"])?;
        stage.adx(&["key", "register", "adx"])?;
        Ok(((), format!("adx, key {}…", key["key_id"].as_str().unwrap_or_default().get(..12).unwrap_or_default())))
    })?;
    report.step("publish", "Building, packing, signing and publishing hello 1.0.0", || {
        Ok(((), publish(stage, "1.0.0", None)?))
    })?;
    report.step("verify", "Proving it step by step, as an agent does", || {
        let package = stage.data.join("hello-1.0.0.adxm").display().to_string();
        // The release is public with its commit, and visible one round of signing later.
        let deadline = Instant::now() + Duration::from_secs(10);
        let proven = loop {
            match stage.adx(&["verify", &package]) {
                Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(50)),
                proven => break proven?,
            }
        };
        let steps: Vec<&str> = proven["steps"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|step| step["outcome"] == "holds")
            .filter_map(|step| step["proof"].as_str())
            .collect();
        ensure!(steps.len() >= 10, "not every proof holds: {proven}");
        Ok(((), format!("hold: {}", steps.join(", "))))
    })?;
    report.step("search", "Searching for it", || {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let found = stage.adx(&["search", "hello"])?;
            if found["hits"].as_array().into_iter().flatten().any(|hit| hit["module"] == MODULE) {
                return Ok(((), format!("`adx search hello` finds {MODULE}")));
            }
            ensure!(Instant::now() < deadline, "`adx search hello` does not find {MODULE}: {found}");
            std::thread::sleep(Duration::from_millis(50));
        }
    })
}

/// Steps: agent, install, call, isolation.
pub(crate) fn install(stage: &mut Stage, report: &Report) -> Result<()> {
    report.step("agent", "Starting an agent with two tenants", || {
        stage.start_agent()?;
        Ok(((), format!("listens on {}; tenants acme and globex", stage.agent_url)))
    })?;
    let (first, second) = (&stage.tenants[0], &stage.tenants[1]);
    report.step("install", "Installing hello for the first tenant", || {
        stage.adx_as(first, &["install", "adx/hello@^1", "--grant-required", "--activate"])?;
        let installation = installation(stage)?;
        ensure!(
            installation["state"] == "active" && installation["version"] == "1.0.0",
            "not active at 1.0.0: {installation}"
        );
        Ok(((), format!("{MODULE} 1.0.0 is active for acme with {}", installation["grants"])))
    })?;
    report.step("call", "Calling its activity", || {
        let greeting = greet(stage)?;
        ensure!(greeting == json!({ "greeting": "Hello, Ada!", "visits": 1 }), "unexpected answer: {greeting}");
        Ok(((), format!("greet answers {greeting}")))
    })?;
    report.step("isolation", "Looking from the second tenant", || {
        let list = stage.adx_as(second, &["list"])?;
        ensure!(list["installations"].as_array().is_some_and(Vec::is_empty), "globex sees installations: {list}");
        let refused = match stage.adx_as(second, &["call", MODULE, "greet", r#"{"name":"Ada"}"#]) {
            Ok(answer) => bail!("globex may call what acme installed: {answer}"),
            Err(error) => format!("{error:#}"),
        };
        ensure!(refused.contains("adx/hello is not installed"), "globex's call failed for another reason: {refused}");
        let foreign = get(stage, &second.token, &format!("/api/v1/tenants/{}/installations", first.name))?;
        ensure!(foreign.0 == 404, "globex's token opens acme's installations: HTTP {}", foreign.0);
        Ok(((), "globex sees nothing of acme".to_owned()))
    })
}

/// Step: update, with calls in flight.
pub(crate) fn update(stage: &Stage, report: &Report) -> Result<()> {
    report.step("update", "Publishing 1.1.0 and updating while calls are in flight", || {
        let tenant = &stage.tenants[0];
        let calls = InFlight::start(&stage.agent_url, tenant.name, &tenant.token)?;
        publish(stage, "1.1.0", Some("again"))?;
        let updated = until(|| Ok(installation(stage)?["version"] == "1.1.0"));
        let tally = calls.finish();
        ensure!(updated?, "acme is not at 1.1.0 after {} s: {}", UPDATE_DEADLINE.as_secs(), installation(stage)?);
        ensure!(
            tally.failures.is_empty(),
            "{} of {} calls failed during the update, the first: {}",
            tally.failures.len(),
            tally.calls,
            tally.failures[0]
        );
        ensure!(tally.calls > 0, "no call was made during the update");
        let greeting = greet(stage)?;
        ensure!(
            greeting == json!({ "greeting": "Hello again, Ada!", "visits": 2 }),
            "unexpected answer of 1.1.0: {greeting}"
        );
        Ok(((), format!("1.0.0 → 1.1.0 with {} calls in flight, none failed", tally.calls)))
    })
}

/// Step: an update whose health probe fails, and what is left after it.
pub(crate) fn roll_back(stage: &Stage, report: &Report) -> Result<()> {
    report.step("rollback", "Publishing 1.2.0, whose health probe fails by design", || {
        publish(stage, "1.2.0", Some("unhealthy"))?;
        let mut failed = Value::Null;
        let ended = until(|| {
            failed = failed_update(stage)?;
            Ok(!failed.is_null())
        })?;
        ensure!(ended, "no failed update to 1.2.0 is listed after {} s", UPDATE_DEADLINE.as_secs());
        let installation = installation(stage)?;
        ensure!(
            installation["state"] == "active" && installation["version"] == "1.1.0",
            "not back at 1.1.0: {installation}"
        );
        let greeting = greet(stage)?;
        ensure!(greeting == json!({ "greeting": "Hello again, Ada!", "visits": 3 }), "data is not intact: {greeting}");
        let reason = failed["error"].as_str().context("the agent gives no reason")?;
        ensure!(reason.contains(UNHEALTHY), "the agent gives another reason than the probe's: {reason}");
        Ok(((), format!("back at 1.1.0, data intact; why: {reason}")))
    })
}

/// Step: the same program under another name and at a price, for the pages on which people buy.
pub(crate) fn sell(stage: &Stage, report: &Report) -> Result<()> {
    report.step("sell", "Publishing a module that is sold", || {
        let manifest = stage.hello_source()?.join("module.toml");
        let free = std::fs::read_to_string(&manifest)?;
        let named = free
            .replace("name = \"hello\"\ndisplay_name = \"Hello\"", "name = \"visits\"\ndisplay_name = \"Visits\"")
            .replace("Greets people and remembers how often they came.", "Counts who came, and how often.");
        ensure!(named.contains("\"visits\""), "modules/hello/module.toml does not begin with its name");
        std::fs::write(&manifest, named + PRICE)?;
        let published = publish(stage, "0.1.0", None);
        std::fs::write(&manifest, free)?;
        published?;
        Ok(((), "adx/visits 0.1.0, at 19.00 EUR a month for each seat".to_owned()))
    })
}

fn installation(stage: &Stage) -> Result<Value> {
    let tenant = &stage.tenants[0];
    let (status, body) = get(stage, &tenant.token, &format!("/api/v1/tenants/{}/{INSTALLATION}", tenant.name))?;
    ensure!(status == 200, "the agent answers {status}: {body}");
    Ok(body)
}

fn failed_update(stage: &Stage) -> Result<Value> {
    let tenant = &stage.tenants[0];
    let (status, body) = get(stage, &tenant.token, &format!("/api/v1/tenants/{}/operations", tenant.name))?;
    ensure!(status == 200, "the agent answers {status}: {body}");
    let operations = body["operations"].as_array().context("no list of operations")?;
    Ok(operations
        .iter()
        .find(|operation| operation["to_version"] == "1.2.0" && operation["status"] == "failed")
        .cloned()
        .unwrap_or(Value::Null))
}

fn greet(stage: &Stage) -> Result<Value> {
    Ok(stage.adx_as(&stage.tenants[0], &["call", MODULE, "greet", r#"{"name":"Ada"}"#])?["output"].clone())
}

fn get(stage: &Stage, token: &str, path: &str) -> Result<(u16, Value)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into();
    let mut response =
        agent.get(format!("{}{path}", stage.agent_url)).header("authorization", format!("Bearer {token}")).call()?;
    Ok((response.status().as_u16(), response.body_mut().read_json()?))
}

/// Asks again until it holds; false when the deadline passed.
fn until(mut holds: impl FnMut() -> Result<bool>) -> Result<bool> {
    let deadline = Instant::now() + UPDATE_DEADLINE;
    while !holds()? {
        interrupt::check()?;
        if Instant::now() > deadline {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(true)
}
