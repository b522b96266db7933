//! An address is proved before anything else is kept, and nothing tells whether it was known.

use adx_registry_core::account::AccountState;
use adx_registry_core::accounts::{AccountError, BadPassword, sign_up, verify};
use adx_registry_core::job::{Lane, Task};
use adx_registry_core::run_jobs::{claim, enqueue, run_job};
use time::Duration;

use super::world::{PASSWORD, World, address, network, password, verification};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    an_account_is_made_by_whoever_reads_the_mail,
    a_code_is_good_once_and_for_a_day,
    a_password_that_is_too_easy_does_not_use_up_the_code,
    whoever_has_an_account_is_told_by_letter_only,
    many_letters_are_waited_for,
    a_letter_asked_for_meanwhile_undoes_nothing,
    rows_and_jobs_hold_no_code_and_no_password,
    whoever_does_not_finish_is_forgotten,
);

async fn an_account_is_made_by_whoever_reads_the_mail(engine: Engine) {
    let world = World::new(engine);
    // A stranger prepares the account: there is nothing to prepare but the address.
    sign_up(&world.ports, address("ada"), &None).await.unwrap();
    let letter = world.letter().await;
    assert_eq!(letter.to, address("ada"));
    let refused = world.sign_in("ada", PASSWORD).await.expect_err("refused");
    assert!(matches!(refused, AccountError::WrongCredentials), "{refused:?}");
    let ada = verify(&world.ports, verification(super::world::code_in(&letter, "verify"), "Ada Löwe")).await.unwrap();
    assert_eq!(ada.account.state, AccountState::Active);
    assert_eq!(ada.account.name.as_ref().unwrap().to_string(), "Ada Löwe");
    assert!(ada.account.verified_at.is_some() && !ada.account.is_operator);
    assert!(world.is_signed_in(&ada).await);
    world.sign_in("ada", PASSWORD).await.unwrap();
    // In whichever case it is typed.
    world.sign_in("ADA", PASSWORD).await.unwrap();
}

async fn a_code_is_good_once_and_for_a_day(engine: Engine) {
    let world = World::new(engine);
    sign_up(&world.ports, address("ada"), &None).await.unwrap();
    let first = world.code("verify").await;
    world.pass(Duration::minutes(2));
    sign_up(&world.ports, address("ada"), &None).await.unwrap();
    let second = world.code("verify").await;
    world.pass(Duration::hours(24) - Duration::SECOND);
    for bad in [first, second[1..].to_owned(), String::new(), "x".repeat(100_000)] {
        let refused = verify(&world.ports, verification(bad, "Ada")).await.expect_err("refused");
        assert!(matches!(refused, AccountError::BadCode), "{refused:?}");
    }
    verify(&world.ports, verification(second.clone(), "Ada")).await.unwrap();
    let refused = verify(&world.ports, verification(second, "Eve")).await.expect_err("refused");
    assert!(matches!(refused, AccountError::BadCode), "{refused:?}");

    sign_up(&world.ports, address("ben"), &None).await.unwrap();
    let late = world.code("verify").await;
    world.pass(Duration::hours(24));
    let refused = verify(&world.ports, verification(late, "Ben")).await.expect_err("refused");
    assert!(matches!(refused, AccountError::BadCode), "{refused:?}");
}

async fn a_password_that_is_too_easy_does_not_use_up_the_code(engine: Engine) {
    let world = World::new(engine);
    sign_up(&world.ports, address("ada"), &None).await.unwrap();
    let code = world.code("verify").await;
    for (easy, why) in [
        ("short", BadPassword::Length),
        ("password1234", BadPassword::Common),
        ("ada@example.org", BadPassword::Personal),
    ] {
        let request =
            adx_registry_core::accounts::Verification { password: password(easy), ..verification(code.clone(), "Ada") };
        let refused = verify(&world.ports, request).await.expect_err("refused");
        assert!(matches!(refused, AccountError::Password(reason) if reason == why), "{easy}: {refused:?}");
    }
    verify(&world.ports, verification(code, "Ada")).await.unwrap();
}

async fn whoever_has_an_account_is_told_by_letter_only(engine: Engine) {
    let world = World::new(engine);
    world.person("ada").await;
    world.pass(Duration::minutes(2));
    sign_up(&world.ports, address("ada"), &None).await.unwrap();
    let letter = world.letter().await;
    assert!(letter.subject.contains("already") && !letter.text.contains('#'), "{}", letter.subject);
}

async fn many_letters_are_waited_for(engine: Engine) {
    let world = World::new(engine);
    for _ in 0..3 {
        sign_up(&world.ports, address("ada"), &None).await.unwrap();
    }
    assert_eq!(world.letters().await.len(), 1, "the answers are the same, the letters are not");
    world.pass(Duration::minutes(1));
    sign_up(&world.ports, address("ada"), &None).await.unwrap();
    assert_eq!(world.letters().await.len(), 1);
    // One network that writes to everybody is stopped, others are not.
    let mut refused = 0;
    for number in 0..30 {
        match sign_up(&world.ports, address(&format!("p{number}")), &network("192.0.2.1")).await {
            Ok(()) => {}
            Err(AccountError::Wait { seconds }) => {
                assert!(seconds <= 901);
                refused += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused, 9);
    sign_up(&world.ports, address("other"), &network("192.0.2.2")).await.unwrap();
}

async fn a_letter_asked_for_meanwhile_undoes_nothing(engine: Engine) {
    let world = World::new(engine);
    let elsewhere = world.another_server().await;
    for number in 0..8 {
        let name = format!("p{number}");
        sign_up(&world.ports, address(&name), &None).await.unwrap();
        let code = world.code("verify").await;
        world.pass(Duration::minutes(2));
        let (verified, asked) =
            tokio::join!(verify(&world.ports, verification(code, &name)), sign_up(&elsewhere, address(&name), &None));
        asked.unwrap();
        let account = world.account(&verified.unwrap()).await;
        assert_eq!(account.state, AccountState::Active);
        assert!(account.password.is_some());
        world.letters().await;
    }
}

async fn rows_and_jobs_hold_no_code_and_no_password(engine: Engine) {
    let world = World::new(engine);
    sign_up(&world.ports, address("ada"), &None).await.unwrap();
    let jobs = claim(&world.ports, Lane::Others, 10).await.unwrap();
    let task = format!("{:?}", jobs[0].task);
    assert!(task.contains("Verify") && !task.contains('@'), "{task}");
    assert!(!jobs[0].task.deduplication_key().contains('@'));
    run_job(&world.ports, &jobs[0]).await.unwrap();
    let code = world.code("verify").await;
    let ada = verify(&world.ports, verification(code.clone(), "Ada")).await.unwrap();
    let kept = world.account(&ada).await.password.unwrap();
    assert!(kept.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", kept.expose());
    assert!(!kept.expose().contains(PASSWORD));
    let shown = format!("{ada:?} {:?}", verification(code.clone(), "Ada").password);
    for secret in [code.as_str(), PASSWORD, ada.secret.expose(), kept.expose(), "example.org"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

async fn whoever_does_not_finish_is_forgotten(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    sign_up(&world.ports, address("ben"), &None).await.unwrap();
    world.letters().await;
    let accounts = async || world.ports.store.read().await.unwrap().accounts_after(None, 10).await.unwrap();
    assert_eq!(accounts().await.len(), 2);
    world.pass(Duration::hours(25));
    enqueue(&world.ports, Task::SweepAccounts).await.unwrap();
    world.letters().await;
    let left: Vec<_> = accounts().await.into_iter().map(|account| account.id).collect();
    assert_eq!(left, [ada.account.id]);
}
