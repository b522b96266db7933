//! The documents of a ceremony: every root from the first, the top-level targets document, and what the log is called, which
//! that one lists.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use adx_signing::{
    UtcSecond,
    log::{LogPolicy, policy::PolicyError},
    tuf::{
        Authority, Delegations, HashBins, Role as _, RoleName, Root, Signed, SignedError, TargetFile, TargetName,
        Targets, TopRole,
        bins::MAX_BINS,
        ceremony::{CeremonyError, RootPlan, TargetsPlan, check_root, check_targets},
        control::{CONTROL_FILES, ControlFile as _},
        keys::KeysError,
        role::Scope,
        signed::MAX_METADATA_BYTES,
    },
};
use serde::de::DeserializeOwned;
use thiserror::Error;
use time::OffsetDateTime;

use super::{files, log_file::LogFile, online::OnlineRole};

/// The name of the log's file.
pub const LOG_FILE: &str = "log.json";
/// Longest one read, in bytes: sixteen keys and as many witnesses have about 8 KiB.
const MAX_LOG_FILE_BYTES: usize = 64 * 1024;

/// Why documents cannot be used.
#[derive(Debug, Error)]
pub enum DocumentsError {
    /// A file that is not there or cannot be read.
    #[error("`{}` cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file that is not the document its name says.
    #[error("`{}` is not a document of a ceremony", file.display())]
    Document {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: SignedError,
    },
    /// A file under the name of another version.
    #[error("`{}` holds version {found}", file.display())]
    Version {
        /// The file.
        file: PathBuf,
        /// The version in it.
        found: u64,
    },
    /// `log.json` that is not JSON of its form.
    #[error("`{}` cannot be read: {reason}", file.display())]
    LogFile {
        /// The file.
        file: PathBuf,
        /// What the parser said, with line and column.
        reason: String,
    },
    /// A log that agents could not use.
    #[error("`{LOG_FILE}` is not usable")]
    Log(#[source] PolicyError),
    /// Something else about the log than what the people of the targets document sign.
    #[error(
        "`{LOG_FILE}` is not the one that targets version {version} was made with: it was changed since, or is an older one"
    )]
    OtherLog {
        /// The version of the targets document.
        version: u64,
    },
    /// A targets document from before it listed the log's policy.
    #[error(
        "targets version {version} does not say who watches the log: it is from before people signed that for agents"
    )]
    LogNotListed {
        /// The version of the targets document.
        version: u64,
    },
    /// Too few signatures, a gap in the versions, keys that do not fit together.
    #[error("the {document} is not usable")]
    Ceremony {
        /// `root version 2`.
        document: String,
        /// What is wrong.
        source: CeremonyError,
    },
    /// Documents that are well signed and of another form than this registry makes.
    #[error("{0}")]
    Form(&'static str),
    /// More signatures than a server gives.
    #[error("the role `{role}` asks for {threshold} signatures, the server signs with one key")]
    OnlineThreshold {
        /// The role.
        role: OnlineRole,
        /// What it asks for.
        threshold: u32,
    },
}

/// A root, as it was read.
#[derive(Debug, Clone)]
pub struct RootFile {
    /// The bytes of the file.
    pub bytes: Vec<u8>,
    /// What is in it.
    pub document: Signed<Root>,
}

/// Everything that a ceremony made.
#[derive(Debug, Clone)]
pub struct Documents {
    /// Every root by its version, from the first, without a gap. Never empty.
    pub roots: BTreeMap<u64, RootFile>,
    /// The top-level targets document.
    pub targets: Signed<Targets>,
    /// What the log is called.
    pub log: LogFile,
}

/// Who signs online, and what.
#[derive(Debug, Clone)]
pub struct Online {
    /// The number of bins.
    pub bins: HashBins,
    /// The keys of the bins.
    pub bin_keys: Authority,
    /// The keys of the control role.
    pub control_keys: Authority,
}

