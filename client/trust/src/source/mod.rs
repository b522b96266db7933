//! Where bytes come from: a registry or a mirror over HTTP, or a folder of the same layout. Nothing that comes from here is
//! believed; this only bounds what it may cost.

mod folder;
mod http;
mod switch;
mod turns;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use adx_signing::{Digest, digest::Hasher};
use tokio::io::AsyncWriteExt as _;
use url::Url;

pub(crate) use self::switch::Switch;

/// What bundles are called at their end.
pub const BUNDLE_EXTENSION: &str = "adxb";

/// How long a source may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// For the connection to stand.
    pub connect: Duration,
    /// For an answer of no bytes; each [`Limits::bytes_per_second`] adds a second. Stops a mirror that is silent.
    pub patience: Duration,
    /// The slowest that an answer may come on average once `patience` is used up. Stops a mirror that drips a byte at a time and
    /// so holds an agent in the past.
    pub bytes_per_second: u64,
    /// The proxy to go through; those of the environment are not looked at.
    pub proxy: Option<Url>,
}

impl Default for Limits {
    /// 10 seconds to connect, 20 seconds of patience, 8 KiB a second.
    fn default() -> Self {
        let (connect, patience) = (Duration::from_secs(10), Duration::from_secs(20));
        Self { connect, patience, bytes_per_second: 8 * 1024, proxy: None }
    }
}

/// Why a source did not give what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Not the address of a registry.
    #[error("`{text}` is not the address of a registry ({why}): write https://…, http://… or file:///…")]
    Address {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// Bundles where the files of a registry should be.
    #[error("{0} is not the folder of a registry but a bundle, or has bundles in it")]
    Bundle(String),
    /// A path that would lead out of the source.
    #[error("`{0}` would lead out of the source")]
    Outside(String),
    /// No answer, or it broke off.
    #[error("{at} cannot be reached: {why}")]
    Unreachable {
        /// The address asked.
        at: String,
        /// What the network said.
        why: String,
    },
    /// It answered that it will not.
    #[error("{at} answered {status}")]
    Status {
        /// The address asked.
        at: String,
        /// The HTTP status.
        status: u16,
    },
    /// It sent elsewhere. A source that may do that sends an agent to addresses that only the agent can reach.
    #[error("{at} answered {status}, redirects are not followed: configure the address that serves the files itself")]
    Redirect {
        /// The address asked.
        at: String,
        /// The HTTP status.
        status: u16,
    },
    /// The answer is longer than it may be.
    #[error("{at} sends more than the {cap} bytes it may have")]
    TooLarge {
        /// The address asked.
        at: String,
        /// The cap in bytes.
        cap: u64,
    },
    /// The answer comes more slowly than it may.
    #[error("{at} sent {received} bytes in {seconds} s, which is too slow")]
    TooSlow {
        /// The address asked.
        at: String,
        /// Bytes that came.
        received: u64,
        /// How long that took, in whole seconds.
        seconds: u64,
    },
    /// A file could not be read or written.
    #[error("{path}: {why}")]
    Disk {
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
}

impl SourceError {
    /// Whether asking again may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TooSlow { .. } | Self::Disk { .. } => true,
            Self::Status { status, .. } => *status >= 500 || matches!(status, 408 | 429),
            Self::Address { .. }
            | Self::Bundle(_)
            | Self::Outside(_)
            | Self::Redirect { .. }
            | Self::TooLarge { .. } => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Bundle(_) => {
                "let it be the address of the registry, and load the bundle: `adx bundle load FILE.adxb`"
            }
            _ => "check the address and the network; without one load a bundle: `adx bundle load FILE.adxb`",
        }
    }

    fn disk(path: &Path, error: &std::io::Error) -> Self {
        Self::Disk { path: path.display().to_string(), why: error.to_string() }
    }
}

/// What a source gave, by its path below the base.
pub(crate) type Recording = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A registry, a mirror of one, or a folder that holds the same files.
#[derive(Debug, Clone)]
pub struct Source {
    place: Place,
    /// What comes before each path: empty, or a folder with a `/` at its end.
    prefix: String,
    recording: Option<Recording>,
}

#[derive(Debug, Clone)]
enum Place {
    Fixed(Kind),
    Switched(Switch),
}

#[derive(Debug, Clone)]
enum Kind {
    Http(Arc<http::Http>),
    /// A file is in the first of them that has it.
    Folders(Arc<[PathBuf]>),
}

impl Source {
    /// The source at an address, `https://registry.example.com/`, or `file:///media/stick/registry` without a network.
    ///
    /// # Errors
    /// [`SourceError::Address`], and [`SourceError::Bundle`] for a folder of bundles: those are taken one by one.
    pub fn parse(address: &str, limits: &Limits) -> Result<Self, SourceError> {
        let refused = |why: String| SourceError::Address { text: address.to_owned(), why };
        let url = Url::parse(address).map_err(|error| refused(error.to_string()))?;
        match url.scheme() {
            "http" | "https" => Ok(Self::of(Kind::Http(Arc::new(http::Http::new(url, limits).map_err(refused)?)))),
            "file" => {
                let path = url.to_file_path().map_err(|()| refused("it names no folder of this machine".to_owned()))?;
                if folder::holds_bundles(&path) {
                    return Err(SourceError::Bundle(path.display().to_string()));
                }
                Ok(Self::folder(&path))
            }
            other => Err(refused(format!("`{other}` is not a scheme known here"))),
        }
    }

