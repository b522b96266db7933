//! HTTP to a registry or an agent: tokens, retries, and problem documents (RFC 9457) turned into failures.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use adx_signing::{Namespace, TokenKind};
use bytes::Bytes;
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::{Host, Url};

use crate::credentials::Kept;
use crate::failure::Failure;
use crate::output::Output;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longer than the longest long poll a server offers (60 s), and than it takes to check a package.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(90);
/// What is only read comes soon, or not at all.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a server may be silent before whoever waits is told.
const PATIENCE: Duration = Duration::from_secs(5);
/// The answer comes after all was sent and checked: gigabytes, over a slow line.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(3_600);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Which of the two servers is spoken to; only for words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Registry,
    Agent,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Agent => "agent",
        }
    }

    const fn login(self) -> &'static str {
        match self {
            Self::Registry => "run `adx login`, or pass --token",
            Self::Agent => "run `adx login agent`, or pass --agent-token",
        }
    }
}

/// One server and the token for it.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    kind: Kind,
    base: Url,
    token: Option<SecretString>,
    /// Whose the token is where it should be somebody else's: of this publisher.
    another: Option<(Kept, Namespace)>,
    retries: u32,
    output: Output,
    client: reqwest::Client,
}

impl Server {
    pub(crate) fn new(
        kind: Kind,
        base: &Url,
        token: Option<SecretString>,
        retries: u32,
        output: Output,
    ) -> Result<Self, Failure> {
        let client = client(base, ANSWER_TIMEOUT)?;
        Ok(Self { kind, base: base.clone(), token, another: None, retries, output, client })
    }

    /// Notes for whom the token should be, and whose it is: a refusal says it, where that is somebody else.
    pub(crate) fn meant_for(self, publisher: &Namespace, whose: Option<Kept>) -> Self {
        let own = publisher.canonical().to_string();
        let is_own = |whose: &Kept| [Kept::Publisher(own.clone()), Kept::Owner(own.clone())].contains(whose);
        let another = whose.filter(|whose| !is_own(whose)).map(|whose| (whose, publisher.clone()));
        Self { another, ..self }
    }

    pub(crate) const fn base(&self) -> &Url {
        &self.base
    }

    /// Refuses the token of somebody else, before it is used for what concerns whoever's it is.
    pub(crate) fn with_no_other_token(self) -> Result<Self, Failure> {
        match &self.another {
            Some((whose, publisher)) => Err(Failure::refused(format!("no token of {publisher} is kept"))
                .cause(format!("the one that would be used is that of {whose}"))
                .hint(login_as(publisher))),
            None => Ok(self),
        }
    }

