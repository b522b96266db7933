//! The identities of providers by which a person signs in.

use super::AccountError;
use super::session::lock_signed_in;
use crate::account::ConnectedIdentity;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::ports::Written;
use crate::{Id, Ports};

/// The identities of whoever asks, the oldest first.
///
/// # Errors
/// [`AccountError`]
pub async fn list_identities(ports: &Ports, actor: &Actor) -> Result<Vec<ConnectedIdentity>, AccountError> {
    let (account, _) = actor.person()?;
    Ok(ports.store.read().await?.identities_of(account.id).await?)
}

/// Lets one of the identities of whoever asks sign in no more. Sessions go on.
///
/// # Errors
/// [`AccountError::UnknownIdentity`]; [`AccountError::LastWayIn`] for the last one that could sign in to an account without a
/// password.
#[tracing::instrument(name = "identity.disconnect", skip_all, fields(%identity))]
pub async fn disconnect_identity(
    ports: &Ports,
    actor: &Actor,
    identity: Id<ConnectedIdentity>,
) -> Result<(), AccountError> {
    let (account, session) = actor.person()?;
    let mut transaction = ports.store.begin().await?;
    // Locked, so that of two that are taken away at once one stays.
    let locked = match lock_signed_in(&mut *transaction, account, session).await {
        Ok(locked) => locked,
        Err(refused) => {
            transaction.rollback().await?;
            return Err(refused);
        }
    };
    let all = transaction.identities_of(account.id).await?;
    let (taken, left): (Vec<_>, Vec<_>) = all.into_iter().partition(|known| known.id == identity);
    // One of a provider that the registry had before is no way in.
    let is_way_in =
        |known: &ConnectedIdentity| ports.identity.as_ref().is_some_and(|provider| provider.issuer() == known.issuer);
    let refused = match taken.first() {
        None => Some(AccountError::UnknownIdentity),
        Some(taken) if !ports.ways_in.has_password(&locked) && is_way_in(taken) && !left.iter().any(is_way_in) => {
            Some(AccountError::LastWayIn)
        }
        Some(_) => None,
    };
    if let Some(refused) = refused {
        transaction.rollback().await?;
        return Err(refused);
    }
    transaction.remove_identity(account.id, identity).await?;
    Deed::new(Act::IdentityDisconnect).id(identity).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    tracing::info!(account = %account.id, "an identity was disconnected");
    Ok(())
}
