//! What a recheck writes: each step in one transaction, with how far it has come.

use std::sync::Arc;

use adx_signing::digest::Digest;
use serde_json::json;

use super::again::{Merged, merge};
use super::begin::try_again;
use super::hold::{Held, hold};
use super::letters::tell_owners;
use super::{MOST_NAMED, Place, Recheck, RecheckState};
use crate::audit::{Act, Deed, Origin, Who};
use crate::checks::Severity;
use crate::job::OperatorMatter;
use crate::matters::tell_operators;
use crate::ports::{NewModule, Origins, StoreError, SystemWrite, Transaction, Written};
use crate::quarantine::{QuarantineError, set_version};
use crate::reason::Reason;
use crate::release::{Module, Release};
use crate::run_jobs::JobError;
use crate::shown::Shown;
use crate::submissions::{Found, Submission, SubmissionState, told_to_publisher};
use crate::withhold::lock;
use crate::{Id, Ports};

/// Releases that are tried again by themselves after one recheck. Stops a storage that lost everything from filling the outbox.
const MOST_TRIED_AGAIN: u64 = 100;

/// Whoever asked for a recheck is answerable for what it does.
struct InTheNameOf(Who);

impl Origins for InTheNameOf {
    fn current(&self) -> Origin {
        Origin::of(self.0)
    }

    fn shown(&self) -> Option<Shown> {
        None
    }
}

/// A recheck that is locked, unless it is not any more where it was known to be: then somebody else has gone on with it.
async fn locked(transaction: &mut dyn Transaction, known: &Recheck) -> Result<Option<Recheck>, StoreError> {
    let recheck = transaction.lock_recheck(known.id).await?;
    Ok(recheck.filter(|recheck| recheck.is_walking() && recheck.place == known.place))
}

/// Commits a step; undoes it where somebody else was first, or it failed.
async fn finish(
    transaction: Box<dyn Transaction>,
    done: Result<Option<Written>, StoreError>,
) -> Result<bool, StoreError> {
    match done {
        Ok(Some(written)) => transaction.commit(written).await.map(|()| true),
        Ok(None) => transaction.rollback().await.map(|()| false),
        Err(error) => {
            transaction.rollback().await?;
            Err(error)
        }
    }
}

/// Goes past a release that is not looked at.
pub(super) async fn pass(ports: &Ports, known: &Recheck, release: &Release) -> Result<bool, JobError> {
    let mut transaction = ports.store.begin().await?;
    let done: Result<Option<Written>, StoreError> = async {
        let Some(mut recheck) = locked(&mut *transaction, known).await? else { return Ok(None) };
        recheck.place = behind(release);
        transaction.update_recheck(&recheck).await?;
        Ok(Some(Written::System(SystemWrite::Recheck)))
    }
    .await;
    Ok(finish(transaction, done).await?)
}

/// Goes past a module, the owners of which are told what was found in it.
pub(super) async fn leave(ports: &Ports, known: &Recheck, module: Id<Module>) -> Result<bool, JobError> {
    let mut transaction = ports.store.begin().await?;
    let done: Result<Option<Written>, StoreError> = async {
        let Some(mut recheck) = locked(&mut *transaction, known).await? else { return Ok(None) };
        tell_owners(ports, &mut *transaction, &mut recheck).await?;
        recheck.place = Place { module: Some(module), before: None };
        transaction.update_recheck(&recheck).await?;
        Ok(Some(Written::System(SystemWrite::Recheck)))
    }
    .await;
    Ok(finish(transaction, done).await?)
}

/// Ends a recheck: nothing is left. Operators are told if there is something to look at. Never goes on.
pub(super) async fn end(ports: &Ports, known: &Recheck, against: Option<Digest>) -> Result<bool, JobError> {
    let mut transaction = ports.store.begin().await?;
    let done: Result<Option<Written>, StoreError> = async {
        let Some(recheck) = locked(&mut *transaction, known).await? else { return Ok(None) };
        close(ports, &mut *transaction, Recheck { against, ..recheck }, RecheckState::Ended).await?;
        Ok(Some(Written::System(SystemWrite::Recheck)))
    }
    .await;
    if finish(transaction, done).await? {
        let Recheck { looked_at, found_in, quarantined, unfinished, .. } = known;
        tracing::info!(looked_at, found_in, quarantined, unfinished, "what is released was looked over again");
    }
    Ok(false)
}

