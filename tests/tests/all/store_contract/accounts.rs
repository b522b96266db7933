//! People's accounts, where they are signed in, and what they show to be themselves.

use adx_registry_core::Id;
use adx_registry_core::account::{
    Account, AccountCode, AccountState, CodePurpose, ConnectedIdentity, PasswordHash, SecondFactor, Session, SignedInBy,
};
use adx_registry_core::accounts::{AccountFilter, FormerAddress};
use adx_registry_core::ports::Written;
use adx_registry_core::ports::{Attempt, Constraint, Ended, Store, StoreError};
use adx_signing::digest::Digest;
use time::{Duration, OffsetDateTime};

use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(
    an_account_comes_back_as_it_was_written,
    an_address_has_one_account_whatever_its_case,
    accounts_come_in_pages,
    accounts_are_found_by_beginning_and_state,
    what_operators_see_of_an_account_changes_with_it,
    sessions_end_one_by_one_and_together,
    a_code_is_taken_once_and_voids_the_one_before,
    a_former_address_is_found_by_its_last_code,
    attempts_are_counted_blocked_and_forgotten,
    attempts_made_at_once_are_all_counted,
    a_one_time_password_is_used_once,
    an_identity_has_one_account_and_goes_one_by_one_or_all_at_once,
    what_has_ended_is_swept_and_nothing_else,
);

pub(super) fn account(samples: &Samples, email: &str) -> Account {
    Account {
        id: samples.id(),
        email: Some(email.parse().unwrap()),
        name: None,
        password: None,
        state: AccountState::Unverified,
        is_operator: false,
        created_at: Samples::now(),
        verified_at: None,
    }
}

pub(super) async fn stored(store: &dyn Store, account: Account) -> Account {
    let mut transaction = store.begin().await.unwrap();
    transaction.insert_account(&account).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    account
}

fn session(samples: &Samples, account: Id<Account>, secret: &str) -> Session {
    Session {
        id: samples.id(),
        account,
        hash: Digest::of(secret.as_bytes()),
        device: "Firefox on Linux".to_owned(),
        created_at: Samples::now(),
        last_used_at: Samples::now(),
        signed_in_by: SignedInBy::Password,
        proven_at: None,
    }
}

async fn an_account_comes_back_as_it_was_written(engine: Engine) {
    let samples = Samples::default();
    let mut ada = stored(&*engine.store, account(&samples, "Ada@Example.org")).await;
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.account(ada.id).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(reader.account(samples.id()).await.unwrap(), None);
    assert!(!reader.has_operator().await.unwrap());
    drop(reader);
    ada = Account {
        name: Some("Ada Löwe".parse().unwrap()),
        password: Some(PasswordHash::new("$argon2id$…".to_owned())),
        state: AccountState::Active,
        is_operator: true,
        verified_at: Some(Samples::now() + Duration::HOUR),
        ..ada
    };
    let mut transaction = engine.store.begin().await.unwrap();
    assert!(transaction.lock_account(ada.id).await.unwrap().is_some());
    transaction.update_account(&ada).await.unwrap();
    assert_eq!(transaction.lock_account(ada.id).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(transaction.lock_account(samples.id()).await.unwrap(), None);
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert!(engine.store.read().await.unwrap().has_operator().await.unwrap());
    for state in [AccountState::Disabled, AccountState::Erased] {
        let mut transaction = engine.store.begin().await.unwrap();
        let gone = Account { email: None, name: None, password: None, state, ..ada.clone() };
        transaction.update_account(&gone).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
        let mut reader = engine.store.read().await.unwrap();
        assert_eq!(reader.account(ada.id).await.unwrap(), Some(gone));
        assert!(!reader.has_operator().await.unwrap(), "only who may sign in runs the registry");
    }
}

async fn an_address_has_one_account_whatever_its_case(engine: Engine) {
    let samples = Samples::default();
    let ada = stored(&*engine.store, account(&samples, "Ada@example.org")).await;
    let mut reader = engine.store.read().await.unwrap();
    let found = reader.account_by_address(&"aDA@example.org".parse().unwrap()).await.unwrap();
    assert_eq!(found.as_ref(), Some(&ada));
    assert_eq!(reader.account_by_address(&"ben@example.org".parse().unwrap()).await.unwrap(), None);
    drop(reader);
    let mut transaction = engine.store.begin().await.unwrap();
    let refused = transaction.insert_account(&account(&samples, "ADA@example.org")).await;
    assert!(matches!(refused, Err(StoreError::Violated(Constraint::AccountAddress))), "{refused:?}");
    transaction.rollback().await.unwrap();
    // Whoever was erased leaves the address to others, and is not alone.
    for email in ["ada@example.org", "ben@example.org"] {
        let mut transaction = engine.store.begin().await.unwrap();
        let known = transaction.account_by_address(&email.parse().unwrap()).await.unwrap();
        let known = known.unwrap_or_else(|| account(&samples, email));
        if known.id != ada.id {
            transaction.insert_account(&known).await.unwrap();
        }
        let erased = Account { email: None, state: AccountState::Erased, ..known };
        transaction.update_account(&erased).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
    }
    stored(&*engine.store, account(&samples, "ada@example.org")).await;
}

async fn accounts_come_in_pages(engine: Engine) {
    let samples = Samples::default();
    let mut accounts = Vec::new();
    for name in ["ada", "ben", "cid"] {
        accounts.push(stored(&*engine.store, account(&samples, &format!("{name}@example.org"))).await);
    }
    accounts.sort_by_key(|account| account.id);
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.accounts_after(None, 2).await.unwrap(), accounts[..2]);
    assert_eq!(reader.accounts_after(Some(accounts[1].id), 2).await.unwrap(), accounts[2..]);
}

