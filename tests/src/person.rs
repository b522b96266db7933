//! People who are signed in to a registry.

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::process::Process;
use crate::stage::{Registry, client};

/// The password of everybody here.
pub const PASSWORD: &str = "correct horse battery";

/// A person's browser.
pub struct Person {
    /// The account's id.
    pub id: String,
    /// The address.
    pub email: String,
    /// What the `Cookie` header holds.
    pub cookie: String,
    /// What the `X-CSRF-Token` header holds.
    pub csrf: String,
    registry: String,
}

impl Person {
    /// Signs up by mail.
    pub async fn sign_up(registry: &Registry, running: &Process, name: &str) -> Self {
        let email = format!("{name}@example.org");
        let asked = post(running, "/api/v1/sign-up", &json!({ "email": email })).await;
        assert_eq!(asked.status(), StatusCode::ACCEPTED);
        let code = registry.code_of_letter_to(&email, "verify").await;
        let body = json!({ "code": code, "name": name, "password": PASSWORD });
        Self::of(running, post(running, "/api/v1/sign-up/verify", &body).await).await
    }

    /// Becomes an operator by a link of the registry's machine.
    pub async fn operator(registry: &Registry, running: &Process, name: &str) -> Self {
        let code = registry.admin(&["link"])["code"].clone();
        let body = json!({ "code": code, "email": format!("{name}@example.org"), "name": name, "password": PASSWORD });
        Self::of(running, post(running, "/api/v1/operator", &body).await).await
    }

    /// Signs in once more, with another browser.
    pub async fn sign_in(&self, running: &Process) -> Self {
        let body = json!({ "email": self.email, "password": PASSWORD });
        Self::of(running, post(running, "/api/v1/session", &body).await).await
    }

    /// Whoever an answer signs in.
    pub async fn of(running: &Process, answer: Response) -> Self {
        assert_eq!(answer.status(), StatusCode::CREATED);
        let cookie = cookie_of(&answer).expect("a session");
        let body: Value = answer.json().await.expect("JSON");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Self {
            id: text(&body["account"]["id"]),
            email: text(&body["account"]["email"]),
            csrf: text(&body["csrf_token"]),
            cookie,
            registry: running.url.clone(),
        }
    }

    /// A request in the session, with its token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = client().request(method, format!("{}{path}", self.registry));
        request.header("cookie", &self.cookie).header("x-csrf-token", &self.csrf)
    }

    /// A JSON request in the session, and its answer.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("the registry answers");
        let status = answer.status();
        let text = answer.text().await.expect("text");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

/// The cookie that an answer sets, as it is shown again.
pub fn cookie_of(answer: &Response) -> Option<String> {
    let set = answer.headers().get("set-cookie")?.to_str().ok()?;
    set.split(';').next().map(str::to_owned)
}

/// A JSON request of somebody who is not signed in.
pub async fn post(running: &Process, path: &str, body: &Value) -> Response {
    client().post(format!("{}{path}", running.url)).json(body).send().await.expect("the registry answers")
}