/// Ends a locked recheck as `state`, and tells whoever is to be told.
pub(super) async fn close(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    mut recheck: Recheck,
    state: RecheckState,
) -> Result<(), StoreError> {
    tell_owners(ports, transaction, &mut recheck).await?;
    recheck.state = state;
    recheck.ended_at = Some(ports.now());
    if recheck.is_worth_a_letter() {
        tell_operators(ports, transaction, OperatorMatter::Recheck { recheck: recheck.id }).await?;
    }
    transaction.update_recheck(&recheck).await
}

/// Looks at a release, and writes what was found. One that is looked at by itself, and a check could not be finished with, is left
/// where it is.
///
/// # Errors
/// [`JobError::Unfinished`] for that one; what was found all the same is written.
pub(super) async fn look_at(
    ports: &Ports,
    known: &Recheck,
    release: &Release,
    against: Option<Digest>,
) -> Result<bool, JobError> {
    let held = hold(ports, release, against).await?;
    let is_left = !held.is_finished() && known.version.is_some();
    let named = Ports { origins: Arc::new(InTheNameOf(known.asked_by)), ..ports.clone() };
    let mut transaction = named.store.begin().await?;
    let done = write(&named, &mut *transaction, &Recheck { against, ..known.clone() }, release, held).await;
    let is_told = matches!(done, Ok(Some(Written::Told)));
    let goes_on = finish(transaction, done).await?;
    if is_told {
        ports.progress.logged();
    }
    if goes_on && is_left { Err(JobError::Unfinished) } else { Ok(goes_on) }
}

async fn write(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    known: &Recheck,
    release: &Release,
    held: Held,
) -> Result<Option<Written>, StoreError> {
    let now = ports.now();
    let before = transaction.released_submission(&release.module, &release.version).await?;
    // First, for its locks come before those of rows.
    let quarantined = if known.quarantine {
        let findings = before.as_ref().map(|before| before.findings.clone()).unwrap_or_default();
        withhold(ports, transaction, release, &merge(findings, held.again.clone(), now)).await?
    } else {
        false
    };
    let Some((mut submission, is_kept)) = submission(ports, transaction, release, before).await? else {
        return Ok(None);
    };
    let is_finished = held.is_finished();
    let Merged { findings, new } = merge(std::mem::take(&mut submission.findings), held.again, now);
    submission.findings = findings;
    submission.checked_at = Some(now);
    if is_kept {
        transaction.set_findings(&submission).await?;
    } else {
        transaction.insert_submission(&submission, &[]).await?;
    }
    tell(ports, transaction, &submission, &new);

    let Some(mut recheck) = locked(transaction, known).await? else { return Ok(None) };
    recheck.against = known.against;
    recheck.quarantined += u64::from(quarantined);
    if is_finished || recheck.version.is_none() {
        recheck.place = behind(release);
        recheck.looked_at += 1;
        recheck.unfinished += u64::from(!is_finished);
    }
    if !is_finished && held.may_pass && recheck.version.is_none() && recheck.unfinished <= MOST_TRIED_AGAIN {
        try_again(ports, transaction, &recheck, release).await?;
    }
    if !new.is_empty() {
        recheck.found_in += 1;
        if recheck.named.len() < MOST_NAMED {
            recheck.named.push(submission.id);
        }
    }
    if told_to_publisher(&new).next().is_some() {
        recheck.gathered.add(submission.id);
    }
    if recheck.version.is_some() {
        tell_owners(ports, transaction, &mut recheck).await?;
    }
    transaction.update_recheck(&recheck).await?;
    let is_told = quarantined || !new.is_empty();
    Ok(Some(if is_told { Written::Told } else { Written::System(SystemWrite::Recheck) }))
}

