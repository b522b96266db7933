//! What belongs to one organisation, by its real id, asked for by whoever belongs to another, and by a member who only reads.

use adx_tests::stage::Registry;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::{Rule, Shown, call, call_in, operations};
use crate::world::{World, ok};

/// Kinds of which no registry of a test has one by itself: a job that was given up is operators' business and names no organisation, an
/// identity takes a provider, a passkey a device (tests of these show them to whom they belong only).
const ELSEWHERE: [&str; 3] = ["/jobs/given-up/{id}", "/account/identities/{id}", "/account/passkeys/{id}"];

impl World {
    /// The id of the object that an operation is about.
    fn id_for(&self, operation: &str) -> &str {
        let found = self.ids.iter().find(|(part, _)| operation.contains(&format!("{part}{{id}}")));
        &found.unwrap_or_else(|| panic!("there is none of what `{operation}` is about")).1
    }

    /// All of it as those see it whose it is.
    async fn all(&self) -> Vec<Value> {
        let by_id = |path: &str| format!("/api/v1{path}{}", self.id_for(&format!("{path}{{id}}")));
        let of = |list: &str| format!("/api/v1/publishers/adx/{list}");
        let mut all = Vec::new();
        for path in [
            by_id("/submissions/"),
            by_id("/webhooks/"),
            by_id("/advisories/"),
            by_id("/orders/"),
            format!("/api/v1/publishers/adx/proposals/{}", self.id_for("/proposals/{id}")),
            format!("/api/v1/tenants/{TENANT}"),
            of("members"),
            of("trusted-publishers"),
            of("appeals"),
        ] {
            all.push(ok(&self.ada, Method::GET, &path, None).await);
        }
        let tokens = ok(&self.ada, Method::GET, &of("tokens"), None).await;
        all.push(tokens["tokens"].as_array().expect("tokens").iter().map(|token| token["id"].clone()).collect());
        for path in ["/api/v1/reports", "/api/v1/names/held", "/api/v1/appeals", "/api/v1/accounts?q=nina"] {
            all.push(self.by_operator(Method::GET, path, None).await);
        }
        let mine = ok(&self.nina, Method::GET, "/api/v1/account/publishers", None).await;
        all.push(mine["invitations"].clone());
        all
    }
}

/// What agents call a tenant that `adx` buys for.
const TENANT: &str = "adx-office";

/// What a member whose role is to read is answered about it.
const OF_TENANT: [(&str, StatusCode); 8] = [
    ("GET /api/v1/tenants/{tenant}", StatusCode::OK),
    ("GET /api/v1/tenants/{tenant}/orders", StatusCode::OK),
    ("GET /api/v1/tenants/{tenant}/licences", StatusCode::OK),
    ("GET /api/v1/tenants/{tenant}/licences/{namespace}/{name}", StatusCode::OK),
    ("GET /api/v1/tenants/{tenant}/licences/{namespace}/{name}/lease", StatusCode::OK),
    ("GET /api/v1/tenants/{tenant}/statement", StatusCode::FORBIDDEN),
    ("GET /api/v1/tenants/{tenant}/statement.csv", StatusCode::FORBIDDEN),
    ("PUT /api/v1/tenants/{tenant}", StatusCode::FORBIDDEN),
];

/// The id of nothing.
const NEVER_MADE: &str = "00000000000000000000000000000000";

