//! The audit log is one chain, whoever writes at the same time, and tells of what was committed.

use std::sync::Arc;

use adx_registry_core::audit::{Act, AuditFilter, Entry, NewEntry, Subject, Who, check_chain};
use adx_registry_core::ports::{Store, StoreError, Written};
use adx_signing::digest::Digest;
use serde_json::json;
use time::Duration;

use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(
    an_entry_is_read_as_it_was_told,
    what_a_newer_version_told_is_read_as_it_stands,
    what_is_not_committed_is_not_told,
    what_is_told_by_nobody_is_not_committed,
    transactions_at_once_make_one_chain,
    entries_are_found_by_what_they_tell,
);

fn told(act: Act, id: &str) -> NewEntry {
    NewEntry {
        at: Samples::now(),
        who: Who::Machine,
        network: None,
        request: None,
        act,
        subject: Subject { id: Some(id.to_owned()), ..Subject::default() },
        detail: json!({}),
        leaf: None,
    }
}

async fn tell(store: &dyn Store, entries: Vec<NewEntry>) {
    let mut transaction = store.begin().await.unwrap();
    for entry in entries {
        transaction.tell(entry);
    }
    transaction.commit(Written::Told).await.unwrap();
}

async fn an_entry_is_read_as_it_was_told(engine: Engine) {
    let samples = Samples::default();
    let full = NewEntry {
        who: Who::Token(samples.id()),
        network: Some("0123456789abcdef".to_owned()),
        request: Some("a1b2".to_owned()),
        subject: Subject {
            id: Some("Ü\n\"".to_owned()),
            module: Some("hello".parse().unwrap()),
            namespace: Some("acme".parse().unwrap()),
            publisher: Some(samples.id()),
            version: Some("1.0.0-beta.1+build".parse().unwrap()),
        },
        detail: json!({ "z": [1, 2], "a": { "b": "ß" } }),
        leaf: Some(7),
        ..told(Act::ReleasePublish, "")
    };
    tell(&*engine.store, vec![full.clone(), told(Act::TokenCreate, "t")]).await;
    let mut reader = engine.store.read().await.unwrap();
    let entries = reader.audit_after(&AuditFilter::default(), 0, 10).await.unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].seq, &entries[0].told), (1, &full));
    assert_eq!(entries[0].previous, Digest::from_bytes([0; 32]));
    assert_eq!(entries[1].previous, entries[0].sha256);
    let head = reader.audit_head().await.unwrap();
    assert_eq!((head.seq, head.sha256), (2, entries[1].sha256));
    assert_eq!(check_chain(&mut *reader).await.unwrap(), Ok(2));
}

async fn what_a_newer_version_told_is_read_as_it_stands(engine: Engine) {
    tell(&*engine.store, vec![told(Act::stored("module.teleport"), "m"), told(Act::TokenCreate, "t")]).await;
    let mut reader = engine.store.read().await.unwrap();
    let read = reader.audit_after(&AuditFilter::default(), 0, 10).await.unwrap();
    assert_eq!(
        read.iter().map(|entry| entry.told.act.as_str()).collect::<Vec<_>>(),
        ["module.teleport", "token.create"]
    );
    assert!(read.iter().all(Entry::is_whole), "its digest is of the word that stands there");
}

async fn what_is_not_committed_is_not_told(engine: Engine) {
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.tell(told(Act::TokenCreate, "rolled back"));
    transaction.rollback().await.unwrap();
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.tell(told(Act::TokenCreate, "dropped"));
    drop(transaction);
    tell(&*engine.store, vec![told(Act::TokenCreate, "committed")]).await;
    let entries = engine.store.read().await.unwrap().audit_after(&AuditFilter::default(), 0, 10).await.unwrap();
    let ids: Vec<_> = entries.iter().map(|entry| (entry.seq, entry.told.subject.id.as_deref())).collect();
    assert_eq!(ids, [(1, Some("committed"))]);
}

async fn what_is_told_by_nobody_is_not_committed(engine: Engine) {
    let publisher = Samples::default().publisher("acme");
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_publisher(&publisher).await.unwrap();
    assert!(matches!(transaction.commit(Written::Told).await, Err(StoreError::Untold)));
    assert!(engine.store.read().await.unwrap().publisher(publisher.id).await.unwrap().is_none());
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_publisher(&publisher).await.unwrap();
    transaction.commit(Written::ToldIfChanged).await.unwrap();
    assert!(engine.store.read().await.unwrap().publisher(publisher.id).await.unwrap().is_some());
}

async fn transactions_at_once_make_one_chain(engine: Engine) {
    let stores = [Arc::clone(&engine.store), engine.another().await];
    let writers = (0..8).map(|writer: usize| {
        let store = Arc::clone(&stores[writer % stores.len()]);
        tokio::spawn(async move {
            for number in 0..5 {
                let id = format!("{writer}-{number}");
                tell(&*store, vec![told(Act::TokenCreate, &id), told(Act::TokenRevoke, &id)]).await;
            }
        })
    });
    for writer in futures::future::join_all(writers).await {
        writer.unwrap();
    }
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(check_chain(&mut *reader).await.unwrap(), Ok(80));
    // Those of one transaction stand together.
    let entries = reader.audit_after(&AuditFilter::default(), 0, 100).await.unwrap();
    for pair in entries.chunks(2) {
        assert_eq!(pair[0].told.subject.id, pair[1].told.subject.id);
    }
}

async fn entries_are_found_by_what_they_tell(engine: Engine) {
    let samples = Samples::default();
    let publisher = samples.id();
    let of = |act, publisher| {
        let entry = told(act, "x");
        NewEntry { subject: Subject { publisher, ..entry.subject.clone() }, ..entry }
    };
    let later = NewEntry { at: Samples::now() + Duration::hours(1), ..of(Act::ReleaseYank, None) };
    let from = NewEntry { network: Some("n".to_owned()), who: Who::Job, ..of(Act::KeyAdd, None) };
    tell(&*engine.store, vec![of(Act::ReleaseYank, Some(publisher)), of(Act::KeyAdd, Some(publisher)), later, from])
        .await;
    let mut reader = engine.store.read().await.unwrap();
    let mut found = async |filter: AuditFilter, after, limit| {
        let entries = reader.audit_after(&filter, after, limit).await.unwrap();
        entries.into_iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    let all = AuditFilter::default;
    assert_eq!(found(AuditFilter { publisher: Some(publisher), ..all() }, 0, 9).await, [1, 2]);
    assert_eq!(found(AuditFilter { act: Some(Act::ReleaseYank), ..all() }, 0, 9).await, [1, 3]);
    assert_eq!(found(AuditFilter { who: Some("job".to_owned()), ..all() }, 0, 9).await, [4]);
    assert_eq!(found(AuditFilter { network: Some("n".to_owned()), ..all() }, 0, 9).await, [4]);
    assert_eq!(found(AuditFilter { since: Some(Samples::now() + Duration::hours(1)), ..all() }, 0, 9).await, [3]);
    assert_eq!(found(all(), 1, 2).await, [2, 3]);
    assert_eq!(found(all(), u64::MAX, 2).await, Vec::<u64>::new());
}
