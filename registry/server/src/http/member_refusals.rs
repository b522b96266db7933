//! The refusals about members, as problems.

use actix_web::http::StatusCode;
use adx_registry_core::{
    domains::{BadDomain, DomainError},
    members::MemberError,
    publisher::BadDisplayName,
    transfers::TransferError,
};

use super::{
    problem::Problem,
    refusals::{conflict, unprocessable},
};

impl From<MemberError> for Problem {
    fn from(error: MemberError) -> Self {
        let words = error.to_string();
        match error {
            MemberError::Denied(denied) => denied.into(),
            MemberError::Store(error) => error.into(),
            MemberError::Owners(error) => error.into(),
            MemberError::NoPublisher(_) | MemberError::Unknown(_) => Self::not_found(words),
            MemberError::OwnersDecide(namespace) => conflict("owners-decide", "Owners decide", words).hint(format!(
                "Propose it: POST /api/v1/publishers/{namespace}/proposals with the action `invite-owner`, `change-role` or \
                 `remove-owner`. Where there is one owner, that decides it at once."
            )),
            MemberError::IsMember { .. } => conflict("is-member", "Is a member", words)
                .hint("Change the role of the member, or let it leave first."),
            MemberError::IsInvitedAsOwner => conflict("is-invited", "Is invited", words)
                .hint("Let owners propose `remove-owner` for the invitation first."),
            MemberError::IsConnected => conflict("is-connected", "Is connected", words)
                .hint("Ask the registry's operators for another owner's token, if it is yours and that account is not."),
            MemberError::NoOwnerToken => Self::new(StatusCode::NOT_FOUND, "owner-token", "No such owner", words)
                .hint("Show the token that `adx owner accept` printed; it begins with `adx_w_`."),
            MemberError::NeedsAccount(_) => conflict("needs-account", "Account needed", words)
                .hint("Let the owner connect an account first: POST /api/v1/account/publishers/connect."),
            MemberError::IsPersons(namespace) => conflict("persons-publisher", "A person's publisher", words).hint(format!(
                "Turn it into an organisation first: POST /api/v1/publishers/{namespace}/organisation."
            )),
            MemberError::TooMany => {
                conflict("too-many-members", "Too many members", words).hint("Remove one of them first.")
            }
            MemberError::BadCode => Self::new(StatusCode::NOT_FOUND, "invitation", "No such invitation", words)
                .hint("Open the link of the last mail, or ask whoever invited you for another."),
        }
    }
}

impl From<TransferError> for Problem {
    fn from(error: TransferError) -> Self {
        let words = error.to_string();
        match error {
            TransferError::Denied(denied) => denied.into(),
            TransferError::Members(error) => error.into(),
            TransferError::Store(error) => error.into(),
            TransferError::Offered(namespace) => conflict("is-offered", "Is offered already", words)
                .hint(format!("Take that back first: DELETE /api/v1/publishers/{namespace}/transfer.")),
            TransferError::NotOffered(_) => Self::not_found(words),
            TransferError::NoAddress => unprocessable("invalid", "Not valid", words),
            TransferError::BadCode => Self::new(StatusCode::NOT_FOUND, "offer", "No such offer", words)
                .hint("Open the link of the last mail, or ask its owners for another offer."),
        }
    }
}

impl From<BadDisplayName> for Problem {
    fn from(error: BadDisplayName) -> Self {
        unprocessable("invalid", "Not valid", error.to_string())
    }
}

impl From<BadDomain> for Problem {
    fn from(error: BadDomain) -> Self {
        unprocessable("invalid", "Not valid", error.to_string())
    }
}

impl From<DomainError> for Problem {
    fn from(error: DomainError) -> Self {
        let words = error.to_string();
        match error {
            DomainError::Denied(denied) => denied.into(),
            DomainError::Members(error) => error.into(),
            DomainError::Store(error) => error.into(),
            DomainError::NotAsked(namespace) => {
                Self::not_found(words).hint(format!("Ask for it: PUT /api/v1/publishers/{namespace}/domain."))
            }
            DomainError::Missing { .. } => conflict("no-record", "No such record", words).hint(
                "Put it there, and try again: it may take as long as the zone's own times until everybody sees it.",
            ),
            DomainError::Lookup(error) => Self::unavailable(&error),
        }
    }
}
