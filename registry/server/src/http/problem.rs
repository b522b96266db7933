//! Errors as RFC 9457 problem details.
//!
//! What a caller sees and what we log are different fields of one value, so that an internal
//! message cannot reach a response by accident. The front middleware logs the internal part once,
//! beside the request id that the caller is given.

use std::{borrow::Cow, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    dto::{ExceededQuota, Finding},
    problem_types,
};

/// The media type of every error response.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The prefix of every problem's `type`; the rest is a stable slug.
pub const TYPE_PREFIX: &str = "https://adx-core.dev/problems/";

/// Problem details (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A URI that names the kind of problem and never changes: `x-problem-types` lists how they end.
    #[schema(example = "https://adx-core.dev/problems/version-exists")]
    pub r#type: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status, repeated.
    #[schema(example = 409)]
    pub status: u16,
    /// What was wrong with this request.
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Names the request in the server's log; given where the fault is the server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Of a key change that came too late: the number of the leaf that it must follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<u64>,
    /// Of a proposal that was made before: the id of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<String>,
    /// Of a package: the id of its submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<String>,
    /// Of a quota: what was counted, how much there is, and how much there may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<ExceededQuota>,
    /// Of a package that was refused: what the checks found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Where a second factor is needed: which of them the account has: `totp`, `passkey`, `recovery-code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<&'static str>>,
}

/// What stands in the way of a request, for programs.
#[derive(Debug)]
enum Conflict {
    /// The leaf that a key change must follow.
    Leaf(u64),
    /// A proposal that was made before.
    Proposal(String),
    /// A submission, and what was found in it.
    Submission(String, Vec<Finding>),
    /// What there is too much of.
    Quota(ExceededQuota),
    /// The second factors of which one is needed.
    Methods(Vec<&'static str>),
}

/// What the answer says besides, such as `Retry-After`.
#[derive(Debug, Default)]
struct Headers(Vec<(HeaderName, HeaderValue)>);

/// An error on its way to the caller.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    // Boxed: errors travel in every `Result`.
    headers: Option<Box<Headers>>,
    internal: Option<Box<str>>,
    conflict: Option<Box<Conflict>>,
}

impl Problem {
    /// A problem of the given kind, which is one of those that are listed.
    pub fn new(
        status: StatusCode,
        slug: &'static str,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        debug_assert!(problem_types::is_listed(slug, title), "`{slug}`, “{title}”, is not in problem_types.rs");
        Self { status, slug, title, detail: detail.into(), hint: None, headers: None, internal: None, conflict: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the leaf that a key change must follow.
    #[must_use]
    pub fn follows(mut self, leaf: u64) -> Self {
        self.conflict = Some(Box::new(Conflict::Leaf(leaf)));
        self
    }

    /// Adds the proposal that was made before.
    #[must_use]
    pub fn proposal(mut self, id: impl Into<String>) -> Self {
        self.conflict = Some(Box::new(Conflict::Proposal(id.into())));
        self
    }

    /// Adds a submission, and what was found in it.
    #[must_use]
    pub(super) fn submission(mut self, id: impl Into<String>, findings: Vec<Finding>) -> Self {
        self.conflict = Some(Box::new(Conflict::Submission(id.into(), findings)));
        self
    }

    /// Adds what there is too much of.
    #[must_use]
    pub(super) fn quota(mut self, exceeded: ExceededQuota) -> Self {
        self.conflict = Some(Box::new(Conflict::Quota(exceeded)));
        self
    }

    /// Adds the second factors of which one is needed.
    #[must_use]
    pub fn methods(mut self, methods: Vec<&'static str>) -> Self {
        self.conflict = Some(Box::new(Conflict::Methods(methods)));
        self
    }

    /// Adds a response header, such as `Retry-After`.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.get_or_insert_default().0.push((name, value));
        self
    }

    /// A fault of ours: the cause is logged, the caller gets a request id.
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        let mut problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
            "The registry could not do this. The fault is on its side.",
        )
        .hint("Try again; if it stays, give the operator the request id.");
        problem.internal = Some(chain(cause).into());
        problem
    }

    /// An outside part does not answer: the cause is logged.
    pub fn unavailable(cause: &(dyn std::error::Error + 'static)) -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Temporarily unavailable",
            "A part the registry depends on does not answer at the moment.",
        )
        .hint("Try again in a few seconds.")
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("5"));
        problem.internal = Some(chain(cause).into());
        problem
    }

    /// 400.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "Bad request", detail)
    }

    /// 401: no credentials, or none we know.
    pub fn unauthenticated(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Authentication needed", detail)
            .hint("Send `Authorization: Bearer adx_p_…` with a token that is valid.")
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"adx-registry\""))
    }

    /// 403: known, and not allowed.
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// 404.
    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// 413.
    pub fn too_large(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
    }

    /// 408: the client stalled.
    pub fn timeout(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "timeout", "Too slow", detail)
    }

    /// The internal cause, for the log only.
    pub fn internal_cause(&self) -> Option<&str> {
        self.internal.as_deref()
    }

    /// The stable name of the kind of problem.
    pub fn slug(&self) -> &'static str {
        self.slug
    }

    /// The response, naming the request where the fault is ours.
    pub fn respond(&self, request_id: Option<&str>) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response
            .content_type(PROBLEM_JSON)
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
        for (name, value) in self.headers.iter().flat_map(|headers| &headers.0) {
            response.insert_header((name.clone(), value.clone()));
        }
        let request_id = request_id.filter(|_| self.internal.is_some()).map(str::to_owned);
        let mut body = ProblemBody {
            r#type: format!("{TYPE_PREFIX}{}", self.slug),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.to_string(),
            hint: self.hint.as_ref().map(ToString::to_string),
            request_id,
            follows: None,
            proposal: None,
            submission: None,
            quota: None,
            findings: Vec::new(),
            methods: None,
        };
        match self.conflict.as_deref() {
            Some(Conflict::Leaf(leaf)) => body.follows = Some(*leaf),
            Some(Conflict::Proposal(id)) => body.proposal = Some(id.clone()),
            Some(Conflict::Methods(words)) => body.methods = Some(words.clone()),
            Some(Conflict::Submission(id, findings)) => {
                body.submission = Some(id.clone());
                body.findings.clone_from(findings);
            }
            Some(Conflict::Quota(exceeded)) => body.quota = Some(exceeded.clone()),
            None => {}
        }
        // Plain strings and a number: serialising cannot fail.
        response.body(serde_json::to_vec(&body).unwrap_or_default())
    }
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.slug, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.respond(None)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    #[actix_web::test]
    async fn internals_stay_inside() {
        let cause = std::io::Error::other("password=hunter2 at 10.0.0.7");
        let problem = Problem::internal(&cause);
        assert!(problem.internal_cause().unwrap().contains("hunter2"));
        let response = problem.respond(Some("r-1"));
        assert_eq!(response.headers().get("content-type").unwrap(), PROBLEM_JSON);
        let body = to_bytes(response.into_body()).await.unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(!text.contains("hunter2") && text.contains("\"request_id\":\"r-1\""), "{text}");
    }

    #[actix_web::test]
    async fn a_problem_has_the_members_of_rfc_9457() {
        let body =
            to_bytes(Problem::not_found("no such module").hint("search").respond(None).into_body()).await.unwrap();
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value["type"], "https://adx-core.dev/problems/not-found");
        assert_eq!(value["status"], 404);
        assert_eq!(value["detail"], "no such module");
        assert_eq!(value["hint"], "search");
        assert!(value.get("request_id").is_none());
    }
}
