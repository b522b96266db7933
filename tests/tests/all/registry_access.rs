//! Every operation of the registry's API, with no credentials, with ones that are not valid, with another publisher's, with
//! a token that lacks the scope, and with an operator's: the list comes from the API's own description, so that a new operation
//! without a rule fails.

mod objects;
mod operators;
mod second_factor;

use std::collections::BTreeMap;

use adx_tests::dns::DnsServer;
use adx_tests::person::{PASSWORD, Person};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, request};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::world::token_with;

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Everybody.
    Public,
    /// Whoever shows a valid token.
    Known,
    /// The publisher whose namespace the address names, with a token of that scope.
    Owner(&'static str),
    /// A publisher, for itself, with a token of that scope.
    Itself(&'static str),
    /// A publisher, on its own tokens; another's are not there.
    OwnToken,
    /// Operators, by a token or signed in.
    Operator,
    /// A person who is signed in, for the own account.
    Person,
    /// The owners of the namespace that the address names.
    NamespaceOwner,
    /// Owners and operators, each on their own webhooks; others' are not there.
    WebhookHolder,
    /// The same, the publisher and operators.
    SeesOwners,
    /// The same, but for the publisher's token.
    SeesMoney,
    /// Whoever has a CI system's token that is believed, in the body: 403 without.
    Exchange,
    /// Whose submission it is, and operators; for everybody else there is none.
    Concerned,
    /// The publisher whose namespace the address names, with a token that may publish, and operators.
    Author,
    /// The owners of the namespace that the address names, and its publisher, on what no operator has decided against.
    Appellant,
    /// Publishers and operators, on an advisory that is not there.
    AnyAuthor,
}

const RULES: &[(&str, Rule)] = &[
    ("GET /api/v1/account/identities", Rule::Person),
    ("GET /api/v1/account/passkeys", Rule::Person),
    ("GET /api/v1/account/sessions", Rule::Person),
    ("GET /api/v1/accounts", Rule::Operator),
    ("POST /api/v1/accounts/{id}/disable", Rule::Operator),
    ("POST /api/v1/accounts/{id}/enable", Rule::Operator),
    ("GET /api/v1/audit", Rule::Operator),
    ("GET /api/v1/audit/head", Rule::Operator),
    ("GET /api/v1/advisories", Rule::Public),
    ("GET /api/v1/advisories/{id}", Rule::Public),
    ("PUT /api/v1/advisories/{id}", Rule::AnyAuthor),
    ("POST /api/v1/advisories/{id}/withdraw", Rule::AnyAuthor),
    ("POST /api/v1/modules/{namespace}/{name}/advisories", Rule::Author),
    ("PUT /api/v1/modules/{namespace}/{name}/deprecation", Rule::Owner("publish")),
    ("DELETE /api/v1/modules/{namespace}/{name}/deprecation", Rule::Owner("publish")),
    ("GET /index/advisories/{advisory}", Rule::Public),
    ("GET /api/v1/account/appeals", Rule::Person),
    ("POST /api/v1/account/appeals", Rule::Person),
    ("POST /api/v1/account/address", Rule::Person),
    ("PUT /api/v1/account/name", Rule::Person),
    ("POST /api/v1/confirm-address", Rule::Public),
    ("POST /api/v1/restore-address", Rule::Public),
    ("GET /api/v1/appeals", Rule::Operator),
    ("POST /api/v1/appeals/{id}/deny", Rule::Operator),
    ("POST /api/v1/appeals/{id}/grant", Rule::Operator),
    ("GET /api/v1/publishers/{namespace}/appeals", Rule::SeesOwners),
    ("POST /api/v1/publishers/{namespace}/appeals", Rule::Appellant),
    ("POST /api/v1/modules/{namespace}/{name}/quarantine", Rule::Operator),
    ("POST /api/v1/modules/{namespace}/{name}/release-from-quarantine", Rule::Operator),
    ("POST /api/v1/modules/{namespace}/{name}/report", Rule::Public),
    ("PUT /api/v1/modules/{namespace}/{name}/takedown", Rule::Operator),
    ("DELETE /api/v1/modules/{namespace}/{name}/takedown", Rule::Operator),
    ("PUT /api/v1/modules/{namespace}/{name}/versions/{version}/takedown", Rule::Operator),
    ("DELETE /api/v1/modules/{namespace}/{name}/versions/{version}/takedown", Rule::Operator),
    ("GET /api/v1/reports", Rule::Operator),
    ("GET /api/v1/reports/modules", Rule::Operator),
    ("POST /api/v1/reports/{id}/confirm", Rule::Operator),
    ("POST /api/v1/reports/{id}/dismiss", Rule::Operator),
    ("GET /api/v1/takedowns", Rule::Operator),
    ("GET /api/v1/account/publishers", Rule::Person),
    ("GET /api/v1/changes", Rule::Public),
    ("GET /api/v1/jobs/given-up", Rule::Operator),
    ("POST /api/v1/jobs/given-up/{id}/retry", Rule::Operator),
    ("DELETE /api/v1/jobs/given-up/{id}", Rule::Operator),
    ("GET /api/v1/me", Rule::Known),
    ("GET /api/v1/modules/{namespace}/{name}", Rule::Public),
    ("DELETE /api/v1/modules/{namespace}/{name}", Rule::NamespaceOwner),
    ("GET /api/v1/modules/{namespace}/{name}/versions", Rule::Public),
    ("GET /api/v1/modules/{namespace}/{name}/versions/{version}", Rule::Public),
    ("GET /api/v1/modules/{namespace}/{name}/versions/{version}/proof", Rule::Public),
    ("GET /api/v1/modules/{namespace}/{name}/versions/{version}/docs", Rule::Public),
    ("GET /api/v1/modules/{namespace}/{name}/versions/{version}/docs/{page}", Rule::Public),
    ("GET /api/v1/modules/{namespace}/{name}/versions/{version}/sbom", Rule::Public),
    ("GET /api/v1/modules/{namespace}/{name}/versions/{version}/screenshots/{number}", Rule::Public),
    ("GET /api/v1/names/held", Rule::Operator),
    ("GET /api/v1/publishers/{namespace}", Rule::Public),
    ("GET /api/v1/publishers/{namespace}/domain", Rule::SeesOwners),
    ("GET /api/v1/publishers/{namespace}/members", Rule::SeesOwners),
    ("GET /api/v1/publishers/{namespace}/names", Rule::SeesOwners),
    ("GET /api/v1/publishers/{namespace}/owners", Rule::SeesOwners),
    ("GET /api/v1/publishers/{namespace}/proposals", Rule::SeesOwners),
    ("GET /api/v1/publishers/{namespace}/proposals/{id}", Rule::SeesOwners),
    ("GET /api/v1/publishers/{namespace}/publishing", Rule::SeesOwners),
    ("GET /api/v1/publishers/{namespace}/trusted-publishers", Rule::SeesOwners),
    ("GET /api/v1/publishers/{namespace}/review", Rule::Operator),
    ("GET /api/v1/publishers/{namespace}/quota", Rule::SeesOwners),
    ("PUT /api/v1/publishers/{namespace}/quota", Rule::Operator),
    ("DELETE /api/v1/publishers/{namespace}/quota", Rule::Operator),
    ("GET /api/v1/publishers/{namespace}/submissions", Rule::SeesOwners),
    ("GET /api/v1/publishers/{namespace}/tokens", Rule::Owner("tokens")),
    ("GET /api/v1/publishers/{namespace}/transfer", Rule::SeesOwners),
    ("GET /api/v1/search", Rule::Public),
    ("GET /api/v1/session", Rule::Public),
    ("GET /api/v1/session/openid/callback", Rule::Public),
    ("GET /api/v1/submissions", Rule::Operator),
    ("GET /api/v1/submissions/{id}", Rule::Concerned),
    ("GET /api/v1/submissions/{id}/diff", Rule::Concerned),
    ("GET /api/v1/submissions/{id}/package", Rule::Operator),
    ("GET /api/v1/tokens", Rule::Itself("tokens")),
    ("GET /api/v1/webhooks", Rule::Operator),
    ("GET /api/v1/webhooks/{id}", Rule::WebhookHolder),
    ("GET /api/v1/webhooks/{id}/deliveries", Rule::WebhookHolder),
    ("GET /healthz", Rule::Public),
    ("GET /index/{first}/{second}/{namespace}/{name}", Rule::Public),
    ("GET /index/shards/{shard}", Rule::Public),
    ("GET /log/checkpoint", Rule::Public),
    ("GET /log/tile/{tile}", Rule::Public),
    ("GET /metrics", Rule::Public),
    ("GET /packages/{sha256}.adxm", Rule::Public),
    ("GET /packages/{sha256}.dsse.json", Rule::Public),
    ("GET /readyz", Rule::Public),
    ("GET /tuf/targets/{target}", Rule::Public),
    ("GET /tuf/{file}", Rule::Public),
    ("HEAD /index/{first}/{second}/{namespace}/{name}", Rule::Public),
    ("HEAD /index/advisories/{advisory}", Rule::Public),
    ("HEAD /index/shards/{shard}", Rule::Public),
    ("HEAD /log/checkpoint", Rule::Public),
    ("HEAD /log/tile/{tile}", Rule::Public),
    ("HEAD /packages/{sha256}.adxm", Rule::Public),
    ("HEAD /packages/{sha256}.dsse.json", Rule::Public),
    ("HEAD /tuf/targets/{target}", Rule::Public),
    ("HEAD /tuf/{file}", Rule::Public),
    ("POST /api/v1/account/invitations/accept", Rule::Person),
    ("POST /api/v1/account/invitations/{id}/accept", Rule::Person),
    ("POST /api/v1/account/invitations/look", Rule::Person),
    ("POST /api/v1/account/operator", Rule::Person),
    ("POST /api/v1/account/publishers/connect", Rule::Person),
    ("POST /api/v1/account/passkeys", Rule::Person),
    ("POST /api/v1/account/passkeys/assertion", Rule::Person),
    ("POST /api/v1/account/recovery-codes", Rule::Person),
    ("POST /api/v1/account/second-factor", Rule::Person),
    ("POST /api/v1/account/transfers/accept", Rule::Person),
    ("POST /api/v1/account/transfers/decline", Rule::Person),
    ("POST /api/v1/account/transfers/look", Rule::Person),
    ("POST /api/v1/modules/{namespace}/{name}/versions/{version}/quarantine", Rule::Operator),
    ("POST /api/v1/modules/{namespace}/{name}/versions/{version}/release-from-quarantine", Rule::Operator),
    ("POST /api/v1/modules/{namespace}/{name}/versions/{version}/unyank", Rule::Owner("publish")),
    ("POST /api/v1/modules/{namespace}/{name}/versions/{version}/yank", Rule::Owner("publish")),
    ("POST /api/v1/names/held/{id}/allow", Rule::Operator),
    ("POST /api/v1/names/held/{id}/refuse", Rule::Operator),
    ("POST /api/v1/operator", Rule::Public),
    ("POST /api/v1/owners/accept", Rule::Public),
    ("POST /api/v1/password-reset", Rule::Public),
    ("POST /api/v1/password-reset/confirm", Rule::Public),
    ("POST /api/v1/publishers", Rule::Operator),
    ("POST /api/v1/publishers/{namespace}/domain/verify", Rule::NamespaceOwner),
    ("POST /api/v1/publishers/{namespace}/keys", Rule::Owner("keys")),
    ("POST /api/v1/publishers/{namespace}/members", Rule::NamespaceOwner),
    ("POST /api/v1/publishers/{namespace}/organisation", Rule::NamespaceOwner),
    ("POST /api/v1/publishers/{namespace}/owners", Rule::Operator),
    ("POST /api/v1/publishers/{namespace}/proposals", Rule::NamespaceOwner),
    ("POST /api/v1/publishers/{namespace}/proposals/{id}/approve", Rule::NamespaceOwner),
    ("POST /api/v1/publishers/{namespace}/proposals/{id}/cancel", Rule::NamespaceOwner),
    ("POST /api/v1/publishers/{namespace}/publishing/{switch}", Rule::NamespaceOwner),
    ("POST /api/v1/publishers/{namespace}/trusted-publishers", Rule::NamespaceOwner),
    ("POST /api/v1/publishers/{namespace}/tokens", Rule::Owner("tokens")),
    ("POST /api/v1/revocations", Rule::Operator),
    ("POST /api/v1/session", Rule::Public),
    ("POST /api/v1/session/openid", Rule::Public),
    ("POST /api/v1/session/passkey", Rule::Public),
    ("POST /api/v1/session/unlock", Rule::Public),
    ("POST /api/v1/sign-up", Rule::Public),
    ("POST /api/v1/sign-up/verify", Rule::Public),
    ("POST /api/v1/submissions/{id}/approve", Rule::Operator),
    ("POST /api/v1/submissions/{id}/ask", Rule::Operator),
    ("POST /api/v1/submissions/{id}/comments", Rule::Concerned),
    ("POST /api/v1/submissions/{id}/confirm", Rule::Concerned),
    ("POST /api/v1/submissions/{id}/reject", Rule::Operator),
    ("POST /api/v1/submissions/{id}/withdraw", Rule::Concerned),
    ("POST /api/v1/tokens", Rule::Itself("tokens")),
    ("POST /api/v1/webhooks", Rule::Operator),
    ("POST /api/v1/webhooks/{id}/ping", Rule::WebhookHolder),
    ("POST /api/v1/webhooks/{id}/replay", Rule::WebhookHolder),
    ("POST /api/v1/webhooks/{id}/secret", Rule::WebhookHolder),
    ("PUT /api/v1/webhooks/{id}", Rule::WebhookHolder),
    ("DELETE /api/v1/webhooks/{id}", Rule::WebhookHolder),
    ("POST /api/v1/tokens/report", Rule::Public),
    ("POST /api/v1/trusted-publishing/token", Rule::Exchange),
    ("PUT /api/v1/account/passkeys", Rule::Person),
    ("PUT /api/v1/account/password", Rule::Person),
    ("PUT /api/v1/account/second-factor", Rule::Person),
    ("PUT /api/v1/modules/{namespace}/{name}/versions/{version}", Rule::Owner("publish")),
    ("PUT /api/v1/publishers/{namespace}/display-name", Rule::NamespaceOwner),
    ("PUT /api/v1/publishers/{namespace}/domain", Rule::NamespaceOwner),
    ("PUT /api/v1/publishers/{namespace}/review", Rule::Operator),
    ("PUT /api/v1/publishers/{namespace}/members/{id}/role", Rule::NamespaceOwner),
    ("DELETE /api/v1/account", Rule::Person),
    ("DELETE /api/v1/account/identities/{id}", Rule::Person),
    ("DELETE /api/v1/account/passkeys/{id}", Rule::Person),
    ("DELETE /api/v1/account/second-factor", Rule::Person),
    ("DELETE /api/v1/account/sessions", Rule::Person),
    ("DELETE /api/v1/account/sessions/{id}", Rule::Person),
    ("DELETE /api/v1/publishers/{namespace}/domain", Rule::NamespaceOwner),
    ("DELETE /api/v1/publishers/{namespace}/members/{id}", Rule::NamespaceOwner),
    ("DELETE /api/v1/publishers/{namespace}/transfer", Rule::NamespaceOwner),
    ("DELETE /api/v1/publishers/{namespace}/tokens/{id}", Rule::Owner("tokens")),
    ("DELETE /api/v1/publishers/{namespace}/keys/{key_id}", Rule::Owner("keys")),
    ("DELETE /api/v1/publishers/{namespace}/publishing/{switch}", Rule::NamespaceOwner),
    ("DELETE /api/v1/publishers/{namespace}/trusted-publishers/{id}", Rule::NamespaceOwner),
    ("DELETE /api/v1/publishers/{namespace}/review", Rule::Operator),
    ("DELETE /api/v1/revocations/keys/{key_id}", Rule::Operator),
    ("DELETE /api/v1/revocations/packages/{sha256}", Rule::Operator),
    ("DELETE /api/v1/session", Rule::Person),
    ("DELETE /api/v1/tokens/{id}", Rule::OwnToken),
    ("GET /api/v1/tenants/{tenant}", Rule::Concerned),
    ("PUT /api/v1/tenants/{tenant}", Rule::Concerned),
    ("GET /api/v1/tenants/{tenant}/orders", Rule::Concerned),
    ("GET /api/v1/tenants/{tenant}/licences", Rule::Concerned),
    ("GET /api/v1/tenants/{tenant}/licences/{namespace}/{name}", Rule::Concerned),
    ("GET /api/v1/tenants/{tenant}/licences/{namespace}/{name}/lease", Rule::Concerned),
    ("GET /api/v1/tenants/{tenant}/statement", Rule::Concerned),
    ("GET /api/v1/tenants/{tenant}/statement.csv", Rule::Concerned),
    ("POST /api/v1/quotes", Rule::Concerned),
    ("POST /api/v1/orders", Rule::Concerned),
    ("GET /api/v1/orders/{id}", Rule::Concerned),
    ("POST /api/v1/orders/{id}/approve", Rule::Concerned),
    ("POST /api/v1/orders/{id}/refuse", Rule::Concerned),
    ("POST /api/v1/orders/{id}/cancel", Rule::Concerned),
    ("POST /api/v1/orders/{id}/card", Rule::Concerned),
    ("GET /api/v1/invoices/{invoice}", Rule::Concerned),
    ("GET /api/v1/invoices/{invoice}/pdf", Rule::Concerned),
    ("POST /api/v1/payments/stripe/events", Rule::Public),
    ("GET /api/v1/tenants", Rule::Known),
    ("POST /api/v1/tenants", Rule::NamespaceOwner),
    ("GET /api/v1/orders", Rule::Operator),
    ("POST /api/v1/orders/{id}/paid", Rule::Operator),
    ("POST /api/v1/orders/{id}/decline", Rule::Operator),
    ("POST /api/v1/orders/{id}/refund", Rule::Operator),
    ("GET /api/v1/publishers/{namespace}/statement", Rule::SeesMoney),
    ("GET /api/v1/publishers/{namespace}/statement.csv", Rule::SeesMoney),
    ("GET /api/v1/publishers/{namespace}/coupons", Rule::SeesMoney),
    ("POST /api/v1/publishers/{namespace}/coupons", Rule::NamespaceOwner),
];

/// A token that has the form of one and was never issued.
const NEVER_ISSUED: &str = "adx_p_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Who may call what: each operation of the description, as method and address.
pub(crate) fn operations() -> BTreeMap<String, Rule> {
    let document = serde_json::to_value(adx_registry::http::document()).expect("the description is JSON");
    let mut rules: BTreeMap<&str, Rule> = RULES.iter().copied().collect();
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let name = format!("{} {path}", method.to_uppercase());
            let rule = rules.remove(name.as_str()).unwrap_or_else(|| panic!("`{name}` has no rule: who may?"));
            assert_eq!(
                operation["security"].is_array(),
                !matches!(rule, Rule::Public | Rule::Exchange),
                "`{name}`: the description and the rule disagree on whether a token is needed"
            );
            let rules = operation["security"].as_array().into_iter().flatten();
            let scopes = rules.filter_map(|rule| rule["token"].as_array()).flatten();
            let scopes: Vec<_> = scopes.filter_map(Value::as_str).collect();
            if rule == Rule::Operator {
                let (read, about): (Vec<_>, Vec<_>) = scopes.iter().copied().partition(|scope| *scope == "read");
                assert_eq!(
                    read.len(),
                    usize::from(method == "get"),
                    "`{name}`: who may only look, looks and does no more"
                );
                let is_one = about.len() == 1 || path.starts_with("/api/v1/audit");
                assert!(is_one, "`{name}`: which scope does an operators' token need for it?");
            } else {
                assert_eq!(
                    scopes,
                    scope(rule),
                    "`{name}`: the description and the rule disagree on the scope of a token"
                );
            }
            operations.insert(name, rule);
        }
    }
    assert!(rules.is_empty(), "rules for what is no operation: {rules:?}");
    operations
}

