//! By what people come in here: with passwords or without, and with a second factor or not.

use super::AccountError;
use crate::Ports;
use crate::account::{Account, Session, SignedInBy};

/// Whether people sign in with passwords of the registry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Passwords {
    /// They do.
    #[default]
    On,
    /// They sign in at the provider of identities only. Passwords of before count for nothing.
    Off,
}

impl Passwords {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::On, Self::Off];

    /// The word in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// Whether whoever signs in with a password has to have a second factor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SecondFactors {
    /// Whoever likes to has one.
    #[default]
    Optional,
    /// Everybody has one; without, there is nothing to do but to add one.
    Required,
}

impl SecondFactors {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Optional, Self::Required];

    /// The word in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

/// By what people come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaysIn {
    /// Whether with passwords.
    pub passwords: Passwords,
    /// Whether with a second factor besides.
    pub second_factor: SecondFactors,
}

impl WaysIn {
    /// Whether passwords count.
    pub fn takes_passwords(self) -> bool {
        self.passwords == Passwords::On
    }

    /// Whether the account has a password that counts.
    pub fn has_password(self, account: &Account) -> bool {
        self.takes_passwords() && account.password.is_some()
    }

    /// Whether a session counts that was begun so: whoever turns passwords off means those who have come in with one too.
    pub(super) fn admits(self, session: &Session) -> bool {
        self.takes_passwords() || session.signed_in_by == SignedInBy::Provider
    }

    /// Whether a session is good for little as long as its account has no second factor. The provider of identities asks for factors by
    /// itself.
    pub(super) fn asks_for_factor(self, session: &Session) -> bool {
        self.second_factor == SecondFactors::Required && session.signed_in_by == SignedInBy::Password
    }

    /// Whether the account has to keep a second factor.
    pub(super) fn keeps_factor(self, account: &Account) -> bool {
        self.second_factor == SecondFactors::Required && self.has_password(account)
    }
}

/// Refuses what is about passwords where there are none.
///
/// # Errors
/// [`AccountError::PasswordsOff`]
pub(super) fn refuse_without_passwords(ports: &Ports) -> Result<(), AccountError> {
    if ports.ways_in.takes_passwords() { Ok(()) } else { Err(AccountError::PasswordsOff(provider_name(ports))) }
}

/// What people call the provider of identities.
pub(super) fn provider_name(ports: &Ports) -> String {
    ports.identity.as_ref().map_or("the provider of identities", |provider| provider.name()).to_owned()
}
