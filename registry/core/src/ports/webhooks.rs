use async_trait::async_trait;
use thiserror::Error;
use time::OffsetDateTime;

use super::StoreError;
use crate::Id;
use crate::publisher::Publisher;
use crate::webhooks::{Delivery, DueWebhook, HookUrl, SendAttempt, Webhook};

/// What is sent to a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRequest {
    /// To where.
    pub url: HookUrl,
    /// The header `webhook-id`.
    pub id: String,
    /// The header `webhook-timestamp`: Unix seconds.
    pub timestamp: i64,
    /// The header `webhook-signature`.
    pub signature: String,
    /// The JSON.
    pub body: String,
}

/// Why there is no answer of a hook.
#[derive(Debug, Error)]
pub enum SendError {
    /// The name of the hook leads to an address where nothing of the public is: whoever set it up wants to reach what the registry can
    /// reach and the public cannot.
    #[error("`{host}` has the address {address}, which is not public: {kind}")]
    NotPublic {
        /// The host.
        host: String,
        /// The address.
        address: String,
        /// Of which kind it is.
        kind: &'static str,
    },
    /// Nobody took it, or not in time.
    #[error("the receiver did not answer: {0}")]
    NoAnswer(String),
}

/// Sends to hooks.
#[async_trait]
pub trait Messenger: Send + Sync {
    /// Sends once, and gives the status of the answer. Nothing else of the answer is of use.
    ///
    /// # Errors
    /// [`SendError`]
    async fn send(&self, request: &HookRequest) -> Result<u16, SendError>;
}

/// How many deliveries wait and were given up, and how many hooks are off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WebhookCounts {
    /// Deliveries waiting or being sent, of hooks that are on.
    pub waiting: u64,
    /// Deliveries that were given up and are kept still.
    pub failed: u64,
    /// Hooks that are turned off.
    pub off: u64,
}

/// Lookups of hooks and deliveries.
#[async_trait]
pub trait WebhookReader: Send {
    /// A hook.
    async fn webhook(&mut self, id: Id<Webhook>) -> Result<Option<Webhook>, StoreError>;

    /// The hooks of a publisher, or of the operators, in the order they were made.
    async fn webhooks_of(&mut self, publisher: Option<Id<Publisher>>) -> Result<Vec<Webhook>, StoreError>;

    /// Every hook that is on.
    async fn active_webhooks(&mut self) -> Result<Vec<Webhook>, StoreError>;

    /// A delivery.
    async fn delivery(&mut self, id: Id<Delivery>) -> Result<Option<Delivery>, StoreError>;

    /// The deliveries of a hook, the newest first; those before `before`, at most `limit`.
    async fn deliveries_of(
        &mut self,
        webhook: Id<Webhook>,
        before: Option<Id<Delivery>>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// Up to which entry of the audit log hooks were told.
    async fn webhook_cursor(&mut self) -> Result<u64, StoreError>;

    /// Figures for operators.
    async fn webhook_counts(&mut self) -> Result<WebhookCounts, StoreError>;

    /// The hooks that are on and to which a delivery is due at `now`.
    async fn due_webhooks(&mut self, now: OffsetDateTime) -> Result<Vec<DueWebhook>, StoreError>;

    /// How many deliveries wait for a hook, without those that are being sent.
    async fn waiting_deliveries(&mut self, webhook: Id<Webhook>) -> Result<u64, StoreError>;
}

/// Changes of hooks and deliveries.
#[async_trait]
pub trait WebhookWriter: Send {
    /// Keeps a new hook.
    async fn insert_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError>;

    /// The hook, locked until the transaction ends.
    async fn lock_webhook(&mut self, id: Id<Webhook>) -> Result<Option<Webhook>, StoreError>;

    /// Rewrites a hook.
    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError>;

    /// Removes a hook with its deliveries.
    async fn remove_webhook(&mut self, id: Id<Webhook>) -> Result<(), StoreError>;

    /// The cursor, locked until the transaction ends.
    async fn lock_webhook_cursor(&mut self) -> Result<u64, StoreError>;

    /// Moves the cursor.
    async fn set_webhook_cursor(&mut self, entry: u64) -> Result<(), StoreError>;

    /// Keeps a new delivery; one of the same entry and hook stays as it is.
    async fn insert_delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError>;

    /// Leases a delivery to a hook, if that is on: the one that is due longest, but before it one of which a lease ran out.
    async fn claim_delivery(
        &mut self,
        webhook: Id<Webhook>,
        now: OffsetDateTime,
        leased_until: OffsetDateTime,
    ) -> Result<Option<Delivery>, StoreError>;

    /// Rewrites how far a leased delivery is, and keeps how it went; `false` if its lease was lost meanwhile.
    async fn record_attempt(&mut self, delivery: &Delivery, attempt: &SendAttempt) -> Result<bool, StoreError>;

    /// Has a delivery of a hook sent once more, as if it were new; `false` if it has none such.
    async fn renew_delivery(
        &mut self,
        webhook: Id<Webhook>,
        delivery: Id<Delivery>,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// The same of all that were made from then on; how many they are.
    async fn renew_deliveries(
        &mut self,
        webhook: Id<Webhook>,
        since: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<u64, StoreError>;

    /// Lets what waits for a hook be tried as long as if it were new.
    async fn restart_deliveries(&mut self, webhook: Id<Webhook>, now: OffsetDateTime) -> Result<(), StoreError>;

    /// Gives up what waits for a hook.
    async fn give_up_deliveries(&mut self, webhook: Id<Webhook>) -> Result<(), StoreError>;

    /// Removes deliveries that ended and were made before, and of each hook those beyond the newest `most`; how many they are.
    async fn sweep_deliveries(&mut self, before: OffsetDateTime, most: u32) -> Result<u64, StoreError>;
}
