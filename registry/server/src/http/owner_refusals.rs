//! The refusals about owners and what they propose, as problems.

use adx_registry_core::{owner::BadOwnerName, owners::OwnerError, ports::BadAddress, proposals::ProposalError};

use super::{
    problem::Problem,
    refusals::{conflict, unprocessable},
};

impl From<BadOwnerName> for Problem {
    fn from(error: BadOwnerName) -> Self {
        unprocessable("invalid", "Not valid", error.to_string())
    }
}

impl From<BadAddress> for Problem {
    fn from(error: BadAddress) -> Self {
        unprocessable("invalid", "Not valid", error.to_string())
    }
}

impl From<OwnerError> for Problem {
    fn from(error: OwnerError) -> Self {
        let words = error.to_string();
        match error {
            OwnerError::Denied(denied) => denied.into(),
            OwnerError::Store(error) => error.into(),
            OwnerError::NoPublisher(_) | OwnerError::Unknown(_) => Self::not_found(words),
            OwnerError::HasOwners(namespace) => conflict("has-owners", "Namespace has owners", words).hint(format!(
                "Let one of them propose it: POST /api/v1/publishers/{namespace}/proposals with the action `invite-owner`."
            )),
            OwnerError::HasKeys(namespace) => conflict("has-keys", "Namespace has keys", words).hint(format!(
                "On the registry's machine: adx-registry admin owner invite {namespace} --name NAME --email ADDRESS"
            )),
            OwnerError::IsOwner => conflict("is-owner", "Is an owner", words)
                .hint("Whoever has lost its token is removed and invited again."),
            OwnerError::IsMember(_) => conflict("is-member", "Is a member", words)
                .hint("Propose another role for this member: the action `change-role`."),
            OwnerError::NeedsAccount(_) => conflict("needs-account", "Account needed", words)
                .hint("Sign in, or sign up, with a browser and open the link of the mail."),
            OwnerError::TooMany => conflict("too-many-owners", "Too many owners", words).hint("Remove one of them first."),
            OwnerError::BadCode => Self::new(
                actix_web::http::StatusCode::NOT_FOUND,
                "invitation",
                "No such invitation",
                words,
            )
            .hint("Copy the code of the last mail whole, or ask whoever invited you for another."),
            OwnerError::Last => conflict("last-owner", "Last owner", words).hint("Invite another one first."),
            OwnerError::Threshold { .. } => conflict("threshold", "Too few owners", words)
                .hint("Invite more owners, or propose `set-threshold` first."),
        }
    }
}

impl From<ProposalError> for Problem {
    fn from(error: ProposalError) -> Self {
        let words = error.to_string();
        match error {
            ProposalError::Denied(denied) => denied.into(),
            ProposalError::Store(error) => error.into(),
            ProposalError::Owners(error) => error.into(),
            ProposalError::Keys(error) => error.into(),
            ProposalError::Trusted(error) => error.into(),
            ProposalError::Members(error) => error.into(),
            ProposalError::Transfer(error) => error.into(),
            ProposalError::Name(error) => error.into(),
            ProposalError::NoPublisher(_) | ProposalError::NotFound => Self::not_found(words),
            ProposalError::Ended(_) => conflict("proposal-ended", "Proposal has ended", words)
                .hint("Read it; open another one if it is still wanted."),
            ProposalError::Same(first) => conflict("same-proposal", "Proposed already", words)
                .hint("Approve that one: POST …/proposals/{id}/approve.")
                .proposal(first.to_string()),
            ProposalError::TooMany => conflict("too-many-proposals", "Too many proposals", words)
                .hint("Withdraw one of yours, or wait until one has ended."),
            ProposalError::NotOpener => Self::forbidden(words).hint("Do not approve it: it expires."),
            ProposalError::NoAddress => unprocessable("invalid", "Not valid", words),
        }
    }
}
