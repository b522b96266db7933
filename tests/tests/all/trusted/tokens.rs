//! Where tokens count, and what becomes of those that somebody finds.

use std::net::IpAddr;

use adx_registry_core::actor::Actor;
use adx_registry_core::authenticate::{AuthenticateError, authenticate, authenticate_from};
use adx_registry_core::issue_token::{
    Descendants, IssueTokenRequest, IssuedToken, TokenError, issue_token, list_tokens, revoke_token,
};
use adx_registry_core::networks::Networks;
use adx_registry_core::renew_tokens::{renew_publisher_token_on_the_machine, revoke_token_on_the_machine};
use adx_registry_core::report_token::report_token;
use serde_json::json;
use time::Duration;

use super::world::Ci;
use crate::engines::{Engine, on_every_engine};
use crate::owners::{World, namespace};

on_every_engine!(
    a_token_counts_from_its_networks_only,
    a_token_gives_no_more_places_than_it_has,
    a_token_that_somebody_finds_is_revoked_and_its_owners_told,
    renewing_ends_the_tokens_of_runs_too,
    what_was_made_with_a_token_goes_with_it,
    whoever_puts_a_token_in_the_place_of_another_keeps_what_that_made,
    a_token_that_is_found_takes_what_it_made_with_it_even_when_it_counts_no_more,
);

async fn issue(world: &World, issuer: &Actor, networks: &[&str]) -> Result<IssuedToken, TokenError> {
    let request = IssueTokenRequest {
        label: "ci".to_owned(),
        scopes: vec!["tokens".parse().unwrap(), "publish".parse().unwrap()],
        networks: Networks::read(networks).unwrap(),
        expires_at: None,
    };
    issue_token(&world.ports, issuer, None, request).await
}

async fn a_token_counts_from_its_networks_only(engine: Engine) {
    let world = World::new(engine).await;
    let issued = issue(&world, &world.publisher, &["192.0.2.0/24", "2001:db8::/32"]).await.unwrap();
    let text = issued.text.expose();
    let from = async |address: &str| authenticate_from(&world.ports, Some(text), address.parse::<IpAddr>().ok()).await;
    for elsewhere in ["198.51.100.1", "2001:db9::1", "nowhere"] {
        assert!(matches!(from(elsewhere).await, Err(AuthenticateError::Elsewhere)), "{elsewhere}");
    }
    let found = world.ports.store.read().await.unwrap().token_by_hash(&issued.token.hash).await.unwrap().unwrap();
    assert_eq!(found.last_used_at, None, "what is refused is no use");
    for within in ["192.0.2.200", "::ffff:192.0.2.1", "2001:db8::1"] {
        assert!(matches!(from(within).await, Ok(Actor::Publisher { .. })), "{within}");
    }
}

async fn a_token_gives_no_more_places_than_it_has(engine: Engine) {
    let world = World::new(engine).await;
    let issued = issue(&world, &world.publisher, &["192.0.2.0/24"]).await.unwrap();
    let address = "192.0.2.1".parse().ok();
    let issuer = authenticate_from(&world.ports, Some(issued.text.expose()), address).await.unwrap();
    for more in [&[][..], &["0.0.0.0/0"], &["192.0.2.0/23"], &["192.0.2.1", "198.51.100.1"]] {
        assert!(matches!(issue(&world, &issuer, more).await, Err(TokenError::FromMore)), "{more:?}");
    }
    issue(&world, &issuer, &["192.0.2.128/25", "192.0.2.7"]).await.unwrap();
}

async fn a_token_that_somebody_finds_is_revoked_and_its_owners_told(engine: Engine) {
    let (ci, _) = Ci::trusting(engine).await;
    let world = &ci.world;
    let issued = issue(world, &world.publisher, &[]).await.unwrap();
    let run = ci.exchange(&ci.token("one", &json!({}))).await.unwrap();
    for text in [issued.text.expose(), run.issued.text.expose()] {
        world.actor(text).await;
        assert!(report_token(&world.ports, &format!(" {text}\n")).await.unwrap());
        assert!(matches!(authenticate(&world.ports, Some(text)).await, Err(AuthenticateError::Invalid)));
        assert!(!report_token(&world.ports, text).await.unwrap(), "once");
    }
    world.work().await;
    let letters = world.mail.take();
    assert_eq!(letters.len(), 2);
    assert!(letters.iter().all(|letter| !letter.text.contains("adx_p_") && !letter.text.contains("adx_c_")));
    assert!(letters.iter().any(|letter| letter.text.contains(&issued.token.id.to_string())));
    let nobodys = "adx_p_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for text in [nobodys, "", "letmein", &nobodys.replace("adx_p_", "adx_t_")] {
        assert!(!report_token(&world.ports, text).await.unwrap(), "{text}");
    }
}

