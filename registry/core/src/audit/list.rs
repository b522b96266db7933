//! Reading the audit log: operators all of it, owners what is told of their publisher.

use adx_signing::name::Namespace;
use thiserror::Error;
use time::OffsetDateTime;

use super::{Act, AuditHead, Entry};
use crate::actor::{Actor, Denied};
use crate::authenticate::{AuthenticateError, look_again};
use crate::operator_scope::OperatorScope;
use crate::ports::{Reader, StoreError};
use crate::publisher::Publisher;
use crate::{Id, Ports};

/// Most entries of a page.
pub const MAX_AUDIT_PAGE: u32 = 1_000;

/// Which entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Those about what belongs to a publisher.
    pub publisher: Option<Id<Publisher>>,
    /// Those that tell of this.
    pub act: Option<Act>,
    /// Those of somebody, as [`Who`](super::Who) is written.
    pub who: Option<String>,
    /// Those from a network, by its [`network_hash`](super::network_hash).
    pub network: Option<String>,
    /// Those from then on.
    pub since: Option<OffsetDateTime>,
}

/// Some entries, and after which the next come.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// In order.
    pub entries: Vec<Entry>,
    /// Where to go on, if there may be more.
    pub next: Option<u64>,
}

/// Why nothing is shown.
#[derive(Debug, Error)]
pub enum ListAuditError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Who asks counts no more, since the answer began.
    #[error(transparent)]
    Ended(#[from] AuthenticateError),
    /// Nobody owns the namespace.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Entries after number `after`, at most `limit` of [`MAX_AUDIT_PAGE`]: of one namespace, as its owners and operators may, or of all,
/// as operators may.
///
/// # Errors
/// [`ListAuditError`]
pub async fn list_audit(
    ports: &Ports,
    actor: &Actor,
    namespace: Option<&Namespace>,
    filter: AuditFilter,
    after: u64,
    limit: u32,
) -> Result<AuditPage, ListAuditError> {
    let sees_all = actor.operator(OperatorScope::Read);
    match namespace {
        Some(namespace) if sees_all == Err(Denied::OperatorOnly) => actor.owner_of(namespace).map(drop)?,
        _ => sees_all?,
    }
    list_audit_on_the_machine(ports, namespace, filter, after, limit).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`ListAuditError::NoPublisher`], [`ListAuditError::Store`]
pub async fn list_audit_on_the_machine(
    ports: &Ports,
    namespace: Option<&Namespace>,
    mut filter: AuditFilter,
    after: u64,
    limit: u32,
) -> Result<AuditPage, ListAuditError> {
    let mut reader = ports.store.read().await?;
    if let Some(namespace) = namespace {
        filter.publisher = Some(publisher(&mut *reader, namespace).await?);
    }
    let limit = limit.clamp(1, MAX_AUDIT_PAGE);
    let entries = reader.audit_after(&filter, after, limit).await?;
    let is_full = u32::try_from(entries.len()).is_ok_and(|found| found >= limit);
    let next = entries.last().filter(|_| is_full).map(|entry| entry.seq);
    Ok(AuditPage { entries, next })
}

/// The page after another one of the same answer. Whoever asks is looked up again: the answer may take long, and rights end.
///
/// # Errors
/// [`ListAuditError`]
pub async fn list_more_audit(
    ports: &Ports,
    actor: &Actor,
    namespace: Option<&Namespace>,
    filter: AuditFilter,
    after: u64,
) -> Result<AuditPage, ListAuditError> {
    let actor = look_again(ports, actor).await?;
    list_audit(ports, &actor, namespace, filter, after, MAX_AUDIT_PAGE).await
}

/// The last entry's number and digest: what somebody else keeps shows later that nothing before it was changed.
///
/// # Errors
/// [`ListAuditError::Denied`] for whoever is no operator; [`ListAuditError::Store`]
pub async fn audit_head(ports: &Ports, actor: &Actor) -> Result<AuditHead, ListAuditError> {
    actor.operator(OperatorScope::Read)?;
    let mut reader = ports.store.read().await?;
    let head = reader.audit_head().await?;
    // It is written down elsewhere, to hold the log against later.
    reader.settle().await?;
    Ok(head)
}

async fn publisher(reader: &mut dyn Reader, namespace: &Namespace) -> Result<Id<Publisher>, ListAuditError> {
    if let Some(publisher) = reader.publisher_by_namespace(namespace).await? {
        return Ok(publisher.id);
    }
    let deleted = reader.deleted_publisher(namespace).await?;
    deleted.map(|deleted| deleted.publisher.id).ok_or_else(|| ListAuditError::NoPublisher(namespace.clone()))
}