/// What a member may read whose role is to read.
const READ: [&str; 4] = [
    "GET /api/v1/submissions/{id}",
    "GET /api/v1/submissions/{id}/diff",
    "GET /api/v1/orders/{id}",
    "GET /api/v1/publishers/{namespace}/proposals/{id}",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_neither_shown_nor_changed_for_another_organisation_or_a_member_who_reads() {
    let world = World::of(Registry::new()).await;
    let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
    let before = world.all().await;
    for (operation, rule) in operations() {
        let is_elsewhere = ELSEWHERE.iter().any(|kind| operation.contains(kind));
        if rule == Rule::Public || !operation.contains("{id}") || is_elsewhere {
            continue;
        }
        let id = world.id_for(&operation);
        let strangers = [
            ("another publisher's token", Shown::Token(&world.stranger), "stranger"),
            ("a token of another's owner", Shown::Token(&world.eve), "stranger"),
            ("a session of another's owner", Shown::Session(&world.mallory), "harbour"),
        ];
        for (who, shown, own) in strangers {
            let status = call(&world.running, &operation, shown, id).await;
            assert!(refused.contains(&status), "{operation} of `adx` with {who}: {status}");
            // Everybody reads advisories. Of all else nobody learns whether there is one.
            if rule != Rule::AnyAuthor {
                let unknown = call(&world.running, &operation, shown, NEVER_MADE).await;
                assert_eq!(status, unknown, "{operation} tells {who} that it is there");
            }
            if operation.contains("{namespace}") {
                let status = call_in(&world.running, &operation, shown, own, id).await;
                assert!(refused.contains(&status), "{operation} by the own namespace with {who}: {status}");
            }
        }
        let status = call(&world.running, &operation, Shown::Session(&world.rita), id).await;
        if READ.contains(&&*operation) {
            assert_eq!(status, StatusCode::OK, "{operation} by a reader");
        } else {
            assert!(refused.contains(&status), "{operation} by a reader: {status}");
        }
    }
    let of_tenant: Vec<_> = operations().into_keys().filter(|operation| operation.contains("{tenant}")).collect();
    assert_eq!(of_tenant.len(), OF_TENANT.len(), "{of_tenant:?}");
    for (operation, by_reader) in OF_TENANT {
        let named = operation.replace("{tenant}", TENANT);
        for shown in [Shown::Token(&world.stranger), Shown::Token(&world.eve), Shown::Session(&world.mallory)] {
            let status = call(&world.running, &named, shown, NEVER_MADE).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{named} by a stranger");
        }
        let status = call(&world.running, &named, Shown::Session(&world.rita), NEVER_MADE).await;
        assert_eq!(status, by_reader, "{named} by a reader");
    }
    assert_eq!(world.all().await, before, "nothing came of it");

    // And it was there all the time.
    let operating = Shown::Token(&world.operator);
    let (ada, publisher) = (Shown::Session(&world.ada), Shown::Token(&world.registry.token));
    for (operation, shown) in [
        ("PUT /api/v1/advisories/{id}", publisher),
        ("POST /api/v1/advisories/{id}/withdraw", publisher),
        ("GET /api/v1/submissions/{id}/diff", ada),
        ("GET /api/v1/submissions/{id}/package", operating),
        ("POST /api/v1/submissions/{id}/ask", operating),
        ("POST /api/v1/submissions/{id}/comments", ada),
        ("POST /api/v1/submissions/{id}/withdraw", ada),
        ("GET /api/v1/webhooks/{id}/deliveries", ada),
        ("PUT /api/v1/webhooks/{id}", ada),
        ("DELETE /api/v1/webhooks/{id}", ada),
        ("POST /api/v1/publishers/{namespace}/proposals/{id}/cancel", ada),
        ("DELETE /api/v1/publishers/{namespace}/trusted-publishers/{id}", ada),
        ("POST /api/v1/appeals/{id}/deny", operating),
        ("POST /api/v1/reports/{id}/confirm", operating),
        ("POST /api/v1/names/held/{id}/refuse", operating),
        ("DELETE /api/v1/publishers/{namespace}/tokens/{id}", ada),
        ("POST /api/v1/account/invitations/{id}/accept", Shown::Session(&world.nina)),
        ("POST /api/v1/orders/{id}/cancel", ada),
        ("DELETE /api/v1/account/sessions/{id}", ada),
        ("POST /api/v1/accounts/{id}/disable", operating),
        ("POST /api/v1/accounts/{id}/enable", operating),
    ] {
        let status = call(&world.running, operation, shown, world.id_for(operation)).await;
        assert!(status.is_success(), "{operation} by whom it is for: {status}");
    }
}
