//! What yanking and quarantine have in common: row, leaf, entry of the feed, the module's page and the job of its search
//! document, in one transaction.

use adx_signing::log::Event;
use adx_signing::log::leaf::ReleaseName;
use adx_signing::name::ModuleId;
use semver::Version;

use crate::job::{NewJob, Task};
use crate::leaf::append;
use crate::ports::{NewModule, StoreError, Transaction};
use crate::reason::Reason;
use crate::release::{Change, ChangeKind, Release};
use crate::{Id, Ports, lead};

/// What a release shall be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Standing<'a> {
    /// Yanked, for a reason if there is one.
    Yanked(Option<&'a Reason>),
    /// Not yanked.
    NotYanked,
    /// In quarantine for a reason, or not.
    Quarantined(Option<&'a Reason>),
}

impl Standing<'_> {
    fn kind(self) -> ChangeKind {
        match self {
            Self::Yanked(_) => ChangeKind::Yank,
            Self::NotYanked => ChangeKind::Unyank,
            Self::Quarantined(Some(_)) => ChangeKind::Quarantine,
            Self::Quarantined(None) => ChangeKind::ReleaseFromQuarantine,
        }
    }

    /// Whether the release could be chosen again.
    fn offers(self) -> bool {
        matches!(self, Self::NotYanked | Self::Quarantined(None))
    }

    fn event(self, release: &Release) -> Event {
        let name = ReleaseName { module: release.module.clone(), version: release.version.clone() };
        match self {
            Self::Yanked(_) => Event::Yank(name),
            Self::NotYanked => Event::Unyank(name),
            Self::Quarantined(Some(_)) => Event::Quarantine(name),
            Self::Quarantined(None) => Event::ReleaseFromQuarantine(name),
        }
    }

    /// Changes the row. Says whether the release is now something that it was not.
    async fn set(self, transaction: &mut dyn Transaction, release: &mut Release) -> Result<bool, StoreError> {
        match self {
            Self::Yanked(_) | Self::NotYanked => {
                let (yanked, reason) = match self {
                    Self::Yanked(reason) => (true, reason.map(ToString::to_string)),
                    _ => (false, None),
                };
                // Another reason is another line in the index, so it has a leaf as well.
                let is_new = release.yanked != yanked || release.yanked_for != reason;
                if is_new {
                    release.yanked = yanked;
                    transaction.set_yanked(release.id, release.yanked, reason.as_deref()).await?;
                    release.yanked_for = reason;
                }
                Ok(is_new)
            }
            Self::Quarantined(reason) => {
                let reason = reason.map(ToString::to_string);
                let is_new = release.quarantined_for.is_some() != reason.is_some();
                if release.quarantined_for != reason {
                    transaction.set_quarantined(release.id, reason.as_deref()).await?;
                    release.quarantined_for = reason;
                }
                Ok(is_new)
            }
        }
    }
}

/// Makes a release what it shall be, and says what it is then; `None` if there is no such release. One that is so already gets
/// no leaf.
pub(crate) async fn set(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: &ModuleId,
    version: &Version,
    standing: Standing<'_>,
) -> Result<Option<Release>, StoreError> {
    let now = ports.now();
    // Looked at first: the lock makes a module that is not there.
    let Some(known) = transaction.module(module).await? else { return Ok(None) };
    let new = NewModule { id: Id::new(now, &*ports.entropy), module: known.module, publisher: known.publisher, now };
    let module = transaction.lock_module(&new).await?;
    if module.deleted_at.is_some() && standing.offers() {
        return Ok(None);
    }
    transaction.lock_feed().await?;
    transaction.lock_leaves().await?;
    let Some(mut release) = transaction.release(module.id, version).await? else { return Ok(None) };
    if !standing.set(transaction, &mut release).await? {
        return Ok(Some(release));
    }
    let seq = transaction.next_seq().await?;
    append(transaction, now, standing.event(&release)).await?;
    transaction
        .insert_change(&Change {
            seq,
            kind: standing.kind(),
            module: release.module.clone(),
            version: release.version.clone(),
            sha256: release.sha256,
            at: now,
        })
        .await?;
    lead::choose(transaction, module).await?;
    let task = Task::UpdateSearch { module: release.module.clone() };
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
    let kind = standing.kind().as_str();
    tracing::info!(kind, module = %release.module, version = %release.version, seq, "changed");
    Ok(Some(release))
}
