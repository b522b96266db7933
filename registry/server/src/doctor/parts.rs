//! The parts that the configuration names: whether each answers.

use std::{path::PathBuf, sync::Arc};

use adx_registry_core::ports::{BlobKey, Blobs, Clock as _, Entropy as _, Store, read_whole};
use adx_signing::digest::Digest;
use anyhow::{Result, bail};
use bytes::Bytes;
use secrecy::ExposeSecret as _;

use super::{Finding, within};
use crate::{
    config::Config,
    mail::{self, Destination},
    parts, search,
    store::{self, Migrations},
    world::{SystemClock, SystemEntropy},
};

/// What to do where the folder of the storage is not there.
const NO_STORAGE: &str =
    "look at `storage.url` and `--data`; a new registry has none before the first `adx-registry serve`";
/// What nobody sees from here: a list shows no parts of uploads that did not end, so that no sweep removes them either.
const OF_BUCKETS: &str =
    "; see that a rule of the bucket removes parts of uploads that were cut off (\"Space\" in docs/operations.md)";
/// By how much clocks may differ.
const MAX_DRIFT_SECONDS: i64 = 30;

/// The database: whether it answers, and knows what this program knows.
pub(super) async fn database(config: &Config) -> (Finding, Option<Arc<dyn Store>>) {
    const CHECK: &str = "database";
    let unreachable = "start it, or set `database.url`; a new registry has none before the first `adx-registry serve`";
    let Migrations { applied, known } = match within(store::migrations(&config.database.url)).await {
        Ok(migrations) => migrations,
        Err(error) => return (Finding::fail(CHECK, error, unreachable), None),
    };
    match applied {
        None => return (Finding::fail(CHECK, "it holds no registry", unreachable), None),
        Some(applied) if applied < known => {
            let found = format!("it is migrated to {applied} of {known}; what hangs on it was not looked at");
            return (
                Finding::warn(CHECK, found, "adx-registry migrate, or start the server, which does it as well"),
                None,
            );
        }
        Some(_) => {}
    }
    let newer = applied.filter(|applied| *applied > known);
    match within(parts::open_store(config)).await {
        Ok(store) => {
            let finding = match newer {
                None => Finding::ok(CHECK, format!("it answers, and is migrated to {known}")),
                Some(applied) => Finding::warn(
                    CHECK,
                    format!("it answers, and is migrated to {applied}; this program knows {known}"),
                    "replace this program by the newer one that migrated it",
                ),
            };
            (finding, Some(store))
        }
        Err(error) => (Finding::fail(CHECK, error, unreachable), None),
    }
}

/// What was found about the storage, and the storage if it works.
pub(super) struct Storage {
    pub(super) findings: Vec<Finding>,
    pub(super) blobs: Option<Arc<dyn Blobs>>,
}

/// The storage: whether it keeps what is written, and tells the time that it is here.
pub(super) async fn storage(config: &Config) -> Storage {
    const CHECK: &str = "storage";
    let remedy =
        "look at `storage.…`: address, endpoint and region; the key must be allowed to get, put, list and delete";
    // To open it would make it.
    if let Ok(Some(folder)) = parts::storage_folder(config)
        && !folder.is_dir()
    {
        let found = format!("there is no folder {}", folder.display());
        return Storage { findings: vec![Finding::fail(CHECK, found, NO_STORAGE)], blobs: None };
    }
    let blobs = match parts::open_blobs(config) {
        Ok(blobs) => blobs,
        Err(error) => {
            return Storage { findings: vec![Finding::fail(CHECK, format!("{error:#}"), remedy)], blobs: None };
        }
    };
    let drift = match within(write_and_remove(&*blobs)).await {
        Ok(drift) => drift,
        Err(error) => return Storage { findings: vec![Finding::fail(CHECK, error, remedy)], blobs: None },
    };
    let clock = if drift.abs() <= MAX_DRIFT_SECONDS {
        Finding::ok("clock", format!("{drift} s from the storage's"))
    } else {
        let found = format!("this machine and the storage are {drift} s apart");
        Finding::fail("clock", found, "let a time service set both: leases, tokens and signatures are good for a time")
    };
    let works = "a blob was written, read, written over and removed";
    let found = if matches!(parts::storage_folder(config), Ok(None)) {
        format!("{works}{OF_BUCKETS}")
    } else {
        works.to_owned()
    };
    Storage { findings: vec![Finding::ok(CHECK, found), clock], blobs: Some(blobs) }
}

