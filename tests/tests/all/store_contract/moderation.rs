//! What is withheld and what is revoked.

use adx_registry_core::ports::Written;
use adx_registry_core::release::Release;
use adx_registry_core::reports::{Category, Report, ReportState, ReportedAfter, Reporter};
use adx_signing::digest::Digest;
use adx_signing::tuf::control::{Revocations, RevokedKey, RevokedPackage};
use adx_signing::utc::UtcSecond;

use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(
    a_release_is_yanked_and_put_into_quarantine_and_taken_out,
    the_kill_list_comes_back_as_it_was_written,
    a_change_of_the_kill_list_that_is_rolled_back_is_not_counted,
    only_keys_that_somebody_registered_are_known,
    reported_modules_are_told_page_by_page,
);

async fn a_release_is_yanked_and_put_into_quarantine_and_taken_out(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut transaction = engine.store.begin().await.unwrap();
    let release = samples.write_release(&mut *transaction, &signer, "hello", "1.0.0").await.unwrap();
    let other = samples.write_release(&mut *transaction, &signer, "hello", "2.0.0").await.unwrap();
    transaction.set_yanked(release.id, true, Some("loses lines")).await.unwrap();
    transaction.set_quarantined(release.id, Some("it steals")).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let found = engine.store.read().await.unwrap().release(release.module_row, &release.version).await.unwrap();
    let found = found.unwrap();
    assert_eq!((found.yanked, found.yanked_for.as_deref()), (true, Some("loses lines")));
    assert_eq!(found.quarantined_for.as_deref(), Some("it steals"));
    let untouched = engine.store.read().await.unwrap().release(other.module_row, &other.version).await.unwrap();
    assert_eq!(untouched, Some(other));

    let mut transaction = engine.store.begin().await.unwrap();
    transaction.set_yanked(release.id, false, Some("it loses none")).await.unwrap();
    transaction.set_quarantined(release.id, None).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let found = engine.store.read().await.unwrap().release(release.module_row, &release.version).await.unwrap();
    let again = Release { unyanked_for: Some("it loses none".to_owned()), ..release.clone() };
    assert_eq!(found, Some(again), "why it was yanked is gone with the yank");

    let mut transaction = engine.store.begin().await.unwrap();
    transaction.set_yanked(release.id, false, None).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let found = engine.store.read().await.unwrap().release(release.module_row, &release.version).await.unwrap();
    assert_eq!(found, Some(release));
}

async fn the_kill_list_comes_back_as_it_was_written(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    assert_eq!(engine.store.read().await.unwrap().revocations().await.unwrap(), Revocations::default());
    let before = engine.store.read().await.unwrap().revocations_revision().await.unwrap();
    let sha256 = Digest::of(b"package");
    let at = UtcSecond::from(Samples::now());
    let mut package = RevokedPackage {
        module: "adx/hello".parse().unwrap(),
        version: "1.0.0-rc.1".parse().unwrap(),
        at,
        reason: "sendet Grüße".to_owned(),
    };
    let mut key = RevokedKey { from_leaf: 0, at, reason: "stolen".to_owned() };
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.lock_revocations().await.unwrap();
    transaction.revoke_package(&sha256, &package).await.unwrap();
    transaction.revoke_key(&signer.key.key_id, &key).await.unwrap();
    // The last word counts.
    package.reason = "steals".to_owned();
    key.from_leaf = 7;
    transaction.revoke_package(&sha256, &package).await.unwrap();
    transaction.revoke_key(&signer.key.key_id, &key).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    let list = reader.revocations().await.unwrap();
    assert_eq!(list.packages, [(sha256, package)].into());
    assert_eq!(list.keys, [(signer.key.key_id, key)].into());
    assert!(reader.revocations_revision().await.unwrap() > before);
    drop(reader);

    let mut transaction = engine.store.begin().await.unwrap();
    transaction.lock_revocations().await.unwrap();
    assert!(transaction.unrevoke_package(&sha256).await.unwrap());
    assert!(!transaction.unrevoke_package(&sha256).await.unwrap(), "it is off already");
    assert!(transaction.unrevoke_key(&signer.key.key_id).await.unwrap());
    assert!(!transaction.unrevoke_key(&signer.key.key_id).await.unwrap(), "it is off already");
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert_eq!(engine.store.read().await.unwrap().revocations().await.unwrap(), Revocations::default());
}

async fn a_change_of_the_kill_list_that_is_rolled_back_is_not_counted(engine: Engine) {
    let revision = async || engine.store.read().await.unwrap().revocations_revision().await.unwrap();
    let before = revision().await;
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.lock_revocations().await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(revision().await, before);
}

async fn only_keys_that_somebody_registered_are_known(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let stranger = samples.key(&signer.publisher);
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.registered_by(&signer.key.key_id).await.unwrap(), Some(signer.publisher.id));
    assert_eq!(reader.registered_by(&stranger.key_id).await.unwrap(), None);
}

async fn reported_modules_are_told_page_by_page(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut transaction = engine.store.begin().await.unwrap();
    for (name, reports) in [("quiet", 1), ("loud", 3), ("other", 1)] {
        let release = samples.write_release(&mut *transaction, &signer, name, "1.0.0").await.unwrap();
        for _ in 0..reports {
            let report = Report {
                id: samples.id(),
                module: release.module.clone(),
                version: None,
                category: Category::Malware,
                text: "it steals".to_owned(),
                reporter: Reporter::Anonymous(None),
                state: ReportState::Open,
                sent_at: Samples::now(),
                decided: None,
            };
            transaction.insert_report(release.module_row, &report).await.unwrap();
        }
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    let whole = reader.reported_modules(None, 10).await.unwrap();
    assert_eq!(whole.iter().map(|module| module.open).collect::<Vec<_>>(), [3, 1, 1]);
    // One at a time, also between those of which as many wait.
    let mut after = None;
    for module in &whole {
        assert_eq!(reader.reported_modules(after, 1).await.unwrap(), std::slice::from_ref(module));
        let last = ReportedAfter { open: module.open, module: module.id };
        assert_eq!(last.to_string().parse(), Ok(last));
        after = Some(last);
    }
    assert_eq!(reader.reported_modules(after, 1).await.unwrap(), []);
}
