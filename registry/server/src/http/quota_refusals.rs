//! The refusals about quotas, as problems.

use actix_web::http::StatusCode;
use adx_registry_core::quotas::{Counted, Exceeded, QuotaError};

use super::{dto::ExceededQuota, problem::Problem};

impl From<Exceeded> for Problem {
    fn from(exceeded: Exceeded) -> Self {
        let hint = match exceeded.counted {
            Counted::Waiting => {
                "Wait until they are decided on, or withdraw some: POST /api/v1/submissions/{id}/withdraw."
            }
            Counted::ReleasesToday => "Go on tomorrow (UTC), or ask the registry's operator for more.",
            Counted::Modules | Counted::PackageBytes => "Ask the registry's operator for more.",
        };
        Self::new(StatusCode::FORBIDDEN, "quota", "Quota exceeded", exceeded.to_string())
            .hint(hint)
            .quota(ExceededQuota::from(&exceeded))
    }
}

impl From<QuotaError> for Problem {
    fn from(error: QuotaError) -> Self {
        let words = error.to_string();
        match error {
            QuotaError::Denied(denied) => denied.into(),
            QuotaError::NoPublisher(_) => Self::not_found(words),
            QuotaError::Store(error) => error.into(),
        }
    }
}
