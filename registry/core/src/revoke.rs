//! The kill list: packages that must not run, and keys that somebody else has. Agents honour it for what they have installed,
//! also without a network.

use adx_signing::digest::Digest;
use adx_signing::key::KeyId;
use adx_signing::log::{Event, leaf};
use adx_signing::tuf::control::{Revocations, RevokedKey, RevokedPackage};
use adx_signing::utc::UtcSecond;
use thiserror::Error;

use crate::Ports;
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::job::Notice;
use crate::leaf::append;
use crate::operator_scope::OperatorScope;
use crate::ports::{StoreError, Transaction, Written};
use crate::proposals::notify_owners;
use crate::publisher::Publisher;
use crate::reason::Reason;
use crate::withhold::{self, Standing};
use serde_json::json;

/// Most entries of the kill list: with the longest reasons they stay below what agents read of a control file.
pub const MAX_REVOCATIONS: usize = 4_096;

/// What is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// A package.
    Package(Digest),
    /// A key, for the leaves from this number on.
    Key {
        /// The key.
        id: KeyId,
        /// The first leaf that is not believed; 0 for all.
        from_leaf: u64,
    },
}

/// What is taken off the kill list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// A package.
    Package(Digest),
    /// A key.
    Key(KeyId),
}

/// What a revocation changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was not revoked before.
    New,
    /// The key was revoked before, for the leaves from another number on.
    FromAnotherLeaf,
    /// It was revoked before; the reason is the one given last.
    Before,
}

/// Why nothing was revoked or taken back.
#[derive(Debug, Error)]
pub enum RevokeError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No release has the package.
    #[error("no release has the package {0}")]
    UnknownPackage(Digest),
    /// No publisher has the key.
    #[error("no publisher registered the key {0}")]
    UnknownKey(KeyId),
    /// It is not on the list.
    #[error("it is not revoked")]
    NotRevoked,
    /// The list is full.
    #[error("the kill list has {MAX_REVOCATIONS} entries, and no more fit")]
    Full,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Revokes a package or a key, as an operator's request. What is revoked again is revoked for the reason given last.
///
/// # Errors
/// [`RevokeError`]
#[tracing::instrument(name = "revocation.add", skip_all, fields(?revocation))]
pub async fn revoke(ports: &Ports, actor: &Actor, revocation: Revocation, reason: &Reason) -> Result<Put, RevokeError> {
    actor.operator(OperatorScope::Moderate)?;
    revoke_on_the_machine(ports, revocation, reason).await
}

/// Revokes for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`RevokeError`]
pub async fn revoke_on_the_machine(ports: &Ports, revocation: Revocation, reason: &Reason) -> Result<Put, RevokeError> {
    let mut transaction = ports.store.begin().await?;
    let put = match revocation {
        Revocation::Package(sha256) => put_package(ports, &mut *transaction, sha256, reason).await,
        Revocation::Key { id, from_leaf } => put_key(ports, &mut *transaction, id, from_leaf, reason).await,
    };
    finish(ports, transaction, put).await
}

/// Takes a package or a key off the kill list, as an operator's request. The package stays in quarantine until it is let out.
///
/// # Errors
/// [`RevokeError`]
#[tracing::instrument(name = "revocation.remove", skip_all, fields(?revoked))]
pub async fn unrevoke(ports: &Ports, actor: &Actor, revoked: Revoked) -> Result<(), RevokeError> {
    actor.operator(OperatorScope::Moderate)?;
    unrevoke_on_the_machine(ports, revoked).await
}

/// Takes off the kill list for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`RevokeError`]
pub async fn unrevoke_on_the_machine(ports: &Ports, revoked: Revoked) -> Result<(), RevokeError> {
    let mut transaction = ports.store.begin().await?;
    let taken = take(ports, &mut *transaction, revoked).await;
    finish(ports, transaction, taken).await
}

async fn finish<T>(
    ports: &Ports,
    transaction: Box<dyn Transaction>,
    done: Result<T, RevokeError>,
) -> Result<T, RevokeError> {
    if done.is_err() {
        transaction.rollback().await?;
    } else {
        transaction.commit(Written::Told).await?;
        // A round is due, whether or not there is a leaf: a reason may have changed.
        ports.progress.logged();
    }
    done
}

