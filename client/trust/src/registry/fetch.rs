//! Fetching what a release consists of: its package and what its publisher signed.

use std::path::Path;

use adx_index::limits::MAX_PACKAGE_BYTES;
use adx_signing::{Digest, envelope::MAX_ENVELOPE_BYTES, log::Event, tuf::TargetFile};

use super::{Registry, hold::check, trusted::Trusted};
use crate::{
    address,
    index::not_served,
    refusal::{InclusionRefusal, Refusal},
    source::Source,
    state,
};

impl Registry {
    /// Streams a package into a new file: the one whose hash and length the metadata lists. What was written of a download that
    /// failed is the caller's to remove.
    ///
    /// # Errors
    /// [`Refusal::NotServed`] where the source has it not, [`Refusal::Target`] for other bytes.
    pub async fn download(&self, target: &TargetFile, to: &Path) -> Result<(), Refusal> {
        let mut found = fetch(&self.source, target, to).await;
        for other in self.source.others() {
            if found.is_ok() {
                break;
            }
            state::remove(to)?;
            found = fetch(&other, target, to).await.or(found);
        }
        found
    }

    /// The publisher's signed statement about a package, unverified. Of several copies that were carried here it is the one that
    /// the log names, once the index was asked for its module.
    ///
    /// # Errors
    /// [`Refusal::NotServed`] and [`Refusal::Source`]; [`Refusal::Inclusion`] where the log names none of several copies.
    pub async fn envelope(&self, package: &Digest) -> Result<Vec<u8>, Refusal> {
        let logged = if self.source.others().is_empty() {
            None
        } else {
            self.trusted.lock().await.logged_envelope(package).await
        };
        let named = |bytes: Option<Vec<u8>>| {
            let bytes = bytes.ok_or_else(|| not_served(format!("the envelope of package {package}"), &self.source))?;
            match (logged, Digest::of(&bytes)) {
                (Some((leaf, logged)), found) if found != logged => {
                    let (logged, found) = (logged.to_string(), found.to_string());
                    Err(Refusal::Inclusion(InclusionRefusal::Other { leaf, what: "envelope", logged, found }))
                }
                _ => Ok(bytes),
            }
        };
        self.source.get_held(&address::envelope(package), MAX_ENVELOPE_BYTES as u64, named).await
    }
}

async fn fetch(source: &Source, target: &TargetFile, to: &Path) -> Result<(), Refusal> {
    let found = source.download(&address::package(&target.sha256), target.length.min(MAX_PACKAGE_BYTES), to).await?;
    let (found, length) = found.ok_or_else(|| not_served(format!("package {}", target.sha256), source))?;
    check(target, found, length)
}

impl Trusted {
    /// The digest of the envelope that the log has of a package, and its leaf; none where that cannot be told.
    async fn logged_envelope(&self, package: &Digest) -> Option<(u64, Digest)> {
        let leaf = self.index.lines_of(package).find_map(|line| line.leaf)?;
        match self.log.leaf(leaf).await.ok()?.leaf.event {
            Event::Publish(publication) if publication.sha256 == *package => Some((leaf, publication.envelope_sha256)),
            _ => None,
        }
    }
}
