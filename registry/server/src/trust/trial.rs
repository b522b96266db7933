//! A ceremony of one person in one second, for a first look.
//!
//! Its offline keys are made here and thrown away unless they are asked for: nobody can rotate them then, and a production
//! registry begins with a ceremony of people.

use std::path::{Path, PathBuf};

use adx_registry_core::ports::EntropyRng;
use adx_signing::{
    SecretKey, UtcSecond,
    log::{KeyName, VerifierKey, note::NoteError},
    tuf::{Authority, HashBins, Root, Signed, keys::KeysError},
};
use rand_core::Rng as _;
use secrecy::SecretString;
use thiserror::Error;
use time::Duration;

use super::{
    Documents, InstalledError, OnlineRole,
    carried::{Carried, CarriedError},
    documents::RootFile,
    files,
    first::{FirstError, FirstPlan},
    install::{InstallError, Installation, install},
    installed::Installed,
    online::{KeyFileError, OnlinePublic, write_key},
};
use crate::world::SystemEntropy;

/// For how long root and targets are signed.
const LIFETIME: Duration = Duration::days(365);

/// Why no trial was made.
#[derive(Debug, Error)]
pub enum TrialError {
    /// Agents that trust what is installed would refuse another.
    #[error("a ceremony is installed in `{}` already", folder.display())]
    Present {
        /// The folder.
        folder: PathBuf,
    },
    /// What is installed cannot be read.
    #[error(transparent)]
    Installed(#[from] InstalledError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The documents.
    #[error("the documents cannot be made")]
    First(#[from] FirstError),
    /// The folder that was to be kept.
    #[error(transparent)]
    Carried(#[from] CarriedError),
    /// The folder that was to be kept cannot be made.
    #[error("`{}` cannot be made", folder.display())]
    Keep {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The log's name.
    #[error(transparent)]
    Origin(#[from] NoteError),
    /// The installation.
    #[error(transparent)]
    Install(#[from] InstallError),
}

impl From<KeysError> for TrialError {
    fn from(error: KeysError) -> Self {
        Self::First(error.into())
    }
}

/// What may be chosen.
#[derive(Debug, Clone, Default)]
pub struct TrialPlan {
    /// What the log is called; a name that no other log has unless given.
    pub origin: Option<KeyName>,
    /// The hash bins.
    pub bins: HashBins,
    /// Where to keep the folder of the ceremony (`ceremony/`) and its two offline keys (`root.pem`, `targets.pem`, not
    /// encrypted), to try rotations with.
    pub keep: Option<PathBuf>,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What was installed.
    pub installation: Installation,
    /// What the log is called.
    pub origin: KeyName,
    /// The key that the log signs with.
    pub log_key: VerifierKey,
    /// Until when root and targets are believed.
    pub expires: UtcSecond,
}

/// Makes keys and documents, and installs them.
///
/// # Errors
/// [`TrialError`]; [`TrialError::Present`] where a ceremony is installed.
pub fn make(
    folder: &Path,
    plan: &TrialPlan,
    passphrase: Option<&SecretString>,
    now: UtcSecond,
) -> Result<Trial, TrialError> {
    if Installed::read(folder)?.is_some() {
        return Err(TrialError::Present { folder: folder.to_owned() });
    }
    let mut random = EntropyRng(&SystemEntropy);
    let online = OnlinePublic::make(folder, &OnlineRole::ALL, passphrase, &mut random)?;
    let (root_key, targets_key) = (SecretKey::generate(&mut random), SecretKey::generate(&mut random));
    let expires = now.after(LIFETIME);

    let origin = match &plan.origin {
        Some(origin) => origin.clone(),
        None => own_origin(&mut random)?,
    };
    let first = FirstPlan {
        root: Authority::new(&[root_key.public()], 1)?,
        root_expires: expires,
        targets: Authority::new(&[targets_key.public()], 1)?,
        targets_expires: expires,
        online,
        bins: plan.bins,
        origin: origin.clone(),
        witnesses: Vec::new(),
        quorum: 0,
    };
    let (mut root, mut targets, log) = first.make(now)?;
    root.sign(&root_key);
    targets.sign(&targets_key);
    let log_key = log.key.clone();

    if let Some(keep) = &plan.keep {
        files::make_private_folder(keep).map_err(|source| TrialError::Keep { folder: keep.clone(), source })?;
        write_key(&keep.join("root.pem"), &root_key, None, &mut random)?;
        write_key(&keep.join("targets.pem"), &targets_key, None, &mut random)?;
        Carried::begin(&keep.join("ceremony"), root.clone(), targets.clone(), log.clone())?;
    }
    let roots = [(1, root_file(root))].into();
    let documents = Documents { roots, targets, log };
    let installation = install(&documents, folder, passphrase, now)?;
    Ok(Trial { installation, origin, log_key, expires })
}

fn root_file(document: Signed<Root>) -> RootFile {
    RootFile { bytes: document.to_json(), document }
}

/// Sixteen random hexadecimal digits below a domain that does not exist: two trials are two logs.
fn own_origin(random: &mut EntropyRng<'_>) -> Result<KeyName, NoteError> {
    format!("trial-{:016x}.invalid/log", random.next_u64()).parse()
}