async fn accounts_are_found_by_beginning_and_state(engine: Engine) {
    let (samples, store) = (Samples::default(), &*engine.store);
    let named = |email: &str, name: &str, state: AccountState| Account {
        name: Some(name.parse().unwrap()),
        state,
        ..account(&samples, email)
    };
    let ada = stored(store, named("Ada@example.org", "Countess", AccountState::Active)).await.id;
    let ben = stored(store, named("ben_b@example.org", "Adaline 100% B", AccountState::Disabled)).await.id;
    let cid = stored(store, account(&samples, "cid@example.org")).await.id;
    let gone = Account { email: None, state: AccountState::Erased, ..account(&samples, "gone@example.org") };
    let gone = stored(store, gone).await.id;
    let found = async |begins: &str, state: Option<AccountState>, after: Option<Id<Account>>, limit: u32| {
        let wanted = AccountFilter { begins: begins.to_owned(), state };
        let found = engine.store.read().await.unwrap().find_accounts(&wanted, after, limit).await.unwrap();
        found.into_iter().map(|account| account.id).collect::<Vec<_>>()
    };
    let in_order = |mut ids: Vec<Id<Account>>| {
        ids.sort();
        ids
    };
    let all = in_order(vec![ada, ben, cid]);
    assert_eq!(found("", None, None, 9).await, all);
    assert_eq!(found("", None, None, 2).await, all[..2]);
    assert_eq!(found("", None, Some(all[1]), 2).await, all[2..]);
    assert_eq!(found("aDA", None, None, 9).await, in_order(vec![ada, ben]), "of an address, and of a name");
    assert_eq!(found("adaline 100%", None, None, 9).await, [ben]);
    assert_eq!(found("BEN_", None, None, 9).await, [ben]);
    // What stands for something else elsewhere stands for itself.
    for none in ["%", "_da", "ada_", "adaline 100!", "!"] {
        assert_eq!(found(none, None, None, 9).await, [], "{none}");
    }
    assert_eq!(found("", Some(AccountState::Unverified), None, 9).await, [cid]);
    assert_eq!(found("ada", Some(AccountState::Disabled), None, 9).await, [ben]);
    assert_eq!(found("", Some(AccountState::Erased), None, 9).await, [gone]);
}

