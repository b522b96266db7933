//! The search port on Tantivy (a folder) and on Meilisearch (a server).
//!
//! Both look for all the words of a query and for those that mean the same, forgive one typing error from five letters on and
//! two from nine on, complete the last word, and rank by the same rules in the same order: what is not deprecated, then fewer
//! errors, then the better field (name before tags before description), then whole words before beginnings, then the better
//! module ([`adx_index::quality`]). Without words the last released comes first.

mod cursor;
mod highlight;
mod meilisearch;
mod synonyms;
mod tantivy;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adx_registry_core::ports::{SearchError, SearchIndex};
use adx_signing::name::ModuleId;
use thiserror::Error;
use url::Url;

use crate::config;

/// From how many letters on a word may have one error, and from how many two.
const ONE_ERROR_LETTERS: u8 = 5;
const TWO_ERRORS_LETTERS: u8 = 9;
/// Words looked for; those after them are not. Meilisearch's own limit.
const MAX_WORDS: usize = 10;

/// Why an index could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The address begins with no engine of ours.
    #[error("`{scheme}` is no search engine: a folder and `http(s)://…` (Meilisearch) are")]
    UnknownEngine {
        /// What it begins with.
        scheme: String,
    },
    /// The folder of the index cannot be made, read or renamed.
    #[error("the search index's folder `{}` cannot be opened", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Another process writes to the folder.
    #[error("the search index in `{}` is open in another process: stop it, or give this one a folder of its own", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The operator's synonyms cannot be read.
    #[error("the file of synonyms `{}` cannot be read", file.display())]
    Synonyms {
        /// The file.
        file: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Tantivy made no index in an empty folder.
    #[error("the search index cannot be made")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The API key has characters that no HTTP header may have.
    #[error("`search.api_key` is no API key: it must be of visible ASCII characters")]
    ApiKey,
    /// The index's name is none for Meilisearch.
    #[error("`{name}` is no name for an index: use letters, digits, `-` and `_`, {maximum} at most")]
    IndexName {
        /// The refused name.
        name: String,
        /// The longest allowed, in bytes.
        maximum: usize,
    },
    /// Meilisearch did not answer, or not as it must.
    #[error("Meilisearch at {url} does not serve the index `{index}`")]
    Meilisearch {
        /// Its address.
        url: String,
        /// The index.
        index: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Opens the index that the configuration names: a folder (a path, or `file://…`) is Tantivy's, `http(s)://…` is a
/// Meilisearch. One that is new, damaged or of another schema is made anew, and then has no generation.
///
/// # Errors
/// [`OpenError`]
pub async fn open(config: &config::Search) -> Result<Arc<dyn SearchIndex>, OpenError> {
    let synonyms = synonyms::Synonyms::open(config.synonyms.as_deref())?;
    let folder = match config.url.split_once("://") {
        None => PathBuf::from(&config.url),
        Some(("file", _)) => file(&config.url)?,
        Some(("http" | "https", _)) => return Ok(Arc::new(meilisearch::open(config, &synonyms).await?)),
        Some((scheme, _)) => return Err(OpenError::UnknownEngine { scheme: scheme.to_owned() }),
    };
    Ok(Arc::new(tantivy::open(folder, synonyms).await?))
}

/// Whether the index that the configuration names is in a folder, which is one server's alone.
pub fn is_folder(config: &config::Search) -> bool {
    matches!(config.url.split_once("://"), None | Some(("file", _)))
}

fn file(address: &str) -> Result<PathBuf, OpenError> {
    let elsewhere = || OpenError::Folder {
        folder: PathBuf::from(address),
        source: std::io::Error::other("the address is not that of a folder on this machine"),
    };
    Url::parse(address).ok().and_then(|url| url.to_file_path().ok()).ok_or_else(elsewhere)
}

/// The module whose id the text is, however it is written.
fn whole_id(text: &str) -> Option<ModuleId> {
    text.trim().to_lowercase().parse().ok()
}

fn folder_failed(folder: &Path) -> impl Fn(std::io::Error) -> OpenError {
    move |source| OpenError::Folder { folder: folder.to_owned(), source }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> SearchError {
    SearchError::Engine(Box::new(error))
}
