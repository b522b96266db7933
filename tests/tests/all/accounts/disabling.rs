//! What operators see of accounts, whom they keep out, and whom they do not.

use adx_registry_core::account::AccountState;
use adx_registry_core::accounts::{
    AccountError, AccountFilter, SignedIn, disable_account, enable_account, find_accounts, set_operator_on_the_machine,
};
use adx_registry_core::actor::{Actor, Denied};
use adx_registry_core::audit::{Act, AuditFilter, list_audit_on_the_machine};
use adx_registry_core::authenticate::authenticate;
use adx_registry_core::issue_token::issue_operator_token_on_the_machine;
use adx_registry_core::networks::Networks;
use adx_registry_core::operator_scope::{OperatorScope, OperatorScopes};
use adx_registry_core::reason::Reason;
use time::Duration;

use super::world::{PASSWORD, World};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    operators_find_accounts_by_what_names_and_addresses_begin_with,
    an_operator_keeps_somebody_out_for_a_reason_and_lets_it_in_again,
    an_operator_keeps_out_neither_itself_nor_the_last_operator,
    whoever_was_kept_out_meanwhile_keeps_nobody_out,
);

fn reason(text: &str) -> Reason {
    text.parse().unwrap()
}

/// A person who runs the registry.
async fn operator(world: &World, name: &str) -> SignedIn {
    let person = world.person(name).await;
    set_operator_on_the_machine(&world.ports, person.account.id, true).await.unwrap();
    world.sign_in(name, PASSWORD).await.unwrap()
}

/// Whoever shows a token of operators.
async fn token(world: &World) -> Actor {
    let (scopes, networks) = (OperatorScopes::of(&[OperatorScope::Accounts]), Networks::default());
    let issued = issue_operator_token_on_the_machine(&world.ports, "tests", scopes, networks, None).await.unwrap();
    authenticate(&world.ports, Some(issued.text.expose())).await.unwrap()
}

async fn operators_find_accounts_by_what_names_and_addresses_begin_with(engine: Engine) {
    let world = World::new(engine);
    let (grace, ada) = (operator(&world, "grace").await, world.person("ada").await);
    let (actor, visitor) = (world.actor(&grace).await, world.actor(&ada).await);
    let found = async |begins: &str, state: Option<AccountState>| {
        let wanted = AccountFilter { begins: begins.to_owned(), state };
        let page = find_accounts(&world.ports, &actor, &wanted, None).await.unwrap();
        assert!(page.next.is_none());
        page.accounts
    };
    assert_eq!(found("", None).await.len(), 2);
    let begins_so = found("ADA", Some(AccountState::Active)).await;
    let [seen] = &begins_so[..] else { panic!("one begins so") };
    assert_eq!((seen.id, &seen.email, &seen.name), (ada.account.id, &ada.account.email, &ada.account.name));
    assert!(!seen.is_operator && !seen.has_one_time_passwords && !seen.has_passkeys);
    assert_eq!((seen.verified_at, seen.signed_in_at), (ada.account.verified_at, Some(ada.session.created_at)));
    // What no address and no name can begin with is not even looked for.
    for none in ["da", "ada%", "a_a", "ada\0", &"a".repeat(255)] {
        assert_eq!(found(none, None).await, [], "{none:?}");
    }
    assert_eq!(found("", Some(AccountState::Disabled)).await, []);
    let refused = find_accounts(&world.ports, &visitor, &AccountFilter::default(), None).await;
    assert!(matches!(refused, Err(AccountError::Denied(Denied::OperatorOnly))), "{refused:?}");
}