async fn what_operators_see_of_an_account_changes_with_it(engine: Engine) {
    let samples = Samples::default();
    let ada = Account { state: AccountState::Active, ..account(&samples, "ada@example.org") };
    let ada = stored(&*engine.store, ada).await;
    let mut transaction = engine.store.begin().await.unwrap();
    assert_eq!(transaction.listed_account(samples.id()).await.unwrap(), None);
    let seen = transaction.listed_account(ada.id).await.unwrap().unwrap();
    assert_eq!((seen.id, &seen.email, seen.state), (ada.id, &ada.email, ada.state));
    assert_eq!((seen.signed_in_at, seen.disabled_at, seen.disabled_for), (None, None, None));
    let later = Samples::now() + Duration::HOUR;
    for (secret, created_at) in [("one", later), ("two", Samples::now())] {
        let session = Session { created_at, ..session(&samples, ada.id, secret) };
        transaction.insert_session(&session).await.unwrap();
    }
    let factor = SecondFactor {
        account: ada.id,
        sealed_seed: "sealed".to_owned(),
        created_at: Samples::now(),
        confirmed_at: None,
        last_step: 0,
    };
    transaction.put_second_factor(&factor).await.unwrap();
    let seen = transaction.listed_account(ada.id).await.unwrap().unwrap();
    assert_eq!((seen.signed_in_at, seen.has_one_time_passwords), (Some(later), false));
    transaction.confirm_second_factor(ada.id, later).await.unwrap();
    assert!(transaction.listed_account(ada.id).await.unwrap().unwrap().has_one_time_passwords);

    let disabled = Account { state: AccountState::Disabled, ..ada.clone() };
    transaction.update_account(&disabled).await.unwrap();
    transaction.note_disabled(ada.id, Some(Samples::now()), Some("it sends spam")).await.unwrap();
    transaction.note_disabled(ada.id, None, Some("it was taken over")).await.unwrap();
    // Written once more, it stays so.
    transaction.update_account(&disabled).await.unwrap();
    let seen = transaction.listed_account(ada.id).await.unwrap().unwrap();
    let said = (seen.disabled_at, seen.disabled_for.as_deref());
    assert_eq!(said, (Some(Samples::now()), Some("it was taken over")));
    transaction.update_account(&ada).await.unwrap();
    transaction.update_account(&disabled).await.unwrap();
    let seen = transaction.listed_account(ada.id).await.unwrap().unwrap();
    assert_eq!((seen.disabled_at, seen.disabled_for), (None, None), "of the time before");
    transaction.commit(Written::SAMPLE).await.unwrap();
}

async fn sessions_end_one_by_one_and_together(engine: Engine) {
    let samples = Samples::default();
    let ada = stored(&*engine.store, account(&samples, "ada@example.org")).await;
    let ben = stored(&*engine.store, account(&samples, "ben@example.org")).await;
    let [one, two, three] = ["one", "two", "three"].map(|secret| session(&samples, ada.id, secret));
    let two = Session { signed_in_by: SignedInBy::Provider, ..two };
    let bens = session(&samples, ben.id, "four");
    let mut transaction = engine.store.begin().await.unwrap();
    for session in [&one, &two, &three, &bens] {
        transaction.insert_session(session).await.unwrap();
    }
    let later = Samples::now() + Duration::HOUR;
    transaction.touch_session(two.id, later).await.unwrap();
    transaction.prove_session(two.id, later).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let two = Session { last_used_at: later, proven_at: Some(later), ..two };

    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.session_by_hash(&two.hash).await.unwrap().as_ref(), Some(&two));
    assert_eq!(reader.session_by_hash(&Digest::of(b"five")).await.unwrap(), None);
    assert_eq!(reader.sessions_of(ada.id).await.unwrap()[0], two, "the last one used comes first");
    drop(reader);
    let mut transaction = engine.store.begin().await.unwrap();
    assert!(!transaction.end_session(ada.id, bens.id).await.unwrap(), "another's");
    assert!(transaction.end_session(ada.id, one.id).await.unwrap());
    assert!(!transaction.end_session(ada.id, one.id).await.unwrap());
    transaction.end_sessions_of(ada.id, Some(two.id)).await.unwrap();
    assert_eq!(transaction.sessions_of(ada.id).await.unwrap(), std::slice::from_ref(&two));
    transaction.end_session_by_hash(&two.hash).await.unwrap();
    assert_eq!(transaction.sessions_of(ada.id).await.unwrap(), []);
    assert_eq!(transaction.sessions_of(ben.id).await.unwrap(), std::slice::from_ref(&bens));
    transaction.end_sessions_of(ben.id, None).await.unwrap();
    assert_eq!(transaction.sessions_of(ben.id).await.unwrap(), []);
    transaction.commit(Written::SAMPLE).await.unwrap();
}

