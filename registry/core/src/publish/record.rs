//! Rows, leaf, feed entry and job of a release: all of them, or none.

use std::collections::BTreeSet;

use adx_index::limits::MAX_INDEX_BYTES;
use adx_index::line::write_file;
use adx_signing::digest::Digest;
use adx_signing::key::PublicKey;
use adx_signing::name::ModuleId;
use semver::Version;
use serde_json::json;

use super::check::{Checked, Proof, does_not_count, release_keys};
use super::{PublishError, PublishRequest};
use crate::actor::Denied;
use crate::audit::{Act, Deed};
use crate::authenticate::counts_still;
use crate::job::{NewJob, SubmissionStep, Task};
use crate::leaf::{append_at, publication};
use crate::names::{Asker, NameRefused, NewName, admit_module, admit_still};
use crate::ports::{
    Condemned, Constraint, NewModule, NewRelease, PublishStep, ReviewStep, StoreError, SystemWrite, Transaction,
    Written,
};
use crate::release::{Change as FeedEntry, ChangeKind, Module, Release, ReleaseTexts};
use crate::review::{Change, Standing, change, release_before};
use crate::submissions::{
    Compared, Journey, KEPT_REFUSED_OF_A_MODULE, KEPT_REFUSED_OF_A_PUBLISHER, Submission, SubmissionState,
    tell_operators, tell_owners,
};
use crate::trusted::refuse_untrusted;
use crate::trusted::staged::is_staged;
use crate::{Id, Ports, lead, quotas};

/// What the transaction came to.
pub(super) enum Recorded {
    /// The release is public.
    Released(Release),
    /// Another request released the same bytes first.
    Lost(Release),
}

/// Where a release comes from: what is written beside it in its transaction.
pub(super) enum Origin<'a> {
    /// From the request itself: the submission and all that happened to it.
    Sent(&'a Journey),
    /// From a submission that waited: what it becomes.
    Approved(Id<Submission>, Change),
}

/// What there is of a version.
pub(super) enum Earlier {
    /// Nothing.
    Nothing,
    /// A release of these very bytes.
    Released(Box<Release>),
    /// These very bytes, which wait for somebody's word.
    Waits(Box<Submission>),
}

/// What there is of that version, if it is of these bytes.
///
/// # Errors
/// [`PublishError::VersionTaken`] or [`PublishError::OthersWait`] if it is of others; [`PublishError::RefusedByOperator`];
/// [`PublishError::NameTaken`] if the module is written otherwise; [`PublishError::Name`] if it is new, and the name is held or refused.
pub(super) async fn earlier(
    ports: &Ports,
    proof: &Proof,
    module: &ModuleId,
    version: &Version,
) -> Result<Earlier, PublishError> {
    if let Some(release) = released(ports, proof, module, version).await? {
        return Ok(Earlier::Released(Box::new(release)));
    }
    let mut reader = ports.store.read().await?;
    let Some(last) = reader.last_submission(module, version).await? else { return Ok(Earlier::Nothing) };
    if let Some(reason) = last.refused_by_operator(proof.sha256()) {
        return Err(PublishError::RefusedByOperator { submission: last.id, reason: reason.to_owned() });
    }
    match last.state.is_waiting() {
        false => Ok(Earlier::Nothing),
        true if last.sha256 == proof.sha256() => {
            reader.settle().await?;
            Ok(Earlier::Waits(Box::new(last)))
        }
        true => Err(PublishError::OthersWait(Box::new(last))),
    }
}

