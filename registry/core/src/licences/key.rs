//! The licence key. It is made at the first start, and sealed by the vault, so that every server of one database signs with the
//! same.

use adx_signing::{KeyId, SecretKey};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::Ports;
use crate::ports::{NotOurs, SealedLicenceKey, StoreError, SystemWrite, Transaction, Vault, Written};

/// Why licences cannot be signed.
#[derive(Debug, Error)]
pub enum LicenceKeyError {
    /// None was made: the server makes it as it starts.
    #[error("there is no key to sign licences with: start the server once")]
    Missing,
    /// Sealed by another key, or damaged.
    #[error("the licence key {key} does not open")]
    Sealed {
        /// The key.
        key: KeyId,
        /// Why not.
        #[source]
        source: NotOurs,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a licence key where there is none that opens, as after the key of the accounts was replaced. What was signed with one
/// before is believed still.
///
/// # Errors
/// [`StoreError`]
pub async fn adopt_key(ports: &Ports) -> Result<KeyId, StoreError> {
    let mut transaction = ports.store.begin().await?;
    let adopted = adopt(ports, &mut *transaction).await;
    match adopted {
        Ok((id, true)) => {
            transaction.commit(Written::System(SystemWrite::LicenceKey)).await?;
            ports.progress.logged();
            Ok(id)
        }
        Ok((id, false)) => {
            transaction.rollback().await?;
            Ok(id)
        }
        Err(error) => {
            transaction.rollback().await?;
            Err(error)
        }
    }
}

/// The key that signs, and whether it was made just now.
async fn adopt(ports: &Ports, transaction: &mut dyn Transaction) -> Result<(KeyId, bool), StoreError> {
    // First: of two servers that start together one makes it, and the other finds it.
    transaction.lock_revocations().await?;
    let last = transaction.licence_keys().await?.into_iter().next();
    if let Some(last) = last.filter(|last| open(&*ports.vault, last).is_ok()) {
        return Ok((last.public.id(), false));
    }
    let mut seed = Zeroizing::new([0; 32]);
    ports.entropy.fill(seed.as_mut());
    let public = SecretKey::from_seed(&seed).public();
    let sealed = ports.vault.seal(seed.as_ref(), &label(&public.id()));
    let made = SealedLicenceKey { public, sealed, made_at: ports.now() };
    transaction.add_licence_key(&made).await?;
    Ok((public.id(), true))
}

/// The key that licences are signed with.
///
/// # Errors
/// [`LicenceKeyError`]
pub async fn signing_key(ports: &Ports) -> Result<SecretKey, LicenceKeyError> {
    let last = ports.store.read().await?.licence_keys().await?.into_iter().next().ok_or(LicenceKeyError::Missing)?;
    let key = last.public.id();
    open(&*ports.vault, &last).map_err(|source| LicenceKeyError::Sealed { key, source })
}

fn open(vault: &dyn Vault, key: &SealedLicenceKey) -> Result<SecretKey, NotOurs> {
    let seed = vault.open(&key.sealed, &label(&key.public.id()))?;
    let seed = Zeroizing::new(<[u8; 32]>::try_from(seed.as_slice()).map_err(|_| NotOurs)?);
    Some(SecretKey::from_seed(&seed)).filter(|secret| secret.public() == key.public).ok_or(NotOurs)
}

/// What a sealed key belongs to.
fn label(key: &KeyId) -> String {
    format!("licence key {key}")
}