/// In a transaction that may do more.
pub(crate) async fn put_package(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    sha256: Digest,
    reason: &Reason,
) -> Result<Put, RevokeError> {
    let found = transaction.release_by_digest(&sha256).await?;
    let release = found.ok_or(RevokeError::UnknownPackage(sha256))?;
    // Nobody is to install either what nobody may run. First, for that locks the module.
    let standing = Standing::Quarantined(Some(reason));
    withhold::set(ports, transaction, &release.module, &release.version, standing).await?;
    let list = lock(transaction).await?;
    let known = list.packages.get(&sha256);
    room(&list, known.is_some())?;
    let revoked = RevokedPackage {
        module: release.module,
        version: release.version,
        at: known.map_or_else(|| UtcSecond::from(ports.now()), |known| known.at),
        reason: reason.to_string(),
    };
    transaction.revoke_package(&sha256, &revoked).await?;
    let deed = of_package(transaction, Deed::new(Act::PackageRevoke).id(sha256), &revoked).await?;
    if known.is_some() {
        deed.with(json!({ "was_revoked": true })).tell(ports, transaction);
        return Ok(Put::Before);
    }
    let leaf = append(transaction, ports.now(), Event::Revoked(leaf::Revoked::Package { sha256 })).await?;
    deed.leaf(Some(leaf)).tell(ports, transaction);
    Ok(Put::New)
}

async fn put_key(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    id: KeyId,
    from_leaf: u64,
    reason: &Reason,
) -> Result<Put, RevokeError> {
    let publisher = transaction.registered_by(&id).await?.ok_or(RevokeError::UnknownKey(id))?;
    let list = lock(transaction).await?;
    let known = list.keys.get(&id);
    room(&list, known.is_some())?;
    let at = known.map_or_else(|| UtcSecond::from(ports.now()), |known| known.at);
    transaction.revoke_key(&id, &RevokedKey { from_leaf, at, reason: reason.to_string() }).await?;
    let publisher = transaction.publisher(publisher).await?;
    let deed = of_key(Act::KeyRevoke, publisher.as_ref(), id).with(json!({ "from_leaf": from_leaf }));
    let put = match known {
        Some(known) if known.from_leaf == from_leaf => {
            deed.tell(ports, transaction);
            return Ok(Put::Before);
        }
        Some(_) => Put::FromAnotherLeaf,
        None => Put::New,
    };
    let leaf = append(transaction, ports.now(), Event::Revoked(leaf::Revoked::Key { from_leaf, keyid: id })).await?;
    deed.leaf(Some(leaf)).tell(ports, transaction);
    if let Some(publisher) = &publisher {
        notify_owners(ports, transaction, publisher, Notice::KeyRevoked { key: id }).await?;
    }
    Ok(put)
}

/// What is done about a key is told to its publisher too.
fn of_key(act: Act, publisher: Option<&Publisher>, id: KeyId) -> Deed {
    let deed = Deed::new(act).id(id);
    match publisher {
        Some(publisher) => deed.of(publisher),
        None => deed,
    }
}

async fn take(ports: &Ports, transaction: &mut dyn Transaction, revoked: Revoked) -> Result<(), RevokeError> {
    let list = lock(transaction).await?;
    let entry = match revoked {
        Revoked::Package(sha256) => {
            transaction.unrevoke_package(&sha256).await?.then_some(leaf::Revoked::Package { sha256 })
        }
        Revoked::Key(keyid) => {
            transaction.unrevoke_key(&keyid).await?;
            list.keys.get(&keyid).map(|known| leaf::Revoked::Key { from_leaf: known.from_leaf, keyid })
        }
    };
    let entry = entry.ok_or(RevokeError::NotRevoked)?;
    let deed = match revoked {
        Revoked::Package(sha256) => {
            let deed = Deed::new(Act::PackageUnrevoke).id(sha256);
            match list.packages.get(&sha256) {
                Some(known) => of_package(transaction, deed, known).await?,
                None => deed,
            }
        }
        Revoked::Key(keyid) => {
            let publisher = match transaction.registered_by(&keyid).await? {
                Some(publisher) => transaction.publisher(publisher).await?,
                None => None,
            };
            if let Some(publisher) = &publisher {
                notify_owners(ports, transaction, publisher, Notice::KeyUnrevoked { key: keyid }).await?;
            }
            of_key(Act::KeyUnrevoke, publisher.as_ref(), keyid)
        }
    };
    let leaf = append(transaction, ports.now(), Event::Unrevoked(entry)).await?;
    deed.leaf(Some(leaf)).tell(ports, transaction);
    Ok(())
}

/// What is done about a package is told to its publisher too.
async fn of_package(
    transaction: &mut dyn Transaction,
    deed: Deed,
    package: &RevokedPackage,
) -> Result<Deed, StoreError> {
    let publisher = transaction.module(&package.module).await?.map(|module| module.publisher);
    let deed = deed.version(&package.version);
    Ok(match publisher {
        Some(publisher) => deed.module(publisher, &package.module),
        None => deed,
    })
}

async fn lock(transaction: &mut dyn Transaction) -> Result<Revocations, StoreError> {
    transaction.lock_leaves().await?;
    transaction.lock_revocations().await?;
    transaction.revocations().await
}

fn room(list: &Revocations, is_known: bool) -> Result<(), RevokeError> {
    if is_known || list.packages.len() + list.keys.len() < MAX_REVOCATIONS { Ok(()) } else { Err(RevokeError::Full) }
}