async fn renewing_ends_the_tokens_of_runs_too(engine: Engine) {
    let (ci, _) = Ci::trusting(engine).await;
    let run = ci.exchange(&ci.token("one", &json!({}))).await.unwrap();
    renew_publisher_token_on_the_machine(&ci.world.ports, &namespace()).await.unwrap();
    let shown = authenticate(&ci.world.ports, Some(run.issued.text.expose())).await;
    assert!(matches!(shown, Err(AuthenticateError::Invalid)));
}

/// A token, one that was made with it, and one that was made with that.
async fn line(world: &World) -> [IssuedToken; 3] {
    let first = issue(world, &world.publisher, &[]).await.unwrap();
    world.clock.pass(Duration::seconds(1));
    let second = issue(world, &world.actor(first.text.expose()).await, &[]).await.unwrap();
    world.clock.pass(Duration::seconds(1));
    let third = issue(world, &world.actor(second.text.expose()).await, &[]).await.unwrap();
    [first, second, third]
}

/// Which of some tokens count.
async fn counting(world: &World, tokens: [&IssuedToken; 3]) -> [bool; 3] {
    let mut counting = [false; 3];
    for (counts, token) in counting.iter_mut().zip(tokens) {
        *counts = authenticate(&world.ports, Some(token.text.expose())).await.is_ok();
    }
    counting
}

async fn what_was_made_with_a_token_goes_with_it(engine: Engine) {
    let world = World::new(engine).await;
    let [first, second, third] = line(&world).await;
    let beside = issue(&world, &world.publisher, &[]).await.unwrap();
    let revoked = revoke_token(&world.ports, &world.publisher, None, second.token.id, Descendants::Revoke).await;
    assert_eq!(revoked.unwrap(), [second.token.id, third.token.id]);
    assert_eq!(counting(&world, [&first, &second, &third]).await, [true, false, false]);

    let [first, second, third] = line(&world).await;
    let own = world.actor(first.text.expose()).await;
    revoke_token(&world.ports, &own, None, first.token.id, Descendants::Revoke).await.unwrap();
    assert_eq!(counting(&world, [&first, &second, &third]).await, [false; 3], "a token may revoke itself");

    let [first, second, third] = line(&world).await;
    let revoked = revoke_token_on_the_machine(&world.ports, first.token.id).await.unwrap();
    assert_eq!(revoked, [first.token.id, second.token.id, third.token.id]);
    assert_eq!(counting(&world, [&second, &third, &beside]).await, [false, false, true]);
}

async fn whoever_puts_a_token_in_the_place_of_another_keeps_what_that_made(engine: Engine) {
    let world = World::new(engine).await;
    let [first, second, third] = line(&world).await;
    let own = world.actor(first.text.expose()).await;
    let revoked = revoke_token(&world.ports, &own, None, first.token.id, Descendants::Keep).await.unwrap();
    assert_eq!(revoked, [first.token.id]);
    assert_eq!(counting(&world, [&first, &second, &third]).await, [false, true, true]);
    let listed = list_tokens(&world.ports, &world.publisher, None).await.unwrap();
    let made_with = |token: &IssuedToken| listed.iter().find(|listed| listed.id == token.token.id).unwrap().parent;
    assert_eq!((made_with(&second), made_with(&third)), (Some(first.token.id), Some(second.token.id)));
}

async fn a_token_that_is_found_takes_what_it_made_with_it_even_when_it_counts_no_more(engine: Engine) {
    let world = World::new(engine).await;
    let [first, second, third] = line(&world).await;
    assert!(report_token(&world.ports, second.text.expose()).await.unwrap());
    assert_eq!(counting(&world, [&first, &second, &third]).await, [true, false, false]);

    // Whoever found it may have put another in its place before somebody else did.
    let [first, second, third] = line(&world).await;
    revoke_token(&world.ports, &world.publisher, None, first.token.id, Descendants::Keep).await.unwrap();
    assert_eq!(counting(&world, [&first, &second, &third]).await, [false, true, true]);
    assert!(report_token(&world.ports, first.text.expose()).await.unwrap());
    assert_eq!(counting(&world, [&first, &second, &third]).await, [false; 3]);
    assert!(!report_token(&world.ports, first.text.expose()).await.unwrap(), "once");
}
