//! Rows go in and come out as they were; constraints hold and are named; transactions are whole.

use adx_registry_core::operator_scope::{OperatorScope, OperatorScopes};
use adx_registry_core::ports::Written;
use adx_registry_core::ports::{Condemned, Constraint, Reader, StoreError};
use adx_registry_core::publisher::{KeyRemoval, PublisherKey};
use adx_registry_core::token::{Token, TokenOwner};
use adx_signing::digest::Digest;
use adx_signing::key::KeyPurpose;
use adx_signing::tuf::key_history::Authorization;
use time::Duration;

use crate::engines::{Engine, Samples, on_every_engine, texts};

on_every_engine!(
    what_is_not_there_is_none,
    a_namespace_is_found_and_taken_by_its_canonical_form,
    keys_come_oldest_first_and_are_registered_once,
    a_key_keeps_everything_and_is_removed_and_authorized_in_place,
    tokens_keep_everything_and_are_revoked_by_their_owner_only,
    a_token_is_found_with_all_that_grew_from_it,
    a_transaction_dropped_or_rolled_back_has_not_happened,
    a_reader_sees_nothing_that_is_not_committed,
    a_module_is_made_once_whatever_its_spelling,
    a_release_comes_back_as_it_was,
    a_version_is_released_once_whatever_its_build_metadata,
    releases_come_in_pages_the_last_one_first,
    modules_come_in_pages_in_the_order_they_were_made,
    sentences_are_passed_changed_and_lifted,
    what_was_written_is_there_when_opened_again,
);

async fn what_is_not_there_is_none(engine: Engine) {
    let samples = Samples::default();
    let mut reader = engine.store.read().await.unwrap();
    let module = "adx/hello".parse().unwrap();
    assert!(reader.publisher_by_namespace(&"adx".parse().unwrap()).await.unwrap().is_none());
    assert!(reader.publisher(samples.id()).await.unwrap().is_none());
    assert!(reader.keys_of(samples.id()).await.unwrap().is_empty());
    assert!(reader.token_by_hash(&Digest::of(b"")).await.unwrap().is_none());
    assert!(reader.module(&module).await.unwrap().is_none());
    assert!(reader.release(samples.id(), &"1.0.0".parse().unwrap()).await.unwrap().is_none());
    assert!(reader.release_by_digest(&Digest::of(b"")).await.unwrap().is_none());
    assert!(reader.release_texts(samples.id()).await.unwrap().is_none());
    assert!(reader.changes_after(0, 10).await.unwrap().is_empty());
    assert_eq!(reader.last_seq().await.unwrap(), 0);
    assert_eq!(reader.counts().await.unwrap(), adx_registry_core::ports::Counts::default());
}

async fn a_namespace_is_found_and_taken_by_its_canonical_form(engine: Engine) {
    let samples = Samples::default();
    let publisher = samples.publisher("acme_labs");
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_publisher(&publisher).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    let found = reader.publisher_by_namespace(&"acme-labs".parse().unwrap()).await.unwrap();
    assert_eq!(found.as_ref(), Some(&publisher));
    assert_eq!(reader.publisher(publisher.id).await.unwrap(), Some(publisher));

    let mut transaction = engine.store.begin().await.unwrap();
    let refused = transaction.insert_publisher(&samples.publisher("acme-labs")).await;
    assert!(matches!(refused, Err(StoreError::Violated(Constraint::PublisherNamespace))), "{refused:?}");
    transaction.rollback().await.unwrap();
}

async fn keys_come_oldest_first_and_are_registered_once(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut older = samples.key(&signer.publisher);
    older.added_at -= Duration::days(1);
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_key(&older).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();

    let keys = engine.store.read().await.unwrap().keys_of(signer.publisher.id).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.key_id).collect::<Vec<_>>(), [older.key_id, signer.key.key_id]);
    assert_eq!(keys[0].public_key.as_bytes(), older.public_key.as_bytes());
    assert_eq!(keys[0].added_at, older.added_at);

    let other = samples.publisher("other");
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_publisher(&other).await.unwrap();
    older.publisher = other.id;
    let refused = transaction.insert_key(&older).await;
    assert!(matches!(refused, Err(StoreError::Violated(Constraint::PublisherKey))), "{refused:?}");
    transaction.rollback().await.unwrap();
}

