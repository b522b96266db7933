//! Several keys of a publisher: each after the first is added by one before it, and whoever has only a token adds none. What the
//! registry takes is what `adx-trust` takes, and the other way round.

use std::sync::Arc;

use adx_signing::envelope::Envelope;
use adx_signing::key::{KeyPurpose, SecretKey};
use adx_signing::key_change::{Change, KeyChange, NewKey};
use adx_signing::version::V1;
use adx_signing::{Digest, UtcSecond};
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::repository::Repository;
use adx_tests::stage::{Registry, client, random, release};
use adx_trust::{Demands, Limits, Namespaces, Pattern, Refusal, Source, decide};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const BOTH: [KeyPurpose; 2] = [KeyPurpose::Release, KeyPurpose::KeyChange];

/// A registry whose publisher `adx` has one key.
struct Keyed {
    registry: Registry,
    running: Process,
}

impl Keyed {
    async fn new() -> Self {
        let registry = Registry::new();
        let running = registry.start();
        registry.register_key(&running).await;
        Self { registry, running }
    }

    fn first(&self) -> &SecretKey {
        &self.registry.key
    }

    async fn publisher(&self) -> Value {
        let answer = client().get(format!("{}/api/v1/publishers/adx", self.running.url)).send().await;
        answer.expect("the registry answers").json().await.expect("JSON")
    }

    async fn follows(&self) -> u64 {
        self.publisher().await["last_key_change"].as_u64().expect("a leaf")
    }