async fn a_code_is_taken_once_and_voids_the_one_before(engine: Engine) {
    let samples = Samples::default();
    let ada = stored(&*engine.store, account(&samples, "ada@example.org")).await;
    let code = |text: &str, account: Option<Id<Account>>, purpose| AccountCode {
        hash: Digest::of(text.as_bytes()),
        account,
        purpose,
        expires_at: Samples::now() + Duration::HOUR,
    };
    let reset = code("reset", Some(ada.id), CodePurpose::Reset);
    let again = code("again", Some(ada.id), CodePurpose::Reset);
    let unlock = code("unlock", Some(ada.id), CodePurpose::Unlock);
    let (link, other_link) = (code("link", None, CodePurpose::Operator), code("other", None, CodePurpose::Operator));
    let mut transaction = engine.store.begin().await.unwrap();
    assert!(!transaction.has_operator_code(Samples::now()).await.unwrap());
    for code in [&reset, &unlock, &link, &again, &other_link] {
        transaction.put_account_code(code).await.unwrap();
    }
    assert!(transaction.has_operator_code(Samples::now()).await.unwrap());
    assert!(!transaction.has_operator_code(Samples::now() + Duration::HOUR).await.unwrap());
    for void in [&reset, &link] {
        assert_eq!(transaction.account_code(&void.hash).await.unwrap(), None);
    }
    for good in [&again, &unlock, &other_link] {
        assert_eq!(transaction.account_code(&good.hash).await.unwrap().as_ref(), Some(good));
    }
    assert!(transaction.take_account_code(&again.hash).await.unwrap());
    assert!(!transaction.take_account_code(&again.hash).await.unwrap());
    transaction.put_account_code(&again).await.unwrap();
    transaction.void_account_codes(ada.id, Some(CodePurpose::Unlock)).await.unwrap();
    assert_eq!(transaction.account_code(&unlock.hash).await.unwrap(), None);
    assert!(transaction.account_code(&again.hash).await.unwrap().is_some());
    transaction.void_account_codes(ada.id, None).await.unwrap();
    assert_eq!(transaction.account_code(&again.hash).await.unwrap(), None);
    assert!(transaction.account_code(&other_link.hash).await.unwrap().is_some(), "nobody's yet");
    transaction.commit(Written::SAMPLE).await.unwrap();
}

