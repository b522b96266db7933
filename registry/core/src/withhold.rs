//! What yanking, quarantine and takedowns have in common: row, leaf, entry of the feed, the module's page and the job of its search
//! document, in one transaction.

mod letters;

use adx_signing::log::Event;
use adx_signing::log::leaf::ReleaseName;
use adx_signing::name::ModuleId;
use semver::Version;
use serde_json::json;
use time::OffsetDateTime;

use crate::audit::{Act, Deed};
use crate::job::{NewJob, Task, WithheldStep};
use crate::leaf::append;
use crate::ports::{NewModule, StoreError, Transaction};
use crate::reason::Reason;
use crate::release::{Change, ChangeKind, Module, Release};
use crate::{Id, Ports, lead};

pub(crate) use letters::{letter, tell_owners};

/// What a release shall be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Standing<'a> {
    /// Yanked, for a reason if there is one.
    Yanked(Option<&'a Reason>),
    /// Not yanked, for a reason if it was and there is one.
    NotYanked(Option<&'a Reason>),
    /// In quarantine for a reason, or not.
    Quarantined(Option<&'a Reason>),
}

impl Standing<'_> {
    /// Whether the release could be chosen again.
    fn offers(self) -> bool {
        matches!(self, Self::NotYanked(_) | Self::Quarantined(None))
    }

    /// What the audit log is told. A reason stands with the release, where it can be erased.
    fn deed(self, module: &Module, release: &Release) -> Deed {
        let act = match self {
            Self::Yanked(_) => Act::ReleaseYank,
            Self::NotYanked(_) => Act::ReleaseUnyank,
            Self::Quarantined(Some(_)) => Act::ReleaseQuarantine,
            Self::Quarantined(None) => Act::ReleaseRestore,
        };
        let deed = Deed::new(act).module(module.publisher, &release.module).version(&release.version);
        deed.with(json!({ "sha256": release.sha256 }))
    }

    /// Changes the row. Says what became of the release, if it is now something that it was not.
    async fn set(self, transaction: &mut dyn Transaction, release: &mut Release) -> Result<Option<Became>, StoreError> {
        match self {
            Self::Yanked(reason) => {
                let reason = reason.map(ToString::to_string);
                // Another reason is another line in the index, so it has a leaf as well.
                if release.yanked && release.yanked_for == reason {
                    return Ok(None);
                }
                transaction.set_yanked(release.id, true, reason.as_deref()).await?;
                (release.yanked, release.yanked_for, release.unyanked_for) = (true, reason, None);
                Ok(Some(Became { offered: Some(ChangeKind::Yank) }))
            }
            Self::NotYanked(reason) => {
                if !release.yanked {
                    return Ok(None);
                }
                let reason = reason.map(ToString::to_string);
                transaction.set_yanked(release.id, false, reason.as_deref()).await?;
                (release.yanked, release.yanked_for, release.unyanked_for) = (false, None, reason);
                Ok(Some(Became { offered: Some(ChangeKind::Unyank) }))
            }
            Self::Quarantined(reason) => {
                let before = release.is_offered();
                let reason = reason.map(ToString::to_string);
                if release.quarantined_for == reason {
                    return Ok(None);
                }
                transaction.set_quarantined(release.id, reason.as_deref()).await?;
                release.quarantined_for = reason;
                Ok(Some(Became { offered: offered_otherwise(before, release) }))
            }
        }
    }
}

/// That a release is something that it was not.
struct Became {
    /// What log and feed are told of it; nothing of a release that is withheld for something else too.
    offered: Option<ChangeKind>,
}

/// The leaves of releases of one module that are offered now and were not, or the other way: one of each, one after the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Leaves {
    /// The number of the first.
    pub(crate) first: Option<u64>,
    /// How many.
    pub(crate) count: u64,
}

/// What the log and the feed are told of a release that is offered now and was not, or the other way.
fn offered_otherwise(before: bool, release: &Release) -> Option<ChangeKind> {
    match (before, release.is_offered()) {
        (true, false) => Some(ChangeKind::Quarantine),
        (false, true) => Some(ChangeKind::ReleaseFromQuarantine),
        (true, true) | (false, false) => None,
    }
}