async fn a_key_keeps_everything_and_is_removed_and_authorized_in_place(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let signed = || Authorization::Key { envelope: "{\"a\":\"ü\"}".to_owned() };
    let mut release_only = samples.key(&signer.publisher);
    release_only.purposes = [KeyPurpose::Release].into();
    release_only.not_after = Some("2030-01-01T00:00:00Z".parse().unwrap());
    release_only.leaf = Some(4);
    release_only.added_by = Some(signed());
    let mut unproven = samples.key(&signer.publisher);
    unproven.added_by = None;
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_key(&release_only).await.unwrap();
    transaction.insert_key(&unproven).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();

    let found = async |key: &PublisherKey| {
        let mut reader = engine.store.read().await.unwrap();
        let keys = reader.keys_of(signer.publisher.id).await.unwrap();
        keys.into_iter().find(|found| found.key_id == key.key_id).unwrap()
    };
    assert_eq!(found(&release_only).await, release_only);
    assert_eq!(found(&unproven).await, unproven);
    let unauthorized = engine.store.read().await.unwrap().unauthorized_keys().await.unwrap();
    assert_eq!(unauthorized, [(signer.publisher.namespace.clone(), unproven.clone())]);

    let removal = KeyRemoval { leaf: 9, by: signed() };
    let proven = PublisherKey {
        leaf: Some(8),
        added_by: Some(signed()),
        purposes: [KeyPurpose::KeyChange].into(),
        added_at: unproven.added_at + Duration::days(1),
        ..unproven.clone()
    };
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.remove_key(&release_only.key_id, &removal).await.unwrap();
    transaction.authorize_key(&proven).await.unwrap();
    // Only what counted for nothing is rewritten.
    transaction.authorize_key(&PublisherKey { leaf: Some(1), ..signer.key.clone() }).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert_eq!(found(&release_only).await, PublisherKey { removed: Some(removal), ..release_only });
    assert_eq!(found(&unproven).await, proven);
    assert_eq!(found(&signer.key).await, signer.key);
    assert!(engine.store.read().await.unwrap().unauthorized_keys().await.unwrap().is_empty());
}

async fn tokens_keep_everything_and_are_revoked_by_their_owner_only(engine: Engine) {
    let samples = Samples::default();
    let owner = samples.signer(&*engine.store, "adx").await.publisher;
    let other = samples.signer(&*engine.store, "other").await.publisher;
    let token = samples.token(TokenOwner::Publisher(owner.id));
    let of_operators = |scopes: OperatorScopes| Token {
        scopes: Vec::new(),
        expires_at: None,
        ..samples.token(TokenOwner::Operator(scopes))
    };
    let operator = of_operators(OperatorScopes::ALL);
    let narrow = of_operators(OperatorScopes::of(&[OperatorScope::Names, OperatorScope::Read]));
    let idle = of_operators(OperatorScopes::of(&[]));
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_token(&token).await.unwrap();
    for token in [&operator, &narrow, &idle] {
        transaction.insert_token(token).await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.token_by_hash(&token.hash).await.unwrap().as_ref(), Some(&token));
    for token in [&operator, &narrow, &idle] {
        assert_eq!(reader.token_by_hash(&token.hash).await.unwrap().as_ref(), Some(token));
    }
    drop(reader);

    let later = Samples::now() + Duration::hours(1);
    let mut transaction = engine.store.begin().await.unwrap();
    let again = Token { id: samples.id(), ..token.clone() };
    transaction.touch_token(token.id, later).await.unwrap();
    assert!(!transaction.revoke_token(other.id, token.id, later).await.unwrap());
    assert!(transaction.revoke_token(owner.id, token.id, later).await.unwrap());
    assert!(!transaction.revoke_token(owner.id, token.id, later).await.unwrap(), "revoked once");
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    let kept = reader.token_by_hash(&token.hash).await.unwrap().unwrap();
    assert_eq!((kept.last_used_at, kept.revoked_at), (Some(later), Some(later)));
    let listed = reader.tokens_of(owner.id, later).await.unwrap();
    assert!(listed.iter().all(|listed| listed.id != token.id) && listed.len() == 1);
    // The newest first.
    let of_operators = reader.operator_tokens().await.unwrap();
    let listed: Vec<_> = of_operators.iter().map(|token| token.id).collect();
    let mut made = vec![operator.id, narrow.id, idle.id];
    made.sort_by(|one, other| other.cmp(one));
    assert_eq!(listed, made);
    drop(reader);

    let mut transaction = engine.store.begin().await.unwrap();
    assert!(!transaction.revoke_any_token(token.id, later).await.unwrap(), "revoked before");
    assert!(transaction.revoke_any_token(operator.id, later).await.unwrap());
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    let left = reader.operator_tokens().await.unwrap();
    assert!(left.len() == 2 && left.iter().all(|token| token.id != operator.id), "{left:?}");
    assert_eq!(reader.token_by_hash(&operator.hash).await.unwrap().unwrap().revoked_at, Some(later));
    assert_eq!(reader.token_by_hash(&token.hash).await.unwrap(), Some(kept));
    drop(reader);

    let mut transaction = engine.store.begin().await.unwrap();
    let refused = transaction.insert_token(&again).await;
    assert!(matches!(refused, Err(StoreError::Violated(Constraint::TokenHash))), "{refused:?}");
    transaction.rollback().await.unwrap();
}