async fn a_former_address_is_found_by_its_last_code(engine: Engine) {
    let samples = Samples::default();
    let ada = stored(&*engine.store, account(&samples, "ada@example.org")).await;
    let ben = stored(&*engine.store, account(&samples, "ben@example.org")).await;
    let former = |account: &Account, email: &str, expires_at| FormerAddress {
        id: samples.id(),
        account: account.id,
        email: email.parse().unwrap(),
        expires_at,
    };
    let now = Samples::now();
    let one = former(&ada, "one@example.org", now);
    let again = former(&ada, "one@example.org", now + Duration::HOUR);
    let two = former(&ada, "two@example.org", now + Duration::DAY);
    let bens = former(&ben, "one@example.org", now + Duration::DAY);
    let (code, other) = (Digest::of(b"code"), Digest::of(b"other"));
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.keep_former_address(&one).await.unwrap();
    transaction.set_former_address_code(one.id, &code).await.unwrap();
    assert_eq!(transaction.former_address_by_code(&code).await.unwrap().as_ref(), Some(&one));
    transaction.keep_former_address(&again).await.unwrap();
    assert_eq!(transaction.former_address(one.id).await.unwrap(), None);
    assert_eq!(transaction.former_address_by_code(&code).await.unwrap(), None);
    for kept in [&two, &bens] {
        transaction.keep_former_address(kept).await.unwrap();
    }
    transaction.set_former_address_code(two.id, &other).await.unwrap();
    transaction.set_former_address_code(two.id, &code).await.unwrap();
    assert_eq!(transaction.former_address_by_code(&other).await.unwrap(), None);
    assert_eq!(transaction.former_address_by_code(&code).await.unwrap().as_ref(), Some(&two));
    transaction.forget_former_addresses(ada.id, Some(two.expires_at)).await.unwrap();
    assert_eq!(transaction.former_address(two.id).await.unwrap(), None);
    assert_eq!(transaction.former_address(again.id).await.unwrap().as_ref(), Some(&again));
    transaction.forget_former_addresses(ada.id, None).await.unwrap();
    assert_eq!(transaction.former_address(again.id).await.unwrap(), None);
    assert_eq!(transaction.former_address(bens.id).await.unwrap().as_ref(), Some(&bens));
    transaction.commit(Written::SAMPLE).await.unwrap();
}

async fn count(store: &dyn Store, subject: &Digest, now: OffsetDateTime) -> Attempt {
    let mut transaction = store.begin().await.unwrap();
    let attempt = transaction.count_attempt(subject, now, now - Duration::DAY).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    attempt
}

async fn attempts_are_counted_blocked_and_forgotten(engine: Engine) {
    let (subject, other, now) = (Digest::of(b"ada"), Digest::of(b"ben"), Samples::now());
    let store = &*engine.store;
    assert_eq!(count(store, &subject, now).await, Attempt::Counted(1));
    assert_eq!(count(store, &subject, now).await, Attempt::Counted(2));
    assert_eq!(count(store, &other, now).await, Attempt::Counted(1));
    let until = now + Duration::MINUTE;
    let mut transaction = store.begin().await.unwrap();
    transaction.block_attempts(&subject, until).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert_eq!(count(store, &subject, until - Duration::MILLISECOND).await, Attempt::Blocked(until));
    assert_eq!(count(store, &other, now).await, Attempt::Counted(2));
    assert_eq!(count(store, &subject, until).await, Attempt::Counted(3));
    let mut transaction = store.begin().await.unwrap();
    transaction.uncount_attempt(&subject).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert_eq!(count(store, &subject, until).await, Attempt::Counted(3));
    assert_eq!(count(store, &subject, until + Duration::DAY + Duration::SECOND).await, Attempt::Counted(1));
    let mut transaction = store.begin().await.unwrap();
    transaction.forget_attempts(&other).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert_eq!(count(store, &other, now).await, Attempt::Counted(1));
}

async fn attempts_made_at_once_are_all_counted(engine: Engine) {
    let (subject, another) = (Digest::of(b"ada"), engine.another().await);
    let counts = (0..16).map(|round| {
        let store = if round % 2 == 0 { &*engine.store } else { &*another };
        count(store, &subject, Samples::now())
    });
    let mut counted: Vec<_> = futures::future::join_all(counts)
        .await
        .into_iter()
        .map(|attempt| match attempt {
            Attempt::Counted(count) => count,
            Attempt::Blocked(until) => panic!("blocked until {until}"),
        })
        .collect();
    counted.sort_unstable();
    assert_eq!(counted, (1..=16).collect::<Vec<u64>>());
}

