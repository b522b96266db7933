//! Passkeys, and the rounds in which devices are asked to sign.

use adx_registry_core::passkey::{Passkey, PasskeyRound, RoundPurpose};
use adx_registry_core::ports::{Constraint, Ended, StoreError, Written};
use adx_signing::digest::Digest;
use time::Duration;

use super::accounts::{account, stored};
use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(
    a_passkey_is_one_accounts_and_once,
    a_round_is_taken_once_by_whose_it_is_for_what_it_is,
    the_newest_rounds_stay,
    a_round_is_swept_when_it_is_over,
    a_round_that_is_taken_at_once_is_taken_once,
);

fn round(of: &Passkey, text: &str, purpose: RoundPurpose) -> PasskeyRound {
    PasskeyRound {
        hash: Digest::of(text.as_bytes()),
        account: of.account,
        purpose,
        sealed_state: "sealed".to_owned(),
        expires_at: Samples::now() + Duration::MINUTE,
    }
}

async fn passkey(engine: &Engine, samples: &Samples, email: &str, credential: &str) -> Passkey {
    Passkey {
        id: samples.id(),
        account: stored(&*engine.store, account(samples, email)).await.id,
        credential_id: credential.to_owned(),
        credential: "{}".to_owned(),
        name: "Blue key".parse().unwrap(),
        created_at: Samples::now(),
        last_used_at: None,
    }
}

