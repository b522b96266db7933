//! What the agent's store must do, on SQLite and on PostgreSQL.

use std::sync::Arc;

use adx_agent::store::{
    self, Announcement, Approval, AuditRow, Begun, Channel, ConfigRevision, FailedUpdate, HeldCooldown, HeldUpdate,
    Installation, Kind, Operation, Outcome, Pin, Resting, Status, Store, StoredLicence, Tenant, UsageRow,
};
use adx_signing::digest::Digest;
use adx_signing::licence::{LicenceId, State};
use adx_signing::name::{ModuleId, TenantId};
use adx_tests::postgres::Cluster;
use secrecy::SecretString;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

/// A store on an engine, and what must stay alive for it.
struct Engine {
    store: Arc<dyn Store>,
    url: SecretString,
    _folder: Option<tempfile::TempDir>,
}

impl Engine {
    async fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let url = SecretString::from(format!("sqlite:{}", folder.path().join("agent.sqlite").display()));
        Some(Self { store: open(&url).await, url, _folder: Some(folder) })
    }

    /// `None` where there is no PostgreSQL.
    async fn postgres() -> Option<Self> {
        let url = SecretString::from(Cluster::shared()?.create_database(None).1);
        Some(Self { store: open(&url).await, url, _folder: None })
    }
}

async fn open(url: &SecretString) -> Arc<dyn Store> {
    store::open(url).await.expect("a store")
}

/// One `#[tokio::test]` per function and engine.
macro_rules! on_every_engine {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(engine) = super::Engine::sqlite().await {
                    super::$test(engine).await;
                }
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(engine) = super::Engine::postgres().await {
                    super::$test(engine).await;
                }
            })*
        }
    };
}

on_every_engine!(
    what_is_not_there_is_none,
    a_tenant_is_added_once_and_found_by_its_token,
    an_install_begins_together_with_its_installation,
    one_operation_at_a_time_has_an_installation,
    two_that_begin_at_once_do_not_both_begin,
    an_operation_ends_together_with_its_installation_and_audit_row,
    an_operation_ends_once,
    an_update_ends_together_with_its_grants,
    an_uninstall_leaves_neither_installation_nor_configuration,
    an_operation_does_not_undo_what_an_administrator_decided,
    turning_updates_on_ends_the_hold_of_a_rollback,
    settings_are_numbered_from_one,
    operations_and_audit_come_newest_first_and_by_tenant,
    metered_use_is_added_up,
    cursors_belong_to_their_registry,
    a_quarantine_is_of_one_package,
    an_approval_is_one_persons_word_for_one_package,
    a_cooldown_is_changed,
    a_token_is_replaced,
    a_lease_takes_the_place_of_the_one_before,
    an_announcement_keeps_the_time_at_which_it_was_made,
    seats_are_those_that_were_named_last,
    the_latest_time_does_not_go_back,
    what_was_written_is_there_when_opened_again,
);

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::seconds(seconds) + Duration::milliseconds(123)
}

fn tenant_id(name: &str) -> TenantId {
    name.parse().expect("a tenant")
}

fn module() -> ModuleId {
    "acme/guest".parse().expect("a module")
}

fn pin(version: &str) -> Pin {
    Pin { version: version.parse().expect("a version"), sha256: Digest::of(version.as_bytes()) }
}

fn tenant(name: &str) -> Tenant {
    Tenant {
        tenant: tenant_id(name),
        display_name: "Ádx & Söhne".to_owned(),
        token_hash: Digest::of(name.as_bytes()),
        cooldown: Duration::days(3),
        held_cooldown: None,
        created_at: at(0),
    }
}

