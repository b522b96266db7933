//! Letters about submissions: to the owners of the namespace, and to operators.

use super::{Submission, SubmissionState};
use crate::account::Account;
use crate::job::{NewJob, Notice, SubmissionStep, Task};
use crate::ports::{Message, StoreError, Transaction};
use crate::proposals::notify_owners;
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// Puts a letter to every owner of the namespace into the outbox.
pub(crate) async fn tell_owners(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    submission: &Submission,
    step: SubmissionStep,
) -> Result<(), StoreError> {
    let Some(publisher) = transaction.publisher(submission.publisher).await? else { return Ok(()) };
    notify_owners(ports, transaction, &publisher, Notice::Submission { submission: submission.id, step }).await
}

/// Puts a letter to every operator with an account into the outbox.
pub(crate) async fn tell_operators(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    submission: &Submission,
    step: SubmissionStep,
) -> Result<(), StoreError> {
    let now = ports.now();
    for account in transaction.operators_to_tell().await? {
        let task = Task::NotifyOperator { account, submission: submission.id, step };
        transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
    }
    Ok(())
}

/// Writes and sends one letter to an operator. Whoever is one no more gets none.
#[tracing::instrument(name = "operator.notify", skip_all, fields(%account, %submission))]
pub(crate) async fn notify_operator(
    ports: &Ports,
    account: Id<Account>,
    submission: Id<Submission>,
    step: SubmissionStep,
) -> Result<(), JobError> {
    let mut reader = ports.store.read().await?;
    let account = reader.account(account).await?.filter(|account| account.is_operator && account.is_active());
    let Some(to) = account.and_then(|account| account.email) else { return Ok(()) };
    let Some(submission) = reader.submission(submission).await? else { return Ok(()) };
    drop(reader);
    let Submission { id, module, version, .. } = &submission;
    let (title, body) = match step {
        // What was decided meanwhile needs nobody any more.
        SubmissionStep::Waits if !submission.state.is_in_review() => return Ok(()),
        SubmissionStep::Waits => {
            let why: Vec<_> = submission.causes.iter().map(|cause| cause.in_words()).collect();
            let urgent = if submission.state == SubmissionState::Quarantined {
                "A check knows something in it to be harmful.\n"
            } else {
                ""
            };
            ("waits for review", format!("{urgent}It waits because of: {}.\n", why.join(", ")))
        }
        _ => ("was commented on", "Its publisher has said something.\n".to_owned()),
    };
    let text = format!(
        "Submission: {module} {version}\n\n{body}\nLook at it, on the registry's machine:\n\n    adx-registry admin review \
         show {id}\n\nor, signed in, at {}\n\nYou get this letter because you are an operator of {}.\n",
        ports.page(&format!("review/{id}")),
        ports.page("")
    );
    ports.mail.send(&Message { to, subject: format!("{module} {version} {title}"), text }).await?;
    Ok(())
}

/// Subject and text of a letter to an owner. `registry` ends every command; `page` is where owners with an account do the same.
pub(crate) fn letter(submission: &Submission, step: SubmissionStep, registry: &str, page: &str) -> (String, String) {
    let Submission { id, module, version, .. } = submission;
    let reason = submission.verdict.as_ref().and_then(|verdict| verdict.reason.as_deref());
    let (title, body) = match step {
        SubmissionStep::Waits => ("waits for review", "An operator looks at it before it is released.".to_owned()),
        SubmissionStep::Staged => (
            "waits for an owner",
            format!(
                "An owner has to confirm it before it is released. Whoever published it should not be the one who \
                 does.\n\n    adx submissions confirm {id}{registry}\n\nIf nobody of you expects it, look into it, \
                 and take it back:\n\n    adx submissions withdraw {id}{registry}"
            ),
        ),
        SubmissionStep::Released => ("is released", "An operator has approved it.".to_owned()),
        SubmissionStep::Confirmed => ("is released", "An owner has confirmed it.".to_owned()),
        SubmissionStep::Rejected => {
            let reason = reason.unwrap_or("no reason was given");
            let appeal =
                format!("If that is a mistake, say so:\n\n    adx appeal open submission {id} --text TEXT{registry}");
            ("was rejected", format!("An operator has rejected it: {reason}.\n\n{appeal}"))
        }
        SubmissionStep::Asked => ("waits for your answer", "An operator has asked something about it.".to_owned()),
        SubmissionStep::Commented => ("was commented on", "An operator has said something about it.".to_owned()),
    };
    let text = format!(
        "Submission: {module} {version}\n\n{body}\n\n    adx submissions show {id}{registry}\n\n\
         With an account, all of this is done at {page}\n\n\
         You get this letter because you are an owner of `{}`.\n",
        module.namespace
    );
    (format!("{module} {version} {title}"), text)
}
