//! From entries of the audit log to deliveries.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::deliver::{room, turn_off_full};
use super::{Delivery, DeliveryState, Event, Webhook};
use crate::audit::{AuditFilter, Entry, MAX_AUDIT_PAGE};
use crate::ports::{StoreError, SystemWrite, Transaction, Written};
use crate::{Id, Ports};

/// Makes the deliveries of everything that was told since the last time; how many. Several servers may do so at once: one waits for the
/// other, and finds nothing.
///
/// # Errors
/// [`StoreError`]; nothing is lost then, and nothing is told twice.
#[tracing::instrument(name = "webhook.announce", skip_all)]
pub async fn announce(ports: &Ports) -> Result<u64, StoreError> {
    let mut made = 0;
    loop {
        let mut reader = ports.store.read().await?;
        if reader.audit_head().await?.seq <= reader.webhook_cursor().await? {
            return Ok(made);
        }
        drop(reader);
        let mut transaction = ports.store.begin().await?;
        let cursor = transaction.lock_webhook_cursor().await?;
        let entries = transaction.audit_after(&AuditFilter::default(), cursor, MAX_AUDIT_PAGE).await?;
        let Some(last) = entries.last() else {
            transaction.rollback().await?;
            return Ok(made);
        };
        let mut written = Written::System(SystemWrite::Delivery);
        for hook in transaction.active_webhooks().await? {
            match announce_to(ports, &mut *transaction, &hook, &entries).await? {
                Some(deliveries) => made += deliveries,
                None => written = Written::ToldIfChanged,
            }
        }
        transaction.set_webhook_cursor(last.seq).await?;
        transaction.commit(written).await?;
    }
}

/// Makes the deliveries of entries for one hook; how many. None if too many wait for it: it is turned off then.
async fn announce_to(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    hook: &Webhook,
    entries: &[Entry],
) -> Result<Option<u64>, StoreError> {
    let told = entries.iter().filter(|entry| hook.created_at <= entry.told.at);
    let told = told.filter_map(|entry| Event::of(entry.told.act).map(|event| (event, entry)));
    let told: Vec<_> = told.filter(|(event, entry)| hook.is_told(*event, entry.told.subject.publisher)).collect();
    let made = told.len() as u64;
    if made > 0 && made > room(transaction, hook).await? {
        turn_off_full(ports, transaction, hook).await?;
        return Ok(None);
    }
    for (event, entry) in told {
        let body = body(event, entry.told.at, &data(entry));
        transaction.insert_delivery(&delivery(ports, hook, event, Some(entry.seq), body)).await?;
    }
    Ok(Some(made))
}

/// A new delivery, due at once.
pub(super) fn delivery(ports: &Ports, hook: &Webhook, event: Event, entry: Option<u64>, body: String) -> Delivery {
    let now = ports.now();
    Delivery {
        id: Id::new(now, &*ports.entropy),
        webhook: hook.id,
        host: hook.url.host(),
        event,
        entry,
        body,
        created_at: now,
        started_at: now,
        state: DeliveryState::Waiting,
        run_at: now,
        attempts: 0,
        log: Vec::new(),
    }
}

/// The payload in the form that Standard Webhooks recommends.
pub(super) fn body(event: Event, at: OffsetDateTime, data: &Value) -> String {
    let timestamp = at.format(&Rfc3339).unwrap_or_default();
    json!({ "type": event.as_str(), "timestamp": timestamp, "data": data }).to_string()
}

/// What the entry says, but for who did it and from where.
fn data(entry: &Entry) -> Value {
    let told = &entry.told;
    let mut data = told.detail.as_object().cloned().unwrap_or_default();
    let mut put = |name: &str, value: Option<String>| insert(&mut data, name, value.map(Value::from));
    put("namespace", told.subject.namespace.as_ref().map(ToString::to_string));
    put("module", told.subject.module.as_ref().map(ToString::to_string));
    put("version", told.subject.version.as_ref().map(ToString::to_string));
    put("id", told.subject.id.clone());
    insert(&mut data, "act", Some(told.act.as_str().into()));
    insert(&mut data, "audit_seq", Some(entry.seq.into()));
    insert(&mut data, "leaf", told.leaf.map(Value::from));
    Value::Object(data)
}

fn insert(data: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        data.insert(name.to_owned(), value);
    }
}