fn installing(name: &str) -> Installation {
    Installation {
        tenant: tenant_id(name),
        module: module(),
        requirement: ">=1.0, <2".parse().expect("a requirement"),
        channel: Channel::Stable,
        auto_update: true,
        state: Resting::Installing,
        current: None,
        previous: None,
        grants: vec!["http:https://api.example.com".to_owned(), "kv".to_owned()],
        withdrawn: Vec::new(),
        config: json!({}),
        config_revision: 0,
        held: None,
        failed: None,
        rolled_back_from: None,
        load_error: None,
        quarantined: None,
        created_at: at(1),
        updated_at: at(1),
    }
}

/// With everything that an installation can have.
fn active(name: &str) -> Installation {
    Installation {
        state: Resting::Active,
        current: Some(pin("1.1.0")),
        previous: Some(pin("1.0.0")),
        withdrawn: vec!["notify:mail".to_owned()],
        held: Some(HeldUpdate { version: "1.2.0".parse().expect("a version"), permissions: vec!["blob".to_owned()] }),
        failed: Some(FailedUpdate {
            version: "1.3.0".parse().expect("a version"),
            reason: "“no”".to_owned(),
            again_at: Some(at(9)),
            tries: 2,
        }),
        rolled_back_from: Some("1.2.0-rc.1".parse().expect("a version")),
        load_error: Some("broken".to_owned()),
        updated_at: at(9),
        ..installing(name)
    }
}

fn operation(name: &str, id: &str, kind: Kind, seconds: i64) -> Operation {
    Operation {
        id: format!("op_{id}"),
        tenant: tenant_id(name),
        module: module(),
        kind,
        status: Status::Running,
        step: "begin".to_owned(),
        actor: "admin".to_owned(),
        request: json!({ "requirement": "^1" }),
        error: None,
        error_kind: None,
        from_version: None,
        to: None,
        created_at: at(seconds),
        updated_at: at(seconds),
    }
}

fn ended(operation: &Operation, status: Status) -> Operation {
    Operation { status, step: "end".to_owned(), updated_at: at(50), ..operation.clone() }
}

fn audit(name: &str, id: &str, seconds: i64) -> AuditRow {
    AuditRow {
        id: format!("au_{id}"),
        at: at(seconds),
        tenant: tenant_id(name),
        actor: "admin".to_owned(),
        action: "install".to_owned(),
        module: Some(module()),
        outcome: Outcome::Done,
        detail: json!({ "operation": id }),
    }
}

/// A tenant with an installation at rest.
async fn installed(engine: &Engine, name: &str) -> Installation {
    let store = &engine.store;
    assert!(store.add_tenant(&tenant(name)).await.unwrap());
    let install = operation(name, &format!("{name}-install"), Kind::Install, 2);
    assert_eq!(store.begin(&install, Some(&installing(name))).await.unwrap(), Begun::Started);
    let end = ended(&install, Status::Succeeded);
    store.finish(&end, Some(&active(name)), &audit(name, &format!("{name}-install"), 3)).await.unwrap();
    store.installation(&tenant_id(name), &module()).await.unwrap().expect("it is there")
}

async fn what_is_not_there_is_none(engine: Engine) {
    let store = &engine.store;
    let one = tenant_id("one");
    store.ping().await.unwrap();
    assert_eq!(store.tenant(&one).await.unwrap(), None);
    assert_eq!(store.tenant_by_token(&Digest::of(b"one")).await.unwrap(), None);
    assert_eq!(store.tenants().await.unwrap(), []);
    assert_eq!(store.installation(&one, &module()).await.unwrap(), None);
    assert_eq!(store.installations(&one).await.unwrap(), []);
    assert!(!store.save_installation(&active("one")).await.unwrap());
    assert!(!store.set_grants(&one, &module(), &[], at(0)).await.unwrap());
    let revision = ConfigRevision { revision: 0, config: json!({}), actor: "admin".to_owned(), at: at(0) };
    assert_eq!(store.set_config(&one, &module(), &revision).await.unwrap(), None);
    assert_eq!(store.config_revisions(&one, &module(), 10).await.unwrap(), []);
    assert_eq!(store.operation(&one, "op_0").await.unwrap(), None);
    assert_eq!(store.running(&one, &module()).await.unwrap(), None);
    assert_eq!(store.all_running().await.unwrap(), []);
    assert_eq!(store.audit(&one, 10).await.unwrap(), []);
    assert_eq!(store.usage(&one, 10).await.unwrap(), []);
    assert_eq!(store.feed_cursor("http://registry/").await.unwrap(), 0);
    assert!(!store.set_cooldown(&one, Duration::ZERO, None).await.unwrap());
    assert!(!store.set_quarantined(&one, &module(), &Digest::of(b""), Some("it mines"), at(0)).await.unwrap());
    assert_eq!(store.approvals(&one, &module(), &pin("1.0.0")).await.unwrap(), []);
}

