//! From people to the types of the wire.

use adx_registry_core::{
    account,
    accounts::{self, Factor, Password, SecondFactorState, WaysIn},
    passkey,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::{Account, ConnectedIdentity, Passkey, PasskeyAnswer, Session};
use crate::http::problem::Problem;

impl Account {
    /// A person, as the person sees it.
    pub fn of(account: &account::Account, second_factor: SecondFactorState, ways_in: WaysIn) -> Self {
        Self {
            id: account.id.to_string(),
            email: account.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
            name: account.name.as_ref().map(ToString::to_string).unwrap_or_default(),
            is_operator: account.is_operator,
            has_password: ways_in.has_password(account),
            has_second_factor: second_factor.is_on,
            has_one_time_passwords: second_factor.has_one_time_passwords,
            has_passkeys: second_factor.has_passkeys,
            recovery_codes_left: second_factor.recovery_codes_left,
            created_at: account.created_at,
        }
    }
}

impl Session {
    /// A session among those of the one that asks.
    pub fn among(session: &account::Session, current: &account::Session) -> Self {
        Self {
            id: session.id.to_string(),
            device: session.device.clone(),
            is_current: session.id == current.id,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            ends_at: session.ends_at(),
        }
    }
}

impl ConnectedIdentity {
    /// An identity, as its person sees it.
    pub fn of(identity: &account::ConnectedIdentity) -> Self {
        Self { id: identity.id.to_string(), issuer: identity.issuer.clone(), connected_at: identity.connected_at }
    }
}

impl Passkey {
    /// A passkey, as its person sees it.
    pub fn of(passkey: &passkey::Passkey) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name.to_string(),
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
        }
    }
}

/// What a device answered, as it came.
pub(in crate::http) fn answer(round: &SecretString, credential: &Value) -> accounts::PasskeyAnswer {
    accounts::PasskeyAnswer { round: round.expose_secret().to_owned(), credential: credential.to_string() }
}

/// What is shown besides the password: one thing at most.
pub(in crate::http) fn factor(
    code: Option<&SecretString>,
    passkey: Option<&PasskeyAnswer>,
) -> Result<Option<Factor>, Problem> {
    match (code, passkey) {
        (Some(_), Some(_)) => Err(Problem::bad_request("the body has both `second_factor` and `passkey`")
            .hint("Send one of them: each is enough.")),
        (Some(code), None) => Ok(Some(Factor::Code(code.expose_secret().to_owned()))),
        (None, Some(passkey)) => Ok(Some(Factor::Passkey(answer(&passkey.round, &passkey.credential)))),
        (None, None) => Ok(None),
    }
}

/// A password as it came.
pub(in crate::http) fn password(text: &SecretString) -> Password {
    Password::new(text.expose_secret().to_owned())
}