impl Documents {
    /// Reads the roots up to a version and a targets document. Nothing is verified: ask [`Documents::check`].
    ///
    /// # Errors
    /// [`DocumentsError`] names the file.
    pub fn read(folder: &Path, last_root: u64, targets: u64, log: LogFile) -> Result<Self, DocumentsError> {
        let mut roots = BTreeMap::new();
        for version in 1..=last_root {
            let (bytes, document) = read_document(folder, TopRole::Root, version)?;
            roots.insert(version, RootFile { bytes, document });
        }
        let (_, targets) = read_document(folder, TopRole::Targets, targets)?;
        Ok(Self { roots, targets, log })
    }

    /// The last root.
    ///
    /// # Errors
    /// [`DocumentsError::Form`] when there is none.
    pub fn root(&self) -> Result<&Signed<Root>, DocumentsError> {
        let last = self.roots.last_key_value().map(|(_, file)| &file.document);
        last.ok_or(DocumentsError::Form("there is no root: `adx-registry trust init` makes the first"))
    }

    /// Checks all that does not depend on the time: that each root follows the one before it, that the last one's keys signed
    /// the targets document, that this lists the log's policy if it lists any, and that the server can do what all ask of it. Gives
    /// what the targets document delegates to.
    ///
    /// # Errors
    /// [`DocumentsError`] names the document and what is missing.
    pub fn check(&self) -> Result<Online, DocumentsError> {
        let mut trusted: Option<&Root> = None;
        for (version, file) in &self.roots {
            check_root(&file.document, trusted).map_err(ceremony(TopRole::Root, *version))?;
            trusted = Some(file.document.document());
        }
        let root = self.root()?.document();
        let version = self.targets.document().version();
        check_targets(&self.targets, root).map_err(ceremony(TopRole::Targets, version))?;
        let online = check_form(root, self.targets.document())?;
        match self.check_log() {
            Ok(()) | Err(DocumentsError::LogNotListed { .. }) => Ok(online),
            Err(error) => Err(error),
        }
    }

    /// Checks that what the log is called is what the targets document lists for agents.
    ///
    /// # Errors
    /// [`DocumentsError::LogNotListed`] for a document from before it did, which only the next one mends;
    /// [`DocumentsError::OtherLog`], and [`DocumentsError::Log`].
    pub fn check_log(&self) -> Result<(), DocumentsError> {
        let (targets, ours) = (self.targets.document(), self.log.listing().map_err(DocumentsError::Log)?);
        let version = targets.version();
        match targets.targets().get(&LogPolicy::target_name()) {
            Some(listed) if *listed == ours => Ok(()),
            Some(_) => Err(DocumentsError::OtherLog { version }),
            None => Err(DocumentsError::LogNotListed { version }),
        }
    }
}

/// Checks that root and targets, signed or not yet, are as this program makes them: no key online and offline, one
/// signature online, whole hash bins, nothing listed by hand but the log's policy, which [`Documents::check_log`] looks at.
///
/// # Errors
/// [`DocumentsError`] says what is otherwise.
pub fn check_form(root: &Root, targets: &Targets) -> Result<Online, DocumentsError> {
    let long_ago = UtcSecond::from(OffsetDateTime::UNIX_EPOCH);
    RootPlan::of(root).first(long_ago).map_err(ceremony(TopRole::Root, root.version()))?;
    for (role, top) in [(OnlineRole::Snapshot, TopRole::Snapshot), (OnlineRole::Timestamp, TopRole::Timestamp)] {
        check_threshold(role, root.role(top).threshold())?;
    }
    let version = targets.version();
    let policy = LogPolicy::target_name();
    if targets.targets().keys().any(|name| *name != policy) {
        return Err(DocumentsError::Form("the targets document lists other files than `log-policy.json` itself"));
    }
    let foreign = DocumentsError::Form("the targets document does not delegate to whole hash bins and a control role");
    let Some(delegations) = targets.delegations() else { return Err(foreign) };
    let Some(online) = delegated(delegations).map_err(ceremony(TopRole::Targets, version))? else {
        return Err(foreign);
    };
    check_threshold(OnlineRole::Bins, online.bin_keys.role().threshold())?;
    check_threshold(OnlineRole::Control, online.control_keys.role().threshold())?;
    let plan = TargetsPlan {
        expires: targets.expires(),
        bins: online.bins,
        bin_keys: online.bin_keys.clone(),
        control_keys: online.control_keys.clone(),
        log_policy: targets.targets().get(&policy).copied().unwrap_or(TargetFile::of(b"")),
    };
    let made = plan.first(root, long_ago).map_err(ceremony(TopRole::Targets, version))?;
    let as_made = made
        .document()
        .delegations()
        .is_some_and(|made| made == delegations || (targets.targets().is_empty() && is_from_before(delegations, made)));
    if as_made { Ok(online) } else { Err(foreign) }
}