async fn a_tenant_is_added_once_and_found_by_its_token(engine: Engine) {
    let store = &engine.store;
    assert!(store.add_tenant(&tenant("two")).await.unwrap());
    assert!(store.add_tenant(&tenant("one")).await.unwrap());
    let again = Tenant { token_hash: Digest::of(b"other"), ..tenant("one") };
    assert!(!store.add_tenant(&again).await.unwrap());
    let same_token = Tenant { token_hash: Digest::of(b"one"), ..tenant("three") };
    assert!(!store.add_tenant(&same_token).await.unwrap(), "a token speaks for one tenant");
    assert_eq!(store.tenant(&tenant_id("one")).await.unwrap(), Some(tenant("one")));
    assert_eq!(store.tenant_by_token(&Digest::of(b"two")).await.unwrap(), Some(tenant("two")));
    assert_eq!(store.tenant_by_token(&Digest::of(b"other")).await.unwrap(), None);
    assert_eq!(store.tenants().await.unwrap(), [tenant("one"), tenant("two")]);
}

async fn an_install_begins_together_with_its_installation(engine: Engine) {
    let store = &engine.store;
    store.add_tenant(&tenant("one")).await.unwrap();
    let install = operation("one", "1", Kind::Install, 2);
    assert_eq!(store.begin(&install, Some(&installing("one"))).await.unwrap(), Begun::Started);
    assert_eq!(store.installation(&tenant_id("one"), &module()).await.unwrap(), Some(installing("one")));
    assert_eq!(store.all_running().await.unwrap(), std::slice::from_ref(&install));

    let aimed = Operation { step: "fetch".to_owned(), to: Some(pin("1.0.0")), updated_at: at(5), ..install.clone() };
    store.save_operation(&aimed).await.unwrap();
    assert_eq!(store.operation(&tenant_id("one"), "op_1").await.unwrap(), Some(aimed));
    assert_eq!(store.operation(&tenant_id("two"), "op_1").await.unwrap(), None, "it is tenant one's");

    // Nothing is left of one that is refused.
    let update = operation("two", "2", Kind::Update, 3);
    store.add_tenant(&tenant("two")).await.unwrap();
    assert_eq!(store.begin(&update, None).await.unwrap(), Begun::NotInstalled);
    assert_eq!(store.operation(&tenant_id("two"), "op_2").await.unwrap(), None);
    installed(&engine, "three").await;
    let again = operation("three", "3", Kind::Install, 4);
    assert_eq!(store.begin(&again, Some(&installing("three"))).await.unwrap(), Begun::AlreadyInstalled);
    assert_eq!(store.operation(&tenant_id("three"), "op_3").await.unwrap(), None);
}

