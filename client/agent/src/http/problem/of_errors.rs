//! What each error is to the caller.

use super::Problem;
use crate::{
    grants::GrantsError,
    invoke::InvokeError,
    licences::{self, ImportError, NotLicensed, SeatsError},
    lifecycle::RequestError,
    load_bundle::LoadBundleError,
    quarantine,
    retained::RetainedError,
    settings::SettingsError,
    step::StepError,
    store::StoreError,
};
use actix_web::http::StatusCode;
use adx_sandbox::CallError;
use adx_trust::bundle::{ArchiveError, LoadError};

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
            InvokeError::Quarantined { reason, .. } => Self::conflict("quarantined", detail).hint(
                if quarantine::is_unknown(&reason) {
                    "nobody called it back as far as is known here: look at what is named, the registry's section in the agent's \
                     settings and its folder; it takes calls again by itself"
                } else {
                    "its registry revoked it: update it to a version that was not revoked, or uninstall it"
                },
            ),
            InvokeError::NotLicensed(error) => error.into(),
            InvokeError::QueuedTooLong(_) => Self::unavailable("queued-too-long", "The module is busy", detail),
            InvokeError::TooMany { wait, .. } => Self::too_many(detail, wait.as_secs() + 1),
            InvokeError::Stopping => Self::unavailable("stopping", "The agent is stopping", detail),
            InvokeError::Call(error) => call_failed(&error, &detail),
            InvokeError::Store(error) => error.into(),
        }
    }
}

impl From<NotLicensed> for Problem {
    fn from(error: NotLicensed) -> Self {
        Self::conflict("not-licensed", error.to_string()).hint(licences::HINT)
    }
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        let detail = error.to_string();
        match error {
            ImportError::NoAuthority => Self::unavailable("no-authority", "Licences cannot be verified yet", detail)
                .hint("its registry must have been reached once, or a bundle of it loaded, and it must sign licences"),
            ImportError::Licence(error) => Self::invalid("invalid-licence", detail).hint(error.hint()),
            ImportError::OtherTenant { .. } => Self::invalid("other-tenant", detail).hint("give it to that tenant"),
            ImportError::OtherRegistry { .. } => Self::invalid("other-registry", detail),
            ImportError::Older { .. } => Self::conflict("older-licence", detail).hint("bring the last one"),
            ImportError::Store(error) => error.into(),
        }
    }
}

impl From<SeatsError> for Problem {
    fn from(error: SeatsError) -> Self {
        let detail = error.to_string();
        match error {
            SeatsError::NotInstalled(_) => Self::not_found(detail),
            SeatsError::TooMany { .. } => {
                Self::conflict("no-seats", detail).hint("take seats from others first, or buy more at the registry")
            }
            SeatsError::Person => Self::invalid("invalid-person", detail),
            SeatsError::NotLicensed(error) => error.into(),
            SeatsError::Store(error) => error.into(),
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
            "dependencies" | "cooldown" | "advisory" | "licence" => Self::conflict(error.kind, detail),
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
