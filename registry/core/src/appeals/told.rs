//! Appeals as people read them: about what, and whose.

use adx_signing::name::Namespace;

use super::subject::describe;
use super::{Appeal, Appellant};
use crate::account::{Account, Contact};
use crate::members::Member;
use crate::owner::OwnerName;
use crate::ports::{Reader, StoreError};
use crate::publisher::Publisher;
use crate::token::{Token, TokenOwner};
use crate::{Id, Ports};

/// An appeal, with what its ids mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldAppeal {
    /// The appeal.
    pub appeal: Appeal,
    /// What it is about, as people write it.
    pub about: String,
    /// Whose it is, unless a person's.
    pub publisher: Option<Namespace>,
    /// The person whose it is, if that one is still there: for operators.
    pub person: Option<Contact>,
    /// The member of the publisher who opened it, as the others read it; none where a token of the publisher did.
    pub opener: Option<OwnerName>,
}

/// Looks up what each of these appeals is about, and whose it is.
///
/// # Errors
/// [`StoreError`]
pub async fn tell_appeals(ports: &Ports, appeals: Vec<Appeal>) -> Result<Vec<ToldAppeal>, StoreError> {
    let mut reader = ports.store.read().await?;
    let mut told = Vec::with_capacity(appeals.len());
    for appeal in appeals {
        told.push(tell(&mut *reader, appeal).await?);
    }
    Ok(told)
}

/// The same of one.
///
/// # Errors
/// [`StoreError`]
pub async fn tell_appeal(ports: &Ports, appeal: Appeal) -> Result<ToldAppeal, StoreError> {
    tell(&mut *ports.store.read().await?, appeal).await
}

async fn tell(reader: &mut dyn Reader, appeal: Appeal) -> Result<ToldAppeal, StoreError> {
    let about = describe(reader, &appeal.subject).await?;
    let (publisher, opener, person) = match appeal.appellant {
        Appellant::Publisher(publisher) => {
            let opener = opener(reader, publisher, &appeal.opened_by).await?;
            (reader.publisher(publisher).await?.map(|found| found.namespace), opener, None)
        }
        Appellant::Account(account) => (None, None, reader.account(account).await?.and_then(Account::contact)),
    };
    Ok(ToldAppeal { appeal, about, publisher, person, opener })
}

/// The member that an account or a token is of.
async fn opener(
    reader: &mut dyn Reader,
    publisher: Id<Publisher>,
    opened_by: &str,
) -> Result<Option<OwnerName>, StoreError> {
    let (kind, id) = opened_by.split_once(':').unwrap_or_default();
    let members = reader.members_of(publisher).await?;
    let of_token = match id.parse::<Id<Token>>() {
        Ok(id) if kind == "token" => reader.token(id).await?.map(|token| token.owner),
        _ => None,
    };
    let is_opener = |member: &&Member| match of_token {
        Some(TokenOwner::Owner(owner)) => member.id == owner,
        Some(_) => false,
        None => kind == "account" && member.account.is_some_and(|account| account.to_string() == id),
    };
    Ok(members.iter().find(is_opener).map(|member| member.name.clone()))
}
