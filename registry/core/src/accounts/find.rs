//! Accounts as operators see them: found by the beginning of a name or of an address.

use time::OffsetDateTime;

use super::AccountError;
use crate::account::{Account, AccountState};
use crate::actor::Actor;
use crate::operator_scope::OperatorScope;
use crate::owner::OwnerName;
use crate::ports::Address;
use crate::{Id, Ports, page};

/// Most accounts of one page.
pub const MAX_FOUND_ACCOUNTS: u32 = 100;
/// Longest beginning that is looked for, in characters: no address is longer, nor any name.
const MAX_BEGINNING_CHARS: usize = 254;

/// An account as operators see it: without anything that could be used in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAccount {
    /// Its identifier.
    pub id: Id<Account>,
    /// Where mail goes: personal. None once the account is erased.
    pub email: Option<Address>,
    /// What others read. None until the address is verified, and once the account is erased.
    pub name: Option<OwnerName>,
    /// How far it has come.
    pub state: AccountState,
    /// Whether the person runs the registry.
    pub is_operator: bool,
    /// Whether one-time passwords are on.
    pub has_one_time_passwords: bool,
    /// Whether there is a passkey.
    pub has_passkeys: bool,
    /// When it was made, or asked for again before its address was verified.
    pub created_at: OffsetDateTime,
    /// When the address was shown to be the person's.
    pub verified_at: Option<OffsetDateTime>,
    /// When the person signed in last, of those times of which a session is still kept.
    pub signed_in_at: Option<OffsetDateTime>,
    /// Since when it is disabled. None if it is not, or was before this was kept.
    pub disabled_at: Option<OffsetDateTime>,
    /// Why it is disabled, if anybody said so.
    pub disabled_for: Option<String>,
}

/// Which accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Those whose name or address begins with this; the case of its letters does not count.
    pub begins: String,
    /// Those that have come so far; all but erased ones where none is named.
    pub state: Option<AccountState>,
}

/// Some accounts, and after which the next come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAccounts {
    /// In the order they were made.
    pub accounts: Vec<ListedAccount>,
    /// Where to go on, if there are more.
    pub next: Option<Id<Account>>,
}

/// Accounts in the order they were made, those after `after`, at most [`MAX_FOUND_ACCOUNTS`]: for operators.
///
/// # Errors
/// [`AccountError::Denied`], [`AccountError::Store`]
pub async fn find_accounts(
    ports: &Ports,
    actor: &Actor,
    wanted: &AccountFilter,
    after: Option<Id<Account>>,
) -> Result<FoundAccounts, AccountError> {
    actor.operator_sees(OperatorScope::Accounts)?;
    let is_none = wanted.begins.chars().count() > MAX_BEGINNING_CHARS || wanted.begins.chars().any(char::is_control);
    if is_none {
        return Ok(FoundAccounts { accounts: Vec::new(), next: None });
    }
    let mut accounts = ports.store.read().await?.find_accounts(wanted, after, MAX_FOUND_ACCOUNTS + 1).await?;
    let next = page::cut(&mut accounts, MAX_FOUND_ACCOUNTS, |last| last.id);
    Ok(FoundAccounts { accounts, next })
}