async fn a_one_time_password_is_used_once(engine: Engine) {
    let samples = Samples::default();
    let ada = stored(&*engine.store, account(&samples, "ada@example.org")).await;
    let mut factor = SecondFactor {
        account: ada.id,
        sealed_seed: "sealed".to_owned(),
        created_at: Samples::now(),
        confirmed_at: None,
        last_step: 0,
    };
    let code = Digest::of(b"recovery");
    let mut transaction = engine.store.begin().await.unwrap();
    assert_eq!(transaction.second_factor(ada.id).await.unwrap(), None);
    transaction.put_second_factor(&factor).await.unwrap();
    assert_eq!(transaction.second_factor(ada.id).await.unwrap().as_ref(), Some(&factor));
    transaction.confirm_second_factor(ada.id, Samples::now()).await.unwrap();
    assert!(transaction.use_totp_step(ada.id, 7).await.unwrap());
    for used in [7, 6] {
        assert!(!transaction.use_totp_step(ada.id, used).await.unwrap());
    }
    assert!(transaction.use_totp_step(ada.id, 8).await.unwrap());
    factor = SecondFactor { confirmed_at: Some(Samples::now()), last_step: 8, ..factor };
    assert_eq!(transaction.second_factor(ada.id).await.unwrap().as_ref(), Some(&factor));
    transaction.insert_recovery_code(ada.id, &code).await.unwrap();
    transaction.insert_recovery_code(ada.id, &Digest::of(b"another")).await.unwrap();
    assert_eq!(transaction.recovery_codes_left(ada.id).await.unwrap(), 2);
    assert!(!transaction.take_recovery_code(samples.id(), &code).await.unwrap());
    assert!(transaction.take_recovery_code(ada.id, &code).await.unwrap());
    assert!(!transaction.take_recovery_code(ada.id, &code).await.unwrap());
    transaction.remove_second_factor(ada.id).await.unwrap();
    assert_eq!(transaction.second_factor(ada.id).await.unwrap(), None);
    assert_eq!(transaction.recovery_codes_left(ada.id).await.unwrap(), 1, "a passkey may need it");
    transaction.remove_recovery_codes(ada.id).await.unwrap();
    assert_eq!(transaction.recovery_codes_left(ada.id).await.unwrap(), 0);
    transaction.commit(Written::SAMPLE).await.unwrap();
}

async fn what_has_ended_is_swept_and_nothing_else(engine: Engine) {
    let samples = Samples::default();
    let now = Samples::now() + Duration::days(100);
    let ended =
        Ended { now, idle: now - Duration::days(14), oldest: now - Duration::days(90), yesterday: now - Duration::DAY };
    let active = |account: Account| Account { state: AccountState::Active, ..account };
    let ada = stored(&*engine.store, active(account(&samples, "ada@example.org"))).await;
    let unfinished = stored(&*engine.store, account(&samples, "ben@example.org")).await;
    let mailed = stored(&*engine.store, account(&samples, "cid@example.org")).await;
    let recent = Account { created_at: now, ..account(&samples, "dan@example.org") };
    let recent = stored(&*engine.store, recent).await;
    let (used, made) = (now - Duration::days(13), now - Duration::days(89));
    let kept = Session { last_used_at: used, created_at: made, ..session(&samples, ada.id, "kept") };
    let idle = Session { last_used_at: made, ..kept.clone() };
    let idle = Session { id: samples.id(), hash: Digest::of(b"idle"), ..idle };
    let old = Session { id: samples.id(), hash: Digest::of(b"old"), created_at: Samples::now(), ..kept.clone() };
    let code = |account: &Account, text: &str, expires_at| AccountCode {
        hash: Digest::of(text.as_bytes()),
        account: Some(account.id),
        purpose: CodePurpose::Verify,
        expires_at,
    };
    let (expired, good) = (code(&unfinished, "expired", now), code(&mailed, "good", now + Duration::HOUR));
    let subjects = [(Digest::of(b"long ago"), ended.yesterday), (Digest::of(b"today"), now)];
    let mut transaction = engine.store.begin().await.unwrap();
    for session in [&kept, &idle, &old] {
        transaction.insert_session(session).await.unwrap();
    }
    for code in [&expired, &good] {
        transaction.put_account_code(code).await.unwrap();
    }
    for (subject, at) in &subjects {
        transaction.count_attempt(subject, *at, *at).await.unwrap();
    }
    let factor = SecondFactor {
        account: ada.id,
        sealed_seed: "sealed".to_owned(),
        created_at: Samples::now(),
        confirmed_at: None,
        last_step: 0,
    };
    transaction.put_second_factor(&factor).await.unwrap();
    for (email, expires_at) in [("over@example.org", now), ("good@example.org", now + Duration::HOUR)] {
        let former = FormerAddress { id: samples.id(), account: ada.id, email: email.parse().unwrap(), expires_at };
        transaction.keep_former_address(&former).await.unwrap();
    }
    // Two sessions, one code, one former address, one subject, one seed, one account.
    assert_eq!(transaction.sweep_accounts(&ended).await.unwrap(), 7);
    assert_eq!(transaction.sweep_accounts(&ended).await.unwrap(), 0);
    assert_eq!(transaction.sessions_of(ada.id).await.unwrap(), [kept]);
    assert_eq!(transaction.account_code(&expired.hash).await.unwrap(), None);
    assert!(transaction.account_code(&good.hash).await.unwrap().is_some());
    assert_eq!(transaction.second_factor(ada.id).await.unwrap(), None);
    assert_eq!(transaction.account(unfinished.id).await.unwrap(), None);
    for left in [&ada, &mailed, &recent] {
        assert_eq!(transaction.account(left.id).await.unwrap().as_ref(), Some(left));
    }
    assert_eq!(transaction.count_attempt(&subjects[1].0, now, ended.yesterday).await.unwrap(), Attempt::Counted(2));
    transaction.commit(Written::SAMPLE).await.unwrap();
}

