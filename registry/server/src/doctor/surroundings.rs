//! Files and disks of this machine.

use std::path::{Path, PathBuf};

use adx_registry_core::{accounts::key_fingerprint, ceremony::Ceremony};
use adx_signing::{
    digest::Digest,
    tuf::{Role as _, TopRole},
    utc::UtcSecond,
};
use url::{Host, Url};

use super::Finding;
use crate::{
    config::{Config, IdleCheck},
    store,
    trust::{self, files},
    world::{FileVault, VaultError},
};

/// Free space below which a disk will soon be full, and is.
const LOW_BYTES: u64 = 5 << 30;
const FULL_BYTES: u64 = 256 << 20;

/// Ceremony and online keys, and who may read the files of keys.
pub(super) fn keys(config: &Config) -> Vec<Finding> {
    let (folder, accounts) = (&config.trust.dir, &config.accounts.key_file);
    let mut findings = Vec::new();
    match trust::read(folder, config.trust.passphrase.as_ref()) {
        Ok(ceremony) => {
            let (root, online) = (ceremony.root.version(), folder.join("keys").display().to_string());
            findings
                .push(Finding::ok("ceremony", format!("root {root} is installed, with its online keys in {online}")));
            findings.extend(public_trial(config, &ceremony));
        }
        Err(error) => {
            let found = format!("{:#}", anyhow::Error::from(error));
            let remedy =
                "bring `trust.dir` back from where you keep it, or see \"The ceremony\" in registry/server/README.md";
            findings.push(Finding::fail("ceremony", found, remedy));
        }
    }
    let shared: Vec<_> =
        secrets(folder, accounts).into_iter().filter(|file| files::is_shared(file).unwrap_or(false)).collect();
    findings.push(match shared.first() {
        None => Finding::ok("key files", "nobody else may read them"),
        Some(first) => {
            let found = format!("others may read {} of them, such as {}", shared.len(), first.display());
            Finding::fail(
                "key files",
                found,
                format!("chmod 600 {}; whoever could read a key may have it: rotate it", first.display()),
            )
        }
    });
    findings
}

/// A ceremony of a first look where others come: one key, of nobody in particular, decides what all agents believe.
fn public_trial(config: &Config, ceremony: &Ceremony) -> Option<Finding> {
    let root = ceremony.root.role(TopRole::Root);
    let is_trial = root.threshold() == 1 || ceremony.log.origin.to_string().contains(".invalid/");
    let address = public_address(config)?;
    is_trial.then(|| {
        let found =
            format!("{address} is public, and the ceremony is one of a first look: a single key decides for root");
        let remedy = "before anybody relies on it, make one whose keys several people keep: \"The ceremony\" in \
                      registry/server/README.md; agents that know this one must be given the new root by hand";
        Finding::warn("ceremony", found, remedy)
    })
}

/// What stands in front of this server, as far as its address tells: it speaks no TLS itself.
pub(super) fn proxy(config: &Config) -> Finding {
    const CHECK: &str = "proxy";
    let server = &config.server;
    if config.is_https() && !server.behind_proxy && server.trusted_proxies.is_empty() {
        let found = format!(
            "`server.public_url` is https and {} is plain: a proxy is in front, whose address all callers seem to come from",
            server.listen
        );
        let remedy = "set `server.behind_proxy` and let nobody else reach the address, or name its networks in \
                      `server.trusted_proxies`; and let the proxy set X-Forwarded-For";
        return Finding::warn(CHECK, found, remedy);
    }
    let seen = match (server.behind_proxy, server.trusted_proxies.is_empty()) {
        (true, true) => "the last X-Forwarded-For names the caller",
        (_, false) => "the last X-Forwarded-For that is none of `server.trusted_proxies` names the caller",
        (false, true) => "callers are taken to come by themselves; a proxy in front needs `server.behind_proxy`",
    };
    Finding::ok(CHECK, seen)
}

