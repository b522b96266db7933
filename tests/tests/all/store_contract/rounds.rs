//! What the rounds of signing record, and that one server at a time may.

use adx_registry_core::ports::Store;
use adx_registry_core::ports::Written;
use adx_registry_core::signing::{MetadataRecord, SignedDocument};
use adx_signing::utc::UtcSecond;
use time::{Duration, OffsetDateTime};

use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(
    the_lease_is_held_by_one_until_it_runs_out,
    what_was_signed_comes_back_as_it_was_recorded,
    whoever_lost_the_lease_records_nothing,
);

const LEASE: Duration = Duration::seconds(5);

async fn claim(store: &dyn Store, now: OffsetDateTime) -> Option<u64> {
    let mut transaction = store.begin().await.unwrap();
    let lease = transaction.claim_signing(now, now + LEASE).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    lease
}

async fn renew(store: &dyn Store, lease: u64, until: OffsetDateTime) -> bool {
    let mut transaction = store.begin().await.unwrap();
    let renewed = transaction.renew_signing(lease, until).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    renewed
}

fn document(role: &str, version: u64) -> SignedDocument {
    SignedDocument { role: role.to_owned(), version, expires: UtcSecond::from(Samples::now()) }
}

async fn the_lease_is_held_by_one_until_it_runs_out(engine: Engine) {
    let (store, now) = (&*engine.store, Samples::now());
    let first = claim(store, now).await.expect("nobody has it");
    assert_eq!(claim(store, now + LEASE - Duration::milliseconds(1)).await, None);
    assert!(renew(store, first, now + LEASE * 2).await);
    assert_eq!(claim(store, now + LEASE).await, None, "it was renewed");
    let second = claim(store, now + LEASE * 2).await.expect("it ran out");
    assert!(second > first);
    assert!(!renew(store, first, now + LEASE * 9).await, "it is no longer the first one's");
    assert!(renew(store, second, now).await, "given up");
    assert!(claim(store, now).await.is_some());
}

async fn what_was_signed_comes_back_as_it_was_recorded(engine: Engine) {
    let (store, now) = (&*engine.store, Samples::now());
    let nothing = store.read().await.unwrap().signing().await.unwrap();
    assert_eq!((nothing.checkpoint, nothing.timestamp, nothing.leaves, nothing.logged_root), (None, None, 0, 0));
    let lease = claim(store, now).await.unwrap();
    let record = MetadataRecord {
        timestamp: "{\"signed\":1}".to_owned(),
        leaves: 7,
        documents: vec![document("timestamp", 1), document("bin-0a", 4)],
    };
    let mut transaction = store.begin().await.unwrap();
    assert!(transaction.record_checkpoint(lease, "log\n7\n").await.unwrap());
    assert!(transaction.record_metadata(lease, &record).await.unwrap());
    transaction.note_logged_root(2).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let again = MetadataRecord { documents: vec![document("timestamp", 2)], leaves: 8, ..record.clone() };
    let mut transaction = store.begin().await.unwrap();
    assert!(transaction.record_metadata(lease, &again).await.unwrap());
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = store.read().await.unwrap();
    let kept = reader.signing().await.unwrap();
    assert_eq!((kept.lease, kept.leased_until), (lease, now + LEASE));
    assert_eq!((kept.checkpoint.as_deref(), kept.timestamp), (Some("log\n7\n"), Some(record.timestamp)));
    assert_eq!((kept.leaves, kept.logged_root), (8, 2));
    assert_eq!(reader.signed_documents().await.unwrap(), [document("bin-0a", 4), document("timestamp", 2)]);
}

async fn whoever_lost_the_lease_records_nothing(engine: Engine) {
    let (store, now) = (&*engine.store, Samples::now());
    let first = claim(store, now).await.unwrap();
    let second = claim(store, now + LEASE).await.unwrap();
    let record = MetadataRecord { timestamp: "late".to_owned(), leaves: 1, documents: vec![document("snapshot", 1)] };
    let mut transaction = store.begin().await.unwrap();
    assert!(!transaction.record_checkpoint(first, "late").await.unwrap());
    assert!(!transaction.record_metadata(first, &record).await.unwrap());
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let kept = reader.signing().await.unwrap();
    assert_eq!((kept.lease, kept.checkpoint, kept.timestamp, kept.leaves), (second, None, None, 0));
    assert!(reader.signed_documents().await.unwrap().is_empty());
}
