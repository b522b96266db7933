//! Leaves are in the order of their commits, and what is older than the log gets its own.

use adx_registry_core::ports::Written;
use std::sync::Arc;

use adx_registry_core::ports::{Store, Transaction, Unlogged};
use adx_registry_core::publisher::{KEY_ENTRY_BYTES, KeyRemoval, PublisherKey};
use adx_signing::key::KeyPurpose;
use adx_signing::tuf::control::ControlFile as _;
use adx_signing::tuf::key_history::Authorization;

use crate::engines::{Engine, Samples, on_every_engine};
use crate::owners::listed_keys;

on_every_engine!(
    leaves_come_back_in_order_byte_for_byte,
    a_leaf_rolled_back_gives_its_number_back,
    leaves_appear_in_order_and_without_gaps,
    keys_and_releases_are_found_by_their_leaves,
    what_has_no_leaf_is_told_in_the_order_in_which_it_gets_one,
    the_list_of_keys_is_never_longer_than_its_length_by_the_rows,
);

async fn append(store: &dyn Store, content: &str) -> u64 {
    let mut transaction = store.begin().await.unwrap();
    let leaf = append_within(&mut *transaction, content).await;
    transaction.commit(Written::SAMPLE).await.unwrap();
    leaf
}

async fn append_within(transaction: &mut dyn Transaction, content: &str) -> u64 {
    let leaf = transaction.lock_leaves().await.unwrap();
    transaction.append_leaf(leaf, content.as_bytes()).await.unwrap();
    leaf
}

async fn leaves_come_back_in_order_byte_for_byte(engine: Engine) {
    for (number, content) in ["{\"a\":1}", "{\"b\":\"Grüße\"}", "{}"].into_iter().enumerate() {
        assert_eq!(append(&*engine.store, content).await, number as u64);
    }
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.leaf_count().await.unwrap(), 3);
    assert_eq!(reader.leaves_from(1, 10).await.unwrap(), ["{\"b\":\"Grüße\"}".as_bytes(), b"{}"]);
    assert_eq!(reader.leaves_from(0, 1).await.unwrap(), [b"{\"a\":1}"]);
    assert!(reader.leaves_from(3, 10).await.unwrap().is_empty());
}

async fn a_leaf_rolled_back_gives_its_number_back(engine: Engine) {
    let mut transaction = engine.store.begin().await.unwrap();
    assert_eq!(append_within(&mut *transaction, "lost").await, 0);
    transaction.rollback().await.unwrap();
    let mut dropped = engine.store.begin().await.unwrap();
    assert_eq!(append_within(&mut *dropped, "dropped").await, 0);
    drop(dropped);
    assert_eq!(append(&*engine.store, "kept").await, 0);
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.leaves_from(0, 10).await.unwrap(), [b"kept"]);
}

async fn leaves_appear_in_order_and_without_gaps(engine: Engine) {
    const WRITERS: usize = 6;
    const EACH: usize = 20;
    let writers = (0..WRITERS).map(|writer| {
        let store = Arc::clone(&engine.store);
        tokio::spawn(async move {
            for number in 0..EACH {
                let mut transaction = store.begin().await.unwrap();
                append_within(&mut *transaction, &format!("{writer}/{number}")).await;
                if number % 3 == 0 {
                    transaction.rollback().await.unwrap();
                } else {
                    transaction.commit(Written::SAMPLE).await.unwrap();
                }
            }
        })
    });
    let all = futures::future::join_all(writers);
    let follow = async {
        // Whoever has seen a number of leaves has seen all of those, at any time.
        loop {
            let mut reader = engine.store.read().await.unwrap();
            let count = reader.leaf_count().await.unwrap();
            assert!(reader.leaves_from(0, 1_000).await.unwrap().len() as u64 >= count);
            drop(reader);
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        ended = all => ended.into_iter().for_each(|writer| writer.unwrap()),
        () = follow => {}
    }
    let mut reader = engine.store.read().await.unwrap();
    let count = reader.leaf_count().await.unwrap();
    assert_eq!(count, (WRITERS * (EACH - EACH.div_ceil(3))) as u64);
    assert_eq!(reader.leaves_from(0, 1_000).await.unwrap().len() as u64, count);
}

async fn keys_and_releases_are_found_by_their_leaves(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut transaction = engine.store.begin().await.unwrap();
    let key = append_within(&mut *transaction, "key").await;
    transaction.note_key_leaf(&signer.key.key_id, key).await.unwrap();
    let mut made = Vec::new();
    for version in ["1.0.0", "2.0.0", "3.0.0"] {
        let release = samples.write_release(&mut *transaction, &signer, "hello", version).await.unwrap();
        let leaf = append_within(&mut *transaction, version).await;
        transaction.note_release_leaf(release.id, leaf).await.unwrap();
        made.push((release, leaf));
    }
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    let found = reader.releases_of_leaves(made[1].1..made[2].1 + 1).await.unwrap();
    let versions: Vec<_> = found.iter().map(|release| (release.version.to_string(), release.leaf)).collect();
    assert_eq!(versions, [("2.0.0".to_owned(), Some(made[1].1)), ("3.0.0".to_owned(), Some(made[2].1))]);
    assert!(reader.releases_of_leaves(0..key).await.unwrap().is_empty());
    let keys = reader.logged_keys(key + 1).await.unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].0.as_str(), keys[0].1.key_id, keys[0].1.leaf), ("adx", signer.key.key_id, Some(key)));
    assert!(reader.logged_keys(key).await.unwrap().is_empty(), "its leaf is not among the first");
}