/// The release of that version, if it is of these bytes.
///
/// # Errors
/// As of [`earlier`], but for what waits.
pub(super) async fn released(
    ports: &Ports,
    proof: &Proof,
    module: &ModuleId,
    version: &Version,
) -> Result<Option<Release>, PublishError> {
    let mut reader = ports.store.read().await?;
    let Some(known) = reader.module(module).await? else {
        let existing = ModuleId::new(proof.publisher.namespace.clone(), module.name.clone());
        if existing != *module {
            return Err(PublishError::NameTaken { existing });
        }
        drop(reader);
        admit_module(ports, &proof.publisher, module).await?;
        return Ok(None);
    };
    if known.module != *module {
        return Err(PublishError::NameTaken { existing: known.module });
    }
    if known.deleted_at.is_some() {
        return Err(NameRefused::Deleted(known.module).into());
    }
    match reader.release(known.id, version).await? {
        None => refuse_withheld(&known).map(|()| None),
        Some(release) if release.sha256 == proof.sha256() => match release.takedown() {
            None => {
                reader.settle().await?;
                Ok(Some(release))
            }
            Some(reason) => {
                let reason = reason.to_owned();
                Err(PublishError::TakenDown { module: known.module, version: release.version, reason })
            }
        },
        Some(release) => {
            Err(PublishError::VersionTaken { module: known.module, version: release.version, released: release.sha256 })
        }
    }
}

/// Writes the release.
pub(super) async fn release(
    ports: &Ports,
    request: PublishRequest,
    proof: &Proof,
    checked: Checked,
    origin: Origin<'_>,
) -> Result<Recorded, PublishError> {
    let (module, version) = (request.module.clone(), request.version.clone());
    let mut transaction = ports.store.begin().await?;
    let inserted = insert(ports, &mut *transaction, request, proof, checked, origin).await;
    let release = match inserted {
        Ok(release) => release,
        Err(PublishError::Store(StoreError::Violated(Constraint::ReleaseVersion))) => {
            // The one who was first has committed: its lock was what this waited for.
            transaction.rollback().await?;
            let release = released(ports, proof, &module, &version).await?;
            return release.map(Recorded::Lost).ok_or(PublishError::TryAgain);
        }
        Err(refused) => {
            transaction.rollback().await?;
            return Err(refused);
        }
    };
    ports.progress.reached(PublishStep::RowsInserted);
    transaction.commit(Written::Told).await?;
    ports.progress.reached(PublishStep::Committed);
    tracing::info!(seq = release.seq, sha256 = %release.sha256, size_bytes = release.size_bytes, "released");
    Ok(Recorded::Released(release))
}