async fn a_passkey_is_one_accounts_and_once(engine: Engine) {
    let samples = Samples::default();
    let one = passkey(&engine, &samples, "ada@example.org", "one").await;
    let two = Passkey { id: samples.id(), credential_id: "two".to_owned(), ..one.clone() };
    let bens = passkey(&engine, &samples, "ben@example.org", "three").await;
    let mut transaction = engine.store.begin().await.unwrap();
    for passkey in [&one, &two, &bens] {
        transaction.insert_passkey(passkey).await.unwrap();
    }
    let used = Samples::now() + Duration::HOUR;
    transaction.use_passkey(two.id, r#"{"counter":1}"#, used).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let two = Passkey { credential: r#"{"counter":1}"#.to_owned(), last_used_at: Some(used), ..two };
    let mut transaction = engine.store.begin().await.unwrap();
    let again = Passkey { id: samples.id(), credential_id: "one".to_owned(), ..bens.clone() };
    let again = transaction.insert_passkey(&again).await;
    assert!(matches!(again, Err(StoreError::Violated(Constraint::PasskeyCredential))), "{again:?}");
    transaction.rollback().await.unwrap();
    let mut transaction = engine.store.begin().await.unwrap();
    assert_eq!(transaction.passkeys_of(one.account).await.unwrap(), [one.clone(), two.clone()]);
    assert!(transaction.listed_account(one.account).await.unwrap().unwrap().has_passkeys);
    assert!(!transaction.remove_passkey(bens.account, one.id).await.unwrap(), "another's");
    assert!(transaction.remove_passkey(one.account, one.id).await.unwrap());
    assert!(!transaction.remove_passkey(one.account, one.id).await.unwrap());
    assert_eq!(transaction.passkeys_of(one.account).await.unwrap(), [two]);
    transaction.remove_passkeys_of(one.account).await.unwrap();
    assert_eq!(transaction.passkeys_of(one.account).await.unwrap(), []);
    assert!(!transaction.listed_account(one.account).await.unwrap().unwrap().has_passkeys);
    assert_eq!(transaction.passkeys_of(bens.account).await.unwrap(), [bens]);
    transaction.commit(Written::SAMPLE).await.unwrap();
}

async fn a_round_is_taken_once_by_whose_it_is_for_what_it_is(engine: Engine) {
    let samples = Samples::default();
    let adas = passkey(&engine, &samples, "ada@example.org", "one").await;
    let bens = passkey(&engine, &samples, "ben@example.org", "two").await;
    let mut transaction = engine.store.begin().await.unwrap();
    for purpose in RoundPurpose::ALL {
        let kept = round(&adas, purpose.as_str(), purpose);
        transaction.put_passkey_round(&kept, 2).await.unwrap();
        let others = RoundPurpose::ALL.into_iter().filter(|other| *other != purpose);
        for (account, purpose) in others.map(|other| (adas.account, other)).chain([(bens.account, purpose)]) {
            assert_eq!(transaction.take_passkey_round(&kept.hash, account, purpose).await.unwrap(), None);
        }
        let taken = transaction.take_passkey_round(&kept.hash, adas.account, purpose).await.unwrap();
        assert_eq!(taken.as_ref(), Some(&kept));
        assert_eq!(transaction.take_passkey_round(&kept.hash, adas.account, purpose).await.unwrap(), None);
    }
    let (voided, other) = (round(&adas, "a", RoundPurpose::SignIn), round(&bens, "b", RoundPurpose::SignIn));
    for round in [&voided, &other] {
        transaction.put_passkey_round(round, 2).await.unwrap();
    }
    transaction.void_passkey_rounds(adas.account).await.unwrap();
    for (round, is_there) in [(voided, false), (other, true)] {
        let taken = transaction.take_passkey_round(&round.hash, round.account, round.purpose).await.unwrap();
        assert_eq!(taken.is_some(), is_there);
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
}

async fn the_newest_rounds_stay(engine: Engine) {
    let samples = Samples::default();
    let adas = passkey(&engine, &samples, "ada@example.org", "one").await;
    let bens = passkey(&engine, &samples, "ben@example.org", "two").await;
    let others = [round(&adas, "other purpose", RoundPurpose::Change), round(&bens, "bens", RoundPurpose::SignIn)];
    // The last two at the same time as one before.
    let rounds: Vec<_> = [0, 1, 2, 2, 2]
        .into_iter()
        .enumerate()
        .map(|(number, minutes)| PasskeyRound {
            expires_at: Samples::now() + Duration::minutes(minutes),
            ..round(&adas, &number.to_string(), RoundPurpose::SignIn)
        })
        .collect();
    let mut transaction = engine.store.begin().await.unwrap();
    for round in others.iter().chain(&rounds) {
        transaction.put_passkey_round(round, 2).await.unwrap();
    }
    let mut left = Vec::new();
    for round in rounds.iter().chain(&others) {
        let taken = transaction.take_passkey_round(&round.hash, round.account, round.purpose).await.unwrap();
        left.push(taken.is_some());
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert_eq!(left.iter().filter(|is_left| **is_left).count(), 4, "{left:?}");
    assert_eq!((left[0], left[1], left[4], left[5], left[6]), (false, false, true, true, true));
}

async fn a_round_is_swept_when_it_is_over(engine: Engine) {
    let samples = Samples::default();
    let adas = passkey(&engine, &samples, "ada@example.org", "one").await;
    let now = Samples::now() + Duration::MINUTE;
    let ended = Ended { now, idle: Samples::now(), oldest: Samples::now(), yesterday: now - Duration::DAY };
    let over = round(&adas, "over", RoundPurpose::SignIn);
    let open = PasskeyRound { expires_at: now + Duration::MILLISECOND, ..round(&adas, "open", RoundPurpose::SignIn) };
    let mut transaction = engine.store.begin().await.unwrap();
    for round in [&over, &open] {
        transaction.put_passkey_round(round, 2).await.unwrap();
    }
    assert_eq!(transaction.sweep_accounts(&ended).await.unwrap(), 1);
    for (round, is_there) in [(over, false), (open, true)] {
        let taken = transaction.take_passkey_round(&round.hash, round.account, round.purpose).await.unwrap();
        assert_eq!(taken.is_some(), is_there);
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
}

async fn a_round_that_is_taken_at_once_is_taken_once(engine: Engine) {
    let samples = Samples::default();
    let adas = passkey(&engine, &samples, "ada@example.org", "one").await;
    let kept = round(&adas, "kept", RoundPurpose::SignIn);
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.put_passkey_round(&kept, 2).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let another = engine.another().await;
    let taken = (0..8).map(async |number| {
        let store = if number % 2 == 0 { &engine.store } else { &another };
        let mut transaction = store.begin().await.unwrap();
        let taken = transaction.take_passkey_round(&kept.hash, kept.account, kept.purpose).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
        taken
    });
    let taken = futures::future::join_all(taken).await;
    assert_eq!(taken.iter().flatten().count(), 1);
}
