//! From the configuration to the parts it names: which engine each port runs on is decided here, and nowhere else.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use adx_registry_core::{
    Ports,
    accounts::adopt_key,
    audit::Who,
    ports::{Blobs, Clock, Store},
};
use anyhow::{Context as _, Result, anyhow};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::{
    blobs, checks,
    config::{Config, Loader, Storage},
    dns,
    http::{CacheLimits, FileCache, InvalidatingBlobs},
    identity::{self, KnownIssuers},
    mail, passkeys, payments, pipeline, search, store,
    world::{BoundedBlocking, Commits, FileVault, Progress, SystemClock, SystemEntropy, TaskOrigins},
};

/// Passwords hashed at once: each takes 19 MiB and a core.
pub(crate) const PASSWORDS_AT_ONCE: usize = 2;

/// The open parts of a server.
pub struct Parts {
    /// What the use cases need.
    pub ports: Ports,
    /// Tells who waits that a publish has committed.
    pub commits: Commits,
    /// Files served from memory, kept true by the blobs in `ports`.
    pub files: Arc<FileCache>,
}

/// Opens everything.
///
/// # Errors
/// Names the part that does not open.
pub async fn open(config: &Config) -> Result<Parts> {
    let checks = checks::checks(config).context("packages cannot be looked over")?;
    let entropy = Arc::new(SystemEntropy);
    // First: it makes the folder that all of them share, and closes it to others.
    let store = open_store(config).await?;
    let vault = open_vault(config, &*store).await?;
    let inner = open_blobs(config)?;
    let files = Arc::new(FileCache::new(CacheLimits {
        index_bytes: config.cache.index_bytes.0,
        package_bytes: config.cache.package_bytes.0,
        largest_bytes: config.cache.largest_package.0,
        revalidate: config.cache.revalidate.0,
    }));
    let commits = Commits::default();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ports = Ports {
        store,
        blobs: Arc::new(InvalidatingBlobs::new(inner, Arc::clone(&files))),
        search: search::open(&config.search).await.context("the search index does not open")?,
        mail: mail::open(&config.mail, Arc::new(SystemClock), entropy.clone()).context("mail cannot be sent")?,
        clock: Arc::new(SystemClock),
        entropy,
        blocking: Arc::new(BoundedBlocking::default()),
        hashing: Arc::new(BoundedBlocking::of(PASSWORDS_AT_ONCE)),
        vault,
        identity: identity::open(&config.openid, Arc::new(SystemClock)).context("`openid.issuer` cannot be used")?,
        origins: Arc::new(TaskOrigins::otherwise(Who::Job)),
        workflows: Arc::new(KnownIssuers::new(config.workflow_issuers()?, &clock)?),
        passkeys: passkeys::open(config.server.public_url.as_ref())
            .context("passkeys cannot be used at `server.public_url`")?,
        domains: dns::open(&config.domains).context("`domains.resolver` cannot be used")?,
        progress: Arc::new(Progress::new(commits.clone())),
        sign_up: config.accounts.sign_up,
        ways_in: config.ways_in(),
        names: Arc::new(config.name_rules().context("`names.reserved` is not valid")?),
        quota: config.quota(),
        webhooks: Arc::new(config.webhook_rules()),
        pipeline: Arc::new(pipeline::open(config, checks)),
        market: Arc::new(payments::rules(config)),
        payments: payments::open(config)?,
        public_url: config.server.public_url.clone(),
    };
    Ok(Parts { ports, commits, files })
}

/// Opens the database alone.
///
/// # Errors
/// When it does not open.
pub async fn open_store(config: &Config) -> Result<Arc<dyn Store>> {
    let options = store::StoreOptions { max_connections: config.database.max_connections };
    store::open(&config.database.url, options).await.context("the database does not open")
}

/// The key of the accounts: made for a new database, and for no other; the one that is there must be the database's.
///
/// # Errors
/// When it is not there, or another one.
pub async fn open_vault(config: &Config, store: &dyn Store) -> Result<Arc<FileVault>> {
    let file = &config.accounts.key_file;
    let is_known = store.read().await?.accounts_key().await?.is_some();
    let vault = if is_known { FileVault::open(file)? } else { FileVault::open_or_make(file.clone())? };
    adopt_key(store, &vault).await.with_context(|| format!("the key `{}` cannot be used", file.display()))?;
    Ok(Arc::new(vault))
}

/// Opens the storage alone.
///
/// # Errors
/// When it does not open.
pub fn open_blobs(config: &Config) -> Result<Arc<dyn Blobs>> {
    let (url, options) = storage(&config.storage)?;
    let options = options.iter().map(|(key, value)| (*key, value.expose_secret()));
    blobs::open(&url, options, Arc::new(SystemEntropy)).context("the storage does not open")
}

/// The folder of the storage, if it is one.
///
/// # Errors
/// When its address is none.
pub fn storage_folder(config: &Config) -> Result<Option<PathBuf>> {
    let (url, _) = storage(&config.storage)?;
    Ok(if url.scheme() == "file" { url.to_file_path().ok() } else { None })
}

/// Puts everything that is not configured otherwise into one folder.
///
/// # Errors
/// When the folder's path cannot be made absolute.
pub fn in_folder(loader: Loader, folder: &Path) -> Result<Loader> {
    let place = |name: &str| absolute(&folder.join(name));
    let database = Url::from_file_path(place("registry.sqlite")?)
        .map_err(|()| anyhow!("`{}` cannot hold a database", folder.display()))?;
    Ok(loader
        .fallback("--data", "database.url", format!("sqlite://{}", database.path()))
        .fallback("--data", "storage.url", place("files")?.display().to_string())
        .fallback("--data", "search.url", place("search")?.display().to_string())
        .fallback("--data", "mail.url", place("mail")?.display().to_string())
        .fallback("--data", "accounts.key_file", place("accounts.key")?.display().to_string())
        .fallback("--data", "trust.dir", place("trust")?.display().to_string()))
}

/// The storage's address, and the options of its S3 client.
fn storage(section: &Storage) -> Result<(Url, Vec<(&'static str, SecretString)>)> {
    let url = if section.url.contains("://") {
        Url::parse(&section.url).with_context(|| format!("`storage.url` is not an address: {}", section.url))?
    } else {
        Url::from_directory_path(absolute(Path::new(&section.url))?)
            .map_err(|()| anyhow!("`storage.url` is not a folder: {}", section.url))?
    };
    let mut options = Vec::new();
    if let Some(endpoint) = &section.endpoint {
        options.push(("aws_endpoint", SecretString::from(endpoint.as_str().trim_end_matches('/'))));
        options.push(("allow_http", SecretString::from((endpoint.scheme() == "http").to_string())));
    }
    if let Some(region) = &section.region {
        options.push(("aws_region", SecretString::from(region.as_str())));
    }
    if let Some(id) = &section.access_key_id {
        options.push(("aws_access_key_id", SecretString::from(id.as_str())));
    }
    if let Some(secret) = &section.secret_access_key {
        options.push(("aws_secret_access_key", secret.clone()));
    }
    Ok((url, options))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("`{}` is not a path", path.display()))
}
