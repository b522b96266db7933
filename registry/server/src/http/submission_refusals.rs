//! The refusals about submissions, as problems.

use actix_web::http::StatusCode;
use adx_registry_core::{
    review::{ApproveError, CompareError, DecideError, StandingError},
    submissions::{BadRemark, SeeError},
};

use super::{
    problem::Problem,
    refusals::{conflict, unprocessable},
};

impl From<BadRemark> for Problem {
    fn from(error: BadRemark) -> Self {
        unprocessable("invalid", "Not valid", error.to_string())
    }
}

impl From<SeeError> for Problem {
    fn from(error: SeeError) -> Self {
        let words = error.to_string();
        match error {
            SeeError::Denied(denied) => denied.into(),
            SeeError::Store(error) => error.into(),
            SeeError::Unknown | SeeError::NoPublisher(_) => Self::not_found(words),
        }
    }
}

impl From<DecideError> for Problem {
    fn from(error: DecideError) -> Self {
        let words = error.to_string();
        match error {
            DecideError::Denied(denied) => denied.into(),
            DecideError::Store(error) => error.into(),
            DecideError::Blobs(error) => error.into(),
            DecideError::Unknown => Self::not_found(words),
            DecideError::NotWaiting { state } if state.is_waiting() => {
                conflict("submission-waits-for-another", "Waits for somebody else", words)
            }
            DecideError::NotWaiting { .. } => conflict("submission-decided", "Decided already", words)
                .hint("Look at what was decided: GET /api/v1/submissions/{id}."),
            DecideError::OwnToken => conflict("another-owner-confirms", "Another owner has to confirm", words)
                .hint("Ask another owner, or publish by a trusted workflow: what that sends any owner confirms."),
            DecideError::NobodysToken => conflict("operator-confirms", "An operator has to confirm", words)
                .hint("Publish with a token that you made, or ask an operator to confirm it: POST /api/v1/submissions/{id}/approve."),
            DecideError::NotKept => conflict("not-kept", "Not kept any more", words)
                .hint("Its publisher can send it again under another version."),
            DecideError::OthersWait => conflict("submission-waits", "Other bytes wait", words),
            DecideError::TooMuch => conflict("submission-full", "Too much was said", words)
                .hint("Decide, or withdraw it and send it again."),
        }
    }
}

impl From<ApproveError> for Problem {
    fn from(error: ApproveError) -> Self {
        let words = error.to_string();
        match error {
            ApproveError::Decide(error) => error.into(),
            ApproveError::Publish(error) => error.into(),
            ApproveError::Blobs(error) => error.into(),
            ApproveError::NoPublisher => conflict("publisher-deleted", "Publisher was deleted", words)
                .hint("Reject it, or restore the namespace first: adx-registry admin names restore NAMESPACE."),
            ApproveError::Bytes(_) => Self::new(StatusCode::CONFLICT, "package-lost", "Package is lost", words)
                .hint("Reject it, and ask the publisher to send it again under another version."),
        }
    }
}

impl From<CompareError> for Problem {
    fn from(error: CompareError) -> Self {
        let words = error.to_string();
        match error {
            CompareError::See(error) => error.into(),
            CompareError::Blobs(error) => error.into(),
            CompareError::NotKept | CompareError::BeforeGone(_) => Self::not_found(words),
            CompareError::Package(_) | CompareError::Broke(_) => Self::internal(&error),
        }
    }
}

impl From<StandingError> for Problem {
    fn from(error: StandingError) -> Self {
        let words = error.to_string();
        match error {
            StandingError::Denied(denied) => denied.into(),
            StandingError::Store(error) => error.into(),
            StandingError::NoPublisher(_) => Self::not_found(words),
        }
    }
}
