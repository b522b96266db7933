//! The licence key and what agents are told of it, on both databases and by a running registry.

use std::sync::Arc;

use adx_registry::world::FileVault;
use adx_registry_core::Ports;
use adx_registry_core::licences::{LicenceKeyError, Signer, adopt_key, revoke, signer};
use adx_registry_core::ports::Written;
use adx_signing::licence::{LicenceId, RevokedLicence};
use adx_signing::log::KeyName;
use adx_signing::utc::UtcSecond;
use adx_tests::repository::Repository;
use adx_tests::stage::Registry;

use crate::engines::{Engine, Samples, on_every_engine};
use crate::lock_order::ports;

on_every_engine!(
    one_key_is_made_and_opens_with_the_vault_that_sealed_it_only,
    two_servers_that_start_at_once_sign_with_one_key,
    a_licence_that_was_taken_back_is_told_with_what_was_said_last,
);

/// What the registry calls itself.
fn origin() -> KeyName {
    "registry.test/log".parse().unwrap()
}

async fn signing(ports: &Ports) -> Result<Signer, LicenceKeyError> {
    signer(ports, &mut *ports.store.read().await.unwrap()).await
}

async fn one_key_is_made_and_opens_with_the_vault_that_sealed_it_only(engine: Engine) {
    let mut ports = ports(Arc::clone(&engine.store));
    assert!(matches!(signing(&ports).await, Err(LicenceKeyError::Missing)));
    let made = adopt_key(&ports, &origin()).await.unwrap();
    assert_eq!(adopt_key(&ports, &origin()).await.unwrap(), made, "once");
    assert_eq!(signing(&ports).await.unwrap().key.public().id(), made);
    let kept = engine.store.read().await.unwrap().licence_keys().await.unwrap();
    assert_eq!(kept.iter().map(|key| key.public.id()).collect::<Vec<_>>(), [made]);

    // Whoever has the database alone has no key, and whoever replaced the vault's gets another, beside the one before.
    ports.vault = Arc::new(FileVault::of(&[8; 32]));
    assert!(matches!(signing(&ports).await, Err(LicenceKeyError::Sealed { key, .. }) if key == made));
    let other = adopt_key(&ports, &origin()).await.unwrap();
    assert_ne!(other, made);
    assert_eq!(signing(&ports).await.unwrap().key.public().id(), other);
    let kept = engine.store.read().await.unwrap().licence_keys().await.unwrap();
    let mut kept: Vec<_> = kept.iter().map(|key| key.public.id()).collect();
    kept.sort();
    let mut both = [made, other];
    both.sort();
    assert_eq!(kept, both);

    // And a registry that has another ceremony signs in its name.
    let renamed: KeyName = "other.test/log".parse().unwrap();
    let third = adopt_key(&ports, &renamed).await.unwrap();
    let Signer { registry, key } = signing(&ports).await.unwrap();
    assert_eq!((registry, key.public().id()), (renamed, third));
    assert_ne!(third, other);
}

async fn two_servers_that_start_at_once_sign_with_one_key(engine: Engine) {
    let (one, other) = (ports(Arc::clone(&engine.store)), ports(engine.another().await));
    let origin = origin();
    let (one, other) = tokio::join!(adopt_key(&one, &origin), adopt_key(&other, &origin));
    assert_eq!(one.unwrap(), other.unwrap());
}

async fn a_licence_that_was_taken_back_is_told_with_what_was_said_last(engine: Engine) {
    let at = UtcSecond::from(Samples::now());
    let licence = LicenceId::new(at, [7; 10]);
    let before = engine.store.read().await.unwrap().revocations_revision().await.unwrap();
    for reason in ["it was paid back", "it was paid back, and disputed"] {
        let mut transaction = engine.store.begin().await.unwrap();
        revoke(&mut *transaction, &licence, at, reason).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
    }
    let mut reader = engine.store.read().await.unwrap();
    let revoked = RevokedLicence { at, reason: "it was paid back, and disputed".to_owned() };
    assert_eq!(reader.revoked_licences().await.unwrap(), [(licence, revoked)].into());
    assert!(reader.revocations_revision().await.unwrap() > before, "a round tells of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_names_its_licence_key_from_the_first_round_on_and_keeps_it() {
    let registry = Registry::new();
    let running = registry.start();
    running.wait_until_signed().await;
    let first = Repository::fetch(&running.url).await;
    let authority = first.revocations.licences.expect("it signs licences");
    let policy = serde_json::to_value(&first.policy).unwrap();
    assert_eq!((authority.registry.as_str(), authority.keys.len()), (policy["origin"].as_str().unwrap(), 1));
    assert!(authority.revoked.is_empty());

    running.kill();
    let running = registry.start();
    running.wait_until_signed().await;
    let again = Repository::fetch(&running.url).await;
    assert_eq!(again.revocations.licences, Some(authority), "the same key after a restart");
}
