//! Setting hooks up, changing them, and looking at what they were sent.

use adx_signing::name::Namespace;
use serde_json::json;

use super::rights::{Wanted, hook_of, publisher_of, refuse_former};
use super::secret::HookSecret;
use super::{Delivery, Event, HookUrl, SECRET_OVERLAP, Webhook, WebhookError};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::ports::{StoreError, Transaction, Written};
use crate::publisher::Publisher;
use crate::{Id, Ports};

/// Most hooks of one publisher, and of the operators: each event is sent to each of them.
pub const MAX_WEBHOOKS: usize = 16;
/// Most deliveries of a page.
pub const MAX_DELIVERIES_PAGE: u32 = 100;

/// A hook that is wanted.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Whose events it is told; none for everybody's, as operators want.
    pub namespace: Option<Namespace>,
    /// Where it is.
    pub url: HookUrl,
    /// Which events; all if none is named.
    pub events: Vec<Event>,
}

/// What a hook shall be.
#[derive(Debug, Clone, Default)]
pub struct HookChange {
    /// Somewhere else.
    pub url: Option<HookUrl>,
    /// Told other events.
    pub events: Option<Vec<Event>>,
    /// On, or off.
    pub enabled: Option<bool>,
}

/// Some deliveries, and before which the next come.
#[derive(Debug, Clone)]
pub struct DeliveryPage {
    /// The newest first.
    pub deliveries: Vec<Delivery>,
    /// Where to go on, if there may be more.
    pub next: Option<Id<Delivery>>,
}

/// Sets a hook up, and makes its secret.
///
/// # Errors
/// [`WebhookError`]; nothing has changed then.
#[tracing::instrument(name = "webhook.create", skip_all)]
pub async fn create_webhook(
    ports: &Ports,
    actor: &Actor,
    new: NewWebhook,
) -> Result<(Webhook, HookSecret), WebhookError> {
    let now = ports.now();
    let secret = HookSecret::new(&*ports.entropy);
    let id = Id::new(now, &*ports.entropy);
    let mut transaction = ports.store.begin().await?;
    let made = async {
        let publisher =
            publisher_of(as_reader(&mut *transaction), actor, new.namespace.as_ref(), Wanted::Change).await?;
        refuse_former(&mut *transaction, actor, publisher.as_ref()).await?;
        refuse_operators_events(publisher.as_ref(), &new.events)?;
        // Under this lock nobody else sets one up: there are no more than there may be.
        transaction.lock_webhook_cursor().await?;
        let of = publisher.as_ref().map(|publisher| publisher.id);
        if transaction.webhooks_of(of).await?.len() >= MAX_WEBHOOKS {
            return Err(WebhookError::TooMany);
        }
        let hook = Webhook {
            id,
            publisher: of,
            url: new.url,
            events: new.events,
            sealed_secret: secret.seal(ports, id),
            sealed_before: None,
            created_at: now,
            disabled: None,
        };
        transaction.insert_webhook(&hook).await?;
        deed(Act::WebhookCreate, &hook, publisher.as_ref()).tell(ports, &mut *transaction);
        Ok(hook)
    }
    .await;
    Ok((end(transaction, made).await?, secret))
}

/// The hooks of a namespace, or of the operators.
///
/// # Errors
/// [`WebhookError`]
pub async fn list_webhooks(
    ports: &Ports,
    actor: &Actor,
    namespace: Option<&Namespace>,
) -> Result<Vec<Webhook>, WebhookError> {
    let mut reader = ports.store.read().await?;
    let publisher = publisher_of(&mut *reader, actor, namespace, Wanted::Look).await?;
    Ok(reader.webhooks_of(publisher.map(|publisher| publisher.id)).await?)
}

/// A hook.
///
/// # Errors
/// [`WebhookError`]
pub async fn read_webhook(ports: &Ports, actor: &Actor, id: Id<Webhook>) -> Result<Webhook, WebhookError> {
    let mut reader = ports.store.read().await?;
    Ok(hook_of(&mut *reader, actor, id, Wanted::Look).await?.0)
}

/// Changes a hook. Turned on, it is sent what waits for it.
///
/// # Errors
/// [`WebhookError`]; nothing has changed then.
#[tracing::instrument(name = "webhook.change", skip_all, fields(webhook = %id))]
pub async fn change_webhook(
    ports: &Ports,
    actor: &Actor,
    id: Id<Webhook>,
    change: HookChange,
) -> Result<Webhook, WebhookError> {
    let mut transaction = ports.store.begin().await?;
    let changed = async {
        let (mut hook, publisher) = lock(&mut *transaction, actor, id).await?;
        let now = ports.now();
        hook.url = change.url.unwrap_or(hook.url);
        if let Some(events) = change.events {
            refuse_operators_events(publisher.as_ref(), &events)?;
            hook.events = events;
        }
        match change.enabled {
            Some(true) if hook.disabled.is_some() => {
                hook.disabled = None;
                transaction.restart_deliveries(id, now).await?;
            }
            Some(false) if hook.disabled.is_none() => hook.disabled = Some((now, "it was turned off".to_owned())),
            _ => {}
        }
        transaction.update_webhook(&hook).await?;
        deed(Act::WebhookChange, &hook, publisher.as_ref()).tell(ports, &mut *transaction);
        Ok(hook)
    }
    .await;
    end(transaction, changed).await
}

