//! The refusals about people's accounts, as problems.

use actix_web::http::{
    StatusCode,
    header::{self, HeaderValue},
};
use adx_registry_core::accounts::{AccountError, BadPassword};

use super::{
    problem::Problem,
    refusals::{conflict, unprocessable},
};

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let words = error.to_string();
        match error {
            AccountError::Denied(denied) => denied.into(),
            AccountError::Store(error) => error.into(),
            AccountError::Vault(_) | AccountError::Hashing(_) => Self::internal(&error),
            AccountError::BadCode => Self::new(StatusCode::NOT_FOUND, "code", "No such code", words)
                .hint("Open the link of the last letter, or ask for another."),
            AccountError::WrongCredentials => {
                Self::new(StatusCode::UNAUTHORIZED, "credentials", "Not signed in", words)
                    .hint("If you do not know the password any more, have it reset.")
            }
            AccountError::WrongPassword => Self::new(StatusCode::FORBIDDEN, "password", "Wrong password", words),
            AccountError::NoPassword => conflict("no-password", "No password", words)
                .hint("Set one: ask for a letter with POST /api/v1/password-reset."),
            AccountError::NoProvider => Self::not_found(words).hint("Sign in with address and password."),
            AccountError::LastWayIn => conflict("last-way-in", "Only way to sign in", words)
                .hint("Set a password first: ask for a letter with POST /api/v1/password-reset."),
            AccountError::LastOwner(namespace) => conflict("last-owner", "Last owner", words).hint(format!(
                "Make somebody else an owner of `{namespace}` first, or give it away: POST \
                 /api/v1/publishers/{namespace}/proposals."
            )),
            AccountError::Identity(_) => Self::unavailable(&error),
            AccountError::SecondFactorNeeded => {
                Self::new(StatusCode::UNAUTHORIZED, "second-factor-needed", "One-time password needed", words)
                    .hint("Send it, or a recovery code, as `second_factor`.")
            }
            AccountError::WrongSecondFactor => {
                Self::new(StatusCode::FORBIDDEN, "second-factor", "Wrong one-time password", words)
                    .hint("Take the next one that your device shows, and see that its clock is right.")
            }
            AccountError::SecondFactorLost => {
                Self::new(StatusCode::FORBIDDEN, "second-factor-lost", "One-time passwords lost", words)
                    .hint("Sign in with a recovery code, and turn them off and on again.")
            }
            AccountError::HasSecondFactor => conflict("has-second-factor", "One-time passwords are on", words)
                .hint("Turn them off first: DELETE /api/v1/account/second-factor."),
            AccountError::NoSecondFactor => conflict("no-second-factor", "No one-time passwords", words)
                .hint("Begin with POST /api/v1/account/second-factor."),
            AccountError::Disabled => Self::new(StatusCode::FORBIDDEN, "disabled", "Account disabled", words)
                .hint("Ask whoever runs the registry."),
            AccountError::Wait { seconds } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", "Too many attempts", words)
                    .hint("Wait, or have a letter sent with which you need not: POST /api/v1/session/unlock.")
                    .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
            }
            AccountError::Password(why) => {
                let hint = match why {
                    BadPassword::Length => "Four words that have nothing to do with each other are a good one.",
                    BadPassword::Common | BadPassword::Personal => "Choose one that nobody would try.",
                };
                unprocessable("password-refused", "Password refused", words).hint(hint)
            }
            AccountError::AddressTaken => {
                conflict("address-taken", "Address has an account", words).hint("Use another address.")
            }
            AccountError::UnknownSession | AccountError::UnknownAccount | AccountError::UnknownIdentity => {
                Self::not_found(words)
            }
        }
    }
}