    /// A folder that holds what a registry serves.
    pub fn folder(path: &Path) -> Self {
        Self::folders([path.to_owned()])
    }

    /// Several that together hold it: a file is taken from the first that has it.
    pub(crate) fn folders(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self::of(Kind::Folders(paths.into_iter().collect()))
    }

    /// The same source, which can be exchanged for another while it is in use.
    pub(crate) fn switched(&self) -> (Self, Switch) {
        let switch = Switch::new(self.kind());
        (Self { place: Place::Switched(switch.clone()), ..self.clone() }, switch)
    }

    fn of(kind: Kind) -> Self {
        Self { place: Place::Fixed(kind), prefix: String::new(), recording: None }
    }

    fn kind(&self) -> Kind {
        match &self.place {
            Place::Fixed(kind) => kind.clone(),
            Place::Switched(switch) => switch.present(),
        }
    }

    /// What lies below a folder of this source.
    #[must_use]
    pub fn below(&self, folder: &str) -> Self {
        Self { prefix: format!("{}{folder}/", self.prefix), ..self.clone() }
    }

    /// The same source, which notes down all that it gives.
    pub(crate) fn recorded(&self, recording: &Recording) -> Self {
        Self { recording: Some(Arc::clone(recording)), ..self.clone() }
    }

    /// A file as a whole, none if it is not there.
    ///
    /// # Errors
    /// [`SourceError`], for one beyond `cap` bytes among others.
    pub async fn get(&self, path: &str, cap: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let path = format!("{}{path}", self.prefix);
        let mut bytes = Vec::new();
        let found = self.copy(&path, cap, &mut Sink::Memory(&mut bytes)).await?;
        if let Some(recording) = self.recording.as_ref().filter(|_| found) {
            recording.lock().unwrap_or_else(PoisonError::into_inner).insert(path, bytes.clone());
        }
        Ok(found.then_some(bytes))
    }

    /// Streams a file into a new file and hashes it on the way: its digest and length, none if it is not there. What was written
    /// of a download that failed is the caller's to remove.
    ///
    /// # Errors
    /// [`SourceError`], for one beyond `cap` bytes among others.
    pub async fn download(&self, path: &str, cap: u64, to: &Path) -> Result<Option<(Digest, u64)>, SourceError> {
        let path = format!("{}{path}", self.prefix);
        let disk = |error: &std::io::Error| SourceError::disk(to, error);
        let mut file = tokio::fs::File::create_new(to).await.map_err(|error| disk(&error))?;
        let (mut hasher, mut length) = (Hasher::new(), 0);
        let mut sink = Sink::File { path: to, file: &mut file, hasher: &mut hasher, length: &mut length };
        if !self.copy(&path, cap, &mut sink).await? {
            return Ok(None);
        }
        file.sync_all().await.map_err(|error| disk(&error))?;
        Ok(Some((hasher.finish(), length)))
    }

    /// The digest and length of a file, none if it is not there.
    ///
    /// # Errors
    /// [`SourceError`], for one beyond `cap` bytes among others.
    pub(crate) async fn measure(&self, path: &str, cap: u64) -> Result<Option<(Digest, u64)>, SourceError> {
        let path = format!("{}{path}", self.prefix);
        let (mut hasher, mut length) = (Hasher::new(), 0);
        let found = self.copy(&path, cap, &mut Sink::Hash { hasher: &mut hasher, length: &mut length }).await?;
        Ok(found.then(|| (hasher.finish(), length)))
    }

    async fn copy(&self, path: &str, cap: u64, sink: &mut Sink<'_>) -> Result<bool, SourceError> {
        match self.kind() {
            Kind::Http(http) => http.copy(path, cap, sink).await,
            Kind::Folders(folders) => folder::copy(&folders, path, cap, sink).await,
        }
    }
}

/// The source's address.
impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind() {
            Kind::Http(http) => write!(formatter, "{}{}", http.base(), self.prefix),
            Kind::Folders(folders) => {
                let folders: Vec<_> = folders.iter().map(|one| one.join(&self.prefix).display().to_string()).collect();
                formatter.write_str(&folders.join(" or "))
            }
        }
    }
}

/// Where the bytes of an answer go.
enum Sink<'s> {
    Memory(&'s mut Vec<u8>),
    Hash { hasher: &'s mut Hasher, length: &'s mut u64 },
    File { path: &'s Path, file: &'s mut tokio::fs::File, hasher: &'s mut Hasher, length: &'s mut u64 },
}

impl Sink<'_> {
    fn length(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Hash { length, .. } | Self::File { length, .. } => **length,
        }
    }

    /// Takes the next bytes, unless they would be more than `cap` with those before.
    async fn push(&mut self, at: &str, piece: &[u8], cap: u64) -> Result<(), SourceError> {
        if self.length() + piece.len() as u64 > cap {
            return Err(SourceError::TooLarge { at: at.to_owned(), cap });
        }
        match self {
            Self::Memory(bytes) => bytes.extend_from_slice(piece),
            Self::Hash { hasher, length } => {
                hasher.update(piece);
                **length += piece.len() as u64;
            }
            Self::File { path, file, hasher, length } => {
                hasher.update(piece);
                **length += piece.len() as u64;
                file.write_all(piece).await.map_err(|error| SourceError::disk(path, &error))?;
            }
        }
        Ok(())
    }
}
