//! RFC 9457 problems. What goes to the caller and what goes to the log are kept apart by type: an internal error has no way into
//! the body.

mod of_errors;

use crate::config::Size;
use actix_web::{
    HttpResponse, ResponseError,
    http::{
        Method, StatusCode,
        header::{self, HeaderName},
    },
};
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

/// A problem, as the caller sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Problem {
    /// A stable address that names the kind of problem.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Box<str>,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// This very problem in words.
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    hint: Option<Box<str>>,
    /// For `module-failed`: the kind that the module gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    module_error: Option<Box<str>>,
    /// For `operation-running`: the operation in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    operation: Option<Box<str>>,
    /// A header that says part of it to programs.
    #[serde(skip)]
    header: Option<Box<(HeaderName, String)>>,
}

impl Problem {
    /// A problem of the kind `slug`.
    pub(super) fn new(status: StatusCode, slug: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("https://adx-core.dev/problems/{slug}").into(),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            hint: None,
            module_error: None,
            operation: None,
            header: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into().into());
        self
    }

    /// Adds a header.
    #[must_use]
    fn with_header(mut self, name: HeaderName, value: String) -> Self {
        self.header = Some(Box::new((name, value)));
        self
    }

    /// Adds the kind of error that a module gave.
    #[must_use]
    pub(super) fn module_error(mut self, kind: impl Into<String>) -> Self {
        self.module_error = Some(kind.into().into());
        self
    }

    /// 404. The same for what is not there and for what the caller may not know of.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// 401.
    pub(super) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "A valid token is needed",
            "the request carries no token that this agent knows",
        )
        .hint("send `Authorization: Bearer adx_…`")
    }

    /// 403.
    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// 422, for values that are well formed and wrong.
    pub(super) fn invalid(slug: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, slug, "The request cannot be carried out", detail)
    }

    /// 413.
    pub(super) fn too_large(most: Size, setting: &str) -> Self {
        let detail = format!("the body has more than {most}, which is what the agent's `{setting}` allows");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large", detail)
    }

    /// 405, and the methods that the address takes.
    pub(super) fn method_not_allowed(asked: &Method, methods: String) -> Self {
        let detail = format!("this address does not take {asked}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "The method is not allowed here", detail)
            .hint(format!("it takes {methods}"))
            .with_header(header::ALLOW, methods)
    }

    /// 429, and after how many seconds to ask again.
    pub(super) fn too_many(detail: impl Into<String>, seconds: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests", detail)
            .hint(format!("ask again in {seconds} s"))
            .with_header(header::RETRY_AFTER, seconds.to_string())
    }

    /// 503, which passes.
    pub(super) fn unavailable(slug: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, slug, title, detail).with_header(header::RETRY_AFTER, "1".to_owned())
    }

    /// 409.
    pub(super) fn conflict(slug: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, slug, "In conflict with the present state", detail)
    }

    /// 500. The error is logged here, once, and not shown.
    pub(super) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut causes = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            causes = format!("{causes}: {cause}");
            source = cause.source();
        }
        tracing::error!(error = causes, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The agent failed",
            "the agent failed; its log says why",
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.title, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.content_type("application/problem+json");
        if let Some(header) = self.header.as_deref().cloned() {
            response.insert_header(header);
        }
        match self.status {
            401 => {
                response.insert_header(("WWW-Authenticate", "Bearer"));
            }
            503 => {
                // An agent that stops lets go of its connections.
                response.insert_header(("Connection", "close"));
            }
            _ => {}
        }
        response.body(serde_json::to_vec(self).unwrap_or_default())
    }
}