/// What a token needs, a publisher's or an operators', as the description says it.
fn scope(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::Owner("publish") | Rule::Itself("publish") => &["publish"],
        Rule::Author | Rule::AnyAuthor => &["publish", "moderate"],
        Rule::Owner("keys") => &["keys"],
        Rule::Owner("tokens") | Rule::Itself("tokens") | Rule::OwnToken => &["tokens"],
        Rule::Owner(other) | Rule::Itself(other) => panic!("there is no scope `{other}`"),
        _ => &[],
    }
}

/// What a request shows.
#[derive(Clone, Copy)]
enum Shown<'a> {
    Nothing,
    Token(&'a str),
    /// A session with its token.
    Session(&'a Person),
    /// A session without its token, as when another site makes a browser send it.
    CookieAlone(&'a Person),
    /// A session with its token, and an operator's token.
    Both(&'a Person, &'a str),
}

/// Calls an operation on what belongs to `adx`, with a body that would be accepted.
async fn call(registry: &Process, operation: &str, shown: Shown<'_>, id: &str) -> StatusCode {
    call_in(registry, operation, shown, "adx", id).await
}

/// The same on what belongs to another namespace.
async fn call_in(registry: &Process, operation: &str, shown: Shown<'_>, namespace: &str, id: &str) -> StatusCode {
    let answer = ask_in(registry, operation, shown, namespace, id).await;
    let status = answer.status();
    if status.is_client_error() || status.is_server_error() {
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        assert_eq!(kind, "application/problem+json", "{operation}: {status} without a problem");
    }
    status
}

/// What is answered then.
async fn ask_in(registry: &Process, operation: &str, shown: Shown<'_>, namespace: &str, id: &str) -> Response {
    let (method, path) = operation.split_once(' ').expect("method and path");
    let path = path
        .replace("{namespace}", namespace)
        .replace("{name}", "hello")
        .replace("{version}", "1.0.0")
        .replace("{sha256}", &"0".repeat(64))
        .replace("{key_id}", &"0".repeat(64))
        .replace("{first}", "ad")
        .replace("{second}", "he")
        .replace("{file}", "timestamp.json")
        .replace("{target}", &format!("{}.adx--hello--1.0.0.adxm", "0".repeat(64)))
        .replace("{shard}", &format!("{}.json", "0".repeat(64)))
        .replace("{advisory}", &format!("{}.json", "0".repeat(64)))
        .replace("{tile}", "0/000")
        .replace("{switch}", "staged")
        .replace("{page}", "guide.md")
        .replace("{number}", "1")
        .replace("{tenant}", "nobodys")
        .replace("{invoice}", "2026-000001")
        .replace("{id}", id);
    assert!(!path.contains('{'), "{operation}: a parameter this test does not know");
    let body = match (method, path.as_str()) {
        ("POST", "/api/v1/sign-up" | "/api/v1/session/unlock" | "/api/v1/password-reset") => {
            Some(json!({ "email": "nobody@example.org" }))
        }
        ("POST", "/api/v1/sign-up/verify") => Some(json!({ "code": "0", "name": "Eve", "password": PASSWORD })),
        ("POST", "/api/v1/operator") => {
            Some(json!({ "code": "0", "email": "eve@example.org", "name": "Eve", "password": PASSWORD }))
        }
        ("POST", "/api/v1/account/address") => Some(json!({ "email": "king@example.org", "password": PASSWORD })),
        ("PUT", "/api/v1/account/name") => Some(json!({ "name": "Ada King" })),
        ("POST", "/api/v1/confirm-address" | "/api/v1/restore-address") => Some(json!({ "code": "0" })),
        ("POST", "/api/v1/password-reset/confirm") => Some(json!({ "code": "0", "password": PASSWORD })),
        ("POST", "/api/v1/session" | "/api/v1/session/passkey") => {
            Some(json!({ "email": "visitor@example.org", "password": PASSWORD }))
        }
        ("POST", "/api/v1/session/openid") => Some(json!({})),
        ("POST", "/api/v1/tenants") => Some(json!({ "tenant": "adx-office", "namespace": "adx", "bill_to": "ADX" })),
        ("PUT", path) if path.starts_with("/api/v1/tenants/") => Some(json!({ "bill_to": "ADX" })),
        ("POST", "/api/v1/quotes" | "/api/v1/orders") => Some(json!({ "tenant": "nobodys", "module": "adx/hello" })),
        ("POST", path) if path.starts_with("/api/v1/orders/") && path.ends_with("/paid") => {
            Some(json!({ "reference": "bank 1" }))
        }
        ("POST", path) if path.starts_with("/api/v1/orders/") && path.ends_with("/refund") => {
            Some(json!({ "reference": "bank 1", "reason": "it steals" }))
        }
        ("POST", path) if path.starts_with("/api/v1/orders/") && path.ends_with("/decline") => {
            Some(json!({ "reason": "it steals" }))
        }
        ("POST", "/api/v1/publishers/adx/coupons") => Some(json!({ "code": "SPRING", "part": 2500 })),
        ("PUT", "/api/v1/account/passkeys") => Some(json!({ "round": "0", "name": "key", "credential": {} })),
        (
            "POST",
            "/api/v1/account/second-factor" | "/api/v1/account/passkeys" | "/api/v1/account/passkeys/assertion",
        )
        | ("DELETE", "/api/v1/account") => Some(json!({ "password": PASSWORD })),
        ("DELETE", path) if path.starts_with("/api/v1/account/passkeys/") => {
            Some(json!({ "password": PASSWORD, "second_factor": "000000" }))
        }
        ("PUT", "/api/v1/account/second-factor") => Some(json!({ "second_factor": "000000" })),
        ("POST", "/api/v1/account/recovery-codes") | ("DELETE", "/api/v1/account/second-factor") => {
            Some(json!({ "password": PASSWORD, "second_factor": "000000" }))
        }
        ("PUT", "/api/v1/account/password") => Some(json!({ "current": PASSWORD, "new": "another horse" })),
        ("POST", "/api/v1/publishers") => Some(json!({ "namespace": "newcomer", "display_name": "Newcomer" })),
        ("POST", "/api/v1/publishers/adx/keys") => Some(json!({ "public_key_pem": "not a key" })),
        ("POST", "/api/v1/account/publishers/connect") => Some(json!({ "token": "adx_w_" })),
        ("POST", "/api/v1/publishers/adx/members") => {
            Some(json!({ "role": "reader", "name": "Eve", "email": "eve@example.org" }))
        }
        ("PUT", "/api/v1/publishers/adx/display-name") => Some(json!({ "display_name": "ADX" })),
        ("PUT", "/api/v1/publishers/adx/domain") => Some(json!({ "domain": "example.org" })),
        ("PUT", path) if path.ends_with("/role") => Some(json!({ "role": "reader" })),
        (
            "POST",
            "/api/v1/owners/accept"
            | "/api/v1/account/invitations/accept"
            | "/api/v1/account/invitations/look"
            | "/api/v1/account/operator"
            | "/api/v1/account/transfers/accept"
            | "/api/v1/account/transfers/decline"
            | "/api/v1/account/transfers/look",
        ) => Some(json!({ "code": "0" })),
        ("POST", "/api/v1/publishers/adx/owners") => Some(json!({ "name": "Eve", "email": "eve@example.org" })),
        ("POST", "/api/v1/publishers/adx/proposals") => {
            Some(json!({ "action": { "kind": "set-threshold", "threshold": 1 } }))
        }
        ("POST", "/api/v1/publishers/adx/trusted-publishers") => Some(json!({
            "provider": "github", "repository_id": "74", "repository": "adx/hello", "workflow": "publish.yml", "modules": "*",
        })),
        ("POST", "/api/v1/tokens/report") => Some(json!({ "token": NEVER_ISSUED })),
        ("POST", "/api/v1/trusted-publishing/token") => Some(json!({ "namespace": "adx", "token": "letmein" })),
        ("POST", "/api/v1/tokens" | "/api/v1/publishers/adx/tokens") => {
            Some(json!({ "label": "ci", "scopes": [{ "scope": "tokens" }] }))
        }
        ("POST", "/api/v1/webhooks") => Some(json!({ "url": "https://example.org/hook" })),
        ("PUT", path) if path.starts_with("/api/v1/webhooks/") => Some(json!({ "enabled": false })),
        ("POST", path) if path.ends_with("/replay") => Some(json!({ "since": "2026-01-01T00:00:00Z" })),
        ("POST", "/api/v1/revocations") => Some(json!({ "sha256": "0".repeat(64), "reason": "it steals" })),
        ("PUT", "/api/v1/publishers/adx/quota") => Some(json!({ "modules": 7, "reason": "it is large" })),
        ("PUT", "/api/v1/publishers/adx/review") => Some(json!({ "standing": "held", "reason": "it is new" })),
        ("POST", path) if path.ends_with("/approve") && path.contains("/submissions/") => Some(json!({})),
        ("POST", path) if path.ends_with("/ask") || path.ends_with("/comments") => Some(json!({ "text": "why?" })),
        ("POST", path) if path.ends_with("/reject") => Some(json!({ "reason": "it steals" })),
        ("POST", path) if ["/quarantine", "/refuse", "/disable"].iter().any(|verb| path.ends_with(verb)) => {
            Some(json!({ "reason": "it steals" }))
        }
        ("POST", path) if path.ends_with("/report") => {
            Some(json!({ "category": "malware", "text": "it steals", "email": "eve@example.org" }))
        }
        ("POST", "/api/v1/account/appeals") => Some(json!({ "namespace": "wished-for", "text": "it is mine" })),
        ("POST", path) if path.ends_with("/appeals") => {
            Some(json!({ "kind": "module", "subject": "adx/hello", "text": "it does not" }))
        }
        ("POST", path)
            if path.ends_with("/confirm") && path.contains("/reports/")
                || ["/dismiss", "/grant", "/deny"].iter().any(|verb| path.ends_with(verb)) =>
        {
            Some(json!({ "reason": "it steals" }))
        }
        ("PUT", path) if path.ends_with("/takedown") => {
            Some(json!({ "reason": "a court has said so", "reference": "7 O 12/26" }))
        }
        ("PUT", path) if path.ends_with("/deprecation") => Some(json!({ "message": "not maintained any more" })),
        ("POST" | "PUT", path) if path.contains("/advisories") && !path.ends_with("/withdraw") => Some(json!({
            "title": "answers strangers", "severity": "high", "affected": [{ "requirement": "<1.1" }]
        })),
        _ => None,
    };
    let mut request = client().request(method.parse::<Method>().expect("a method"), format!("{}{path}", registry.url));
    request = match shown {
        Shown::Nothing => request,
        Shown::Token(token) => request.bearer_auth(token),
        Shown::CookieAlone(person) => request.header("cookie", &person.cookie),
        Shown::Session(person) => request.header("cookie", &person.cookie).header("x-csrf-token", &person.csrf),
        Shown::Both(person, token) => {
            request.header("cookie", &person.cookie).header("x-csrf-token", &person.csrf).bearer_auth(token)
        }
    };
    if let Some(body) = body {
        request = request.json(&body);
    }
    request.send().await.expect("the registry answers")
}

/// Revokes what [`token_with`] made: a publisher has a hundred at most.
async fn revoke_tokens_with(registry: &Process, issuer: &str) {
    let listed = request(registry, issuer, Method::GET, "/api/v1/tokens", None).await.1;
    for token in listed["tokens"].as_array().expect("tokens") {
        if token["label"] != "first token" && token["revoked_at"].is_null() {
            let path = format!("/api/v1/tokens/{}", token["id"].as_str().expect("an id"));
            assert_eq!(request(registry, issuer, Method::DELETE, &path, None).await.0, StatusCode::OK);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_asks_for_what_its_rule_says() {
    // So that no operation asks a name server that is none of ours.
    let dns = DnsServer::start().await;
    let registry =
        Registry::with_environment(vec![("ADX_REGISTRY__DOMAINS__RESOLVER".to_owned(), dns.address.to_string())]);
    let stranger = registry.create_publisher("stranger");
    let operator = registry.create_operator_token();
    let running = registry.start();
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    let other_owner = registry.owner(&running, &operator, "stranger", "eve").await;
    let visitor = Person::sign_up(&registry, &running, "visitor").await;
    let operating = Person::operator(&registry, &running, "grace").await;
    for (number, (operation, rule)) in operations().into_iter().enumerate() {
        revoke_tokens_with(&running, &registry.token).await;
        // One for each: some of them revoke it.
        let (_, token_id) = token_with(&running, &registry.token, "publish").await;
        let show = async |shown: Shown<'_>| call(&running, &operation, shown, &token_id).await;
        let call = async |token: Option<&str>| show(token.map_or(Shown::Nothing, Shown::Token)).await;
        let expect = |who: &str, status: StatusCode, wanted: StatusCode| {
            assert_eq!(status, wanted, "{operation} with {who}");
        };
        let anonymous = call(None).await;
        if rule == Rule::Exchange {
            expect("a token of nobody", anonymous, StatusCode::FORBIDDEN);
            continue;
        }
        if rule == Rule::Public {
            assert!(
                ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&anonymous) && !anonymous.is_server_error(),
                "{operation} is public: {anonymous}"
            );
            continue;
        }
        expect("no credentials", anonymous, StatusCode::UNAUTHORIZED);
        expect("a token never issued", call(Some(NEVER_ISSUED)).await, StatusCode::UNAUTHORIZED);
        expect("what is no token", call(Some("letmein")).await, StatusCode::UNAUTHORIZED);
        let both = show(Shown::Both(&visitor, &operator)).await;
        expect("a session and a token at once", both, StatusCode::BAD_REQUEST);
        if !operation.starts_with("GET ") {
            expect("a session without its token", show(Shown::CookieAlone(&operating)).await, StatusCode::FORBIDDEN);
        }
        let by_visitor = match rule {
            Rule::Person => None,
            _ => Some(show(Shown::Session(&visitor)).await),
        };
        if let Some(status) = by_visitor {
            let wanted = match rule {
                Rule::Known => StatusCode::OK,
                Rule::Concerned => StatusCode::NOT_FOUND,
                _ => StatusCode::FORBIDDEN,
            };
            expect("a person's session", status, wanted);
        }
        match rule {
            Rule::Public | Rule::Exchange => unreachable!("answered above"),
            Rule::Person => {
                for token in [&registry.token, &operator, &owner] {
                    expect("a token instead of a session", call(Some(token)).await, StatusCode::FORBIDDEN);
                }
                // One for each: some of them end it.
                let person = Person::sign_up(&registry, &running, &format!("person-{number}")).await;
                let allowed = show(Shown::Session(&person)).await;
                assert!(
                    ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&allowed) && !allowed.is_server_error(),
                    "{operation} by a person: {allowed}"
                );
            }
            Rule::Known => {
                expect("the publisher's token", call(Some(&registry.token)).await, StatusCode::OK);
                expect("an operator's token", call(Some(&operator)).await, StatusCode::OK);
                expect("an owner's token", call(Some(&owner)).await, StatusCode::OK);
            }
            Rule::WebhookHolder => {
                expect("the publisher's token", call(Some(&registry.token)).await, StatusCode::FORBIDDEN);
                for token in [&owner, &other_owner, &operator] {
                    expect("who has no such webhook", call(Some(token)).await, StatusCode::NOT_FOUND);
                }
            }
            Rule::NamespaceOwner => {
                // A publisher's token is what is stolen first: every scope it has is too little.
                expect("the publisher's token", call(Some(&registry.token)).await, StatusCode::FORBIDDEN);
                expect("another namespace's owner", call(Some(&other_owner)).await, StatusCode::FORBIDDEN);
                expect("an operator's token", call(Some(&operator)).await, StatusCode::FORBIDDEN);
                // Nothing has this id.
                let allowed = call(Some(&owner)).await;
                assert!(
                    [
                        StatusCode::OK,
                        StatusCode::CREATED,
                        StatusCode::ACCEPTED,
                        StatusCode::NOT_FOUND,
                        StatusCode::CONFLICT,
                    ]
                    .contains(&allowed),
                    "{operation} with an owner's token: {allowed}"
                );
            }
            Rule::SeesOwners => {
                expect("another publisher's token", call(Some(&stranger)).await, StatusCode::FORBIDDEN);
                expect("another namespace's owner", call(Some(&other_owner)).await, StatusCode::FORBIDDEN);
                for (who, token) in
                    [("an operator", &operator), ("the publisher", &registry.token), ("an owner", &owner)]
                {
                    let allowed = call(Some(token)).await;
                    assert!(
                        [StatusCode::OK, StatusCode::NO_CONTENT, StatusCode::NOT_FOUND].contains(&allowed),
                        "{operation} with {who}'s token: {allowed}"
                    );
                }
            }
            Rule::SeesMoney => {
                expect("another publisher's token", call(Some(&stranger)).await, StatusCode::FORBIDDEN);
                expect("another namespace's owner", call(Some(&other_owner)).await, StatusCode::FORBIDDEN);
                expect("the publisher's token", call(Some(&registry.token)).await, StatusCode::FORBIDDEN);
                for (who, token) in [("an operator's token", &operator), ("an owner's token", &owner)] {
                    expect(who, call(Some(token)).await, StatusCode::OK);
                }
            }
            Rule::Appellant => {
                expect("another publisher's token", call(Some(&stranger)).await, StatusCode::FORBIDDEN);
                expect("another namespace's owner", call(Some(&other_owner)).await, StatusCode::FORBIDDEN);
                // There is no such module: tests of appeals show who may, and who may not, once there is.
                for token in [&registry.token, &owner] {
                    expect("who may", call(Some(token)).await, StatusCode::NOT_FOUND);
                }
            }
            Rule::Concerned => {
                // Nothing has this id: tests of submissions and orders show one to whom it concerns, and to nobody else.
                for token in [&stranger, &registry.token, &owner, &other_owner, &operator] {
                    expect("whoever is known", call(Some(token)).await, StatusCode::NOT_FOUND);
                }
            }
            Rule::Owner(scope) | Rule::Itself(scope) => {
                if matches!(rule, Rule::Owner(_)) {
                    expect("another publisher's token", call(Some(&stranger)).await, StatusCode::FORBIDDEN);
                }
                expect("an operator's token", call(Some(&operator)).await, StatusCode::FORBIDDEN);
                expect("an owner's token", call(Some(&owner)).await, StatusCode::FORBIDDEN);
                let lacking = if scope == "publish" { "keys" } else { "publish" };
                let (lacking, _) = token_with(&running, &registry.token, lacking).await;
                expect("a token that lacks the scope", call(Some(&lacking)).await, StatusCode::FORBIDDEN);
                let (holding, _) = token_with(&running, &registry.token, scope).await;
                let allowed = call(Some(&holding)).await;
                assert!(
                    ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&allowed),
                    "{operation} with the scope {scope}: {allowed}"
                );
            }
            Rule::Author | Rule::AnyAuthor => {
                expect("an owner's token", call(Some(&owner)).await, StatusCode::FORBIDDEN);
                let of_another = if rule == Rule::Author { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND };
                expect("another publisher's token", call(Some(&stranger)).await, of_another);
                if rule == Rule::Author {
                    let (lacking, _) = token_with(&running, &registry.token, "keys").await;
                    expect("a token that lacks the scope", call(Some(&lacking)).await, StatusCode::FORBIDDEN);
                }
                for shown in [Shown::Token(&registry.token), Shown::Token(&operator), Shown::Session(&operating)] {
                    expect("who may", show(shown).await, StatusCode::NOT_FOUND);
                }
            }
            Rule::OwnToken => {
                expect("another publisher's token", call(Some(&stranger)).await, StatusCode::NOT_FOUND);
                expect("an operator's token", call(Some(&operator)).await, StatusCode::FORBIDDEN);
                expect("an owner's token", call(Some(&owner)).await, StatusCode::FORBIDDEN);
                let (lacking, _) = token_with(&running, &registry.token, "publish").await;
                expect("a token that lacks the scope", call(Some(&lacking)).await, StatusCode::FORBIDDEN);
                expect("the publisher's token", call(Some(&registry.token)).await, StatusCode::OK);
            }
            Rule::Operator => {
                expect("a publisher's token", call(Some(&registry.token)).await, StatusCode::FORBIDDEN);
                expect("an owner's token", call(Some(&owner)).await, StatusCode::FORBIDDEN);
                // What belongs to `adx` is no release and no key here, so some find nothing; and it has owners.
                for shown in [Shown::Token(&operator), Shown::Session(&operating)] {
                    let allowed = show(shown).await;
                    assert!(
                        [StatusCode::OK, StatusCode::CREATED, StatusCode::NOT_FOUND, StatusCode::CONFLICT]
                            .contains(&allowed),
                        "{operation} by an operator: {allowed}"
                    );
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_gives_no_more_than_it_has_and_is_gone_once_revoked() {
    let registry = Registry::new();
    let running = registry.start();
    let (narrow, id) = token_with(&running, &registry.token, "tokens").await;
    let wider = client()
        .post(format!("{}/api/v1/tokens", running.url))
        .bearer_auth(&narrow)
        .json(&json!({ "label": "wider", "scopes": [{ "scope": "publish" }] }))
        .send()
        .await
        .expect("the registry answers");
    assert_eq!(wider.status(), StatusCode::FORBIDDEN);
    let me = async |token: &str| {
        let answer = client().get(format!("{}/api/v1/me", running.url)).bearer_auth(token).send().await;
        answer.expect("the registry answers").status()
    };
    assert_eq!(me(&narrow).await, StatusCode::OK);
    let revoked = client()
        .delete(format!("{}/api/v1/tokens/{id}", running.url))
        .bearer_auth(&narrow)
        .send()
        .await
        .expect("the registry answers");
    assert_eq!(revoked.status(), StatusCode::OK, "a token may always revoke itself");
    assert_eq!(me(&narrow).await, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&registry.token).await, StatusCode::OK);
    drop(running);
    let database = std::fs::read(registry.data().join("registry.sqlite")).expect("the database");
    let secret = registry.token.as_bytes();
    assert!(!database.windows(secret.len()).any(|window| window == secret), "tokens are stored hashed");
}
