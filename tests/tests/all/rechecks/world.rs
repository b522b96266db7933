//! A registry whose rules change, and a check that does what the test says.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use adx_registry::checks::run_again;
use adx_registry::config::Loader;
use adx_registry_core::accounts::{ClaimOperator, Password, claim_operator_link, make_operator_link_on_the_machine};
use adx_registry_core::audit::{Act, AuditFilter, Entry, list_audit_on_the_machine};
use adx_registry_core::checks::{Check, CheckBroke, Finding, Subject};
use adx_registry_core::job::Lane;
use adx_registry_core::ports::Message;
use adx_registry_core::rechecks::{Recheck, recheck_on_the_machine};
use adx_registry_core::release::Release;
use adx_registry_core::review::{CheckRule, Configured, Pipeline};
use adx_registry_core::run_jobs::{JobEnd, claim, run_job};
use adx_signing::digest::Digest;
use adx_signing::name::ModuleId;
use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;
use time::Duration;

use crate::engines::Engine;
use crate::submissions::stage::{Stage, package, pipeline};

/// A rule that no package matches.
pub(super) const NOTHING: &str = "rule nothing { strings: $a = \"no package says this\" condition: $a }";
/// A rule that refuses packages, and whose findings publishers are told.
pub(super) const NEEDLE: &str = "rule needle { meta: severity = \"error\" description = \"a needle\" strings: $a = \"a needle lies here\" condition: $a }";
/// A rule that knows something harmful.
pub(super) const DRAINER: &str = "rule drainer { strings: $a = \"a needle lies here\" condition: $a }";

/// A file that the rules match.
pub(super) const MATCHED: [(&str, &str); 1] = [("docs/a.txt", "a needle lies here")];

pub(super) struct World {
    pub(super) stage: Stage,
    rules: TempDir,
}

impl World {
    /// A registry with the owner Ada and the operator Grace, and rules that match nothing.
    pub(super) async fn new(engine: Engine) -> Self {
        let rules = tempfile::tempdir().unwrap();
        fs::write(rules.path().join("a.yar"), NOTHING).unwrap();
        let checks = checks_of(rules.path());
        let stage = Stage::new(engine, Pipeline { checks, ..pipeline("never") }).await;
        let claim = ClaimOperator {
            code: make_operator_link_on_the_machine(&stage.ports).await.unwrap().expose().to_owned(),
            email: "grace@example.org".parse().unwrap(),
            name: "grace".parse().unwrap(),
            password: Password::new("correct horse battery".to_owned()),
            device: "Firefox on Linux".to_owned(),
            replaces: None,
        };
        claim_operator_link(&stage.ports, claim).await.unwrap();
        let world = Self { stage, rules };
        world.letters().await;
        world
    }

    /// The rules are these from now on.
    pub(super) fn rules(&self, text: &str) {
        fs::write(self.rules.path().join("a.yar"), text).unwrap();
    }

    /// Releases a version with these files.
    pub(super) async fn release(&self, version: &str, more: &[(&str, &str)]) -> Digest {
        let bytes = package(version, more);
        let (status, receipt) = self.stage.send(&bytes).await;
        assert_eq!(status, StatusCode::CREATED, "{receipt}");
        Digest::of(&bytes)
    }

    /// Has everything looked over again, to the end.
    pub(super) async fn recheck(&self, quarantine: bool) -> Recheck {
        self.stage.clock.pass(Duration::minutes(1));
        let begun = recheck_on_the_machine(&self.stage.ports, None, quarantine).await.unwrap();
        work(&self.stage).await;
        self.read(&begun.recheck).await
    }

    /// A recheck as it is now.
    pub(super) async fn read(&self, recheck: &Recheck) -> Recheck {
        self.stage.ports.store.read().await.unwrap().recheck(recheck.id).await.unwrap().expect("it is kept")
    }

