//! What others have seen: a registry that was restored may know less than its clients do.

use adx_registry_core::{
    ceremony::Witness,
    ports::{CosignAnswer, Store, Witnesses as _},
};
use adx_signing::log::{SignedCheckpoint, witness::AddCheckpoint};
use anyhow::Result;
use reqwest::StatusCode;
use url::Url;

use super::{Finding, signed::Extent, within};
use crate::{config::Config, trust, witness::HttpWitnesses};

const CHECK: &str = "seen by others";
const REMEDY: &str = "do not start this registry, which would show clients a second history: restore a newer copy; \"After a \
                      restore\" in docs/operations.md";
/// Most bytes of a checkpoint or a timestamp.
const MAX_BYTES: usize = 64 * 1024;

/// Asks the public address, mirrors and witnesses.
pub(super) async fn by_others(config: &Config, store: &dyn Store, mirrors: &[Url]) -> Vec<Finding> {
    let mut findings = Vec::new();
    // That the public address does not answer is told of by itself.
    let public = config.server.public_url.iter().map(|url| (url, false));
    for (url, is_mirror) in public.chain(mirrors.iter().map(|url| (url, true))) {
        match within(served_at(url)).await {
            Ok(seen) => findings.push(compare(url.as_str(), seen, store).await),
            Err(error) if is_mirror => {
                findings.push(Finding::warn(CHECK, format!("{url}: {error}"), "look at the address"));
            }
            Err(_) => {}
        }
    }
    let ceremony = trust::read(&config.trust.dir, config.trust.passphrase.as_ref());
    let record = within(async { store.read().await?.signing().await }).await.ok();
    let note = record.and_then(|record| record.checkpoint);
    let checkpoint = note.and_then(|note| SignedCheckpoint::parse(note.as_bytes()).ok());
    if let (Ok(ceremony), Some(checkpoint)) = (ceremony, checkpoint) {
        for witness in &ceremony.log.witnesses {
            findings.push(ask(witness, &checkpoint, store).await);
        }
    }
    if findings.is_empty() {
        let remedy = "after a restore name a mirror or another copy by --mirror URL, before the server is started";
        let found = "there is nobody to ask: no public address that answers, no witness";
        findings.push(Finding::warn(CHECK, found, remedy));
    }
    findings
}

/// Compares what somebody has seen with what the database knows, which is read after it: a server may be running.
async fn compare(who: &str, seen: Extent, store: &dyn Store) -> Finding {
    let recorded = match within(Extent::recorded(store)).await {
        Ok(recorded) => recorded,
        Err(error) => return Finding::fail(CHECK, error, "see what is said of the database"),
    };
    if seen.leaves > recorded.leaves || seen.timestamp > recorded.timestamp {
        let found = format!(
            "{who} has seen {} leaves and timestamp {}, the database knows {} and {}",
            seen.leaves, seen.timestamp, recorded.leaves, recorded.timestamp
        );
        return Finding::fail(CHECK, found, REMEDY);
    }
    Finding::ok(CHECK, format!("{who} has seen no more than the database knows"))
}

async fn served_at(url: &Url) -> Result<Extent> {
    let base = url.as_str().trim_end_matches('/');
    let (checkpoint, timestamp) =
        (fetch(&format!("{base}/log/checkpoint")).await?, fetch(&format!("{base}/tuf/timestamp.json")).await?);
    Extent::of(checkpoint.as_deref(), timestamp.as_deref())
}

async fn fetch(url: &str) -> Result<Option<Vec<u8>>> {
    let mut answer = reqwest::get(url).await?;
    if answer.status() == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    answer = answer.error_for_status()?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        bytes.extend_from_slice(&chunk);
        anyhow::ensure!(bytes.len() <= MAX_BYTES, "{url} is too long");
    }
    Ok(Some(bytes))
}

/// Asks a witness to cosign once more what was recorded, which is never replaced: it answers with what it has seen if that is another.
async fn ask(witness: &Witness, checkpoint: &SignedCheckpoint, store: &dyn Store) -> Finding {
    let name = format!("the witness {}", witness.verifier.name);
    let leaves = checkpoint.claimed().head.size;
    let request = AddCheckpoint { old_size: leaves, proof: Vec::new(), checkpoint: checkpoint.clone() };
    let asked = async { anyhow::Ok(HttpWitnesses::new()?.cosign(witness, &request).await?) };
    let leaves = match within(asked).await {
        Ok(CosignAnswer::Cosigned(_)) => leaves,
        Ok(CosignAnswer::Conflict { latest }) => latest,
        Err(error) => return Finding::warn(CHECK, format!("{name}: {error}"), "ask who runs it"),
    };
    compare(&name, Extent { leaves, timestamp: 0 }, store).await
}
