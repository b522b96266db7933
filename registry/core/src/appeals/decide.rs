//! An operator's answer. What is granted is undone in the same transaction.

use super::{Answer, Appeal, AppealError, AppealState, AppealSubject, Appellant};
use crate::actor::Actor;
use crate::audit::Act;
use crate::job::{NewJob, Notice, Task};
use crate::names::{Verdict, decide_within};
use crate::operator_scope::OperatorScope;
use crate::ports::{Transaction, Written};
use crate::proposals::notify_owners;
use crate::quarantine::{set_module, set_version};
use crate::reason::Reason;
use crate::refuse_own::{Matter, refuse_own};
use crate::review::{is_kept, reopen};
use crate::submissions::by;
use crate::takedown::lift_within;
use crate::{Id, Ports};

/// Grants an appeal, or denies it, as an operator's request. The owners of the namespace, or the person who appealed, are told by mail.
///
/// # Errors
/// [`AppealError`]; nothing has changed then.
#[tracing::instrument(name = "appeal.decide", skip_all, fields(appeal = %id, grant))]
pub async fn decide_appeal(
    ports: &Ports,
    actor: &Actor,
    id: Id<Appeal>,
    grant: bool,
    reason: &Reason,
) -> Result<Appeal, AppealError> {
    actor.operator(OperatorScope::Moderate)?;
    refuse_own(ports, actor, Matter::Appeal(id)).await??;
    decide(ports, &by(actor)?, id, grant, reason).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`AppealError`]; nothing has changed then.
pub async fn decide_appeal_on_the_machine(
    ports: &Ports,
    id: Id<Appeal>,
    grant: bool,
    reason: &Reason,
) -> Result<Appeal, AppealError> {
    decide(ports, "machine", id, grant, reason).await
}

async fn decide(ports: &Ports, by: &str, id: Id<Appeal>, grant: bool, reason: &Reason) -> Result<Appeal, AppealError> {
    let is_kept = grant && submission_is_kept(ports, id).await?;
    let mut transaction = ports.store.begin().await?;
    let decided = within(ports, &mut *transaction, by, id, Decided { grant, is_kept, reason }).await;
    match &decided {
        Ok(appeal) => {
            transaction.commit(Written::Told).await?;
            ports.progress.logged();
            tracing::info!(appeal = %appeal.id, state = appeal.state.as_str(), "decided on an appeal");
        }
        Err(_) => transaction.rollback().await?,
    }
    decided
}

/// Whether the bytes of the submission that an open appeal is about are there still; `false` for one about something else.
async fn submission_is_kept(ports: &Ports, id: Id<Appeal>) -> Result<bool, AppealError> {
    let appeal = ports.store.read().await?.appeal(id).await?.ok_or(AppealError::Unknown)?;
    match (appeal.state, appeal.subject) {
        (AppealState::Open, AppealSubject::Submission(submission)) => Ok(is_kept(ports, submission).await?),
        _ => Ok(false),
    }
}

/// What an operator says.
#[derive(Clone, Copy)]
struct Decided<'a> {
    grant: bool,
    /// Whether a submission that was appealed about can be looked at again.
    is_kept: bool,
    reason: &'a Reason,
}

async fn within(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    by: &str,
    id: Id<Appeal>,
    decided: Decided<'_>,
) -> Result<Appeal, AppealError> {
    let Decided { grant, is_kept, reason } = decided;
    let appeal = transaction.appeal(id).await?.ok_or(AppealError::Unknown)?;
    // Before the row of the appeal is locked: the locks of modules come first everywhere.
    if grant && appeal.state == AppealState::Open {
        undo(ports, transaction, by, &appeal.subject, is_kept, reason).await?;
    }
    let appeal = transaction.lock_appeal(id).await?.ok_or(AppealError::Unknown)?;
    if appeal.state != AppealState::Open {
        return Err(AppealError::NotOpen(appeal.state));
    }
    let state = if grant { AppealState::Granted } else { AppealState::Denied };
    let decided = Some(Answer { by: by.to_owned(), at: ports.now(), reason: reason.to_string() });
    let appeal = Appeal { state, decided, ..appeal };
    transaction.update_appeal(&appeal).await?;
    let publisher = match appeal.appellant {
        Appellant::Publisher(publisher) => transaction.publisher(publisher).await?,
        Appellant::Account(_) => {
            let now = ports.now();
            let task = Task::TellAppellant { appeal: id };
            transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
            None
        }
    };
    appeal.deed(Act::AppealDecide, publisher.as_ref()).tell(ports, transaction);
    if let Some(publisher) = publisher {
        notify_owners(ports, transaction, &publisher, Notice::AppealDecided { appeal: id }).await?;
    }
    Ok(appeal)
}

/// Undoes what was decided against the subject, as far as it stands.
async fn undo(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    by: &str,
    subject: &AppealSubject,
    is_kept: bool,
    reason: &Reason,
) -> Result<(), AppealError> {
    match subject {
        AppealSubject::Module(module) => {
            let Some(known) = transaction.module(module).await? else { return Ok(()) };
            if known.taken_down_for.is_some() {
                lift_within(ports, transaction, by, module, None).await?;
            }
            if known.quarantined_for.is_some() {
                set_module(ports, transaction, module, None).await?;
            }
        }
        AppealSubject::Version(module, version) => {
            let Some(known) = transaction.module(module).await? else { return Ok(()) };
            let Some(release) = transaction.release(known.id, version).await? else { return Ok(()) };
            if release.taken_down_for.is_some() {
                lift_within(ports, transaction, by, module, Some(version)).await?;
            }
            if release.quarantined_for.is_some() {
                set_version(ports, transaction, module, version, None).await?;
            }
        }
        AppealSubject::Name(id) => drop(decide_within(ports, transaction, by, *id, &Verdict::Allow).await?),
        AppealSubject::Submission(id) => reopen(ports, transaction, by, *id, is_kept, reason).await?,
    }
    Ok(())
}