async fn a_token_is_found_with_all_that_grew_from_it(engine: Engine) {
    let samples = Samples::default();
    let owner = TokenOwner::Publisher(samples.signer(&*engine.store, "adx").await.publisher.id);
    let with = |parent: &Token, seconds: i64| {
        let created_at = Samples::now() + Duration::seconds(seconds);
        Token { parent: Some(parent.id), created_at, ..samples.token(owner) }
    };
    let root = samples.token(owner);
    let (left, right) = (with(&root, 1), with(&root, 2));
    let below = with(&left, 3);
    let stranger = samples.token(owner);
    let mut transaction = engine.store.begin().await.unwrap();
    for token in [&root, &left, &right, &below, &stranger] {
        transaction.insert_token(token).await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    let tree = async |root: &Token| engine.store.read().await.unwrap().token_tree(root.id).await.unwrap();
    assert_eq!(tree(&root).await, [root.clone(), left.clone(), right.clone(), below.clone()]);
    assert_eq!(tree(&left).await, [left.clone(), below.clone()]);
    assert_eq!(tree(&Token { id: samples.id(), ..root.clone() }).await, []);

    // What is revoked is left out, and what grew from it is not.
    let mut transaction = engine.store.begin().await.unwrap();
    assert!(transaction.revoke_any_token(left.id, Samples::now()).await.unwrap());
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert_eq!(tree(&root).await, [root.clone(), right, below]);
}

async fn a_transaction_dropped_or_rolled_back_has_not_happened(engine: Engine) {
    let samples = Samples::default();
    let mut dropped = engine.store.begin().await.unwrap();
    dropped.insert_publisher(&samples.publisher("dropped")).await.unwrap();
    drop(dropped);
    let mut rolled_back = engine.store.begin().await.unwrap();
    rolled_back.insert_publisher(&samples.publisher("rolled-back")).await.unwrap();
    rolled_back.rollback().await.unwrap();
    let mut kept = engine.store.begin().await.unwrap();
    kept.insert_publisher(&samples.publisher("kept")).await.unwrap();
    kept.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.counts().await.unwrap().publishers, 1);
    assert!(reader.publisher_by_namespace(&"kept".parse().unwrap()).await.unwrap().is_some());
}

async fn a_reader_sees_nothing_that_is_not_committed(engine: Engine) {
    let samples = Samples::default();
    let publisher = samples.publisher("adx");
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_publisher(&publisher).await.unwrap();
    assert!(transaction.publisher(publisher.id).await.unwrap().is_some(), "it sees its own writes");
    assert!(engine.store.read().await.unwrap().publisher(publisher.id).await.unwrap().is_none());
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert!(engine.store.read().await.unwrap().publisher(publisher.id).await.unwrap().is_some());
}

async fn a_module_is_made_once_whatever_its_spelling(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut transaction = engine.store.begin().await.unwrap();
    let mut made = transaction.lock_module(&samples.new_module(&signer.publisher, "my_module")).await.unwrap();
    made.display_name = "My module".to_owned();
    made.description = "Does things".to_owned();
    made.category = Some("tools".to_owned());
    made.tags = vec!["a".to_owned(), "b".to_owned()];
    made.latest = Some("1.2.3-rc.1+build".parse().unwrap());
    made.updated_at += Duration::seconds(5);
    transaction.update_module(&made).await.unwrap();
    let found = transaction.lock_module(&samples.new_module(&signer.publisher, "my-module")).await.unwrap();
    assert_eq!(found, made);
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.module(&"adx/my-module".parse().unwrap()).await.unwrap(), Some(made));
    assert_eq!(reader.counts().await.unwrap().modules, 1);
}

async fn a_release_comes_back_as_it_was(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut transaction = engine.store.begin().await.unwrap();
    let release = samples.write_release(&mut *transaction, &signer, "hello", "1.0.0-rc.1+7").await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    let found = reader.release(release.module_row, &release.version).await.unwrap();
    assert_eq!(found.as_ref(), Some(&release));
    assert_eq!(reader.release_by_digest(&release.sha256).await.unwrap().as_ref(), Some(&release));
    assert_eq!(reader.release_texts(release.id).await.unwrap(), Some(texts()));
    assert_eq!(reader.counts().await.unwrap().releases, 1);
    let changes = reader.changes_after(0, 10).await.unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].seq, changes[0].sha256, changes[0].at), (1, release.sha256, release.released_at));
    assert_eq!((&changes[0].module, &changes[0].version), (&release.module, &release.version));
    assert!(reader.changes_after(u64::MAX, 10).await.unwrap().is_empty());
}

