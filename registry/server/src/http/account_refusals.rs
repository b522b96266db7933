//! The refusals about people's accounts, as problems.

use actix_web::http::{
    StatusCode,
    header::{self, HeaderValue},
};
use adx_registry_core::{
    accounts::{AccountError, BadPassword},
    passkey::BadPasskeyName,
    ports::PasskeyError,
};

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
            AccountError::Vault(_) | AccountError::Hashing(_) | AccountError::Passkey(PasskeyError::Failed(_)) => {
                Self::internal(&error)
            }
            AccountError::BadCode => Self::new(StatusCode::NOT_FOUND, "code", "No such code", words)
                .hint("Open the link of the last letter, or ask for another."),
            AccountError::SignUpClosed => {
                Self::new(StatusCode::FORBIDDEN, "sign-up-closed", "Sign-up is closed", words)
                    .hint("Ask an owner of a publisher here to invite this address, or whoever runs the registry.")
            }
            AccountError::WrongCredentials => {
                Self::new(StatusCode::UNAUTHORIZED, "credentials", "Not signed in", words)
                    .hint("If you do not know the password any more, have it reset.")
            }
            AccountError::WrongPassword => Self::new(StatusCode::FORBIDDEN, "password", "Wrong password", words),
            AccountError::NoPassword => conflict("no-password", "No password", words)
                .hint("Set one: ask for a letter with POST /api/v1/password-reset."),
            AccountError::PasswordsOff(_) => {
                Self::new(StatusCode::FORBIDDEN, "passwords-off", "No passwords here", words)
                    .hint("Begin with POST /api/v1/session/openid.")
            }
            AccountError::ProofNeeded(_) => Self::new(
                StatusCode::FORBIDDEN,
                "sign-in-again",
                "Sign in once more",
                words,
            )
            .hint(
                "Begin with POST /api/v1/session/openid and `prove`, and send this again within ten minutes after it.",
            ),
            AccountError::NoProvider => Self::not_found(words).hint("Sign in with address and password."),
            AccountError::LastWayIn => conflict("last-way-in", "Only way to sign in", words).hint(
                "Connect another identity first, or, where there are passwords, set one: POST /api/v1/password-reset.",
            ),
            AccountError::LastOwner(namespace) => conflict("last-owner", "Last owner", words).hint(format!(
                "Make somebody else an owner of `{namespace}` first, or give it away: POST \
                 /api/v1/publishers/{namespace}/proposals."
            )),
            AccountError::Identity(_) => Self::unavailable(&error),
            AccountError::SecondFactorNeeded(methods) => {
                Self::new(StatusCode::UNAUTHORIZED, "second-factor-needed", "Second factor needed", words)
                    .hint("Send one of `methods`: a code as `second_factor`, or what a passkey signed as `passkey`.")
                    .methods(methods.words())
            }
            AccountError::WrongSecondFactor => Self::new(StatusCode::FORBIDDEN, "second-factor", "Wrong code", words)
                .hint("Take the next one that your device shows, and see that its clock is right."),
            AccountError::SecondFactorLost => {
                Self::new(StatusCode::FORBIDDEN, "second-factor-lost", "One-time passwords lost", words)
                    .hint("Sign in with a recovery code, and turn them off and on again.")
            }
            AccountError::HasSecondFactor => conflict("has-second-factor", "One-time passwords are on", words)
                .hint("Turn them off first: DELETE /api/v1/account/second-factor."),
            AccountError::LastSecondFactor => conflict("last-second-factor", "Last second factor", words)
                .hint("Add another one first: POST /api/v1/account/passkeys, or POST /api/v1/account/second-factor."),
            AccountError::NoSecondFactor => conflict("no-second-factor", "No one-time passwords", words)
                .hint("Begin with POST /api/v1/account/second-factor."),
            AccountError::NothingToRecover => conflict("nothing-to-recover", "No second factor", words)
                .hint("Add one, and recovery codes come with it: POST /api/v1/account/second-factor."),
            AccountError::NoPasskeysHere => conflict("passkeys-unavailable", "No passkeys here", words).hint(
                "Whoever runs the registry sets `server.public_url`: a name by https, or localhost, not a number.",
            ),
            AccountError::NoPasskey => conflict("no-passkey", "No passkey", words)
                .hint("Sign in with a one-time password or a recovery code, if there is one, or add a passkey."),
            AccountError::TooManyPasskeys => {
                conflict("too-many-passkeys", "Too many passkeys", words).hint("Remove one that you do not use.")
            }
            AccountError::PasskeyTaken => {
                conflict("passkey-taken", "Passkey added before", words).hint("Use another device, or remove it first.")
            }
            AccountError::PasskeyRoundOver => {
                Self::new(StatusCode::FORBIDDEN, "passkey-round", "Passkey came too late", words)
                    .hint("Begin again: what a device is asked is good once, for five minutes.")
            }
            AccountError::Passkey(PasskeyError::Refused(_)) => {
                Self::new(StatusCode::FORBIDDEN, "passkey", "Passkey refused", words)
                    .hint("Try again with a passkey of this account, on the page of this registry.")
            }
            AccountError::Passkey(PasskeyError::Cloned) => {
                Self::new(StatusCode::FORBIDDEN, "passkey-cloned", "Passkey refused", words)
                    .hint("Use another passkey or a code, remove this one, and change the password.")
            }
            AccountError::OwnAccount => conflict("own-account", "Own account", words)
                .hint("Have another operator do it, or erase it: DELETE /api/v1/account."),
            AccountError::LastOperator => conflict("last-operator", "Last operator", words)
                .hint("Make somebody else an operator first, on the registry's machine: adx-registry admin link."),
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
            AccountError::IsOperator => conflict("is-operator", "An operator already", words)
                .hint("Leave the link to whoever is to be one: it is good still."),
            AccountError::AddressTaken => conflict("address-taken", "Address has an account", words)
                .hint("Use another address, or sign in with this one first, where the link can be used then."),
            AccountError::OwnAddress => unprocessable("own-address", "Address of the account", words)
                .hint("Name the address that mail is to go to."),
            AccountError::UnknownSession
            | AccountError::UnknownAccount
            | AccountError::UnknownIdentity
            | AccountError::UnknownPasskey => Self::not_found(words),
        }
    }
}

impl From<BadPasskeyName> for Problem {
    fn from(error: BadPasskeyName) -> Self {
        unprocessable("passkey-name", "Not a name", error.to_string())
            .hint("Choose a word or two by which you know it.")
    }
}