async fn an_operator_keeps_somebody_out_for_a_reason_and_lets_it_in_again(engine: Engine) {
    let world = World::new(engine);
    let (grace, ada) = (operator(&world, "grace").await, world.person("ada").await);
    let (actor, visitor) = (world.actor(&grace).await, world.actor(&ada).await);
    let id = ada.account.id;
    for nobodys in [Actor::Anonymous, visitor] {
        let refused = disable_account(&world.ports, &nobodys, id, &reason("no")).await;
        assert!(matches!(refused, Err(AccountError::Denied(_))), "{refused:?}");
        let refused = enable_account(&world.ports, &nobodys, id).await;
        assert!(matches!(refused, Err(AccountError::Denied(_))), "{refused:?}");
    }
    let disabled = disable_account(&world.ports, &actor, id, &reason("it sends spam")).await.unwrap();
    let since = Some(world.ports.now());
    assert_eq!((disabled.state, disabled.disabled_at), (AccountState::Disabled, since));
    assert_eq!((disabled.disabled_for.as_deref(), disabled.signed_in_at), (Some("it sends spam"), None));
    assert!(!world.is_signed_in(&ada).await);
    assert!(matches!(world.sign_in("ada", PASSWORD).await, Err(AccountError::Disabled)));
    assert_eq!(world.letters().await.len(), 0, "nobody is told");
    world.pass(Duration::HOUR);
    let again = disable_account(&world.ports, &actor, id, &reason("it was taken over")).await.unwrap();
    assert_eq!((again.disabled_at, again.disabled_for.as_deref()), (since, Some("it was taken over")));
    let enabled = enable_account(&world.ports, &actor, id).await.unwrap();
    assert_eq!((enabled.state, enabled.disabled_at, enabled.disabled_for), (AccountState::Active, None, None));
    world.sign_in("ada", PASSWORD).await.unwrap();
    let unknown = "0".repeat(32).parse().unwrap();
    let refused = disable_account(&world.ports, &actor, unknown, &reason("no")).await;
    assert!(matches!(refused, Err(AccountError::UnknownAccount)), "{refused:?}");
    let log = list_audit_on_the_machine(&world.ports, None, AuditFilter::default(), 0, 1_000).await.unwrap();
    let kept_out = [Act::AccountDisable, Act::AccountEnable];
    let of_ada = log.entries.iter().filter(|entry| entry.told.subject.id == Some(id.to_string()));
    let told: Vec<_> = of_ada.map(|entry| entry.told.act).filter(|act| kept_out.contains(act)).collect();
    assert_eq!(told, [Act::AccountDisable, Act::AccountDisable, Act::AccountEnable]);
}

async fn an_operator_keeps_out_neither_itself_nor_the_last_operator(engine: Engine) {
    let world = World::new(engine);
    let (grace, token) = (operator(&world, "grace").await, token(&world).await);
    let actor = world.actor(&grace).await;
    let own = disable_account(&world.ports, &actor, grace.account.id, &reason("no")).await;
    assert!(matches!(own, Err(AccountError::OwnAccount)), "{own:?}");
    let last = disable_account(&world.ports, &token, grace.account.id, &reason("no")).await;
    assert!(matches!(last, Err(AccountError::LastOperator)), "{last:?}");
    assert!(world.is_signed_in(&grace).await);
    let ben = operator(&world, "ben").await;
    disable_account(&world.ports, &token, grace.account.id, &reason("left")).await.unwrap();
    let last = disable_account(&world.ports, &token, ben.account.id, &reason("left too")).await;
    assert!(matches!(last, Err(AccountError::LastOperator)), "{last:?}");
}

async fn whoever_was_kept_out_meanwhile_keeps_nobody_out(engine: Engine) {
    let world = World::new(engine);
    let (grace, ben) = (operator(&world, "grace").await, operator(&world, "ben").await);
    let (by_grace, by_ben) = (world.actor(&grace).await, world.actor(&ben).await);
    disable_account(&world.ports, &by_grace, ben.account.id, &reason("left")).await.unwrap();
    let late = disable_account(&world.ports, &by_ben, grace.account.id, &reason("left")).await;
    assert!(matches!(late, Err(AccountError::Denied(Denied::Unauthenticated))), "{late:?}");
    assert!(world.is_signed_in(&grace).await);
}