    /// Sends a change, with an envelope or without.
    async fn send(&self, change: &Change, envelope: Option<&Envelope>) -> (StatusCode, Value) {
        let keys = format!("{}/api/v1/publishers/adx/keys", self.running.url);
        let request = match change {
            Change::Add(new) => client().post(keys).json(&json!({
                "public_key_pem": new.public.to_pem(), "purposes": new.purposes, "not_after": new.not_after,
            })),
            Change::Remove { keyid } => client().request(Method::DELETE, format!("{keys}/{keyid}")),
        };
        let request = match envelope {
            Some(envelope) => request.header("adx-envelope", STANDARD.encode(envelope.to_json())),
            None => request,
        };
        let answer = request.bearer_auth(&self.registry.token).send().await.expect("the registry answers");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// Makes a change, signed by a key as the next one.
    async fn change(&self, change: Change, signer: &SecretKey) -> (StatusCode, Value) {
        let envelope = signed(&change, self.follows().await, signer);
        self.send(&change, Some(&envelope)).await
    }

    async fn publish(&self, version: &str, key: &SecretKey) -> (StatusCode, Value) {
        let package = hello::package(version, Behaviour::Plain);
        let read = adx_index::package::Package::read(package.as_slice()).expect("a sound package");
        let envelope = adx_signing::statement::sign_release(&release(&read), Digest::of(&package), key);
        let answer = self.registry.upload(&self.running, version, package, &envelope).await;
        let answer = answer.expect("the registry answers");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// What the trust client says of a release.
    async fn decided(&self, version: &str) -> Result<adx_trust::Verified<adx_trust::Release>, Refusal> {
        self.running.wait_until_signed().await;
        let source = Source::parse(&format!("{}/", self.running.url), &Limits::default()).expect("an address");
        let root = std::fs::read(self.registry.first_root()).expect("the first root");
        let state = tempfile::tempdir().expect("a folder");
        let namespaces = Arc::new(Namespaces::new([("main", [Pattern::Rest].as_slice())]).expect("namespaces"));
        let client = adx_trust::Registry::open("main", source, &root, state.path(), namespaces)?;
        let now = now();
        client.refresh(now).await?;
        let module = "adx/hello".parse().expect("a module");
        let evidence = client.evidence(&module, &version.parse().expect("a version"), now).await;
        let target = evidence.target()?;
        let file = state.path().join("package");
        client.download(&target, &file).await?;
        let package = std::fs::read(file).expect("a package");
        let envelope = client.envelope(&target.sha256).await?;
        decide(&evidence, &package, &envelope, &Demands::default(), now).outcome
    }

    /// Changes rows as nobody can over HTTP; the registry is stopped meanwhile.
    fn with_rows(self, sql: &str) -> Self {
        let Self { registry, running } = self;
        assert!(running.stop().success());
        let database = rusqlite::Connection::open(registry.data().join("registry.sqlite")).expect("a database");
        database.execute_batch(sql).expect("changed");
        drop(database);
        let running = registry.start();
        Self { registry, running }
    }
}

#[expect(clippy::disallowed_methods, reason = "the registry under test tells the time there is")]
fn now() -> UtcSecond {
    time::OffsetDateTime::now_utc().into()
}

fn key() -> SecretKey {
    SecretKey::generate(&mut random())
}

fn added(key: &SecretKey, purposes: impl IntoIterator<Item = KeyPurpose>) -> Change {
    Change::Add(NewKey { not_after: None, public: key.public(), purposes: purposes.into_iter().collect() })
}

fn removed(key: &SecretKey) -> Change {
    Change::Remove { keyid: key.public().id() }
}

fn signed(change: &Change, follows: u64, signer: &SecretKey) -> Envelope {
    let namespace = "adx".parse().expect("a namespace");
    KeyChange { change: change.clone(), follows, namespace, v: V1 }.sign(signer)
}

#[track_caller]
fn assert_refused((status, problem): (StatusCode, Value), wanted: StatusCode, slug: &str) {
    assert_eq!(status, wanted, "{problem}");
    assert_eq!(problem["type"], format!("https://adx-core.dev/problems/{slug}"), "{problem}");
    assert!(problem["detail"].is_string(), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_by_every_key_that_counts_are_taken_and_by_a_removed_one_are_not() {
    let keyed = Keyed::new().await;
    let second = key();
    assert_eq!(keyed.publish("1.0.0", keyed.first()).await.0, StatusCode::CREATED);
    assert_refused(keyed.publish("1.1.0", &second).await, StatusCode::UNPROCESSABLE_ENTITY, "signature");

    let (status, answer) = keyed.change(added(&second, BOTH), keyed.first()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(keyed.publish("1.1.0", &second).await.0, StatusCode::CREATED);
    assert_eq!(keyed.decided("1.1.0").await.expect("taken").signed_by, [second.public().id()]);

    let (status, answer) = keyed.change(removed(keyed.first()), &second).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let refused = keyed.publish("1.2.0", keyed.first()).await;
    assert_refused(refused, StatusCode::UNPROCESSABLE_ENTITY, "key-does-not-count");
    assert_eq!(keyed.publish("1.2.0", &second).await.0, StatusCode::CREATED);
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        keyed.decided(version).await.unwrap_or_else(|refusal| panic!("{version}: {refusal}"));
    }

    let publisher = keyed.publisher().await;
    let keys = publisher["keys"].as_array().expect("keys");
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0]["removed_leaf"], answer["removed_leaf"]);
    assert_eq!((&keys[0]["removed_by"], &keys[1]["removed_by"]), (&json!("key"), &Value::Null));
    assert_eq!(publisher["last_key_change"], answer["removed_leaf"]);
    assert_eq!((&keys[1]["removed_leaf"], &keys[1]["purposes"]), (&Value::Null, &json!(["release", "key-change"])));
    assert_refused(keyed.change(added(keyed.first(), BOTH), &second).await, StatusCode::CONFLICT, "key-removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_token_alone_changes_no_key() {
    let keyed = Keyed::new().await;
    let thief = key();
    let (add, remove) = (added(&thief, BOTH), removed(keyed.first()));
    let follows = keyed.follows().await;
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    assert_refused(keyed.send(&add, None).await, unprocessable, "key-change-unsigned");
    assert_refused(keyed.send(&add, Some(&signed(&add, follows, &thief))).await, unprocessable, "signature");
    // The only key is nobody's to remove, whoever signs.
    assert_refused(keyed.send(&remove, None).await, StatusCode::CONFLICT, "last-key");
    let second = key();
    assert_eq!(keyed.change(added(&second, BOTH), keyed.first()).await.0, StatusCode::CREATED);
    assert_refused(keyed.send(&remove, None).await, unprocessable, "key-change-unsigned");
    let leaves = keyed.follows().await;
    assert_refused(keyed.send(&remove, Some(&signed(&remove, leaves, &thief))).await, unprocessable, "signature");
    assert_eq!(keyed.follows().await, leaves, "nothing has changed");
    assert_refused(keyed.publish("1.0.0", &thief).await, unprocessable, "signature");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_change_is_made_once_and_as_it_was_signed() {
    let keyed = Keyed::new().await;
    let (second, third) = (key(), key());
    let add = added(&second, BOTH);
    let follows = keyed.follows().await;
    let early = signed(&add, follows, keyed.first());

    // For another key, other purposes, another namespace.
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    for other in [added(&third, BOTH), added(&second, [KeyPurpose::Release])] {
        assert_refused(keyed.send(&other, Some(&early)).await, unprocessable, "statement-mismatch");
    }
    let namespace = "other".parse().expect("a namespace");
    let elsewhere = KeyChange { change: add.clone(), follows, namespace, v: V1 }.sign(keyed.first());
    assert_refused(keyed.send(&add, Some(&elsewhere)).await, unprocessable, "statement-mismatch");

    // In another place of the history.
    let (status, problem) = keyed.send(&add, Some(&signed(&add, follows + 1, keyed.first()))).await;
    assert_eq!(problem["follows"], follows, "{problem}");
    assert_refused((status, problem), StatusCode::CONFLICT, "key-change-outdated");

    assert_eq!(keyed.send(&add, Some(&early)).await.0, StatusCode::CREATED);
    let (status, again) = keyed.send(&add, Some(&early)).await;
    assert_eq!((status, again["key_id"].as_str()), (StatusCode::CREATED, Some(&*second.public().id().to_string())));
    let leaf = keyed.follows().await;
    assert_refused(keyed.send(&added(&second, [KeyPurpose::Release]), None).await, StatusCode::CONFLICT, "key-known");

    // The key itself would come out of nowhere at the leaf of its own removal.
    let itself = keyed.change(removed(&second), &second).await;
    assert_refused(itself, unprocessable, "key-signs-its-removal");
    assert_eq!(keyed.follows().await, leaf);
    assert_refused(keyed.change(removed(&third), &second).await, StatusCode::NOT_FOUND, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_signs_what_it_is_for_and_no_longer_than_it_lasts() {
    let keyed = Keyed::new().await;
    let (releases, changes, third) = (key(), key(), key());
    for (key, purpose) in [(&releases, KeyPurpose::Release), (&changes, KeyPurpose::KeyChange)] {
        assert_eq!(keyed.change(added(key, [purpose]), keyed.first()).await.0, StatusCode::CREATED);
    }
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    assert_refused(keyed.change(added(&third, BOTH), &releases).await, unprocessable, "signature");
    assert_refused(keyed.publish("1.0.0", &changes).await, unprocessable, "key-does-not-count");
    assert_eq!(keyed.publish("1.0.0", &releases).await.0, StatusCode::CREATED);
    keyed.decided("1.0.0").await.expect("taken");
    assert_refused(keyed.change(added(&third, []), &changes).await, unprocessable, "invalid");
    let past = NewKey {
        not_after: Some("2020-01-01T00:00:00Z".parse().unwrap()),
        public: third.public(),
        purposes: BOTH.into(),
    };
    assert_refused(keyed.change(Change::Add(past), &changes).await, unprocessable, "invalid");
    let lasting = NewKey {
        not_after: Some("2999-01-01T00:00:00Z".parse().unwrap()),
        public: third.public(),
        purposes: BOTH.into(),
    };
    let (status, answer) = keyed.change(Change::Add(lasting), &changes).await;
    assert_eq!((status, answer["not_after"].as_str()), (StatusCode::CREATED, Some("2999-01-01T00:00:00Z")));
    assert_eq!(keyed.publish("1.1.0", &third).await.0, StatusCode::CREATED);
    keyed.decided("1.1.0").await.expect("taken");

    let keyed = keyed.with_rows("UPDATE publisher_keys SET not_after = 1 WHERE not_after IS NOT NULL;");
    assert_refused(keyed.publish("1.2.0", &third).await, unprocessable, "key-does-not-count");
    assert_refused(keyed.change(added(&key(), BOTH), &third).await, unprocessable, "signature");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_signs_no_release_and_no_change() {
    let keyed = Keyed::new().await;
    let (second, thief) = (key(), key());
    assert_eq!(keyed.change(added(&second, BOTH), keyed.first()).await.0, StatusCode::CREATED);
    keyed.running.wait_until_signed().await;
    let leaves = Repository::fetch(&keyed.running.url).await.leaves.len();
    let first = keyed.first().public().id().to_string();
    // Its own leaf comes first, and one more is believed.
    let from_leaf = (leaves + 2).to_string();
    keyed.registry.admin(&["revoke", "--key", &first, "--from-leaf", &from_leaf, "--reason", "it was stolen"]);
    assert_eq!(keyed.publish("1.0.0", keyed.first()).await.0, StatusCode::CREATED);
    let shown = keyed.publisher().await;
    let revoked = &shown["keys"][0]["revoked"];
    assert_eq!((&revoked["reason"], &revoked["from_leaf"]), (&json!("it was stolen"), &json!(leaves + 2)), "{shown}");
    assert_eq!(shown["keys"][1]["revoked"], Value::Null);

    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    assert_refused(keyed.publish("1.1.0", keyed.first()).await, unprocessable, "key-revoked");
    assert_refused(keyed.change(added(&thief, BOTH), keyed.first()).await, unprocessable, "key-revoked");
    assert_refused(keyed.change(removed(&second), keyed.first()).await, StatusCode::CONFLICT, "last-key");
    assert_eq!(keyed.publisher().await["keys"].as_array().expect("keys").len(), 2, "nothing has changed");
    // What was refused burned no version, and the other key goes on.
    assert_eq!(keyed.publish("1.1.0", &second).await.0, StatusCode::CREATED);
    for version in ["1.0.0", "1.1.0"] {
        keyed.decided(version).await.unwrap_or_else(|refusal| panic!("{version}: {refusal}"));
    }

    keyed.registry.admin(&["unrevoke", "--key", &first]);
    assert_eq!(keyed.publisher().await["keys"][0]["revoked"], Value::Null);
    assert_eq!(keyed.publish("1.2.0", keyed.first()).await.0, StatusCode::CREATED);
    keyed.registry.admin(&["revoke", "--key", &first, "--reason", "it was stolen"]);
    assert_eq!(keyed.change(removed(keyed.first()), &second).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_only_a_token_vouched_for_counts_once_it_is_added_again() {
    let keyed = Keyed::new().await;
    let second = key();
    assert_eq!(keyed.change(added(&second, BOTH), keyed.first()).await.0, StatusCode::CREATED);
    let id = second.public().id();
    let keyed = keyed.with_rows(&format!("UPDATE publisher_keys SET added_by = NULL WHERE key_id = '{id}';"));
    assert!(keyed.running.log().contains("a key counts for nothing"), "{}", keyed.running.log());
    assert_eq!(keyed.publisher().await["keys"].as_array().expect("keys").len(), 1);
    let refused = keyed.publish("1.0.0", &second).await;
    assert_refused(refused, StatusCode::UNPROCESSABLE_ENTITY, "key-does-not-count");
    // The releases of the namespace are not refused for it.
    assert_eq!(keyed.publish("1.0.0", keyed.first()).await.0, StatusCode::CREATED);

    let (status, answer) = keyed.change(added(&second, BOTH), keyed.first()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(keyed.publish("1.1.0", &second).await.0, StatusCode::CREATED);
    for version in ["1.0.0", "1.1.0"] {
        keyed.decided(version).await.unwrap_or_else(|refusal| panic!("{version}: {refusal}"));
    }
}

/// Agents read no list beyond their cap: whoever fills it must not make them refuse everything.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_full_takes_no_key_but_removals() {
    let keyed = Keyed::new().await;
    let (second, third) = (key(), key());
    assert_eq!(keyed.change(added(&second, BOTH), keyed.first()).await.0, StatusCode::CREATED);
    let keyed = keyed.with_rows(
        "INSERT INTO publishers (id, namespace, canonical, display_name, created_at)
             SELECT 'f' || substr(id, 2), 'full', 'full', 'Full', created_at FROM publishers;
         INSERT INTO publisher_keys (key_id, publisher_id, public_key_pem, added_at, leaf, added_by)
             SELECT lower(hex(randomblob(32))), p.id, k.public_key_pem, k.added_at, 0,
                    '{\"key\":{\"envelope\":\"' || hex(zeroblob(7900000)) || '\"}}'
             FROM publisher_keys k, publishers p WHERE p.namespace = 'full' LIMIT 1;",
    );
    let refused = keyed.change(added(&third, BOTH), keyed.first()).await;
    assert_refused(refused, StatusCode::CONFLICT, "key-list-full");
    assert_eq!(keyed.change(removed(&second), keyed.first()).await.0, StatusCode::OK);
}

/// Further keys leave room for first ones.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_without_room_for_further_keys_takes_the_first_of_a_namespace() {
    let keyed = Keyed::new().await.with_rows(
        "INSERT INTO publishers (id, namespace, canonical, display_name, created_at)
             SELECT 'f' || substr(id, 2), 'full', 'full', 'Full', created_at FROM publishers;
         INSERT INTO publisher_keys (key_id, publisher_id, public_key_pem, added_at, leaf, added_by)
             SELECT lower(hex(randomblob(32))), p.id, k.public_key_pem, k.added_at, 0,
                    '{\"key\":{\"envelope\":\"' || hex(zeroblob(7000000)) || '\"}}'
             FROM publisher_keys k, publishers p WHERE p.namespace = 'full' LIMIT 1;",
    );
    let refused = keyed.change(added(&key(), BOTH), keyed.first()).await;
    assert_refused(refused, StatusCode::CONFLICT, "key-list-full");
    let token = keyed.registry.create_publisher("other");
    let keys = format!("{}/api/v1/publishers/other/keys", keyed.running.url);
    let first = json!({ "public_key_pem": key().public().to_pem(), "purposes": BOTH });
    let answer = client().post(keys).json(&first).bearer_auth(token).send().await.expect("the registry answers");
    assert_eq!(answer.status(), StatusCode::CREATED);
}

/// Whoever lets its proofs grow fills its own part of the list, and not that of others.
#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_namespace_take_so_much_of_the_list() {
    let keyed = Keyed::new().await;
    let (second, third) = (key(), key());
    for key in [&second, &third] {
        assert_eq!(keyed.change(added(key, BOTH), keyed.first()).await.0, StatusCode::CREATED);
    }
    let with_proof_of = |bytes: u32| {
        let id = second.public().id();
        format!(
            "UPDATE publisher_keys SET added_by = '{{\"key\":{{\"envelope\":\"' || hex(zeroblob({})) || '\"}}}}'
             WHERE key_id = '{id}';",
            bytes / 2
        )
    };
    let keyed = keyed.with_rows(&with_proof_of(60 * 1024));
    let (status, answer) = keyed.change(added(&key(), BOTH), keyed.first()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let keyed = keyed.with_rows(&with_proof_of(64 * 1024));
    let refused = keyed.change(added(&key(), BOTH), keyed.first()).await;
    assert_refused(refused, StatusCode::CONFLICT, "too-many-keys");
    assert_eq!(keyed.change(removed(&second), keyed.first()).await.0, StatusCode::OK, "removals go on");
    let keyed = keyed.with_rows(&with_proof_of(96 * 1024));
    let refused = keyed.change(removed(&third), keyed.first()).await;
    assert_refused(refused, StatusCode::CONFLICT, "too-many-keys");
}

/// And not even removals once the longest of them could be one too long.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_the_longest_that_agents_read_stays_as_it_is() {
    let keyed = Keyed::new().await;
    let second = key();
    assert_eq!(keyed.change(added(&second, BOTH), keyed.first()).await.0, StatusCode::CREATED);
    let keyed = keyed.with_rows(
        "INSERT INTO publishers (id, namespace, canonical, display_name, created_at)
             SELECT 'f' || substr(id, 2), 'full', 'full', 'Full', created_at FROM publishers;
         INSERT INTO publisher_keys (key_id, publisher_id, public_key_pem, added_at, leaf, added_by)
             SELECT lower(hex(randomblob(32))), p.id, k.public_key_pem, k.added_at, 0,
                    '{\"key\":{\"envelope\":\"' || hex(zeroblob(8386560)) || '\"}}'
             FROM publisher_keys k, publishers p WHERE p.namespace = 'full' LIMIT 1;",
    );
    let (status, answer) = keyed.change(removed(&second), keyed.first()).await;
    assert_refused((status, answer.clone()), StatusCode::CONFLICT, "key-list-full");
    assert!(answer["hint"].as_str().expect("a hint").contains("kill list"), "{answer}");
}

/// The migration, on rows as they were before it.
#[test]
fn of_keys_from_before_the_first_of_each_namespace_counts() {
    let database = rusqlite::Connection::open_in_memory().expect("a database");
    let apply = |sql: &str| database.execute_batch(sql).expect("applied");
    apply(include_str!("../../../migrations/registry/0001_registry.sql"));
    apply(include_str!("../../../migrations/registry/0002_transparency_log.sql"));
    apply(
        "INSERT INTO publishers (id, namespace, canonical, display_name, created_at)
             VALUES ('p', 'p', 'p', 'P', 1), ('q', 'q', 'q', 'Q', 1);
         INSERT INTO publisher_keys (key_id, publisher_id, public_key_pem, added_at, leaf)
             VALUES ('late', 'p', '', 9, 7), ('early', 'p', '', 3, 5), ('unlogged', 'p', '', 1, NULL), ('own', 'q', '', 4, NULL);",
    );
    apply(include_str!("../../../migrations/registry/0003_publisher_keys.sql"));
    let mut query =
        database.prepare("SELECT key_id, purposes FROM publisher_keys WHERE added_by = '\"first\"' ORDER BY 1");
    let rows = query.as_mut().expect("a query").query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    let rows: Vec<(String, String)> = rows.map(|row| row.expect("a row")).collect();
    let both = "[\"release\",\"key-change\"]".to_owned();
    assert_eq!(rows, [("early".to_owned(), both.clone()), ("own".to_owned(), both)]);
}
