//! From people to the types of the wire.

use adx_registry_core::{
    account,
    accounts::{Password, SecondFactorState},
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Account, ConnectedIdentity, Session};

impl Account {
    /// A person, as the person sees it.
    pub fn of(account: &account::Account, second_factor: SecondFactorState) -> Self {
        Self {
            id: account.id.to_string(),
            email: account.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
            name: account.name.as_ref().map(ToString::to_string).unwrap_or_default(),
            is_operator: account.is_operator,
            has_password: account.password.is_some(),
            has_second_factor: second_factor.is_on,
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

/// A password as it came.
pub(in crate::http) fn password(text: &SecretString) -> Password {
    Password::new(text.expose_secret().to_owned())
}