/// Where others than this machine reach the registry, if they do.
fn public_address(config: &Config) -> Option<String> {
    match &config.server.public_url {
        Some(url) => (!is_this_machine(url)).then(|| url.to_string()),
        None => (!config.server.listen.ip().is_loopback()).then(|| config.server.listen.to_string()),
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether the key of the accounts is the one that the database was sealed with, as far as the database tells.
pub(super) fn accounts_key(config: &Config, sealed_with: Option<Digest>) -> Finding {
    const CHECK: &str = "key of the accounts";
    let lost = "bring it back from where you keep it; if it is lost for good: adx-registry admin replace-accounts-key";
    match (FileVault::open(&config.accounts.key_file), sealed_with) {
        (Ok(vault), Some(sealed_with)) if key_fingerprint(&vault) != sealed_with => {
            let file = config.accounts.key_file.display();
            Finding::fail(
                CHECK,
                format!("`{file}` is another key than the one that the database was sealed with"),
                lost,
            )
        }
        (Ok(_), _) => Finding::ok(CHECK, config.accounts.key_file.display().to_string()),
        (Err(error @ VaultError::Missing { .. }), None) => {
            Finding::warn(CHECK, error.to_string(), "nothing, if no server ran yet: the first start makes it")
        }
        (Err(error @ VaultError::Missing { .. }), Some(_)) => Finding::fail(CHECK, error.to_string(), lost),
        (Err(error), _) => Finding::fail(CHECK, error.to_string(), "see to what is said of the file"),
    }
}

/// The checks of packages: which do not run for want of what they look in.
pub(super) fn checks(config: &Config) -> Vec<Finding> {
    const CHECK: &str = "checks";
    let idle = config.checks.idle();
    if idle.is_empty() {
        return vec![Finding::ok(CHECK, "each that is not off has what it looks in")];
    }
    let missing = |IdleCheck { key, needs }: IdleCheck| {
        let found = format!("packages are released without `{key}`: it has nothing to look in");
        Finding::warn(CHECK, found, format!("set `{needs}`, or `{key}` to `off`: docs/checks.md"))
    };
    idle.into_iter().map(missing).collect()
}

/// Whether somebody looks at what strangers send first.
pub(super) fn review(config: &Config) -> Finding {
    const CHECK: &str = "review";
    let when = &config.review.when;
    if config.lets_strangers_release() {
        let found =
            format!("`publishers.open` is set and `review.when` is `{when}`: nobody sees a stranger's first release");
        let remedy =
            "set `review.when` to `first-release, wider-permissions, price, findings`: registry/server/README.md";
        return Finding::warn(CHECK, found, remedy);
    }
    Finding::ok(CHECK, format!("`review.when` is `{when}`"))
}

fn secrets(trust: &Path, accounts: &Path) -> Vec<PathBuf> {
    let keys = std::fs::read_dir(trust.join("keys")).into_iter().flatten().flatten().map(|entry| entry.path());
    keys.chain(accounts.exists().then(|| accounts.to_owned())).collect()
}

/// Free space where this registry writes.
pub(super) fn disks(config: &Config) -> Vec<Finding> {
    let database = store::file(&config.database.url);
    let storage = (!config.storage.url.contains("://")).then(|| PathBuf::from(&config.storage.url));
    let search = (!config.search.url.contains("://")).then(|| PathBuf::from(&config.search.url));
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for folder in [database, storage, search].into_iter().flatten() {
        let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/")).to_owned();
        let Ok(space) = rustix::fs::statvfs(&there) else { continue };
        if seen.contains(&space.f_fsid) {
            continue;
        }
        seen.push(space.f_fsid);
        let free = space.f_bavail.saturating_mul(space.f_frsize);
        let found = format!("{} MiB free at {}", free >> 20, there.display());
        let remedy = "free space, or move it to a larger disk: `adx-registry gc` removes what is without use";
        findings.push(match free {
            ..FULL_BYTES => Finding::fail("disk space", found, remedy),
            FULL_BYTES..LOW_BYTES => Finding::warn("disk space", found, remedy),
            LOW_BYTES.. => Finding::ok("disk space", found),
        });
    }
    findings
}

/// Seconds from `now` on.
pub(super) fn seconds_until(time: UtcSecond, now: time::OffsetDateTime) -> i64 {
    (time::OffsetDateTime::from(time) - now).whole_seconds()
}
