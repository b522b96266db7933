//! RFC 9457 problems. What goes to the caller and what goes to the log are kept apart by type: an internal error has no way into
//! the body.

use crate::{
    config::Size, grants::GrantsError, invoke::InvokeError, lifecycle::RequestError, load_bundle::LoadBundleError,
    retained::RetainedError, settings::SettingsError, step::StepError, store::StoreError,
};
use actix_web::{
    HttpResponse, ResponseError,
    http::{
        Method, StatusCode,
        header::{self, HeaderName},
    },
};
use adx_sandbox::CallError;
use adx_trust::bundle::{ArchiveError, LoadError};
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

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<RetainedError> for Problem {
    fn from(error: RetainedError) -> Self {
        Self::internal(&error)
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        let detail = error.to_string();
        match error {
            RequestError::Busy(operation) => {
                let mut problem = Self::conflict("operation-running", detail)
                    .hint("wait for it: GET …/operations/{id}?wait=60, then ask again");
                problem.operation = Some(operation.id.into());
                problem
            }
            RequestError::AlreadyInstalled(_) => {
                Self::conflict("already-installed", detail).hint("use `update` to change its version")
            }
            RequestError::NotInstalled(_) => Self::not_found(detail),
            RequestError::WrongState { .. } => Self::conflict("wrong-state", detail),
            RequestError::Needed { .. } => Self::conflict("needed", detail).hint("uninstall first what needs it"),
            RequestError::NothingBefore(_) => Self::conflict("no-previous-version", detail),
            RequestError::Stopping => Self::unavailable("stopping", "The agent is stopping", detail),
            RequestError::Store(error) => error.into(),
            RequestError::Journal(_) => Self::internal(&error),
        }
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        let detail = error.to_string();
        match error {
            SettingsError::NotInstalled(_) => Self::not_found(detail),
            SettingsError::Invalid { .. } => Self::invalid("invalid-config", detail),
            SettingsError::Store(error) => error.into(),
            SettingsError::Package(_) => Self::internal(&error),
        }
    }
}

impl From<GrantsError> for Problem {
    fn from(error: GrantsError) -> Self {
        let detail = error.to_string();
        match error {
            GrantsError::NotInstalled(_) => Self::not_found(detail),
            GrantsError::NotAskedFor { asks_for, .. } => {
                let hint = if asks_for.is_empty() {
                    "it asks for none".to_owned()
                } else {
                    format!("it asks for {}", asks_for.join(", "))
                };
                Self::invalid("not-asked-for", detail).hint(hint)
            }
            GrantsError::Store(error) => error.into(),
            GrantsError::Package(_) => Self::internal(&error),
        }
    }
}

impl From<InvokeError> for Problem {
    fn from(error: InvokeError) -> Self {
        let detail = error.to_string();
        match error {
            InvokeError::NotInstalled(_) => Self::not_found(detail),
            InvokeError::NotActive { .. } => Self::conflict("not-active", detail).hint("POST …/activate"),
            InvokeError::Quarantined { .. } => Self::conflict("quarantined", detail)
                .hint("update it to a version that was not called back, or uninstall it"),
            InvokeError::QueuedTooLong(_) => Self::unavailable("queued-too-long", "The module is busy", detail),
            InvokeError::TooMany { wait, .. } => Self::too_many(detail, wait.as_secs() + 1),
            InvokeError::Stopping => Self::unavailable("stopping", "The agent is stopping", detail),
            InvokeError::Call(error) => call_failed(&error, &detail),
            InvokeError::Store(error) => error.into(),
        }
    }
}

impl From<LoadBundleError> for Problem {
    fn from(error: LoadBundleError) -> Self {
        let detail = error.to_string();
        match error {
            LoadBundleError::Busy => Self::conflict("bundle-loading", detail).hint("try again when it has ended"),
            LoadBundleError::Load(error) => {
                let slug = match &error {
                    LoadError::Archive(ArchiveError::Disk { .. }) | LoadError::State(_) => {
                        return Self::internal(&error);
                    }
                    LoadError::Archive(_) => "invalid-bundle",
                    LoadError::OtherRegistry { .. } => "other-registry",
                    LoadError::Refused { .. } => "bundle-refused",
                };
                Self::invalid(slug, detail).hint(error.hint())
            }
            LoadBundleError::Store(error) => error.into(),
            LoadBundleError::CutOff(_) => Self::internal(&error),
        }
    }
}

/// Why nothing can be offered; the same words as in an operation that fails for it.
impl From<StepError> for Problem {
    fn from(error: StepError) -> Self {
        let detail = error.message.clone();
        let problem = match error.kind {
            "unknown-module" | "no-version" | "no-registry" => {
                Self::new(StatusCode::NOT_FOUND, error.kind, "Not found", detail)
            }
            "dependencies" | "cooldown" => Self::conflict(error.kind, detail),
            "registry" => Self::unavailable("registry", "The registry does not answer", detail),
            "store" | "disk" | "cut-off" => return Self::internal(&error),
            kind => Self::invalid(kind, detail),
        };
        match error.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

/// The module's own words go to the caller; the host's do not.
fn call_failed(error: &CallError, detail: &str) -> Problem {
    let failed = |title| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.slug(), title, detail);
    match error {
        CallError::Module { kind, message, .. } => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "module-failed", "The module failed", message.clone())
                .module_error(kind.clone())
        }
        CallError::UnknownActivity { .. } => Problem::not_found(detail),
        CallError::NotGranted { capability, .. } => {
            failed("The module needs a permission").hint(format!("grant it: PUT …/grants with {capability:?}"))
        }
        CallError::Host(_) => Problem::internal(error),
        _ => failed("The module failed").module_error(error.slug()),
    }
}
