use adx_signing::Namespace;
use adx_signing::token::TokenKind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::commands::key::chosen_publisher;
use crate::failure::Failure;
use crate::http::Server;

/// The registry, spoken to as an owner of a publisher.
pub(in crate::commands) struct AsOwner {
    registry: Server,
    pub(in crate::commands) publisher: Namespace,
    kind: Option<TokenKind>,
}

impl AsOwner {
    /// With the token that is given, else the owner's that is kept, else the publisher's, with which one may look.
    pub(in crate::commands) fn open(app: &App, publisher: Option<Namespace>) -> Result<Self, Failure> {
        let publisher = publisher.map_or_else(|| chosen_publisher(app), Ok)?;
        let registry = app.registry_as_owner(&publisher)?;
        let kind = registry.token_kind();
        Ok(Self { registry, publisher, kind })
    }

    /// Whether the token is an operator's.
    pub(in crate::commands) fn is_operator(&self) -> bool {
        self.kind == Some(TokenKind::Operator)
    }

    /// Reads what stands under the publisher.
    pub(in crate::commands) async fn get(&self, rest: &[&str]) -> Result<Value, Failure> {
        self.registry.get(&self.path(rest), &[]).await.map_err(|failure| self.advise(failure))
    }

    /// Reads every entry of a list.
    pub(in crate::commands) async fn list(&self, name: &str) -> Result<Vec<Value>, Failure> {
        self.registry.list(&self.path(&[name]), &[], name).await.map_err(|failure| self.advise(failure))
    }

    /// Sends a document once.
    pub(in crate::commands) async fn send(&self, rest: &[&str], body: &Value) -> Result<Value, Failure> {
        let sent = self.registry.send(Method::POST, &self.path(rest), Some(body)).await;
        sent.map_err(|failure| self.advise(failure))
    }

    /// Puts a document.
    pub(in crate::commands) async fn put(&self, rest: &[&str], body: &Value) -> Result<Value, Failure> {
        let put = self.registry.send_repeatable(Method::PUT, &self.path(rest), |request| request.json(body)).await;
        put.map(|(_, document)| document).map_err(|failure| self.advise(failure))
    }

    /// Sends what may be repeated without harm.
    pub(in crate::commands) async fn send_repeatable(&self, method: Method, rest: &[&str]) -> Result<Value, Failure> {
        let sent = self.registry.send_repeatable(method, &self.path(rest), |request| request).await;
        sent.map(|(_, document)| document).map_err(|failure| self.advise(failure))
    }

    /// Sends what may be repeated without harm to what stands elsewhere.
    pub(in crate::commands) async fn send_elsewhere(&self, method: Method, path: &[&str]) -> Result<Value, Failure> {
        let sent = self.registry.send_repeatable(method, path, |request| request).await;
        sent.map(|(_, document)| document).map_err(|failure| self.advise(failure))
    }

    /// Reads what stands elsewhere.
    pub(in crate::commands) async fn get_elsewhere(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Value, Failure> {
        self.registry.get(path, query).await.map_err(|failure| self.advise(failure))
    }

    /// Sends once, to what stands elsewhere.
    pub(in crate::commands) async fn send_once_elsewhere(
        &self,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        self.registry.send(Method::POST, path, body).await.map_err(|failure| self.advise(failure))
    }

    /// Puts a document that stands elsewhere.
    pub(in crate::commands) async fn put_elsewhere(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        let put = self.registry.send_repeatable(Method::PUT, path, |request| request.json(body)).await;
        put.map(|(_, document)| document).map_err(|failure| self.advise(failure))
    }

    /// Opens a proposal.
    pub(in crate::commands) async fn propose(&self, action: Value) -> Result<Value, Failure> {
        self.send(&["proposals"], &json!({ "action": action })).await
    }

    fn path<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        [&["api", "v1", "publishers", self.publisher.as_str()], rest].concat()
    }

    /// The next command where the registry refused.
    fn advise(&self, failure: Failure) -> Failure {
        let there = failure.member_for("same-proposal", "proposal").and_then(Value::as_str).map(str::to_owned);
        // An owner who may not is told why by the registry.
        let says_why = self.kind == Some(TokenKind::Owner) && failure.member_for("forbidden", "hint").is_some();
        let failure = if says_why {
            failure
        } else if self.kind == Some(TokenKind::Owner) && failure.is("unauthenticated") {
            failure.hint(another_token(&self.publisher))
        } else {
            let owners_only = owners_only(&self.registry, &self.publisher);
            failure.hint_for("unauthenticated", owners_only.clone()).hint_for("forbidden", owners_only)
        };
        match there {
            Some(id) => failure.hint(format!("run `adx proposal show {} {id}`", self.publisher)),
            None => failure,
        }
    }
}

/// Where owners do it: those with an account on their page, those with a code by its token.
pub(in crate::commands) fn owners_only(registry: &Server, publisher: &Namespace) -> String {
    let by_code = "`adx owner accept CODE` with the code of the invitation makes you one";
    match registry.page(&["account", "publishers", publisher.as_str()]) {
        Ok(page) => format!(
            "this is for the owners of {publisher}: with an account, sign in at {page} and do it there; {by_code}"
        ),
        Err(_) => format!("this is for the owners of {publisher}: {by_code}"),
    }
}

/// What helps an owner whose token counts no more.
pub(in crate::commands) fn another_token(publisher: &Namespace) -> String {
    format!(
        "this owner's token of {publisher} counts no more: the registry's operator gives another \
         (`adx-registry admin owner renew-token {publisher} OWNER-ID`), and `adx login` keeps it"
    )
}