/// Whether these are the delegations of a document from before it listed the log's policy: the control role could, besides.
fn is_from_before(found: &Delegations, made: &Delegations) -> bool {
    let all: Vec<TargetName> = CONTROL_FILES.iter().filter_map(|name| name.parse().ok()).collect();
    let control = |delegations: &Delegations| delegations.role(&RoleName::control()).map(|role| role.keys().clone());
    found.keys() == made.keys()
        && control(found) == control(made)
        && found.roles().len() == made.roles().len()
        && found.roles().iter().zip(made.roles()).all(|(found, made)| {
            found == made || (*found.name() == RoleName::control() && *found.scope() == Scope::Names(all.clone()))
        })
}

/// What a targets document seems to delegate to; the caller makes the same delegations from it and compares.
fn delegated(delegations: &Delegations) -> Result<Option<Online>, CeremonyError> {
    let authority = |name: &RoleName| -> Result<Option<Authority>, KeysError> {
        let Some(role) = delegations.role(name) else { return Ok(None) };
        let keys: Vec<_> = role.keys().keyids().iter().filter_map(|id| delegations.keys().get(id)).copied().collect();
        Authority::new(&keys, role.keys().threshold()).map(Some)
    };
    let counts = (0..=MAX_BINS.trailing_zeros()).rev().filter_map(|bits| HashBins::new(1 << bits).ok());
    let named = |bins: &HashBins| bins.names().last().is_some_and(|name| delegations.role(&name).is_some());
    let Some(bins) = counts.into_iter().find(named) else { return Ok(None) };
    let Some(first) = bins.names().next() else { return Ok(None) };
    let (bin_keys, control_keys) = (authority(&first)?, authority(&RoleName::control())?);
    Ok(bin_keys.zip(control_keys).map(|(bin_keys, control_keys)| Online { bins, bin_keys, control_keys }))
}

fn check_threshold(role: OnlineRole, threshold: u32) -> Result<(), DocumentsError> {
    if threshold == 1 { Ok(()) } else { Err(DocumentsError::OnlineThreshold { role, threshold }) }
}

fn ceremony(role: TopRole, version: u64) -> impl Fn(CeremonyError) -> DocumentsError {
    move |source| DocumentsError::Ceremony { document: format!("{} version {version}", role.as_str()), source }
}

/// Reads `N.root.json` or `N.targets.json`.
///
/// # Errors
/// [`DocumentsError`] names the file.
pub(super) fn read_document<T: adx_signing::tuf::Role + DeserializeOwned>(
    folder: &Path,
    role: TopRole,
    version: u64,
) -> Result<(Vec<u8>, Signed<T>), DocumentsError> {
    let file = folder.join(role.versioned_file(version));
    let bytes = match files::read_capped(&file, MAX_METADATA_BYTES) {
        Ok(bytes) => bytes,
        Err(source) => return Err(DocumentsError::Unreadable { file, source }),
    };
    let document = match Signed::<T>::from_json(&bytes) {
        Ok(document) => document,
        Err(source) => return Err(DocumentsError::Document { file, source }),
    };
    match document.document().version() {
        found if found != version => Err(DocumentsError::Version { file, found }),
        _ => Ok((bytes, document)),
    }
}

/// Reads `log.json`.
pub(super) fn read_log(folder: &Path) -> Result<LogFile, DocumentsError> {
    let file = folder.join(LOG_FILE);
    match files::read_capped(&file, MAX_LOG_FILE_BYTES) {
        Err(source) => Err(DocumentsError::Unreadable { file, source }),
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map_err(|error| DocumentsError::LogFile { file, reason: error.to_string() })
        }
    }
}
