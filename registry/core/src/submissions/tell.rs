//! Letters about submissions: to the owners of the namespace, and to operators.

use time::Duration;

use super::{Submission, SubmissionState};
use crate::account::Account;
use crate::job::{NewJob, Notice, SubmissionStep, Task};
use crate::ports::{Message, Reader, StoreError, Transaction};
use crate::proposals::notify_owners;
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// How long what publishers say is gathered for one letter, from the first on: whoever says much fills no operator's letter box.
const COMMENTS_GATHERED_FOR: Duration = Duration::minutes(15);
/// Since when it is told what they said about: since longer than it is gathered for, as letters may be late.
const COMMENTS_TOLD_SINCE: Duration = Duration::hours(1);
/// Most submissions that one letter lists.
const MOST_LISTED: u32 = 20;

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

/// Puts a letter to every operator with an account into the outbox: one for whatever publishers say within a quarter of an hour.
pub(crate) async fn tell_operators(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    submission: &Submission,
    step: SubmissionStep,
) -> Result<(), StoreError> {
    let now = ports.now();
    let run_at = if step == SubmissionStep::Commented { now + COMMENTS_GATHERED_FOR } else { now };
    for account in transaction.operators_to_tell().await? {
        let task = Task::NotifyOperator { account, submission: submission.id, step };
        transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at }).await?;
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
    let (subject, text) = if step == SubmissionStep::Commented {
        of_comments(ports, &mut *reader, submission).await?
    } else if submission.state.is_in_review() {
        of_waiting(ports, &submission)
    } else {
        // What was decided meanwhile needs nobody any more.
        return Ok(());
    };
    drop(reader);
    let text = format!("{text}\nYou get this letter because you are an operator of {}.\n", ports.page(""));
    ports.mail.send(&Message { to, subject, text }).await?;
    Ok(())
}

/// Subject and text of a letter to an operator about one that waits.
fn of_waiting(ports: &Ports, submission: &Submission) -> (String, String) {
    let Submission { id, module, version, .. } = submission;
    let why: Vec<_> = submission.causes.iter().map(|cause| cause.in_words()).collect();
    let urgent = if submission.state == SubmissionState::Quarantined {
        "A check knows something in it to be harmful.\n"
    } else {
        ""
    };
    let text = format!(
        "Submission: {module} {version}\n\n{urgent}It waits because of: {}.\n\nLook at it, on the registry's \
         machine:\n\n    adx-registry admin review show {id}\n\nor, signed in, at {}\n",
        why.join(", "),
        ports.page(&format!("review/{id}")),
    );
    (format!("{module} {version} waits for review"), text)
}

/// Subject and text of a letter to an operator about what publishers said of late: of `first`, and of whatever else.
async fn of_comments(
    ports: &Ports,
    reader: &mut dyn Reader,
    first: Submission,
) -> Result<(String, String), StoreError> {
    let since = ports.now() - COMMENTS_TOLD_SINCE;
    let mut said = reader.commented_submissions(since, MOST_LISTED).await?;
    let is_full = said.len() >= MOST_LISTED as usize;
    said.retain(|submission| submission.id != first.id);
    let Submission { id, module, version, .. } = &first;
    let (subject, page) = match said.len() {
        0 => (format!("{module} {version} was commented on"), format!("review/{id}")),
        1 => (format!("{module} {version} and another one were commented on"), "review".to_owned()),
        others => (format!("{module} {version} and {others} others were commented on"), "review".to_owned()),
    };
    let line = |submission: &Submission| {
        let Submission { id, module, version, .. } = submission;
        format!("    adx-registry admin review show {id}    # {module} {version}\n")
    };
    let listed: String = std::iter::once(&first).chain(&said).map(line).collect();
    let more = if is_full { "    # and perhaps others\n" } else { "" };
    let text = format!(
        "Publishers have said something. Look at it, on the registry's machine:\n\n{listed}{more}\nor, signed in, at {}\n\n\
         What they say within a quarter of an hour is in one letter.\n",
        ports.page(&page),
    );
    Ok((subject, text))
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