async fn an_identity_has_one_account_and_goes_one_by_one_or_all_at_once(engine: Engine) {
    let samples = Samples::default();
    let ada = stored(&*engine.store, account(&samples, "ada@example.org")).await;
    let eve = stored(&*engine.store, account(&samples, "eve@example.org")).await;
    let identity = |issuer: &str, subject: &str, account: &Account| ConnectedIdentity {
        id: samples.id(),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        account: account.id,
        connected_at: Samples::now(),
    };
    let first = identity("https://id.example", "1", &ada);
    let second = identity("https://id.example", "2", &ada);
    let elsewhere = identity("https://other.example", "1", &eve);
    let mut transaction = engine.store.begin().await.unwrap();
    for identity in [&first, &second, &elsewhere] {
        transaction.insert_identity(identity).await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut transaction = engine.store.begin().await.unwrap();
    let again = transaction.insert_identity(&identity("https://id.example", "1", &eve)).await;
    assert!(matches!(again, Err(StoreError::Violated(Constraint::AccountIdentity))), "{again:?}");
    transaction.rollback().await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.identity("https://id.example", "1").await.unwrap().as_ref(), Some(&first));
    assert_eq!(reader.identity("https://other.example", "1").await.unwrap().as_ref(), Some(&elsewhere));
    assert_eq!(reader.identity("https://other.example", "2").await.unwrap(), None);
    assert_eq!(reader.identities_of(ada.id).await.unwrap(), [first.clone(), second.clone()]);
    drop(reader);

    let mut transaction = engine.store.begin().await.unwrap();
    assert!(!transaction.remove_identity(eve.id, first.id).await.unwrap(), "another's");
    assert!(transaction.remove_identity(ada.id, first.id).await.unwrap());
    assert!(!transaction.remove_identity(ada.id, first.id).await.unwrap());
    assert_eq!(transaction.identities_of(ada.id).await.unwrap(), [second]);
    transaction.remove_identities_of(ada.id).await.unwrap();
    assert_eq!(transaction.identities_of(ada.id).await.unwrap(), []);
    assert_eq!(transaction.identities_of(eve.id).await.unwrap(), [elsewhere]);
    transaction.commit(Written::SAMPLE).await.unwrap();
}