async fn what_has_no_leaf_is_told_in_the_order_in_which_it_gets_one(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut transaction = engine.store.begin().await.unwrap();
    let first = samples.write_release(&mut *transaction, &signer, "hello", "2.0.0").await.unwrap();
    samples.write_release(&mut *transaction, &signer, "hello", "1.0.0").await.unwrap();

    let Unlogged::Publishers(publishers) = transaction.unlogged(10).await.unwrap() else { panic!("publishers first") };
    assert_eq!(publishers, std::slice::from_ref(&signer.publisher));
    transaction.note_publisher_leaf(signer.publisher.id, 0, &[7; 32]).await.unwrap();
    let Unlogged::Keys(keys) = transaction.unlogged(10).await.unwrap() else { panic!("keys second") };
    assert_eq!((keys[0].0.as_str(), keys[0].1.key_id), ("adx", signer.key.key_id));
    transaction.note_key_leaf(&signer.key.key_id, 1).await.unwrap();
    let Unlogged::Releases(releases) = transaction.unlogged(10).await.unwrap() else { panic!("releases last") };
    let versions: Vec<_> =
        releases.iter().map(|(release, envelope)| (release.version.to_string(), envelope.as_str())).collect();
    assert_eq!(versions, [("2.0.0".to_owned(), "{}"), ("1.0.0".to_owned(), "{}")], "in the order of the feed");
    assert_eq!(releases[0].0.id, first.id);
    for (release, _) in &releases {
        transaction.note_release_leaf(release.id, release.seq + 1).await.unwrap();
    }
    assert!(transaction.unlogged(10).await.unwrap().is_empty());
    transaction.commit(Written::SAMPLE).await.unwrap();
}

/// Agents read no list beyond a length that the rows are asked for: by them it is a bit longer at most.
async fn the_list_of_keys_is_never_longer_than_its_length_by_the_rows(engine: Engine) {
    let samples = Samples::default();
    let (adx, other) = (
        samples.signer(&*engine.store, "adx").await,
        samples.signer(&*engine.store, "a-namespace-with-a-long-name").await,
    );
    let proof = |length: usize| Authorization::Key { envelope: "\"".repeat(length) };
    let whole = PublisherKey {
        leaf: Some(u64::from(u32::MAX)),
        not_after: Some("2999-01-01T00:00:00Z".parse().unwrap()),
        added_by: Some(proof(2_000)),
        ..samples.key(&adx.publisher)
    };
    let bare = PublisherKey { leaf: Some(0), purposes: [KeyPurpose::Release].into(), ..samples.key(&other.publisher) };
    let unproven = PublisherKey { added_by: None, ..samples.key(&adx.publisher) };
    let mut transaction = engine.store.begin().await.unwrap();
    for key in [&whole, &bare, &unproven] {
        transaction.insert_key(key).await.unwrap();
    }
    transaction.remove_key(&whole.key_id, &KeyRemoval { leaf: 1 << 40, by: proof(1_000) }).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    let list = listed_keys(&mut *reader, 1 << 41).await;
    assert_eq!(list.namespaces.values().map(Vec::len).sum::<usize>(), 2, "those without a leaf are not told of");
    let bound = reader.key_list_bytes(adx.publisher.id).await.unwrap();
    let length = list.to_json().len() as u64;
    assert!((length..length + 2 * KEY_ENTRY_BYTES).contains(&bound.all), "{length} is {bound:?}");
    let others = reader.key_list_bytes(other.publisher.id).await.unwrap();
    assert_eq!((others.all, others.of_publisher), (bound.all, bound.all - bound.of_publisher));
    assert!(bound.of_publisher > 2 * 3_000, "each byte of the proofs is escaped: {bound:?}");
}
