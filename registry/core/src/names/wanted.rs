//! Who wants a name that is held.

use adx_signing::name::Namespace;

use super::HeldName;
use crate::Ports;
use crate::account::{Account, Contact};
use crate::ports::{Reader, StoreError};

/// A name that is held, and who wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedName {
    /// The name.
    pub held: HeldName,
    /// Whose module is to have it; none of a namespace.
    pub publisher: Option<Namespace>,
    /// Who asked for a namespace first, if that was a person who is still there: for operators.
    pub person: Option<Contact>,
}

/// Looks up who wants each of these names.
///
/// # Errors
/// [`StoreError`]
pub async fn who_wants_each(ports: &Ports, names: Vec<HeldName>) -> Result<Vec<WantedName>, StoreError> {
    let mut reader = ports.store.read().await?;
    let mut wanted = Vec::with_capacity(names.len());
    for held in names {
        wanted.push(look_up(&mut *reader, held).await?);
    }
    Ok(wanted)
}

/// The same of one.
///
/// # Errors
/// [`StoreError`]
pub async fn who_wants(ports: &Ports, held: HeldName) -> Result<WantedName, StoreError> {
    look_up(&mut *ports.store.read().await?, held).await
}

async fn look_up(reader: &mut dyn Reader, held: HeldName) -> Result<WantedName, StoreError> {
    let publisher = match held.publisher {
        Some(publisher) => reader.publisher(publisher).await?.map(|publisher| publisher.namespace),
        None => None,
    };
    let person = match reader.asker_of(held.id).await? {
        Some(asker) => reader.account(asker).await?.and_then(Account::contact),
        None => None,
    };
    Ok(WantedName { held, publisher, person })
}
