//! A registry that has rows in every table: a copy that leaves out one of them is found out.

use adx_tests::person::{PASSWORD, Person};
use adx_tests::process::Process;
use adx_tests::stage::request;
use reqwest::Method;
use serde_json::json;

use super::places::Place;
use crate::world::ok;

/// Rows of what no cheap call fills, and values that a copy may spoil.
const ROWS: &str = include_str!("rows.sql");

impl Place {
    /// Starts the server, and lets publishers, owners, operators and people do what leaves rows behind.
    pub(super) async fn fill_by_calls(&self) -> Process {
        let (registry, server) = (&self.registry, self.fill().await);
        let operator = registry.create_operator_token();
        registry.create_publisher("harbour");
        let owner = registry.owner(&server, &operator, "harbour", "eve").await;
        registry.admin(&["quota", "set", "harbour", "--releases-a-day", "2", "--reason", "it is \"large\""]);
        let advisory = json!({
            "title": "answers „strangers“", "severity": "high", "affected": [{ "requirement": "<1.1" }],
        });
        let workflow = json!({
            "provider": "github", "repository_id": "74", "repository": "adx/hello", "workflow": "publish.yml", "modules": "*",
        });
        let (hello, harbour) = ("/api/v1/modules/adx/hello", "/api/v1/publishers/harbour");
        for (token, method, path, body) in [
            (&registry.token, Method::PUT, format!("{hello}/deprecation"), json!({ "message": "it's old 👋" })),
            (&registry.token, Method::POST, format!("{hello}/advisories"), advisory),
            (
                &operator,
                Method::POST,
                "/api/v1/webhooks".to_owned(),
                json!({ "url": "https://hook.invalid/", "events": ["release.yanked"] }),
            ),
            (&owner, Method::PUT, format!("{harbour}/domain"), json!({ "domain": "example.org" })),
            (&owner, Method::POST, format!("{harbour}/trusted-publishers"), workflow),
        ] {
            let (status, answer) = request(&server, token, method, &path, Some(body)).await;
            assert!(status.is_success(), "{path}: {status} {answer}");
        }
        let person = Person::sign_up(registry, &server, "bob").await;
        let report = json!({ "category": "malware", "text": "it \\ steals", "email": "bob@example.org" });
        ok(&person, Method::POST, &format!("{hello}/report"), Some(report)).await;
        let password = json!({ "password": PASSWORD });
        ok(&person, Method::POST, "/api/v1/account/second-factor", Some(password)).await;
        server.wait_until_signed().await;
        server
    }

    /// Puts rows into the other tables once the server has stopped.
    pub(super) async fn fill_the_rest(&self) {
        self.execute(ROWS).await;
    }
}
