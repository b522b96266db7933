//! People's accounts, as operators see them.

use adx_registry_core::{account, accounts};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// How far an account has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccountState {
    /// A letter was sent to its address, and nobody has answered it.
    Unverified,
    /// The person may sign in.
    Active,
    /// An operator keeps the person out.
    Disabled,
    /// Nothing personal is left of it.
    Erased,
}

/// An account, as operators see it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ListedAccount {
    /// Its id.
    pub id: String,
    /// Where mail goes. Empty where it is erased.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// What others read. Empty until the address is verified, and where it is erased.
    pub name: String,
    /// How far it has come.
    pub state: AccountState,
    /// Whether the person runs the registry.
    pub is_operator: bool,
    /// Whether one-time passwords are on.
    pub has_one_time_passwords: bool,
    /// Whether there is a passkey.
    pub has_passkeys: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When the address was shown to be the person's.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<OffsetDateTime>,
    /// When the person signed in last, as far as a session from then is still kept: those that were ended are not.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub signed_in_at: Option<OffsetDateTime>,
    /// Since when it is disabled.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<OffsetDateTime>,
    /// Why it is disabled, if that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_for: Option<String>,
}

/// Accounts, as operators see them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ListedAccountList {
    /// The accounts.
    pub accounts: Vec<ListedAccount>,
    /// `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AccountsQuery {
    /// The beginning of a name or of an address; the case of its letters does not count.
    pub q: Option<String>,
    /// How far they have come; all but erased ones without it.
    pub state: Option<AccountState>,
    /// The last one already seen: `next` of the page before.
    pub after: Option<String>,
}

/// Why a person is kept out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDisabling {
    /// For operators; one line without markup, 500 characters at most.
    #[schema(example = "the address was taken over")]
    pub reason: String,
}

impl From<&accounts::ListedAccount> for ListedAccount {
    fn from(account: &accounts::ListedAccount) -> Self {
        Self {
            id: account.id.to_string(),
            email: account.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
            name: account.name.as_ref().map(ToString::to_string).unwrap_or_default(),
            state: account.state.into(),
            is_operator: account.is_operator,
            has_one_time_passwords: account.has_one_time_passwords,
            has_passkeys: account.has_passkeys,
            created_at: account.created_at,
            verified_at: account.verified_at,
            signed_in_at: account.signed_in_at,
            disabled_at: account.disabled_at,
            disabled_for: account.disabled_for.clone(),
        }
    }
}

impl From<account::AccountState> for AccountState {
    fn from(state: account::AccountState) -> Self {
        match state {
            account::AccountState::Unverified => Self::Unverified,
            account::AccountState::Active => Self::Active,
            account::AccountState::Disabled => Self::Disabled,
            account::AccountState::Erased => Self::Erased,
        }
    }
}

impl From<AccountState> for account::AccountState {
    fn from(state: AccountState) -> Self {
        match state {
            AccountState::Unverified => Self::Unverified,
            AccountState::Active => Self::Active,
            AccountState::Disabled => Self::Disabled,
            AccountState::Erased => Self::Erased,
        }
    }
}
