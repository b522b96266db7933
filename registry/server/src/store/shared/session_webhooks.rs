//! The methods of the ports about webhooks, each of which is one query.

use adx_registry_core::Id;
use adx_registry_core::ports::{StoreError, WebhookCounts, WebhookReader, WebhookWriter};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::webhooks::{Delivery, DueWebhook, SendAttempt, Webhook};
use async_trait::async_trait;
use time::OffsetDateTime;

use super::session::SqlSession;
use super::{Session, Writing, deliveries, webhooks};

#[async_trait]
impl<S: Session> WebhookReader for SqlSession<S> {
    async fn webhook(&mut self, id: Id<Webhook>) -> Result<Option<Webhook>, StoreError> {
        webhooks::by_id(self.0.connection(), id).await
    }

    async fn webhooks_of(&mut self, publisher: Option<Id<Publisher>>) -> Result<Vec<Webhook>, StoreError> {
        webhooks::of_publisher(self.0.connection(), publisher).await
    }

    async fn active_webhooks(&mut self) -> Result<Vec<Webhook>, StoreError> {
        webhooks::active(self.0.connection()).await
    }

    async fn delivery(&mut self, id: Id<Delivery>) -> Result<Option<Delivery>, StoreError> {
        deliveries::by_id(self.0.connection(), id).await
    }

    async fn deliveries_of(
        &mut self,
        webhook: Id<Webhook>,
        before: Option<Id<Delivery>>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        deliveries::of_webhook(self.0.connection(), webhook, before, limit).await
    }

    async fn webhook_cursor(&mut self) -> Result<u64, StoreError> {
        webhooks::cursor(self.0.connection()).await
    }

    async fn webhook_counts(&mut self) -> Result<WebhookCounts, StoreError> {
        webhooks::counts(self.0.connection()).await
    }

    async fn due_webhooks(&mut self, now: OffsetDateTime) -> Result<Vec<DueWebhook>, StoreError> {
        webhooks::due(self.0.connection(), now).await
    }

    async fn waiting_deliveries(&mut self, webhook: Id<Webhook>) -> Result<u64, StoreError> {
        deliveries::waiting(self.0.connection(), webhook).await
    }
}

#[async_trait]
impl WebhookWriter for SqlSession<Writing> {
    async fn insert_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        webhooks::insert(self.0.connection(), webhook).await
    }

    async fn lock_webhook(&mut self, id: Id<Webhook>) -> Result<Option<Webhook>, StoreError> {
        webhooks::lock(self.0.connection(), id).await
    }

    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        webhooks::update(self.0.connection(), webhook).await
    }

    async fn remove_webhook(&mut self, id: Id<Webhook>) -> Result<(), StoreError> {
        webhooks::remove(self.0.connection(), id).await
    }

    async fn lock_webhook_cursor(&mut self) -> Result<u64, StoreError> {
        webhooks::lock_cursor(self.0.connection()).await
    }

    async fn set_webhook_cursor(&mut self, entry: u64) -> Result<(), StoreError> {
        webhooks::set_cursor(self.0.connection(), entry).await
    }

    async fn insert_delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        deliveries::insert(self.0.connection(), delivery).await
    }

    async fn claim_delivery(
        &mut self,
        webhook: Id<Webhook>,
        now: OffsetDateTime,
        leased_until: OffsetDateTime,
    ) -> Result<Option<Delivery>, StoreError> {
        deliveries::claim(self.0.connection(), webhook, now, leased_until).await
    }

    async fn record_attempt(&mut self, delivery: &Delivery, attempt: &SendAttempt) -> Result<bool, StoreError> {
        deliveries::record(self.0.connection(), delivery, attempt).await
    }

    async fn renew_delivery(
        &mut self,
        webhook: Id<Webhook>,
        delivery: Id<Delivery>,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        deliveries::renew(self.0.connection(), webhook, delivery, now).await
    }

    async fn renew_deliveries(
        &mut self,
        webhook: Id<Webhook>,
        since: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        deliveries::renew_since(self.0.connection(), webhook, since, now).await
    }

    async fn restart_deliveries(&mut self, webhook: Id<Webhook>, now: OffsetDateTime) -> Result<(), StoreError> {
        deliveries::restart(self.0.connection(), webhook, now).await
    }

    async fn give_up_deliveries(&mut self, webhook: Id<Webhook>) -> Result<(), StoreError> {
        deliveries::give_up(self.0.connection(), webhook).await
    }

    async fn sweep_deliveries(&mut self, before: OffsetDateTime, most: u32) -> Result<u64, StoreError> {
        deliveries::sweep(self.0.connection(), before, most).await
    }
}
