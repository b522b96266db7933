//! What several of these commands take.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use adx_signing::{
    KeyId, PublicKey, UtcSecond,
    key::MAX_PEM_BYTES,
    log::{KeyName, note::NoteError},
};
use anyhow::{Context as _, Result, bail};
use time::Duration;
use url::Url;

use crate::trust::{carried::Carried, log_file::WitnessEntry, people::introduce};

/// Until when a document is believed: a time, or a number of days from now.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expiry {
    At(UtcSecond),
    Days(u32),
}

impl Expiry {
    pub(super) fn after(self, now: UtcSecond) -> UtcSecond {
        match self {
            Self::At(time) => time,
            Self::Days(days) => now.after(Duration::days(days.into())),
        }
    }
}

impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days = text.strip_suffix('d').and_then(|days| days.parse().ok()).map(Self::Days);
        days.or_else(|| text.parse().ok().map(Self::At))
            .ok_or_else(|| "write a number of days, `365d`, or a time in UTC, `2027-11-25T00:00:00Z`".to_owned())
    }
}

/// Reads a name that is an address without its scheme: it stays for ever.
pub(in super::super) fn name(text: &str) -> Result<KeyName, String> {
    if let Some((_, rest)) = text.split_once("://") {
        let rest = rest.trim_end_matches('/');
        return Err(format!("it is kept for ever and has no scheme: write `{rest}`"));
    }
    text.parse().map_err(|error: NoteError| error.to_string())
}

/// Reads public keys, one PEM file each.
pub(super) fn public_keys(files: &[PathBuf]) -> Result<Vec<PublicKey>> {
    files.iter().map(|file| public_key(file)).collect()
}

/// Keeps public halves in the folder of a ceremony, so that people find each other by name and not by the ids of their keys.
pub(super) fn introduce_all<'f>(carried: &Carried, files: impl IntoIterator<Item = &'f PathBuf>) -> Result<()> {
    for file in files {
        introduce(carried, file, &public_key(file)?)?;
    }
    Ok(())
}

fn public_key(file: &Path) -> Result<PublicKey> {
    let length = fs::metadata(file).with_context(|| format!("`{}` cannot be read", file.display()))?.len();
    if length > MAX_PEM_BYTES as u64 {
        bail!("`{}` has {length} bytes and is no key", file.display());
    }
    let pem = fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    PublicKey::from_pem(&pem).with_context(|| format!("`{}` cannot be used as a public key", file.display()))
}

/// A key to be removed: its id, or the file of its public half.
pub(super) fn key_ids(texts: &[String]) -> Result<Vec<KeyId>> {
    texts.iter().map(|text| text.parse().or_else(|_| Ok(public_key(Path::new(text))?.id()))).collect()
}

/// Pairs of verifier key and address.
pub(super) fn witnesses(texts: &[String]) -> Result<Vec<WitnessEntry>> {
    let entry = |pair: &[String]| {
        let [verifier, url] = pair else { bail!("a witness is a verifier key and an address") };
        let verifier = verifier.parse().with_context(|| format!("`{verifier}` is no verifier key"))?;
        let url = Url::parse(url).with_context(|| format!("`{url}` is not an address"))?;
        Ok(WitnessEntry { url, verifier })
    };
    texts.chunks(2).map(entry).collect()
}
