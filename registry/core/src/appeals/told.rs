//! Appeals as people read them: about what, and whose.

use adx_signing::name::Namespace;

use super::subject::describe;
use super::{Appeal, Appellant};
use crate::Ports;
use crate::account::{Account, Contact};
use crate::ports::{Reader, StoreError};

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
    let (publisher, person) = match appeal.appellant {
        Appellant::Publisher(publisher) => (reader.publisher(publisher).await?.map(|found| found.namespace), None),
        Appellant::Account(account) => (None, reader.account(account).await?.and_then(Account::contact)),
    };
    Ok(ToldAppeal { appeal, about, publisher, person })
}