async fn insert(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    request: PublishRequest,
    proof: &Proof,
    checked: Checked,
    origin: Origin<'_>,
) -> Result<Release, PublishError> {
    let now = ports.now();
    let new = NewModule {
        id: Id::new(now, &*ports.entropy),
        module: request.module.clone(),
        publisher: proof.publisher.id,
        now,
    };
    let mut module = transaction.lock_module(&new).await?;
    let is_first = module.id == new.id;
    if module.module != request.module {
        return Err(PublishError::NameTaken { existing: module.module });
    }
    if module.deleted_at.is_some() {
        return Err(NameRefused::Deleted(module.module).into());
    }
    refuse_withheld(&module)?;
    let before = match &origin {
        Origin::Sent(_) => None,
        Origin::Approved(..) => Some(Compared::with(release_before(transaction, &module.module).await?.as_ref())),
    };
    if let Origin::Sent(journey) = &origin {
        journey.write(transaction).await?;
    }
    // From here on every other release waits. Taken before the sentence is looked at: the sweep passes it under the same lock.
    let seq = transaction.next_seq().await?;
    if is_first {
        // Its own row is there already, and of the same publisher: it resembles none of those.
        let asker = Asker::Publisher(proof.publisher.id);
        admit_still(transaction, NewName::Module(module.module.clone()), asker).await?;
    }
    lift_sentence(transaction, &proof.sha256()).await?;
    quotas::count(ports, transaction, &proof.publisher, is_first, checked.size_bytes).await??;
    let manifest = checked.package.manifest.clone();
    let mut release = Release {
        id: Id::new(now, &*ports.entropy),
        module_row: module.id,
        module: request.module.clone(),
        version: request.version,
        sha256: proof.sha256(),
        size_bytes: checked.size_bytes,
        dependencies: manifest.dependencies.clone(),
        adx_core_version: manifest.compatibility.adx_core_version.clone(),
        world: manifest.compatibility.world.clone(),
        permissions: manifest.permissions.texts(),
        key_id: proof.key_id,
        published_with: proof.token,
        yanked: false,
        yanked_for: None,
        unyanked_for: None,
        quarantined_for: None,
        module_quarantined_for: None,
        taken_down_for: None,
        module_taken_down_for: None,
        erased: false,
        released_at: now,
        seq,
        leaf: None,
    };
    // A token may have been revoked while the package came, a key removed or revoked, or it has ended. Under the lock of the leaves that
    // is settled: a release whose key does not count at its leaf could never be installed.
    let leaf = transaction.lock_leaves().await?;
    refuse_stricter(transaction, &request.module, proof, &origin).await?;
    let keys = transaction.keys_of(proof.publisher.id).await?;
    let (counting, _) = release_keys(&keys, leaf, now.into());
    let key_ids: BTreeSet<_> = counting.iter().map(PublicKey::id).filter(|key| proof.key_ids.contains(key)).collect();
    release.key_id = *key_ids.first().ok_or_else(|| does_not_count(&keys, proof.key_id, leaf))?;
    let event = publication(&release, &request.envelope, key_ids);
    append_at(transaction, leaf, now, event).await?;
    release.leaf = Some(leaf);
    module.package_bytes += release.size_bytes;
    module.index_bytes += write_file(&[release.index_line()]).len() as u64;
    if module.index_bytes > MAX_INDEX_BYTES {
        return Err(PublishError::ModuleFull(release.module));
    }
    let texts = ReleaseTexts {
        readme: checked.package.readme().map(ToOwned::to_owned),
        changelog: checked.package.changelog().map(ToOwned::to_owned),
        manifest: checked.package.manifest_text.clone(),
        envelope: request.envelope,
    };
    let change = FeedEntry {
        seq,
        kind: ChangeKind::Release,
        module: release.module.clone(),
        version: release.version.clone(),
        sha256: release.sha256,
        at: now,
    };
    let leads = module.would_lead(&release.version) || lead::is_withheld(transaction, &module).await?;
    module.updated_at = now;
    if leads {
        module.latest = Some(release.version.clone());
        lead::describe(&mut module, &manifest);
    }
    let task = Task::UpdateSearch { module: release.module.clone() };
    let job = NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now };
    let new = NewRelease { release: &release, texts: &texts, change: &change, module: &module, job: &job };
    transaction.insert_release(&new).await?;
    let deed = Deed::new(Act::ReleasePublish).module(proof.publisher.id, &release.module).version(&release.version);
    let detail = json!({ "sha256": release.sha256, "size_bytes": release.size_bytes, "key": release.key_id });
    deed.leaf(release.leaf).with(detail).tell(ports, transaction);
    if let Origin::Approved(submission, change) = origin {
        let change = Change { compared_with: before, ..change };
        change::within(ports, transaction, submission, change).await?;
    }
    Ok(release)
}

/// Of a module that is in quarantine or taken down nothing new is released: nobody could install it.
fn refuse_withheld(module: &Module) -> Result<(), PublishError> {
    let refused = |reason: &String| PublishError::Withheld { module: module.module.clone(), reason: reason.clone() };
    let reason = module.taken_down_for.as_ref().or(module.quarantined_for.as_ref());
    reason.map_or(Ok(()), |reason| Err(refused(reason)))
}

/// The token may have been revoked, what the publisher asks of its releases may have become more, and an operator may have put it on
/// hold, while the package came or waited.
async fn refuse_stricter(
    transaction: &mut dyn Transaction,
    module: &ModuleId,
    proof: &Proof,
    origin: &Origin<'_>,
) -> Result<(), PublishError> {
    let token = match &proof.shown {
        Some((hash, _)) => transaction.token_by_hash(hash).await?.filter(|token| token.revoked_at.is_none()),
        None => transaction.token(proof.token).await?,
    };
    let token = token.ok_or(Denied::Revoked)?;
    let rules = transaction.publishing_rules(proof.publisher.id).await?;
    refuse_untrusted(rules, token.owner)?;
    let is_confirmed = matches!(origin, Origin::Approved(_, change) if change.confirmed_by.is_some());
    if !is_confirmed && is_staged(transaction, rules, &module.name, &token).await? {
        return Err(PublishError::Stricter);
    }
    let standing = transaction.publisher_standing(proof.publisher.id).await?;
    if matches!(origin, Origin::Sent(_)) && standing.is_some_and(|known| known.standing == Standing::Held) {
        return Err(PublishError::Held);
    }
    Ok(())
}

