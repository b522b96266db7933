//! What the use cases need from the world. Each trait has two adapters and one contract test in `adx-tests`.

mod blob_key;
mod blobs;
mod blocking;
mod mail;
mod owners;
mod progress;
mod search;
mod store;
mod witnesses;
mod world;

use std::sync::Arc;

use time::OffsetDateTime;

pub use blob_key::{BlobKey, MetadataName};
pub use blobs::{BlobError, BlobHead, BlobRead, Blobs, TemporaryBlob, read_whole};
pub use blocking::{Blocking, Stopped, off_reactor};
pub use mail::{Address, BadAddress, Mail, MailError, Message};
pub use owners::{OwnerReader, OwnerWriter};
pub use progress::{PublishProgress, PublishStep, SignStep};
pub use search::{SearchError, SearchHit, SearchIndex, SearchPage, SearchQuery, SearchSort};
pub use store::{Condemned, Constraint, Counts, NewModule, Reader, Store, StoreError, Transaction, Unlogged};
pub use witnesses::{CosignAnswer, WitnessError, Witnesses};
pub use world::{Clock, Entropy, EntropyRng};

/// Everything the use cases need, as one cheap handle.
#[derive(Clone)]
pub struct Ports {
    /// Rows.
    pub store: Arc<dyn Store>,
    /// Bytes.
    pub blobs: Arc<dyn Blobs>,
    /// Discovery.
    pub search: Arc<dyn SearchIndex>,
    /// Letters to people.
    pub mail: Arc<dyn Mail>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Threads for work that would hold up the reactor.
    pub blocking: Arc<dyn Blocking>,
    /// Who watches a publish.
    pub progress: Arc<dyn PublishProgress>,
}

impl Ports {
    /// The time now, in whole milliseconds: what is kept is what was told.
    pub fn now(&self) -> OffsetDateTime {
        let now = self.clock.now();
        now.replace_millisecond(now.millisecond()).unwrap_or(now)
    }
}
