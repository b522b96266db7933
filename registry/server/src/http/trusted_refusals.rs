//! The refusals about trusted publishing, as problems.

use actix_web::http::StatusCode;
use adx_registry_core::{
    networks::BadNetworks,
    ports::WorkflowTokenError,
    trusted::{BadWorkflow, ExchangeError, TrustedError},
};

use super::{
    problem::{Problem, chain},
    refusals::{conflict, unprocessable},
};

impl From<BadNetworks> for Problem {
    fn from(error: BadNetworks) -> Self {
        unprocessable("invalid", "Not valid", error.to_string())
    }
}

impl From<BadWorkflow> for Problem {
    fn from(error: BadWorkflow) -> Self {
        unprocessable("invalid", "Not valid", error.to_string())
    }
}

impl From<TrustedError> for Problem {
    fn from(error: TrustedError) -> Self {
        let words = error.to_string();
        match error {
            TrustedError::Denied(denied) => denied.into(),
            TrustedError::Store(error) => error.into(),
            TrustedError::Workflow(error) => error.into(),
            TrustedError::NoPublisher(_) | TrustedError::NotFound => Self::not_found(words),
            TrustedError::Known => conflict("trusted-already", "Trusted already", words)
                .hint("Remove that one first, if something about it is to change."),
            TrustedError::TooMany => conflict("too-many-trusted-publishers", "Too many trusted publishers", words)
                .hint("Remove those that publish no more."),
            TrustedError::NoneTrusted => conflict("no-trusted-publisher", "No trusted publisher", words)
                .hint("Add one first: POST …/trusted-publishers."),
            TrustedError::NotOn(_) => conflict("not-on", "Not on", words),
            TrustedError::SoleOwner(_) => conflict("second-owner-needed", "A second owner is needed", words).hint(
                "Invite a second owner (`adx owner invite`, or on the publisher's page), or ask the registry's operators.",
            ),
        }
    }
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        let words = chain(&error);
        let refused = |words: String| Self::new(StatusCode::FORBIDDEN, "not-trusted", "Run is not trusted", words);
        match error {
            ExchangeError::Store(error) => error.into(),
            ExchangeError::NoAudience => conflict("no-public-address", "No public address", words)
                .hint("The registry's operator sets `server.public_url`."),
            ExchangeError::Token(WorkflowTokenError::Unavailable(_)) => Self::unavailable(&error),
            ExchangeError::Token(_) => {
                refused(words).hint("Ask the CI system for another token: `adx publish --trusted` does.")
            }
            ExchangeError::Claims(_) => refused(words)
                .hint("Ask the CI system for a token whose audience is this registry's address, and use it at once."),
            ExchangeError::Replayed => {
                refused(words).hint("Should that not have been this run, look at what was published.")
            }
            ExchangeError::NotTrusted { .. } => refused(words).hint(
                "Compare with `adx trusted-publisher list`: number, file, environment and ref must be the very same.",
            ),
        }
    }
}
