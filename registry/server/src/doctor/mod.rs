//! Whether everything that a registry stands on is as it must be, each with what to do where it is not. Nothing is changed but a
//! blob of a few bytes, which is written to see whether that works, and removed.

mod audited;
mod parts;
mod rechecked;
mod seen;
mod signed;
mod surroundings;

use std::{fmt, future::Future, time::Duration};

use serde::Serialize;
use tokio::time::timeout;
use url::Url;

use crate::config::Config;

/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it must be.
    Ok,
    /// It works, and will not for long, or not well.
    Warn,
    /// It does not work.
    Fail,
}

impl fmt::Display for Health {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        })
    }
}

/// What was found about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which thing.
    pub check: &'static str,
    /// How it is.
    pub health: Health,
    /// What was seen.
    pub found: String,
    /// What to do, where there is something to do.
    pub remedy: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, health: Health::Ok, found: found.into(), remedy: None }
    }

    fn warn(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, health: Health::Warn, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn fail(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, health: Health::Fail, found: found.into(), remedy: Some(remedy.into()) }
    }
}

/// Looks at everything; `mirrors` serve copies of the registry, and may have seen more than it knows.
pub async fn examine(config: &Config, mirrors: &[Url]) -> Vec<Finding> {
    let mut findings = vec![Finding::ok("configuration", "it was read, and every value is valid")];
    findings.extend(surroundings::keys(config));
    findings.push(surroundings::proxy(config));
    findings.extend(surroundings::disks(config));
    findings.extend(surroundings::checks(config));
    findings.push(surroundings::review(config));
    findings.push(parts::search(config).await);
    findings.push(parts::mail(config).await);
    let storage = parts::storage(config).await;
    let (database, store) = parts::database(config).await;
    let blobs = storage.blobs;
    findings.extend([database]);
    findings.extend(storage.findings);
    let sealed_with = match &store {
        Some(store) => within(async { store.read().await?.accounts_key().await }).await.ok().flatten(),
        None => None,
    };
    findings.push(surroundings::accounts_key(config, sealed_with));
    if let Some(store) = store {
        findings.push(signed::jobs(&*store).await);
        findings.push(audited::head(&*store).await);
        findings.extend(rechecked::last(config, &*store).await);
        findings.extend(signed::other_log(config, &*store).await);
        findings.extend(signed::expiry(config, &*store).await);
        if let Some(blobs) = &blobs {
            findings.push(signed::served(&*store, &**blobs).await);
        }
        findings.extend(seen::by_others(config, &*store, mirrors).await);
        store.close().await;
    }
    findings.push(parts::public_url(config).await);
    findings
}

/// An answer, or words for none.
async fn within<T, E: Into<anyhow::Error>>(asked: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(format!("{:#}", error.into())),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}
