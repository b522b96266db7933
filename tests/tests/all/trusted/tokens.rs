//! Where tokens count, and what becomes of those that somebody finds.

use std::net::IpAddr;

use adx_registry_core::actor::Actor;
use adx_registry_core::authenticate::{AuthenticateError, authenticate, authenticate_from};
use adx_registry_core::issue_token::{IssueTokenRequest, IssuedToken, TokenError, issue_token};
use adx_registry_core::networks::Networks;
use adx_registry_core::renew_tokens::renew_publisher_token_on_the_machine;
use adx_registry_core::report_token::report_token;
use serde_json::json;

use super::world::Ci;
use crate::engines::{Engine, on_every_engine};
use crate::owners::{World, namespace};

on_every_engine!(
    a_token_counts_from_its_networks_only,
    a_token_gives_no_more_places_than_it_has,
    a_token_that_somebody_finds_is_revoked_and_its_owners_told,
    renewing_ends_the_tokens_of_runs_too,
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