fn event(kind: ChangeKind, release: &Release) -> Option<Event> {
    let name = ReleaseName { module: release.module.clone(), version: release.version.clone() };
    match kind {
        ChangeKind::Yank => Some(Event::Yank(name)),
        ChangeKind::Unyank => Some(Event::Unyank(name)),
        ChangeKind::Quarantine => Some(Event::Quarantine(name)),
        ChangeKind::ReleaseFromQuarantine => Some(Event::ReleaseFromQuarantine(name)),
        ChangeKind::Release => None,
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
    let Some(module) = lock(ports, transaction, module, standing.offers()).await? else { return Ok(None) };
    let Some(mut release) = transaction.release(module.id, version).await? else { return Ok(None) };
    let Some(became) = standing.set(transaction, &mut release).await? else { return Ok(Some(release)) };
    let leaf = match became.offered {
        Some(kind) => tell(transaction, &release, kind, ports.now()).await?,
        None => None,
    };
    standing.deed(&module, &release).leaf(leaf).tell(ports, transaction);
    let Some(kind) = became.offered else { return Ok(Some(release)) };
    let step = match kind {
        ChangeKind::Quarantine => Some(WithheldStep::Quarantined),
        ChangeKind::ReleaseFromQuarantine => Some(WithheldStep::LetOut),
        _ => None,
    };
    if let Some(step) = step {
        tell_owners(ports, transaction, &module, Some(version), step).await?;
    }
    show_anew(ports, transaction, module).await?;
    Ok(Some(release))
}

/// Locks a module, the feed and the leaves; `None` if there is no such module, or if it was deleted and is to be `offered`.
pub(crate) async fn lock(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: &ModuleId,
    offered: bool,
) -> Result<Option<Module>, StoreError> {
    let now = ports.now();
    // Looked at first: the lock makes a module that is not there.
    let Some(known) = transaction.module(module).await? else { return Ok(None) };
    let new = NewModule { id: Id::new(now, &*ports.entropy), module: known.module, publisher: known.publisher, now };
    let module = transaction.lock_module(&new).await?;
    if module.deleted_at.is_some() && offered {
        return Ok(None);
    }
    transaction.lock_feed().await?;
    transaction.lock_leaves().await?;
    Ok(Some(module))
}

/// Tells log and feed of the releases of a locked module that are offered now and were not `before`, or the other way. The audit log is
/// told once of all of them, by whoever calls.
pub(crate) async fn tell_of_changed(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: Module,
    before: Vec<Release>,
) -> Result<Leaves, StoreError> {
    let now = ports.now();
    let after = transaction.releases_of(module.id, None, u32::MAX).await?;
    let mut leaves = Leaves::default();
    // The last one made public comes first.
    for (before, release) in before.iter().zip(&after).rev() {
        if let Some(kind) = offered_otherwise(before.is_offered(), release) {
            let leaf = tell(transaction, release, kind, now).await?;
            leaves.first = leaves.first.or(leaf);
            leaves.count += 1;
        }
    }
    if leaves.count > 0 {
        show_anew(ports, transaction, module).await?;
    }
    Ok(leaves)
}

/// Leaf and entry of the feed. Says which leaf.
async fn tell(
    transaction: &mut dyn Transaction,
    release: &Release,
    kind: ChangeKind,
    at: OffsetDateTime,
) -> Result<Option<u64>, StoreError> {
    let Some(event) = event(kind, release) else { return Ok(None) };
    let seq = transaction.next_seq().await?;
    let leaf = append(transaction, at, event).await?;
    let (module, version, sha256) = (release.module.clone(), release.version.clone(), release.sha256);
    tracing::info!(kind = kind.as_str(), %module, %version, seq, "changed");
    transaction.insert_change(&Change { seq, kind, module, version, sha256, at }).await?;
    Ok(Some(leaf))
}

/// What page and search show of a module.
async fn show_anew(ports: &Ports, transaction: &mut dyn Transaction, module: Module) -> Result<(), StoreError> {
    let now = ports.now();
    let task = Task::UpdateSearch { module: module.module.clone() };
    lead::choose(transaction, module).await?;
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await
}
