//! One person signs.

use adx_signing::{
    KeyId, PublicKey, UtcSecond,
    key::SignatureError,
    tuf::{
        Role, Signed, TopRole,
        ceremony::{Status, check_root},
    },
};
use thiserror::Error;

use super::{
    DocumentsError,
    carried::{Carried, CarriedError},
    custody::{Custody, CustodyError},
    documents::check_form,
};

/// Why nothing was signed.
#[derive(Debug, Error)]
pub enum SignError {
    /// A key that none of the documents asks for.
    #[error("the key signs nothing here: neither the root nor the targets document names it")]
    NotAsked,
    /// Clients would refuse it, whoever signs.
    #[error("{document} expired at {expires}: a signature would be wasted on it")]
    Expired {
        /// `root version 2`.
        document: String,
        /// When.
        expires: UtcSecond,
    },
    /// The documents before it, or their form.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    /// The folder.
    #[error(transparent)]
    Carried(#[from] CarriedError),
    /// The key.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// A custody that gave a signature which does not hold.
    #[error("what the key {key} gave is no signature of it")]
    Signature {
        /// The key.
        key: KeyId,
        /// That it does not hold.
        source: SignatureError,
    },
}

/// A document that a key may sign.
#[derive(Debug, Clone, Copy)]
pub struct Signable {
    /// Root; or targets, and by it who watches the log.
    pub role: TopRole,
    /// The key.
    pub key: PublicKey,
}

/// What a custody may sign in the folder, once everything that is signed already has been checked: nobody should sign on top
/// of what does not hold.
///
/// # Errors
/// [`SignError::NotAsked`] when it is nothing.
pub fn signable(carried: &Carried, custody: &dyn Custody, now: UtcSecond) -> Result<Vec<Signable>, SignError> {
    let documents = &carried.documents;
    let mut earlier = None;
    for (version, file) in documents.roots.iter().take(documents.roots.len().saturating_sub(1)) {
        check_root(&file.document, earlier)
            .map_err(|source| DocumentsError::Ceremony { document: format!("root version {version}"), source })?;
        earlier = Some(file.document.document());
    }
    let (root, targets) = (documents.root()?.document(), documents.targets.document());
    check_form(root, targets)?;
    documents.check_log()?;
    for (document, expires) in [
        (format!("root version {}", root.version()), root.expires()),
        (format!("targets version {}", targets.version()), targets.expires()),
    ] {
        if expires <= now {
            return Err(SignError::Expired { document, expires });
        }
    }

    let roots = carried.trusted().into_iter().chain([root]);
    let of_root = roots.flat_map(|root| root.role(TopRole::Root).keyids()).map(|id| (TopRole::Root, id));
    let of_targets = root.role(TopRole::Targets).keyids().iter().map(|id| (TopRole::Targets, id));
    let mut signable: Vec<Signable> = Vec::new();
    for (role, id) in of_root.chain(of_targets) {
        if let Some(key) = custody.find(id)?
            && !signable.iter().any(|other| (other.role, other.key) == (role, key))
        {
            signable.push(Signable { role, key });
        }
    }
    if signable.is_empty() { Err(SignError::NotAsked) } else { Ok(signable) }
}

/// Whether a key signed a document already, by a signature that holds.
///
/// # Errors
/// [`DocumentsError`] when the folder holds no root.
pub fn is_signed(carried: &Carried, signable: Signable, now: UtcSecond) -> Result<bool, DocumentsError> {
    let [root, targets] = carried.status(now)?;
    let status: Status = if signable.role == TopRole::Root { root } else { targets };
    Ok(status.approvals.iter().any(|approval| approval.signed.contains(&signable.key.id())))
}

/// Signs one document and keeps it in the folder.
///
/// # Errors
/// [`SignError`]
pub fn sign(carried: &mut Carried, custody: &dyn Custody, signable: Signable) -> Result<(), SignError> {
    let Signable { role, key } = signable;
    if role == TopRole::Root {
        let root = signed(carried.documents.root()?, custody, &key)?;
        carried.keep_root(root)?;
    } else {
        let targets = signed(&carried.documents.targets, custody, &key)?;
        carried.keep_targets(targets)?;
    }
    Ok(())
}

fn signed<T: Role + Clone>(
    document: &Signed<T>,
    custody: &dyn Custody,
    key: &PublicKey,
) -> Result<Signed<T>, SignError> {
    let signature = custody.sign(&key.id(), &document.signing_bytes())?;
    let mut signed = document.clone();
    signed.add_signature(key, &signature).map_err(|source| SignError::Signature { key: key.id(), source })?;
    Ok(signed)
}
