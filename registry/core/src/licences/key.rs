//! The licence key. It is made at the first start, and sealed by the vault, so that every server of one database signs with the
//! same.

use adx_signing::licence::{Licence, LicenceError};
use adx_signing::log::KeyName;
use adx_signing::utc::UtcSecond;
use adx_signing::{KeyId, SecretKey};
use thiserror::Error;
use time::Duration;
use zeroize::Zeroizing;

use crate::Ports;
use crate::ports::{NotOurs, Reader, SealedLicenceKey, StoreError, SystemWrite, Transaction, Vault, Written};

/// How long a lease lasts: as long as a revocation or the end of an order can be kept from an agent without a network.
pub const LEASE: Duration = Duration::days(7);

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
    /// The fault is ours.
    #[error(transparent)]
    Licence(#[from] LicenceError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What licences are signed with.
#[derive(Debug)]
pub struct Signer {
    /// What the registry calls itself in them.
    pub registry: KeyName,
    /// The key.
    pub key: SecretKey,
}

impl Signer {
    /// Signs a licence.
    ///
    /// # Errors
    /// [`LicenceError`]
    pub fn sign(&self, licence: &Licence, now: UtcSecond) -> Result<String, LicenceError> {
        licence.sign(now, &self.key)
    }

    /// Signs a lease of it.
    ///
    /// # Errors
    /// [`LicenceError`]
    pub fn lease(&self, licence: &Licence, now: UtcSecond) -> Result<String, LicenceError> {
        licence.lease(now, now.after(LEASE), &self.key)
    }
}

/// Makes a licence key for the registry of that name where there is none of it that opens, as after the key of the accounts was replaced. What was
/// signed with one before is believed still.
///
/// # Errors
/// [`StoreError`]
pub async fn adopt_key(ports: &Ports, registry: &KeyName) -> Result<KeyId, StoreError> {
    let mut transaction = ports.store.begin().await?;
    let adopted = adopt(ports, &mut *transaction, registry).await;
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
async fn adopt(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    registry: &KeyName,
) -> Result<(KeyId, bool), StoreError> {
    // First: of two servers that start together one makes it, and the other finds it.
    transaction.lock_revocations().await?;
    let last = transaction.licence_keys().await?.into_iter().next();
    if let Some(last) = last.filter(|last| last.registry == *registry && open(&*ports.vault, last).is_ok()) {
        return Ok((last.public.id(), false));
    }
    let mut seed = Zeroizing::new([0; 32]);
    ports.entropy.fill(seed.as_mut());
    let public = SecretKey::from_seed(&seed).public();
    let sealed = ports.vault.seal(seed.as_ref(), &label(&public.id()));
    let made = SealedLicenceKey { registry: registry.clone(), public, sealed, made_at: ports.now() };
    transaction.add_licence_key(&made).await?;
    Ok((public.id(), true))
}

/// What licences are signed with.
///
/// # Errors
/// [`LicenceKeyError`]
pub async fn signer<R: Reader + ?Sized>(ports: &Ports, reader: &mut R) -> Result<Signer, LicenceKeyError> {
    let last = reader.licence_keys().await?.into_iter().next().ok_or(LicenceKeyError::Missing)?;
    let key = open(&*ports.vault, &last).map_err(|source| LicenceKeyError::Sealed { key: last.public.id(), source })?;
    Ok(Signer { registry: last.registry, key })
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
