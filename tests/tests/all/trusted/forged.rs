//! What is not believed of a run, and what is.

use adx_registry_core::ports::{Clock as _, WorkflowTokenError};
use adx_registry_core::trusted::{BadClaims, ExchangeError, exchange};
use adx_tests::issuer::{Forgery, Issuer, Signature};
use serde_json::{Value, json};
use time::Duration;

use super::world::Ci;
use crate::engines::Engine;
use crate::owners::REGISTRY;

async fn alone() -> Ci {
    Ci::trusting(Engine::sqlite().await.unwrap()).await.0
}

/// Tries a run with one thing changed.
async fn attempt(ci: &Ci, change: &Value) -> ExchangeError {
    let refused = ci.exchange(&ci.token("one", change)).await.map(|exchanged| exchanged.issued.token.label);
    refused.expect_err(&change.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_issuer_did_not_sign_is_not_believed() {
    let ci = alone().await;
    for signature in
        [Signature::None, Signature::Secret, Signature::PublicKeyAsSecret, Signature::OtherKey, Signature::UnknownKey]
    {
        ci.issuer.forge(Forgery { claims: Vec::new(), signature });
        let refused = attempt(&ci, &json!({})).await;
        assert!(matches!(refused, ExchangeError::Token(WorkflowTokenError::Refused(_))), "{signature:?}: {refused:?}");
    }
    ci.issuer.forge(Forgery::default());
    // Changed on the way: the signature is that of other claims.
    let (one, two) = (ci.token("one", &json!({ "ref": "refs/heads/main" })), ci.token("one", &json!({})));
    let part = |token: &str, number: usize| token.split('.').nth(number).unwrap().to_owned();
    let mixed = format!("{}.{}.{}", part(&two, 0), part(&two, 1), part(&one, 2));
    assert!(matches!(ci.exchange(&mixed).await, Err(ExchangeError::Token(WorkflowTokenError::Refused(_)))));
    for text in ["", "letmein", "a.b.c", &"x".repeat(20 << 10)] {
        assert!(matches!(ci.exchange(text).await, Err(ExchangeError::Token(_))), "{text:.20}");
    }
    ci.exchange(&two).await.expect("nothing of that used the right one up");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_issuers_that_the_registry_believes_are_asked() {
    let ci = alone().await;
    let other = Issuer::start();
    let claims = json!({ "iss": other.url });
    let refused = attempt(&ci, &claims).await;
    assert!(matches!(refused, ExchangeError::Token(WorkflowTokenError::UnknownIssuer)), "{refused:?}");
    assert_eq!(other.documents(), 0);
    // One that signs in the name of the right one.
    let forged = other.workflow_token(&json!({ "iss": ci.issuer.url, "aud": REGISTRY, "jti": "one" }));
    assert!(matches!(ci.exchange(&forged).await, Err(ExchangeError::Token(WorkflowTokenError::Refused(_)))));
    for iss in [format!("{}/", ci.issuer.url), ci.issuer.url.replace("http", "https"), String::new()] {
        let refused = attempt(&ci, &json!({ "iss": iss })).await;
        assert!(matches!(refused, ExchangeError::Token(WorkflowTokenError::UnknownIssuer)), "{iss}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_another_registry_or_another_time_is_not_taken() {
    let ci = alone().await;
    for aud in
        [json!("https://other.example"), json!([REGISTRY, "https://other.example"]), json!(format!("{REGISTRY}/"))]
    {
        let refused = attempt(&ci, &json!({ "aud": aud })).await;
        assert!(matches!(refused, ExchangeError::Claims(BadClaims::Audience { .. })), "{aud}: {refused:?}");
    }
    let now = ci.world.clock.now().unix_timestamp();
    for (change, expected) in [
        (json!({ "iat": now - 600, "exp": now - 60 }), BadClaims::Expired),
        (json!({ "iat": now + 61, "exp": now + 300 }), BadClaims::Early),
        (json!({ "nbf": now + 61 }), BadClaims::Early),
        (json!({ "exp": now + 3_601 }), BadClaims::TooLong),
        (json!({ "jti": null }), BadClaims::Claim("jti")),
        (json!({ "event_name": "pull_request_target" }), BadClaims::Event("pull_request_target".to_owned())),
    ] {
        match attempt(&ci, &change).await {
            ExchangeError::Claims(refused) => assert_eq!(refused, expected, "{change}"),
            other => panic!("{change}: {other:?}"),
        }
    }
    // A minute is given to clocks that differ.
    ci.exchange(&ci.token("one", &json!({ "iat": now - 300, "exp": now - 59 }))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_something_else_has_no_token() {
    let ci = alone().await;
    for change in [
        // Whoever registers the name anew has another number.
        json!({ "repository_id": "75" }),
        json!({ "repository_id": "074" }),
        json!({ "workflow_ref": "acme/tools/.github/workflows/other.yml@refs/tags/v1.0.0" }),
        json!({ "workflow_ref": "acme/tools/.github/workflows/Publish.yml@refs/tags/v1.0.0" }),
        json!({ "environment": "staging" }),
        json!({ "environment": "Release" }),
        json!({ "environment": null }),
        json!({ "environment": "" }),
        json!({ "ref": "refs/heads/main" }),
        json!({ "ref": "refs/heads/refs/tags/v1" }),
    ] {
        let refused = attempt(&ci, &change).await;
        assert!(matches!(refused, ExchangeError::NotTrusted { .. }), "{change}: {refused:?}");
    }
    let file = json!({ "workflow_ref": "evil/tools/.github/workflows/publish.yml@refs/tags/v1.0.0" });
    assert!(matches!(attempt(&ci, &file).await, ExchangeError::Claims(BadClaims::Claim("workflow_ref"))));
    // The namespaces of others, which are and are not, look the same.
    for other in ["other", "nobody"] {
        let token = ci.token("one", &json!({}));
        let refused = exchange(&ci.world.ports, &other.parse().unwrap(), &token).await;
        assert!(matches!(refused, Err(ExchangeError::NotTrusted { .. })), "{other}");
    }
    // The repository has another name by now, and its number as a number.
    let renamed = json!({
        "repository": "acme/instruments", "repository_id": 74,
        "workflow_ref": "acme/instruments/.github/workflows/publish.yml@refs/tags/v1.0.0",
    });
    let kept = ci.exchange(&ci.token("one", &renamed)).await.unwrap();
    assert_eq!(kept.issued.token.label, "publish.yml of acme/instruments, run 9001");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_changes_its_keys_and_is_not_asked_in_vain() {
    let ci = alone().await;
    ci.exchange(&ci.token("one", &json!({}))).await.unwrap();
    assert_eq!(ci.issuer.documents(), 1);
    ci.issuer.rotate("second");
    ci.exchange(&ci.token("two", &json!({}))).await.unwrap();
    assert_eq!(ci.issuer.documents(), 2);
    // Whoever makes names of keys up has it asked once a minute.
    ci.issuer.forge(Forgery { claims: Vec::new(), signature: Signature::UnknownKey });
    for jti in ["three", "four", "five"] {
        assert!(ci.exchange(&ci.token(jti, &json!({}))).await.is_err());
    }
    assert_eq!(ci.issuer.documents(), 2);
    ci.world.clock.pass(Duration::minutes(1));
    assert!(ci.exchange(&ci.token("three", &json!({}))).await.is_err());
    assert!(ci.exchange(&ci.token("four", &json!({}))).await.is_err());
    assert_eq!(ci.issuer.documents(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_away_is_no_refusal() {
    let ci = alone().await;
    ci.issuer.stop();
    let token = ci.token("one", &json!({}));
    assert!(matches!(ci.exchange(&token).await, Err(ExchangeError::Token(WorkflowTokenError::Unavailable(_)))));
    ci.issuer.start_again();
    ci.world.clock.pass(Duration::seconds(2));
    ci.exchange(&token).await.expect("the same token, once it can be looked at");
}
