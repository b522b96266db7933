//! What an operators' token with one scope may do: the scopes come from the API's own description, so that a new operation that asks for
//! another one than it says fails.

use std::collections::BTreeMap;

use adx_registry_core::operator_scope::OperatorScope;
use adx_tests::dns::DnsServer;
use adx_tests::stage::Registry;
use reqwest::StatusCode;
use serde_json::Value;

use super::{Rule, Shown, call, operations};
use crate::world::World;

/// The id of nothing.
const NEVER_MADE: &str = "00000000000000000000000000000000";

/// Of the operations for operators, the scopes of which each takes any.
fn scopes_of_operations() -> BTreeMap<String, Vec<OperatorScope>> {
    let document = serde_json::to_value(adx_registry::http::document()).expect("the description is JSON");
    let scopes = |operation: &str| {
        let (method, path) = operation.split_once(' ').expect("method and path");
        let rules = document["paths"][path][method.to_lowercase()]["security"].as_array().expect("rules");
        let words = rules.iter().filter_map(|rule| rule["token"].as_array()).flatten().filter_map(Value::as_str);
        words.map(|word| word.parse().expect("a scope of operators' tokens")).collect()
    };
    let of_operators = operations().into_iter().filter(|(_, rule)| *rule == Rule::Operator);
    of_operators.map(|(operation, _)| (operation.clone(), scopes(&operation))).collect()
}

/// A token for each scope, and with nothing else.
fn tokens(registry: &Registry) -> BTreeMap<OperatorScope, String> {
    let token = |scope: OperatorScope| {
        let made = registry.admin(&["create-operator-token", scope.as_str(), "--may", scope.as_str()]);
        (scope, made["token"].as_str().expect("a token").to_owned())
    };
    OperatorScope::ALL.into_iter().map(token).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_token_does_what_its_scope_says_and_nothing_else() {
    // So that no operation asks a name server that is none of ours.
    let dns = DnsServer::start().await;
    let registry =
        Registry::with_environment(vec![("ADX_REGISTRY__DOMAINS__RESOLVER".to_owned(), dns.address.to_string())]);
    let tokens = tokens(&registry);
    let running = registry.start();
    for (operation, wanted) in scopes_of_operations() {
        for (scope, token) in &tokens {
            let status = call(&running, &operation, Shown::Token(token), NEVER_MADE).await;
            if wanted.contains(scope) {
                let allowed = [
                    StatusCode::OK,
                    StatusCode::CREATED,
                    StatusCode::ACCEPTED,
                    StatusCode::NOT_FOUND,
                    StatusCode::CONFLICT,
                ];
                assert!(allowed.contains(&status), "{operation} with the scope {scope}: {status}");
            } else {
                assert_eq!(status, StatusCode::FORBIDDEN, "{operation} with the scope {scope}");
            }
        }
    }
    // What others may do too, operators do with a scope.
    for (operation, rule) in operations() {
        let with =
            async |scope: OperatorScope| call(&running, &operation, Shown::Token(&tokens[&scope]), NEVER_MADE).await;
        match rule {
            Rule::SeesOwners | Rule::SeesMoney => {
                assert_eq!(with(OperatorScope::Jobs).await, StatusCode::FORBIDDEN, "{operation}");
                let seen = with(OperatorScope::Read).await;
                let allowed = [StatusCode::OK, StatusCode::NO_CONTENT, StatusCode::NOT_FOUND];
                assert!(allowed.contains(&seen), "{operation}: {seen}");
            }
            Rule::Author | Rule::AnyAuthor => {
                assert_eq!(with(OperatorScope::Read).await, StatusCode::FORBIDDEN, "{operation}");
                assert_eq!(with(OperatorScope::Moderate).await, StatusCode::NOT_FOUND, "{operation}");
            }
            Rule::WebhookHolder => {
                assert_eq!(with(OperatorScope::Jobs).await, StatusCode::FORBIDDEN, "{operation}");
                assert_eq!(with(OperatorScope::Webhooks).await, StatusCode::NOT_FOUND, "{operation}");
                let is_read = operation.starts_with("GET ");
                let wanted = if is_read { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
                assert_eq!(with(OperatorScope::Read).await, wanted, "{operation}");
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_look_says_nothing_about_what_waits() {
    let world = World::of(Registry::new()).await;
    let tokens = tokens(&world.registry);
    let id_of = |wanted: &str| &world.ids.iter().find(|(part, _)| *part == wanted).expect("there is one").1;
    let (submission, order) = (id_of("/submissions/"), id_of("/orders/"));
    for (scope, seen, said, bought) in [
        (OperatorScope::Jobs, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
        (OperatorScope::Read, StatusCode::OK, StatusCode::FORBIDDEN, StatusCode::OK),
        (OperatorScope::Review, StatusCode::OK, StatusCode::OK, StatusCode::NOT_FOUND),
        (OperatorScope::Orders, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND, StatusCode::OK),
    ] {
        for (operation, id, wanted) in [
            ("GET /api/v1/submissions/{id}", submission, seen),
            ("POST /api/v1/submissions/{id}/comments", submission, said),
            ("GET /api/v1/orders/{id}", order, bought),
        ] {
            let status = call(&world.running, operation, Shown::Token(&tokens[&scope]), id).await;
            assert_eq!(status, wanted, "{operation} with the scope {scope}");
        }
    }
}