/// Whether the token that must count does.
async fn token_counts(transaction: &mut dyn Transaction, proof: &Proof) -> Result<bool, StoreError> {
    match &proof.shown {
        Some((hash, _)) => counts_still(transaction, hash).await,
        None => Ok(true),
    }
}

/// Writes a submission that nothing more happens to.
pub(super) async fn keep(ports: &Ports, journey: Journey) -> Result<Submission, StoreError> {
    let mut transaction = ports.store.begin().await?;
    journey.write(&mut *transaction).await?;
    let (of_module, of_publisher) = (KEPT_REFUSED_OF_A_MODULE, KEPT_REFUSED_OF_A_PUBLISHER);
    transaction.prune_submissions(&journey.submission, of_module, of_publisher).await?;
    journey.submission.deed(Act::SubmissionRefuse).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    let Submission { id, state, module, version, .. } = &journey.submission;
    tracing::info!(submission = %id, state = state.as_str(), %module, %version, "kept a submission");
    Ok(journey.submission)
}

/// Writes a submission that waits, and tells those who have to decide; the one that waits already, if another request with the same
/// bytes was first.
pub(super) async fn wait(ports: &Ports, proof: &Proof, journey: Journey) -> Result<Submission, PublishError> {
    let mut transaction = ports.store.begin().await?;
    let written = async {
        // Under it tokens are revoked when the namespace is given to somebody else, who is to find nothing that waits.
        transaction.lock_leaves().await?;
        if !token_counts(&mut *transaction, proof).await? {
            return Err(PublishError::from(Denied::Revoked));
        }
        quotas::check_waiting(&mut *transaction, &proof.publisher).await??;
        journey.write(&mut *transaction).await?;
        journey.submission.deed(Act::SubmissionWait).tell(ports, &mut *transaction);
        if journey.submission.state == SubmissionState::Staged {
            tell_owners(ports, &mut *transaction, &journey.submission, SubmissionStep::Staged).await?;
        } else {
            tell_owners(ports, &mut *transaction, &journey.submission, SubmissionStep::Waits).await?;
            tell_operators(ports, &mut *transaction, &journey.submission, SubmissionStep::Waits).await?;
        }
        Ok(())
    }
    .await;
    let Submission { id, state, module, version, .. } = &journey.submission;
    match written {
        Ok(()) => {
            ports.progress.reviewed(ReviewStep::RowsInserted);
            transaction.commit(Written::Told).await?;
            tracing::info!(submission = %id, state = state.as_str(), %module, %version, "a submission waits");
            Ok(journey.submission)
        }
        Err(PublishError::Store(StoreError::Violated(Constraint::WaitingSubmission))) => {
            transaction.rollback().await?;
            match earlier(ports, proof, module, version).await? {
                Earlier::Waits(first) => Ok(*first),
                Earlier::Nothing | Earlier::Released(_) => Err(PublishError::TryAgain),
            }
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

/// Makes sure that the blobs about to be stored are not those a sweep is about to remove.
///
/// Whoever stores them after this has the sweep's whole respite to commit.
pub(super) async fn reprieve(ports: &Ports, sha256: Digest) -> Result<(), PublishError> {
    if ports.store.read().await?.condemned(&sha256).await?.is_none() {
        return Ok(());
    }
    let mut transaction = ports.store.begin().await?;
    transaction.lock_feed().await?;
    let lifted = lift_sentence(&mut *transaction, &sha256).await;
    match lifted {
        Ok(()) => transaction.commit(Written::System(SystemWrite::Sweep)).await?,
        Err(_) => transaction.rollback().await?,
    }
    lifted
}

async fn lift_sentence(transaction: &mut dyn Transaction, sha256: &Digest) -> Result<(), PublishError> {
    match transaction.condemned(sha256).await? {
        None => Ok(()),
        Some(Condemned::Since(_)) => Ok(transaction.condemn(sha256, None).await?),
        Some(Condemned::Removing(_)) => Err(PublishError::TryAgain),
    }
}