    /// Every letter since the last time, to whom and about what.
    pub(super) async fn letters(&self) -> Vec<Message> {
        work(&self.stage).await;
        self.stage.mail.take()
    }

    /// A version as its publisher sees it, and as operators do.
    pub(super) async fn views(&self, version: &str) -> (Value, Value) {
        let (_, own) = self.stage.get(&self.stage.publisher, "/publishers/adx/submissions").await;
        let submissions = own["submissions"].as_array().unwrap();
        let of_version = submissions.iter().find(|one| one["version"] == version).expect("it is kept");
        let (told, seen) = self.stage.both_views(&of_version["id"]).await;
        (told["submission"].clone(), seen["submission"].clone())
    }

    /// A release as it is now.
    pub(super) async fn released(&self, sha256: Digest) -> Release {
        let mut reader = self.stage.ports.store.read().await.unwrap();
        reader.release_by_digest(&sha256).await.unwrap().expect("it is released")
    }

    /// What the audit log tells of an act: of all, or as the owners of `adx` read it.
    pub(super) async fn audit(&self, act: Act, is_owners: bool) -> Vec<Entry> {
        let namespace = is_owners.then(|| "adx".parse().unwrap());
        let filter = AuditFilter { act: Some(act), ..AuditFilter::default() };
        let page = list_audit_on_the_machine(&self.stage.ports, namespace.as_ref(), filter, 0, 1_000).await;
        page.unwrap().entries
    }
}

/// The checks that a registry runs again with rules in a folder, all of them enforced.
pub(super) fn checks_of(rules: &Path) -> Vec<Configured> {
    let text = format!("[checks]\nrules_dir = {:?}\n", rules.display().to_string());
    let config = Loader::new().text("a.toml", &text).unwrap().load().unwrap();
    let checks = run_again(&config).unwrap().into_iter();
    checks.map(|check| Configured { check, rule: CheckRule::ENFORCED }).collect()
}

/// Runs every job that is due, and those that they have run: how they ended.
pub(super) async fn work(stage: &Stage) -> Vec<JobEnd> {
    let mut ends = Vec::new();
    loop {
        let jobs = claim(&stage.ports, Lane::Others, 1_000).await.unwrap();
        if jobs.is_empty() {
            return ends;
        }
        for job in jobs {
            ends.push(run_job(&stage.ports, &job).await.unwrap().end);
        }
    }
}

pub(super) fn hello() -> ModuleId {
    "adx/hello".parse().unwrap()
}

/// What a [`Told`] check does.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// The versions that it looked at, each time.
    pub(super) seen: Vec<String>,
    /// The digest of its files; none that can be used without one.
    pub(super) files: Option<Digest>,
    /// The version at which its files go away.
    pub(super) lost_at: Option<&'static str>,
    /// The version that it finds something in.
    pub(super) finds_in: Option<&'static str>,
}

/// A check that is run again, and does what the test says.
#[derive(Clone, Default)]
pub(super) struct Told(pub(super) Arc<Mutex<Orders>>);

impl Told {
    pub(super) fn orders(&self) -> std::sync::MutexGuard<'_, Orders> {
        self.0.lock().unwrap()
    }
}

impl Check for Told {
    fn name(&self) -> &'static str {
        "told"
    }

    fn is_run_again(&self) -> bool {
        true
    }

    fn held_against(&self) -> Result<Option<Digest>, CheckBroke> {
        self.orders().files.map(Some).ok_or_else(|| CheckBroke::new("told", "its files are gone"))
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let version = subject.package.manifest.module.version.to_string();
        let mut orders = self.orders();
        orders.seen.push(version.clone());
        if orders.lost_at == Some(version.as_str()) {
            orders.files = None;
            return Err(CheckBroke::new("told", "its files are gone"));
        }
        let found = orders.finds_in == Some(version.as_str());
        Ok(found.then(|| Finding::error("known-content", "it is known").by_rule("known")).into_iter().collect())
    }
}