/// Removes a hook, with what it was sent.
///
/// # Errors
/// [`WebhookError`]; nothing has changed then.
#[tracing::instrument(name = "webhook.remove", skip_all, fields(webhook = %id))]
pub async fn remove_webhook(ports: &Ports, actor: &Actor, id: Id<Webhook>) -> Result<(), WebhookError> {
    let mut transaction = ports.store.begin().await?;
    let removed = async {
        let (hook, publisher) = lock(&mut *transaction, actor, id).await?;
        transaction.remove_webhook(id).await?;
        deed(Act::WebhookRemove, &hook, publisher.as_ref()).tell(ports, &mut *transaction);
        Ok(())
    }
    .await;
    end(transaction, removed).await
}

/// Removes every hook of a publisher, since who set them up owns it no more.
pub(crate) async fn remove_all(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
) -> Result<(), StoreError> {
    for hook in transaction.webhooks_of(Some(publisher.id)).await? {
        transaction.remove_webhook(hook.id).await?;
        deed(Act::WebhookRemove, &hook, Some(publisher)).tell(ports, transaction);
    }
    Ok(())
}

/// Gives a hook another secret. The one before signs as well for [`SECRET_OVERLAP`], so that its receiver can be changed in between.
///
/// # Errors
/// [`WebhookError`]; nothing has changed then.
#[tracing::instrument(name = "webhook.rotate", skip_all, fields(webhook = %id))]
pub async fn rotate_secret(
    ports: &Ports,
    actor: &Actor,
    id: Id<Webhook>,
) -> Result<(Webhook, HookSecret), WebhookError> {
    let secret = HookSecret::new(&*ports.entropy);
    let mut transaction = ports.store.begin().await?;
    let rotated = async {
        let (mut hook, publisher) = lock(&mut *transaction, actor, id).await?;
        let before = std::mem::replace(&mut hook.sealed_secret, secret.seal(ports, id));
        hook.sealed_before = Some((before, ports.now() + SECRET_OVERLAP));
        transaction.update_webhook(&hook).await?;
        deed(Act::WebhookRotate, &hook, publisher.as_ref()).tell(ports, &mut *transaction);
        Ok(hook)
    }
    .await;
    Ok((end(transaction, rotated).await?, secret))
}

/// What a hook was sent, the newest first, at most [`MAX_DELIVERIES_PAGE`].
///
/// # Errors
/// [`WebhookError`]
pub async fn list_deliveries(
    ports: &Ports,
    actor: &Actor,
    id: Id<Webhook>,
    before: Option<Id<Delivery>>,
    limit: u32,
) -> Result<DeliveryPage, WebhookError> {
    let mut reader = ports.store.read().await?;
    hook_of(&mut *reader, actor, id, Wanted::Look).await?;
    let limit = limit.clamp(1, MAX_DELIVERIES_PAGE);
    let deliveries = reader.deliveries_of(id, before, limit).await?;
    let is_full = u32::try_from(deliveries.len()).is_ok_and(|found| found >= limit);
    let next = deliveries.last().filter(|_| is_full).map(|last| last.id);
    Ok(DeliveryPage { deliveries, next })
}

/// A hook of whoever asks, locked, and whose it is.
pub(super) async fn lock(
    transaction: &mut dyn Transaction,
    actor: &Actor,
    id: Id<Webhook>,
) -> Result<(Webhook, Option<Publisher>), WebhookError> {
    let (_, publisher) = hook_of(as_reader(transaction), actor, id, Wanted::Change).await?;
    refuse_former(transaction, actor, publisher.as_ref()).await?;
    let hook = transaction.lock_webhook(id).await?.ok_or(WebhookError::NotFound)?;
    Ok((hook, publisher))
}

/// Commits what was told, and nothing of what was refused.
pub(super) async fn end<T>(
    transaction: Box<dyn Transaction>,
    done: Result<T, WebhookError>,
) -> Result<T, WebhookError> {
    match done {
        Ok(done) => {
            transaction.commit(Written::Told).await?;
            Ok(done)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

/// What the audit log is told of a hook: its host, since a path may hold a secret.
pub(super) fn deed(act: Act, hook: &Webhook, publisher: Option<&Publisher>) -> Deed {
    let events: Vec<_> = hook.events.iter().map(|event| event.as_str()).collect();
    let enabled = hook.disabled.is_none();
    let deed = Deed::new(act).id(hook.id);
    let deed = deed.with(json!({ "host": hook.url.host(), "events": events, "enabled": enabled }));
    match publisher {
        Some(publisher) => deed.of(publisher),
        None => deed,
    }
}

/// What the audit log is told of a hook that is turned off by itself.
pub(crate) fn of_disabled(hook: &Webhook, publisher: Option<&Publisher>) -> Deed {
    deed(Act::WebhookDisable, hook, publisher)
}

/// Refuses a filter of a publisher's hook with an event that it is never told: its owners would wait in vain.
fn refuse_operators_events(publisher: Option<&Publisher>, events: &[Event]) -> Result<(), WebhookError> {
    match events.iter().find(|event| publisher.is_some() && event.is_for_operators()) {
        Some(event) => Err(WebhookError::ForOperators(*event)),
        None => Ok(()),
    }
}

fn as_reader(transaction: &mut dyn Transaction) -> &mut dyn crate::ports::Reader {
    transaction
}
