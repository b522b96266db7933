//! Telling and changing what a publisher may publish.

use adx_signing::name::Namespace;
use serde_json::json;

use super::count::kept_bytes;
use super::{Allowance, Limits, Quota, QuotaError, Usage, day_of};
use crate::Ports;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::operator_scope::OperatorScope;
use crate::ports::{Reader, Written};
use crate::publisher::Publisher;
use crate::reason::Reason;
use crate::submissions::by;

/// What a publisher may publish, and has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherQuota {
    /// What it has released.
    pub usage: Usage,
    /// Bytes of what waits, or did, as long as they are kept: they count with those of packages before something is stored.
    pub kept_bytes: u64,
    /// What it may have.
    pub quota: Quota,
    /// What an operator allowed, if one did.
    pub allowance: Option<Allowance>,
}

impl PublisherQuota {
    /// The bytes that are held against the limit of the packages together.
    pub fn used_bytes(&self) -> u64 {
        self.usage.package_bytes.saturating_add(self.kept_bytes)
    }
}

/// What a publisher may publish, and has; for its owners, itself and operators.
///
/// # Errors
/// [`QuotaError`]
pub async fn quota_of(ports: &Ports, actor: &Actor, namespace: &Namespace) -> Result<PublisherQuota, QuotaError> {
    actor.sees_owners_of(namespace)?;
    quota_of_on_the_machine(ports, namespace).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`QuotaError`]
pub async fn quota_of_on_the_machine(ports: &Ports, namespace: &Namespace) -> Result<PublisherQuota, QuotaError> {
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| QuotaError::NoPublisher(namespace.clone()))?;
    read(ports, &mut *reader, &publisher).await
}

/// Allows a publisher something else than all, or the same again with `None`, as an operator's request. What there is already stays.
///
/// # Errors
/// [`QuotaError`]; nothing has changed then.
pub async fn allow(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    wanted: Option<(Limits, Reason)>,
) -> Result<PublisherQuota, QuotaError> {
    actor.operator(OperatorScope::Publishers)?;
    set(ports, by(actor)?, namespace, wanted).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`QuotaError`]; nothing has changed then.
pub async fn allow_on_the_machine(
    ports: &Ports,
    namespace: &Namespace,
    wanted: Option<(Limits, Reason)>,
) -> Result<PublisherQuota, QuotaError> {
    set(ports, "machine".to_owned(), namespace, wanted).await
}

async fn set(
    ports: &Ports,
    by: String,
    namespace: &Namespace,
    wanted: Option<(Limits, Reason)>,
) -> Result<PublisherQuota, QuotaError> {
    let at = ports.now();
    let allowance = wanted.map(|(limits, reason)| Allowance { limits, reason: reason.to_string(), by, at });
    let mut transaction = ports.store.begin().await?;
    let Some(publisher) = transaction.publisher_by_namespace(namespace).await? else {
        transaction.rollback().await?;
        return Err(QuotaError::NoPublisher(namespace.clone()));
    };
    transaction.set_quota_allowance(publisher.id, allowance.as_ref()).await?;
    let Limits { modules, package_bytes, releases_a_day, rate_factor } =
        allowance.as_ref().map(|allowance| allowance.limits).unwrap_or_default();
    let detail = json!({
        "modules": modules,
        "package_bytes": package_bytes,
        "releases_a_day": releases_a_day,
        "rate_factor": rate_factor,
    });
    Deed::new(Act::QuotaChange).of(&publisher).with(detail).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    tracing::info!(%namespace, "a quota was changed");
    read(ports, &mut *ports.store.read().await?, &publisher).await
}

async fn read(ports: &Ports, reader: &mut dyn Reader, publisher: &Publisher) -> Result<PublisherQuota, QuotaError> {
    let usage = reader.publisher_usage(publisher.id, day_of(ports.now())).await?;
    let kept_bytes = kept_bytes(ports, reader, publisher.id).await?;
    let allowance = reader.quota_allowance(publisher.id).await?;
    Ok(PublisherQuota { usage, kept_bytes, quota: ports.quota.with(allowance.as_ref()), allowance })
}