async fn a_version_is_released_once_whatever_its_build_metadata(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut transaction = engine.store.begin().await.unwrap();
    samples.write_release(&mut *transaction, &signer, "hello", "1.0.0+linux").await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut transaction = engine.store.begin().await.unwrap();
    let refused = samples.write_release(&mut *transaction, &signer, "hello", "1.0.0+windows").await;
    assert!(matches!(refused, Err(StoreError::Violated(Constraint::ReleaseVersion))), "{refused:?}");
    transaction.rollback().await.unwrap();
    assert_eq!(engine.store.read().await.unwrap().last_seq().await.unwrap(), 1, "the number was given back");
}

async fn releases_come_in_pages_the_last_one_first(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut transaction = engine.store.begin().await.unwrap();
    let mut module = None;
    for version in ["1.0.0", "3.0.0", "2.0.0", "2.0.1"] {
        module = Some(samples.write_release(&mut *transaction, &signer, "hello", version).await.unwrap().module_row);
        samples.write_release(&mut *transaction, &signer, "other", version).await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    let first = reader.releases_of(module.unwrap(), None, 3).await.unwrap();
    let versions = |releases: &[adx_registry_core::release::Release]| {
        releases.iter().map(|release| release.version.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(versions(&first), ["2.0.1", "2.0.0", "3.0.0"]);
    let rest = reader.releases_of(module.unwrap(), Some(first[2].seq), 3).await.unwrap();
    assert_eq!(versions(&rest), ["1.0.0"]);
}

async fn modules_come_in_pages_in_the_order_they_were_made(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut transaction = engine.store.begin().await.unwrap();
    let mut made = Vec::new();
    for name in ["alpha", "beta", "gamma", "delta", "epsilon"] {
        made.push(transaction.lock_module(&samples.new_module(&signer.publisher, name)).await.unwrap().id);
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    made.sort();
    let mut reader = engine.store.read().await.unwrap();
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = reader.modules_after(after, 2).await.unwrap();
        seen.extend(page.iter().map(|module| module.id));
        let Some(last) = page.last() else { break };
        after = Some(last.id);
    }
    assert_eq!(seen, made);
    let of = async |reader: &mut dyn Reader| {
        let found = reader.modules_of(signer.publisher.id, 2).await.unwrap();
        found.iter().map(|module| module.id).collect::<Vec<_>>()
    };
    assert_eq!(of(&mut *reader).await, [], "nothing of them was released");
    drop(reader);
    let mut transaction = engine.store.begin().await.unwrap();
    for (minute, id) in (0..).zip(&made) {
        let mut modules = transaction.modules_after(None, 10).await.unwrap();
        let mut module = modules.remove(modules.iter().position(|module| module.id == *id).unwrap());
        module.latest = Some("1.0.0".parse().unwrap());
        module.updated_at = Samples::now() + Duration::minutes(minute);
        transaction.update_module(&module).await.unwrap();
    }
    transaction.set_module_quarantined(made[4], Some("it steals")).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(of(&mut *reader).await, [made[3], made[2]], "those released last, but for what is withheld");
}

async fn sentences_are_passed_changed_and_lifted(engine: Engine) {
    let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
    let (early, late) = (Samples::now(), Samples::now() + Duration::hours(2));
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.lock_feed().await.unwrap();
    transaction.condemn(&one, Some(Condemned::Since(late))).await.unwrap();
    transaction.condemn(&two, Some(Condemned::Since(early))).await.unwrap();
    transaction.condemn(&two, Some(Condemned::Removing(early))).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut transaction = engine.store.begin().await.unwrap();
    let all = transaction.all_condemned(10).await.unwrap();
    assert_eq!(all, [(two, Condemned::Removing(early)), (one, Condemned::Since(late))]);
    transaction.condemn(&two, None).await.unwrap();
    assert_eq!(transaction.condemned(&two).await.unwrap(), None);
    transaction.commit(Written::SAMPLE).await.unwrap();
    let kept = engine.store.read().await.unwrap().condemned(&one).await.unwrap();
    assert_eq!(kept, Some(Condemned::Since(late)));
}

async fn what_was_written_is_there_when_opened_again(engine: Engine) {
    let samples = Samples::default();
    let publisher = samples.publisher("adx");
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.insert_publisher(&publisher).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    engine.store.close().await;
    let again = engine.another().await;
    assert_eq!(again.read().await.unwrap().publisher(publisher.id).await.unwrap(), Some(publisher));
}