async fn one_operation_at_a_time_has_an_installation(engine: Engine) {
    let store = &engine.store;
    installed(&engine, "one").await;
    installed(&engine, "two").await;
    let update = operation("one", "1", Kind::Update, 10);
    assert_eq!(store.begin(&update, None).await.unwrap(), Begun::Started);
    let other = operation("one", "2", Kind::Uninstall, 11);
    assert_eq!(store.begin(&other, None).await.unwrap(), Begun::Busy(Box::new(update.clone())));
    assert_eq!(store.running(&tenant_id("one"), &module()).await.unwrap(), Some(update.clone()));
    // Another tenant's is its own.
    assert_eq!(store.begin(&operation("two", "3", Kind::Update, 12), None).await.unwrap(), Begun::Started);
    store.finish(&ended(&update, Status::Failed), Some(&active("one")), &audit("one", "1", 13)).await.unwrap();
    assert_eq!(store.begin(&other, None).await.unwrap(), Begun::Started);
}

async fn two_that_begin_at_once_do_not_both_begin(engine: Engine) {
    installed(&engine, "one").await;
    let begins = (0..8).map(|number| {
        let store = Arc::clone(&engine.store);
        tokio::spawn(async move {
            store.begin(&operation("one", &number.to_string(), Kind::Update, 10), None).await.unwrap()
        })
    });
    let mut started = 0;
    for begin in begins.collect::<Vec<_>>() {
        match begin.await.unwrap() {
            Begun::Started => started += 1,
            Begun::Busy(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(started, 1);
    assert_eq!(engine.store.all_running().await.unwrap().len(), 1);
}

async fn an_operation_ends_together_with_its_installation_and_audit_row(engine: Engine) {
    let store = &engine.store;
    let before = installed(&engine, "one").await;
    assert_eq!(before, active("one"), "everything comes back as it was");
    let update = operation("one", "1", Kind::Update, 10);
    store.begin(&update, None).await.unwrap();
    let end = Operation {
        error: Some("“no”".to_owned()),
        from_version: Some("1.1.0".parse().unwrap()),
        to: Some(pin("1.2.0")),
        ..ended(&update, Status::Held)
    };
    let after = Installation { state: Resting::Installed, held: None, previous: None, ..before };
    store.finish(&end, Some(&after), &audit("one", "1", 11)).await.unwrap();
    assert_eq!(store.operation(&tenant_id("one"), "op_1").await.unwrap(), Some(end));
    assert_eq!(store.installation(&tenant_id("one"), &module()).await.unwrap(), Some(after));
    assert_eq!(store.audit(&tenant_id("one"), 1).await.unwrap(), [audit("one", "1", 11)]);
    assert_eq!(store.all_running().await.unwrap(), []);
}

async fn an_operation_ends_once(engine: Engine) {
    let store = &engine.store;
    let before = installed(&engine, "one").await;
    let update = operation("one", "1", Kind::Update, 10);
    store.begin(&update, None).await.unwrap();
    let end = ended(&update, Status::Succeeded);
    store.finish(&end, Some(&before), &audit("one", "1", 11)).await.unwrap();
    // A step that is repeated, because its end was not yet in the journal.
    let failed = Operation { error: Some("late".to_owned()), ..ended(&update, Status::Failed) };
    store.finish(&failed, None, &audit("one", "2", 12)).await.unwrap();
    store.save_operation(&Operation { step: "late".to_owned(), ..update.clone() }).await.unwrap();
    assert_eq!(store.operation(&tenant_id("one"), "op_1").await.unwrap(), Some(end));
    assert_eq!(store.installation(&tenant_id("one"), &module()).await.unwrap(), Some(before));
    assert_eq!(store.audit(&tenant_id("one"), 10).await.unwrap().len(), 2, "the install's row and the update's");
}

async fn an_update_ends_together_with_its_grants(engine: Engine) {
    let store = &engine.store;
    let before = installed(&engine, "one").await;
    let update = operation("one", "1", Kind::Update, 10);
    store.begin(&update, None).await.unwrap();
    let after = Installation { grants: vec!["kv".to_owned()], withdrawn: vec!["sql".to_owned()], ..before.clone() };
    store.finish_with_grants(&ended(&update, Status::Succeeded), &after, &audit("one", "1", 11)).await.unwrap();
    assert_eq!(store.installation(&tenant_id("one"), &module()).await.unwrap().as_ref(), Some(&after));
    // The step repeated: it has ended, and its grants may have been replaced since.
    store.finish_with_grants(&ended(&update, Status::Succeeded), &before, &audit("one", "2", 12)).await.unwrap();
    assert_eq!(store.installation(&tenant_id("one"), &module()).await.unwrap(), Some(after));
}

async fn an_uninstall_leaves_neither_installation_nor_configuration(engine: Engine) {
    let store = &engine.store;
    installed(&engine, "one").await;
    installed(&engine, "two").await;
    let one = tenant_id("one");
    let revision = ConfigRevision { revision: 0, config: json!({ "a": 1 }), actor: "admin".to_owned(), at: at(5) };
    store.set_config(&one, &module(), &revision).await.unwrap();
    store.set_config(&tenant_id("two"), &module(), &revision).await.unwrap();
    let uninstall = operation("one", "1", Kind::Uninstall, 10);
    store.begin(&uninstall, None).await.unwrap();
    store.finish(&ended(&uninstall, Status::Succeeded), None, &audit("one", "1", 11)).await.unwrap();
    assert_eq!(store.installation(&one, &module()).await.unwrap(), None);
    assert_eq!(store.config_revisions(&one, &module(), 10).await.unwrap(), []);
    assert_eq!(store.audit(&one, 10).await.unwrap().len(), 2, "what was done outlives what it was done to");
    assert_eq!(store.config_revisions(&tenant_id("two"), &module(), 10).await.unwrap().len(), 1);
    let all = store.all_installations().await.unwrap();
    assert_eq!(all.iter().map(|found| found.tenant.as_str()).collect::<Vec<_>>(), ["two"]);
    // And it can come back.
    let install = operation("one", "2", Kind::Install, 12);
    assert_eq!(store.begin(&install, Some(&installing("one"))).await.unwrap(), Begun::Started);
}

async fn an_operation_does_not_undo_what_an_administrator_decided(engine: Engine) {
    let store = &engine.store;
    let one = tenant_id("one");
    let stale = installed(&engine, "one").await;
    assert!(store.set_grants(&one, &module(), &["sql".to_owned()], at(20)).await.unwrap());
    let revision = ConfigRevision { revision: 0, config: json!({ "a": 1 }), actor: "admin".to_owned(), at: at(21) };
    assert_eq!(store.set_config(&one, &module(), &revision).await.unwrap(), Some(1));
    assert!(store.set_updates(&one, &module(), Some(false), Some(Channel::Beta), at(22)).await.unwrap());
    // As read before that, by the step that ends an update.
    assert!(store.save_installation(&stale).await.unwrap());
    let update = operation("one", "1", Kind::Update, 22);
    store.begin(&update, None).await.unwrap();
    store.finish(&ended(&update, Status::Succeeded), Some(&stale), &audit("one", "1", 23)).await.unwrap();
    let found = store.installation(&one, &module()).await.unwrap().unwrap();
    assert_eq!(found.grants, ["sql"]);
    assert_eq!((found.config, found.config_revision), (json!({ "a": 1 }), 1));
    assert_eq!((found.auto_update, found.channel), (false, Channel::Beta));
}

async fn turning_updates_on_ends_the_hold_of_a_rollback(engine: Engine) {
    let store = &engine.store;
    let one = tenant_id("one");
    installed(&engine, "one").await;
    let set = async |auto_update, channel| {
        assert!(store.set_updates(&one, &module(), auto_update, channel, at(20)).await.unwrap());
        let found = store.installation(&one, &module()).await.unwrap().unwrap();
        (found.auto_update, found.channel, found.rolled_back_from.is_some())
    };
    assert_eq!(set(None, Some(Channel::Beta)).await, (true, Channel::Beta, true));
    assert_eq!(set(Some(false), None).await, (false, Channel::Beta, true));
    assert_eq!(set(Some(true), Some(Channel::Stable)).await, (true, Channel::Stable, false));
    let nobody = tenant_id("nobody");
    assert!(!store.set_updates(&nobody, &module(), Some(true), None, at(20)).await.unwrap());
}

async fn settings_are_numbered_from_one(engine: Engine) {
    let store = &engine.store;
    let one = tenant_id("one");
    installed(&engine, "one").await;
    let revision = |number: i64| ConfigRevision {
        revision: number,
        config: json!({ "greeting": "Grüß Gott", "number": number }),
        actor: "tenant:one".to_owned(),
        at: at(number),
    };
    for number in 1..=3 {
        assert_eq!(store.set_config(&one, &module(), &revision(number)).await.unwrap(), Some(number));
    }
    assert_eq!(store.config_revisions(&one, &module(), 2).await.unwrap(), [revision(3), revision(2)]);
    assert_eq!(store.installation(&one, &module()).await.unwrap().unwrap().config, revision(3).config);
}

async fn operations_and_audit_come_newest_first_and_by_tenant(engine: Engine) {
    let store = &engine.store;
    installed(&engine, "one").await;
    installed(&engine, "two").await;
    for number in 1..=3 {
        let update = operation("one", &number.to_string(), Kind::Update, 10 + number);
        store.begin(&update, None).await.unwrap();
        let row = audit("one", &number.to_string(), 10 + number);
        store.finish(&ended(&update, Status::Failed), Some(&active("one")), &row).await.unwrap();
    }
    let ids = |found: Vec<Operation>| found.into_iter().map(|operation| operation.id).collect::<Vec<_>>();
    assert_eq!(ids(store.operations(&tenant_id("one"), 2).await.unwrap()), ["op_3", "op_2"]);
    assert_eq!(ids(store.operations(&tenant_id("two"), 10).await.unwrap()), ["op_two-install"]);

    let tenant_wide =
        AuditRow { module: None, detail: Value::Null, outcome: Outcome::Refused, ..audit("two", "9", 99) };
    store.add_audit(&[tenant_wide.clone(), tenant_wide.clone()]).await.unwrap();
    assert_eq!(store.audit(&tenant_id("two"), 1).await.unwrap(), [tenant_wide]);
    assert_eq!(store.audit(&tenant_id("two"), 10).await.unwrap().len(), 2, "a row is written once");
    assert_eq!(store.audit(&tenant_id("one"), 10).await.unwrap().len(), 4);
}

async fn metered_use_is_added_up(engine: Engine) {
    let store = &engine.store;
    let row = |name: &str, hour: i64, peak_memory: i64| UsageRow {
        tenant: tenant_id(name),
        module: module(),
        hour,
        calls: 2,
        failures: 1,
        cpu_us: 1_000,
        host_calls: 3,
        peak_memory,
    };
    store.add_usage(&[row("one", 7, 500), row("one", 8, 100), row("two", 7, 100)]).await.unwrap();
    store.add_usage(&[row("one", 7, 300)]).await.unwrap();
    let sum = UsageRow { calls: 4, failures: 2, cpu_us: 2_000, host_calls: 6, ..row("one", 7, 500) };
    assert_eq!(store.usage(&tenant_id("one"), 10).await.unwrap(), [row("one", 8, 100), sum]);
    assert_eq!(store.usage(&tenant_id("two"), 10).await.unwrap(), [row("two", 7, 100)]);
}

async fn cursors_belong_to_their_registry(engine: Engine) {
    let store = &engine.store;
    for (registry, seq) in [("http://a/", 4), ("http://b/", 7), ("http://a/", 5)] {
        store.set_feed_cursor(registry, seq).await.unwrap();
    }
    assert_eq!(store.feed_cursor("http://a/").await.unwrap(), 5);
    assert_eq!(store.feed_cursor("http://b/").await.unwrap(), 7);
}

async fn a_quarantine_is_of_one_package(engine: Engine) {
    let store = &engine.store;
    let mut installed = installed(&engine, "one").await;
    let (one, current) = (tenant_id("one"), installed.current.clone().expect("a version"));
    let quarantined = async || store.installation(&one, &module()).await.unwrap().expect("installed").quarantined;
    assert!(!store.set_quarantined(&one, &module(), &Digest::of(b"other"), Some("it mines"), at(20)).await.unwrap());
    assert_eq!(quarantined().await, None);
    assert!(store.set_quarantined(&one, &module(), &current.sha256, Some("it mines"), at(20)).await.unwrap());
    // What an operation writes that began before does not lift it.
    assert!(store.save_installation(&installed).await.unwrap());
    assert_eq!(quarantined().await.as_deref(), Some("it mines"));
    // Another version is another package.
    installed.current = Some(pin("9.0.0"));
    assert!(store.save_installation(&installed).await.unwrap());
    assert_eq!(quarantined().await, None);
    assert!(store.set_quarantined(&one, &module(), &pin("9.0.0").sha256, Some("it too"), at(21)).await.unwrap());
    assert!(store.set_quarantined(&one, &module(), &pin("9.0.0").sha256, None, at(22)).await.unwrap());
    assert_eq!(quarantined().await, None);
}

async fn an_approval_is_one_persons_word_for_one_package(engine: Engine) {
    let store = &engine.store;
    for name in ["one", "two"] {
        assert!(store.add_tenant(&tenant(name)).await.unwrap());
    }
    let approval = |name: &str, version: &str, actor: &str| Approval {
        tenant: tenant_id(name),
        module: module(),
        package: pin(version),
        actor: actor.to_owned(),
        reason: "CVE-2026-1".to_owned(),
        at: at(3),
    };
    let given = [("one", "1.0.1", "tenant:one"), ("one", "1.0.1", "admin"), ("one", "1.0.2", "admin")];
    for (name, version, actor) in given.into_iter().chain([("two", "1.0.1", "admin")]) {
        store.add_approval(&approval(name, version, actor)).await.unwrap();
    }
    // Said twice it counts once, and the first word stands.
    store.add_approval(&Approval { reason: "again".to_owned(), ..approval("one", "1.0.1", "admin") }).await.unwrap();
    let found = store.approvals(&tenant_id("one"), &module(), &pin("1.0.1")).await.unwrap();
    assert_eq!(found, [approval("one", "1.0.1", "admin"), approval("one", "1.0.1", "tenant:one")]);
    let other = Pin { sha256: Digest::of(b"other"), ..pin("1.0.1") };
    assert_eq!(store.approvals(&tenant_id("one"), &module(), &other).await.unwrap(), [], "other bytes");
}

async fn a_cooldown_is_changed(engine: Engine) {
    let store = &engine.store;
    assert!(store.add_tenant(&tenant("one")).await.unwrap());
    let found = async || store.tenant(&tenant_id("one")).await.unwrap().expect("a tenant");
    assert_eq!(found().await, tenant("one"));
    let held = HeldCooldown { cooldown: Duration::days(3), until: at(500) };
    for held in [Some(held), None] {
        assert!(store.set_cooldown(&tenant_id("one"), Duration::hours(1), held).await.unwrap());
        let changed = Tenant { cooldown: Duration::hours(1), held_cooldown: held, ..tenant("one") };
        assert_eq!(found().await, changed);
    }
}

async fn a_token_is_replaced(engine: Engine) {
    let store = &engine.store;
    let (before, after) = (tenant("one").token_hash, Digest::of(b"another"));
    assert!(store.add_tenant(&tenant("one")).await.unwrap());
    assert!(store.add_tenant(&tenant("two")).await.unwrap());
    assert!(store.set_tenant_token(&tenant_id("one"), &after).await.unwrap());
    assert_eq!(store.tenant_by_token(&before).await.unwrap(), None);
    let renewed = Tenant { token_hash: after, ..tenant("one") };
    assert_eq!(store.tenant_by_token(&after).await.unwrap(), Some(renewed));
    assert_eq!(store.tenant(&tenant_id("two")).await.unwrap(), Some(tenant("two")));
    assert!(!store.set_tenant_token(&tenant_id("three"), &after).await.unwrap());
}

async fn what_was_written_is_there_when_opened_again(engine: Engine) {
    let before = installed(&engine, "one").await;
    engine.store.close().await;
    assert!(engine.store.ping().await.is_err(), "it is closed");
    let store = open(&engine.url).await;
    assert_eq!(store.installation(&tenant_id("one"), &module()).await.unwrap(), Some(before));
}

fn licence_id(number: u8) -> LicenceId {
    LicenceId::new(at(0).into(), [number; 10])
}

async fn a_lease_takes_the_place_of_the_one_before(engine: Engine) {
    let store = &*engine.store;
    store.add_tenant(&tenant("acme")).await.expect("added");
    assert_eq!(store.licences().await.expect("read"), []);
    let lease = |number, token: &str, seconds| StoredLicence {
        tenant: tenant_id("acme"),
        module: module(),
        id: licence_id(number),
        token: token.to_owned(),
        actor: "registry".to_owned(),
        at: at(seconds),
    };
    for stored in [lease(1, "a.b.c", 0), lease(2, "d.e.f", 0), lease(1, "g.h.i", 60)] {
        store.put_licence(&stored).await.expect("kept");
    }
    assert_eq!(store.licences().await.expect("read"), [lease(1, "g.h.i", 60), lease(2, "d.e.f", 0)]);
}

async fn an_announcement_keeps_the_time_at_which_it_was_made(engine: Engine) {
    let store = &*engine.store;
    store.add_tenant(&tenant("acme")).await.expect("added");
    let announced = |licence, state, seconds| Announcement {
        tenant: tenant_id("acme"),
        module: module(),
        licence,
        state,
        due: at(1_000),
        announced_at: at(seconds),
    };
    let first = announced(Some(licence_id(1)), State::ReadOnly, 0);
    store.add_announcements(std::slice::from_ref(&first)).await.expect("kept");
    let none = announced(None, State::Disabled, 5);
    let again = announced(Some(licence_id(1)), State::ReadOnly, 10);
    store.add_announcements(&[again, none.clone()]).await.expect("kept");
    assert_eq!(store.announcements().await.expect("read"), [none.clone(), first.clone()]);

    let later = Announcement { due: at(2_000), ..first };
    store.add_announcements(std::slice::from_ref(&later)).await.expect("kept");
    store.withdraw_announcements(&tenant_id("other"), &module(), at(5_000)).await.expect("nothing of another");
    store.withdraw_announcements(&tenant_id("acme"), &module(), at(1_000)).await.expect("withdrawn");
    assert_eq!(store.announcements().await.expect("read"), [later]);
}

async fn seats_are_those_that_were_named_last(engine: Engine) {
    let store = &*engine.store;
    store.add_tenant(&tenant("acme")).await.expect("added");
    let seats = |people: &[&str]| people.iter().map(ToString::to_string).collect::<std::collections::BTreeSet<_>>();
    let (acme, module) = (tenant_id("acme"), module());
    for people in [seats(&["ada", "böb"]), seats(&["ada", "cleo"]), seats(&[])] {
        store.set_seats(&acme, &module, &people).await.expect("kept");
        assert_eq!(store.seats(&acme, &module).await.expect("read"), people);
    }
}

async fn the_latest_time_does_not_go_back(engine: Engine) {
    let store = &*engine.store;
    assert_eq!(store.seen_time().await.expect("read"), None);
    for (seen, latest) in [(10, 10), (5, 10), (20, 20)] {
        store.see_time(at(seen)).await.expect("kept");
        assert_eq!(store.seen_time().await.expect("read"), Some(at(latest)));
    }
}