/// What became a release, locked, and whether it is kept already: releases from before submissions were kept have none.
async fn submission(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    release: &Release,
    known: Option<Submission>,
) -> Result<Option<(Submission, bool)>, StoreError> {
    if let Some(known) = known {
        return Ok(transaction.lock_submission(known.id).await?.map(|locked| (locked, true)));
    }
    let Some(module) = transaction.module(&release.module).await? else { return Ok(None) };
    let now = ports.now();
    let id = Id::new(now, &*ports.entropy);
    let new = NewModule { id, module: module.module, publisher: module.publisher, now };
    let module = transaction.lock_module(&new).await?;
    // Somebody else may have been first.
    if let Some(known) = transaction.released_submission(&release.module, &release.version).await? {
        return Ok(transaction.lock_submission(known.id).await?.map(|locked| (locked, true)));
    }
    let submission = Submission {
        id: Id::new(release.released_at, &*ports.entropy),
        publisher: module.publisher,
        module: release.module.clone(),
        version: release.version.clone(),
        sha256: release.sha256,
        size_bytes: release.size_bytes,
        token: release.published_with,
        state: SubmissionState::Released,
        causes: Vec::new(),
        findings: Vec::new(),
        envelope: None,
        verdict: None,
        compared_with: None,
        created_at: release.released_at,
        changed_at: release.released_at,
        checked_at: None,
    };
    Ok(Some((submission, false)))
}

/// Puts a release into quarantine that a check refuses for what was not known when it was sent; whether it did. What an operator let
/// pass then stays passed, and one that is in quarantine keeps the reason that it is there for.
async fn withhold(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    release: &Release,
    merged: &Merged,
) -> Result<bool, StoreError> {
    let Some(refusing) = merged.findings.iter().find(|found| found.found_at.is_some() && found.refuses()) else {
        return Ok(false);
    };
    // Locked before it is looked at: an operator may withhold it at this moment.
    let Some(module) = lock(ports, transaction, &release.module, false).await? else { return Ok(false) };
    let now = transaction.release(module.id, &release.version).await?;
    if now.is_none_or(|release| release.quarantined_for.is_some()) {
        return Ok(false);
    }
    let reason = reason(refusing);
    match set_version(ports, transaction, &release.module, &release.version, Some(&reason)).await {
        Ok(_) => Ok(true),
        Err(QuarantineError::Store(error)) => Err(error),
        // It was there under the lock: what cannot be is no reason to stop the others.
        Err(_) => Ok(false),
    }
}

/// Names the check and the rule: what it says of itself is for operators.
fn reason(found: &Found) -> Reason {
    let rule = found.finding.rule.as_ref().unwrap_or(&found.finding.code);
    Reason::made_of(&format!("the check {} refuses it: {rule}", found.check))
}

/// Tells the audit log, and so webhooks: what is harmful to operators alone.
fn tell(ports: &Ports, transaction: &mut dyn Transaction, submission: &Submission, new: &[Found]) {
    let told: Vec<_> = told_to_publisher(new).collect();
    if let Some(worst) = told.iter().map(|found| found.finding.severity).max() {
        let detail = json!({ "sha256": submission.sha256, "findings": told.len(), "worst": worst.as_str() });
        submission.deed(Act::ReleaseFlag).with(detail).tell(ports, transaction);
    }
    let hidden = new.len() - told.len();
    if hidden > 0 {
        let Submission { id, module, version, sha256, .. } = submission;
        let detail = json!({
            "module": module.name,
            "version": version,
            "sha256": sha256,
            "findings": hidden,
            "worst": Severity::Harmful.as_str(),
        });
        Deed::new(Act::ReleaseFlag).namespace(&module.namespace).id(id).with(detail).tell(ports, transaction);
    }
}

const fn behind(release: &Release) -> Place {
    Place { module: Some(release.module_row), before: Some(release.seq) }
}