/// Says how many seconds the storage's clock is ahead.
async fn write_and_remove(blobs: &dyn Blobs) -> Result<i64> {
    let mut random = [0; 32];
    SystemEntropy.fill(&mut random);
    // A name that no release has: should this end here, a sweep removes it.
    let key = BlobKey::Package(Digest::from_bytes(random));
    for content in ["first", "second, and longer"] {
        blobs.put(&key, Bytes::from(content)).await?;
        if read_whole(blobs, &key).await?.as_deref() != Some(content.as_bytes()) {
            bail!("a blob reads as something else than what was just written: something in between keeps old answers");
        }
    }
    let Some(head) = blobs.head(&key).await? else { bail!("a blob that was just written is not there") };
    blobs.delete(&key).await?;
    if blobs.head(&key).await?.is_some() {
        bail!("a blob that was just removed is still there");
    }
    Ok((head.modified_at - SystemClock.now()).whole_seconds())
}

/// Discovery.
pub(super) async fn search(config: &Config) -> Finding {
    const CHECK: &str = "search";
    if let Some(folder) = local(&config.search.url) {
        // It is open in the server, if that is running.
        return match tempfile::tempfile_in(existing(&folder)) {
            Ok(_) if shared_database(config) => Finding::warn(
                CHECK,
                format!(
                    "the index in {} is this server's alone, and other servers may use the same database",
                    folder.display()
                ),
                "with several servers set `search.url` to a Meilisearch: each change is indexed by one server at once, and by the others with \
                 their next sweep only",
            ),
            Ok(_) => Finding::ok(CHECK, format!("the folder {} can be written", folder.display())),
            Err(error) => {
                Finding::fail(CHECK, format!("`{}`: {error}", folder.display()), "look at `search.url` and its mode")
            }
        };
    }
    match within(search::open(&config.search)).await {
        Ok(_) => Finding::ok(CHECK, "Meilisearch answers"),
        Err(error) => {
            Finding::fail(CHECK, error, "start it, or look at `search.…`; without it the registry does all but search")
        }
    }
}

/// Whether the database is one that several servers can use at once.
fn shared_database(config: &Config) -> bool {
    !config.database.url.expose_secret().starts_with("sqlite:")
}

fn local(url: &str) -> Option<PathBuf> {
    (!url.contains("://")).then(|| PathBuf::from(url)).or_else(|| url.strip_prefix("file://").map(PathBuf::from))
}

fn existing(folder: &std::path::Path) -> &std::path::Path {
    folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(folder)
}

/// Letters.
pub(super) async fn mail(config: &Config) -> Finding {
    const CHECK: &str = "mail";
    let remedy = "look at `mail.…`, and at the mail server; letters wait in the outbox meanwhile";
    let destination = Destination::parse(config.mail.url.expose_secret());
    // To open a folder would make it.
    if let Ok(Destination::Server(_)) = destination
        && let Err(error) = mail::open(&config.mail, Arc::new(SystemClock), Arc::new(SystemEntropy))
    {
        return Finding::fail(CHECK, format!("{:#}", anyhow::Error::from(error)), remedy);
    }
    match destination {
        Ok(Destination::Folder(folder)) => {
            if let Err(error) = tempfile::tempfile_in(existing(&folder)) {
                return Finding::fail(CHECK, format!("`{}`: {error}", folder.display()), remedy);
            }
            let found = format!("letters are files in {}: somebody has to carry them on", folder.display());
            Finding::warn(CHECK, found, "set `mail.url` to a mail server, unless this is a first look")
        }
        Ok(Destination::Server(server)) => {
            let (host, port) = (server.host.clone(), server.port);
            match within(tokio::net::TcpStream::connect((host.as_str(), port))).await {
                Ok(_) => Finding::ok(CHECK, format!("{host}:{port} answers")),
                Err(error) => Finding::fail(CHECK, format!("{host}:{port}: {error}"), remedy),
            }
        }
        Err(reason) => Finding::fail(CHECK, reason, remedy),
    }
}

/// The address that the world uses.
pub(super) async fn public_url(config: &Config) -> Finding {
    const CHECK: &str = "public_url";
    let Some(url) = &config.server.public_url else {
        let listen = config.server.listen;
        let found = if listen.ip().is_loopback() {
            format!(
                "it is not set: letters lead to http://{listen}, where only this machine gets, and there are no passkeys"
            )
        } else {
            "it is not set: letters lead to no page and name no registry in their commands, people can sign in at an address by \
             https only, and there are no passkeys"
                .to_owned()
        };
        return Finding::warn(
            CHECK,
            found,
            "set `server.public_url` to the address at which people reach the registry",
        );
    };
    let health = format!("{}/healthz", url.as_str().trim_end_matches('/'));
    let asked = async { anyhow::Ok(reqwest::get(&health).await?.error_for_status()?) };
    match within(asked).await {
        Ok(_) => Finding::ok(CHECK, format!("{health} answers")),
        Err(error) => Finding::warn(
            CHECK,
            format!("{health}: {error}"),
            "start the server, or look at the proxy in front of it and at its name",
        ),
    }
}
