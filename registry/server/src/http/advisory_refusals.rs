//! From the errors of what is said of releases to problems.

use actix_web::http::StatusCode;
use adx_registry_core::{
    advisories::{AdvisoryError, BadAdvisory},
    deprecate::DeprecateError,
};

use super::{
    problem::Problem,
    refusals::{conflict, unprocessable},
};

impl From<DeprecateError> for Problem {
    fn from(error: DeprecateError) -> Self {
        let words = error.to_string();
        match error {
            DeprecateError::Denied(denied) => denied.into(),
            DeprecateError::Store(error) => error.into(),
            DeprecateError::NotFound(_) => Self::not_found(words),
            DeprecateError::NoVersion(_) => unprocessable("invalid", "Not valid", words),
            DeprecateError::NoReplacement(_) => unprocessable("no-replacement", "No such replacement", words)
                .hint("Name a module of this registry, or none."),
            DeprecateError::Circle(_) => conflict("replacement-circle", "Replacements lead in a circle", words)
                .hint("Name the module at the end of it, or none."),
        }
    }
}

impl From<AdvisoryError> for Problem {
    fn from(error: AdvisoryError) -> Self {
        let words = error.to_string();
        match error {
            AdvisoryError::Denied(denied) => denied.into(),
            AdvisoryError::Store(error) => error.into(),
            AdvisoryError::NoModule(_) | AdvisoryError::NotFound(_) => Self::not_found(words),
            AdvisoryError::Bad(BadAdvisory::Cvss(_)) => unprocessable("invalid", "Not valid", words)
                .hint("Make one: https://www.first.org/cvss/calculator/ — or leave `cvss` out."),
            AdvisoryError::Bad(_) => unprocessable("invalid", "Not valid", words),
            AdvisoryError::Confirmed(_) => conflict("advisory-confirmed", "An operator stands for it", words)
                .hint("Write to the registry's operator."),
            AdvisoryError::Changed { .. } => {
                Self::new(StatusCode::PRECONDITION_FAILED, "changed", "Changed meanwhile", words)
                    .hint("Read it again, and send the change with its new ETag.")
            }
            AdvisoryError::Withdrawn(_) => conflict("advisory-withdrawn", "It was withdrawn", words),
            AdvisoryError::Full { .. } => conflict("advisories-full", "Too many advisories", words)
                .hint("Withdraw one that nobody needs any more, or ask the registry's operator."),
        }
    }
}
