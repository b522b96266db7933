use adx_signing::digest::Digest;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::StoreError;
use crate::Id;
use crate::publisher::Publisher;
use crate::transfers::Transfer;

/// Lookups of offers of publishers. What is not there is `None`, never an error.
#[async_trait]
pub trait TransferReader: Send {
    /// An offer, ended ones too.
    async fn transfer(&mut self, id: Id<Transfer>) -> Result<Option<Transfer>, StoreError>;

    /// The offer of a publisher that has not ended, though it may have expired.
    async fn offered_transfer(&mut self, publisher: Id<Publisher>) -> Result<Option<Transfer>, StoreError>;

    /// The offer whose code has this sha256.
    async fn transfer_by_code(&mut self, code: &Digest) -> Result<Option<Transfer>, StoreError>;
}

/// Changes of offers. The leaves are locked before: one change is made after the other.
#[async_trait]
pub trait TransferWriter: Send {
    /// A new offer, without a code yet.
    async fn insert_transfer(&mut self, transfer: &Transfer) -> Result<(), StoreError>;

    /// Rewrites state, name, address and when it ended. The code of one that has ended is void.
    async fn update_transfer(&mut self, transfer: &Transfer) -> Result<(), StoreError>;

    /// The sha256 of the code of an offer. Any before is void.
    async fn set_transfer_code(&mut self, transfer: Id<Transfer>, code: Digest) -> Result<(), StoreError>;

    /// Ends every offer that has expired at `now`: nobody's address is kept for longer than it is needed.
    async fn end_expired_transfers(&mut self, now: OffsetDateTime) -> Result<(), StoreError>;

    /// How many owners must approve is the majority again.
    async fn clear_owner_threshold(&mut self, publisher: Id<Publisher>) -> Result<(), StoreError>;
}