    /// The token that goes with requests.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_ref().map(secrecy::ExposeSecret::expose_secret)
    }

    /// What kind of token that is.
    pub(crate) fn token_kind(&self) -> Option<TokenKind> {
        let token = self.token()?;
        TokenKind::ALL.into_iter().find(|kind| token.starts_with(kind.prefix()))
    }

    /// `GET`, tried again when the server does not answer.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, Failure> {
        let url = self.url(path, query)?;
        // A long poll is answered late, and on purpose.
        let is_poll = query.iter().any(|(name, _)| *name == "wait");
        let timeout = if is_poll { ANSWER_TIMEOUT } else { READ_TIMEOUT };
        let response = self.patiently(|| self.request(Method::GET, url.clone()).timeout(timeout)).await?;
        self.json(response).await
    }

    /// Every entry of a list that comes in pages, of which `next` of one is `before` of the next.
    pub(crate) async fn list(&self, path: &[&str], query: &[(&str, &str)], name: &str) -> Result<Vec<Value>, Failure> {
        let (mut entries, mut before) = (Vec::new(), None::<String>);
        loop {
            let cursor = before.as_deref().map(|before| ("before", before));
            let query: Vec<_> = query.iter().copied().chain(cursor).collect();
            let mut page = self.get(path, &query).await?;
            if let Value::Array(found) = page[name].take() {
                entries.extend(found);
            }
            before = page["next"].as_str().map(str::to_owned);
            if before.is_none() {
                return Ok(entries);
            }
        }
    }

    /// [`Server::get`] of what is no JSON.
    pub(crate) async fn text(&self, path: &[&str], query: &[(&str, &str)]) -> Result<String, Failure> {
        let url = self.url(path, query)?;
        let response = self.patiently(|| self.request(Method::GET, url.clone()).timeout(READ_TIMEOUT)).await?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| self.silent(&error))?;
        if !status.is_success() {
            return Err(self.problem(status, &body));
        }
        String::from_utf8(body.into())
            .map_err(|error| Failure::failed(format!("{} did not answer with text", self.base)).because(&error))
    }

    /// Sends a JSON document once: repeating it might do the thing twice.
    pub(crate) async fn send(&self, method: Method, path: &[&str], body: Option<&Value>) -> Result<Value, Failure> {
        self.send_with(method, path, &[], body).await
    }

    /// [`Server::send`] with a query.
    pub(crate) async fn send_with(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let mut request = self.request(method, self.url(path, query)?);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = self.telling(request.send()).await.map_err(|error| self.cut_off(&error))?;
        self.json(response).await
    }

    /// Sends a request that may be repeated without harm, built anew for every try.
    pub(crate) async fn send_repeatable(
        &self,
        method: Method,
        path: &[&str],
        prepare: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<(StatusCode, Value), Failure> {
        let url = self.url(path, &[])?;
        let response = self.patiently(|| prepare(self.request(method.clone(), url.clone()))).await?;
        let status = response.status();
        Ok((status, self.json(response).await?))
    }

    /// Sends a file once, whatever its size.
    pub(crate) async fn upload(&self, path: &[&str], file: &Path) -> Result<Value, Failure> {
        let unreadable =
            |error: std::io::Error| Failure::not_found(format!("cannot read {}", file.display())).because(&error);
        let content = tokio::fs::File::open(file).await.map_err(unreadable)?;
        let length = content.metadata().await.map_err(unreadable)?.len();
        let server = Self { client: client(&self.base, UPLOAD_TIMEOUT)?, ..self.clone() };
        let request = server.request(Method::POST, self.url(path, &[])?).header(header::CONTENT_LENGTH, length);
        let response = request.body(content).send().await.map_err(|error| self.silent(&error))?;
        self.json(response).await
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.client.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        }
    }

    /// The address of a page that people open in a browser.
    pub(crate) fn page(&self, path: &[&str]) -> Result<Url, Failure> {
        self.url(path, &[])
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Url, Failure> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Failure::usage(format!("`{}` cannot carry a path", self.base)))?
            .pop_if_empty()
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    async fn patiently(&self, build: impl Fn() -> RequestBuilder) -> Result<Response, Failure> {
        let mut pause = FIRST_PAUSE;
        let mut left = self.retries;
        loop {
            let answer = self.telling(build().send()).await;
            let wait = match &answer {
                Ok(response) if is_passing(response.status()) => retry_after(response),
                Ok(_) => None,
                // Nothing was wrong with the request itself, so the wire was: try again.
                Err(error) if !error.is_builder() => None,
                Err(error) => return Err(self.silent(error)),
            };
            let settled = matches!(&answer, Ok(response) if !is_passing(response.status()));
            if settled || left == 0 {
                return answer.map_err(|error| self.silent(&error));
            }
            left -= 1;
            tokio::time::sleep(wait.unwrap_or(pause).min(LONGEST_PAUSE)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Waits for an answer, and says so where it takes long: silence looks like a command that hangs. A spinner says it already.
    async fn telling<T>(&self, answer: impl Future<Output = T>) -> T {
        let mut answer = std::pin::pin!(answer);
        if let Ok(answer) = tokio::time::timeout(PATIENCE, &mut answer).await {
            return answer;
        }
        self.output.note(&format!("waiting for the {} at {} to answer", self.kind.word(), self.base));
        answer.await
    }

    fn silent(&self, error: &reqwest::Error) -> Failure {
        let word = self.kind.word();
        Failure::unreachable(format!("the {word} at {} does not answer", self.base)).because(root(error)).hint(format!(
            "check that it runs and that the address is right: curl {}",
            self.base.join("healthz").as_ref().unwrap_or(&self.base)
        ))
    }

    /// A request that is not repeated got no answer. Unless there was no connection at all, it may have been carried out.
    fn cut_off(&self, error: &reqwest::Error) -> Failure {
        if self.kind == Kind::Registry || error.is_connect() {
            return self.silent(error);
        }
        Failure::unreachable(format!("the agent at {} went away before it answered", self.base))
            .because(root(error))
            .hint("it may have begun what you asked for: look with `adx operation list` before you ask again")
    }

    async fn json(&self, response: Response) -> Result<Value, Failure> {
        let status = response.status();
        let body = response.bytes().await.map_err(|error| self.silent(&error))?;
        if !status.is_success() {
            return Err(self.problem(status, &body));
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|error| {
            let word = self.kind.word();
            Failure::failed(format!("{} did not answer like a {word}", self.base))
                .because(&error)
                .hint(format!("is this the address of a {word}?"))
        })
    }

    fn problem(&self, status: StatusCode, body: &Bytes) -> Failure {
        let word = self.kind.word();
        let problem: Option<Value> = serde_json::from_slice(body).ok();
        let field = |name: &str| problem.as_ref()?.get(name)?.as_str().map(str::to_owned);
        let title =
            field("title").map_or_else(|| format!("the {word} answered {status}"), |title| in_a_sentence(&title));
        let mut failure = match status {
            StatusCode::NOT_FOUND | StatusCode::GONE => Failure::not_found(title),
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                Failure::unreachable(title)
            }
            status if status.is_client_error() => Failure::refused(title),
            _ => Failure::failed(title),
        };
        if let Some(detail) = field("detail") {
            failure = failure.cause(detail);
        }
        let hint = match status {
            // The server explains the header; who types a command wants to know which.
            StatusCode::UNAUTHORIZED => Some(self.kind.login().to_owned()),
            _ => field("hint").or_else(|| match status {
                StatusCode::FORBIDDEN => Some(self.kind.login().to_owned()),
                status if status.is_server_error() => Some(format!("the {word}'s log says more")),
                status if status.is_redirection() => {
                    Some(format!("redirects are not followed: give the address where the {word} itself answers"))
                }
                _ => None,
            }),
        };
        if let Some(hint) = hint {
            failure = failure.hint(hint);
        }
        self.with_whose_token(match problem {
            Some(problem) => failure.problem(problem),
            None => failure,
        })
    }

    /// Says whose token was used, where the registry refused because of it and it is not the one that was meant.
    fn with_whose_token(&self, failure: Failure) -> Failure {
        match &self.another {
            Some((whose, publisher)) if failure.is("unauthenticated") || failure.is("forbidden") => failure
                .cause(format!("the token of {whose} was used: none of {publisher} is kept"))
                .hint(login_as(publisher)),
            _ => failure,
        }
    }
}

fn login_as(publisher: &Namespace) -> String {
    format!("run `adx login` with a token of {publisher}, or pass it by --token")
}

/// A client that follows no redirects.
pub(crate) fn client(base: &Url, answer: Duration) -> Result<reqwest::Client, Failure> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("adx/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(answer)
        // Servers of this API do not redirect, and a token must not follow one.
        .redirect(reqwest::redirect::Policy::none());
    if is_loopback(base) {
        // A proxy cannot reach what listens on this machine only.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| Failure::failed("cannot set up HTTP").because(&error))
}

/// What went wrong at the bottom of it: the layers above only say that they pass it on.
fn root<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root
}

/// A title as what follows `error: `.
fn in_a_sentence(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Answers that pass by themselves.
fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(reqwest::header::RETRY_AFTER)?;
    seconds.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Exit;

    fn server() -> Server {
        let base = Url::parse("http://127.0.0.1:1/under/").expect("url");
        Server::new(Kind::Registry, &base, None, 0, Output::new(false, true)).expect("client")
    }

    #[test]
    fn path_segments_cannot_escape() {
        let url = server().url(&["api", "v1", "../x?y"], &[("q", "a b")]).expect("url");
        assert_eq!(url.as_str(), "http://127.0.0.1:1/under/api/v1/..%2Fx%3Fy?q=a+b");
    }

    #[test]
    fn problems_become_failures_with_the_servers_words() {
        let body = Bytes::from_static(
            br#"{"title":"this version exists with other bytes","detail":"sha256 differs","hint":"raise the version"}"#,
        );
        let failure = server().problem(StatusCode::CONFLICT, &body);
        assert_eq!(failure.exit(), Exit::Refused);
        let gone = server().problem(StatusCode::NOT_FOUND, &Bytes::new());
        assert_eq!(gone.exit(), Exit::NotFound);
        let busy = server().problem(StatusCode::SERVICE_UNAVAILABLE, &Bytes::new());
        assert_eq!(busy.exit(), Exit::Unreachable);
    }
}
