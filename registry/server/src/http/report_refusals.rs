//! From the errors about reports to problems.

use actix_web::http::StatusCode;
use adx_registry_core::reports::ReportError;

use super::{
    problem::Problem,
    refusals::{conflict, unprocessable},
};

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        let words = error.to_string();
        match error {
            ReportError::Denied(denied) => denied.into(),
            ReportError::Store(error) => error.into(),
            ReportError::Quarantine(error) => error.into(),
            ReportError::Revoke(error) => error.into(),
            ReportError::NoModule(_) | ReportError::NoVersion { .. } => Self::not_found(words),
            ReportError::Unknown => Self::not_found(words).hint("GET /api/v1/reports lists those that wait."),
            ReportError::NoAddress => unprocessable("address-needed", "Address needed", words)
                .hint("Send `email`, or sign in first: POST /api/v1/session."),
            ReportError::Again(_) => conflict("reported-already", "Reported already", words)
                .hint("An operator will look at it; you are told by mail what came of it."),
            ReportError::Full => Self::new(StatusCode::TOO_MANY_REQUESTS, "reports-full", "Too many reports", words)
                .hint("Sign in and send it again: POST /api/v1/session."),
            ReportError::NotOpen(_) => conflict("report-decided", "Decided already", words),
            ReportError::WhichVersion => unprocessable("invalid", "Not valid", words).hint("Send `version`."),
        }
    }
}
