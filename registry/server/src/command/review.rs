//! `adx-registry admin review`: submissions that wait, and publishers whose submissions are held or trusted.

mod changes;

use std::fmt::Write as _;

use adx_registry_core::{
    Id,
    reason::Reason,
    release::Release,
    review::{
        Approved, CompareError, Diff, Standing, approve_on_the_machine, ask_on_the_machine, compare_on_the_machine,
        reject_on_the_machine, set_standing_on_the_machine,
    },
    submissions::{
        Compared, EventKind, Found, Remark, Seen, Submission, SubmissionState, show_submission_on_the_machine,
        submissions_on_the_machine,
    },
};
use adx_signing::{UtcSecond, name::Namespace};
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use super::admin::{Common, rows_and_blobs, rows_only, show};
use crate::http::dto::SubmissionDiff;

#[derive(Subcommand)]
pub(super) enum ReviewCommand {
    /// List what waits for an operator, or the submissions of another state
    List {
        /// in-review, quarantined, staged, released, rejected, withdrawn or errored [default: what waits for an operator]
        #[arg(long, value_name = "STATE")]
        state: Option<SubmissionState>,
        #[command(flatten)]
        common: Common,
    },
    /// Show a submission: what was found, what was said, what it changes in the release before
    Show {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        common: Common,
    },
    /// Release a submission that waits; one that an owner has to confirm waits for that then
    Approve {
        #[command(flatten)]
        which: Which,
        /// A word to its publisher, in one line
        #[arg(long, value_name = "TEXT")]
        reason: Option<Reason>,
        #[command(flatten)]
        common: Common,
    },
    /// Reject a submission that waits; the very same bytes are refused from then on
    Reject {
        #[command(flatten)]
        which: Which,
        /// Why, in one line for its publisher
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        #[command(flatten)]
        common: Common,
    },
    /// Ask the publisher of a submission that waits; its owners get a letter
    Ask {
        #[command(flatten)]
        which: Which,
        /// The question
        question: Remark,
        #[command(flatten)]
        common: Common,
    },
    /// Review whatever a publisher sends
    Hold {
        /// The publisher's namespace
        namespace: Namespace,
        /// Why, in one line for operators
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        #[command(flatten)]
        common: Common,
    },
    /// Review neither the first release of a publisher nor wider permissions; what checks find is
    Trust {
        /// The publisher's namespace
        namespace: Namespace,
        /// Why, in one line for operators
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        #[command(flatten)]
        common: Common,
    },
    /// Review a publisher like others
    Reset {
        /// The publisher's namespace
        namespace: Namespace,
        #[command(flatten)]
        common: Common,
    },
}

/// Which submission.
#[derive(clap::Args)]
pub(super) struct Which {
    /// The id of the submission, as `list` prints it
    #[arg(value_name = "SUBMISSION-ID")]
    id: Id<Submission>,
}

pub(super) async fn run(command: ReviewCommand) -> Result<()> {
    match command {
        ReviewCommand::List { state, common } => list(state, &common).await,
        ReviewCommand::Show { which, common } => show_one(which.id, &common).await,
        ReviewCommand::Approve { which, reason, common } => approve(which.id, reason.as_ref(), &common).await,
        ReviewCommand::Reject { which, reason, common } => reject(which.id, &reason, &common).await,
        ReviewCommand::Ask { which, question, common } => ask(which.id, &question, &common).await,
        ReviewCommand::Hold { namespace, reason, common } => {
            stand(&namespace, Some((Standing::Held, reason)), &common).await
        }
        ReviewCommand::Trust { namespace, reason, common } => {
            stand(&namespace, Some((Standing::Trusted, reason)), &common).await
        }
        ReviewCommand::Reset { namespace, common } => stand(&namespace, None, &common).await,
    }
}

async fn list(state: Option<SubmissionState>, common: &Common) -> Result<()> {
    let states = state.as_ref().map_or(&SubmissionState::IN_REVIEW as &[_], std::slice::from_ref);
    let ports = rows_only(common).await?;
    let mut submissions = Vec::new();
    let mut after = None;
    loop {
        let page = submissions_on_the_machine(&ports, states, after).await.context("they cannot be read")?;
        submissions.extend(page.submissions);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ports.store.close().await;
    let mut text = String::new();
    for submission in &submissions {
        let _ = writeln!(text, "{}", line(submission));
    }
    match (submissions.is_empty(), state) {
        (true, None) => text.push_str("nothing waits\n"),
        (true, Some(state)) => {
            let _ = writeln!(text, "none is {state}");
        }
        (false, None) => text.push_str("\nnext: adx-registry admin review show SUBMISSION-ID\n"),
        (false, Some(_)) => {}
    }
    show(common, &json!({ "submissions": submissions.iter().map(document).collect::<Vec<_>>() }), &text)
}

async fn show_one(id: Id<Submission>, common: &Common) -> Result<()> {
    let ports = rows_and_blobs(common.places.load()?).await?;
    let seen = show_submission_on_the_machine(&ports, id).await;
    let compared = match &seen {
        Ok(Seen { submission, .. }) => Some(compare_on_the_machine(&ports, submission).await),
        Err(_) => None,
    };
    ports.store.close().await;
    let Seen { submission, events, .. } = seen.context("it cannot be shown")?;
    let (diff, not_compared) = told(compared);
    let mut text = format!("{}\n  sha256 {}\n", line(&submission), submission.sha256);
    for cause in &submission.causes {
        let _ = writeln!(text, "  {}", cause.in_words());
    }
    if let Some(at) = submission.checked_at {
        let _ = writeln!(text, "  checked again {}", UtcSecond::from(at));
    }
    for Found { check, finding, found_at } in &submission.findings {
        let _ = writeln!(text, "{}[{check}/{}]: {}", finding.severity, finding.code, finding.message);
        if let Some(place) = &finding.place {
            let _ = writeln!(text, "  --> {place}");
        }
        if let Some(at) = found_at {
            let _ = writeln!(text, "  found after its release, {}", UtcSecond::from(*at));
        }
    }
    for event in &events {
        let what = match event.kind {
            EventKind::Became(state) => state.as_str(),
            EventKind::Comment => "comment",
            EventKind::Question => "question",
        };
        let _ = write!(text, "{}  {} ({})  {what}", UtcSecond::from(event.at), event.side, event.by);
        let said = event.text.as_deref().map(|said| format!(": {}", said.replace('\n', "\n    ")));
        let _ = writeln!(text, "{}", said.unwrap_or_default());
    }
    if let Some(diff) = &diff {
        let _ = write!(text, "\n{}", changes::words(diff));
    }
    if let Some(reason) = &not_compared {
        let _ = writeln!(text, "\nwhat it changes cannot be told: {reason}");
    }
    if submission.state.is_in_review() {
        let _ = write!(
            text,
            "\nnext: adx-registry admin review approve {id}, or … reject {id} --reason TEXT, or … ask {id} QUESTION\n"
        );
    }
    let events = events.iter().map(|event| {
        let (kind, state) = match event.kind {
            EventKind::Became(state) => ("became", Some(state.as_str())),
            EventKind::Comment => ("comment", None),
            EventKind::Question => ("question", None),
        };
        json!({
            "number": event.number,
            "kind": kind,
            "state": state,
            "at": UtcSecond::from(event.at),
            "side": event.side.as_str(),
            "by": event.by,
            "text": event.text,
        })
    });
    let shown = json!({
        "submission": document(&submission),
        "events": events.collect::<Vec<_>>(),
        "diff": diff,
        "not_compared": not_compared,
    });
    show(common, &shown, &text)
}

/// A comparison, or why there is none: what was found and said is shown all the same.
fn told(compared: Option<Result<(Option<Release>, Diff), CompareError>>) -> (Option<SubmissionDiff>, Option<String>) {
    match compared {
        None => (None, None),
        Some(Ok((before, diff))) => {
            (Some(SubmissionDiff::of(before.map(|release| release.version.to_string()), diff)), None)
        }
        Some(Err(error)) => (None, Some(format!("{:#}", anyhow::Error::from(error)))),
    }
}

async fn approve(id: Id<Submission>, reason: Option<&Reason>, common: &Common) -> Result<()> {
    let ports = rows_and_blobs(common.places.load()?).await?;
    let approved = approve_on_the_machine(&ports, id, reason).await;
    ports.store.close().await;
    match approved.context("nothing was approved")? {
        Approved::Released(release) => {
            let (module, version) = (&release.module, &release.version);
            let words = format!("{module} {version} is released\n\nthe running server signs that within a second\n");
            show(common, &json!({ "module": module, "version": version, "sha256": release.sha256 }), &words)
        }
        Approved::Staged(submission) => {
            let (module, version) = (&submission.module, &submission.version);
            let words = format!(
                "{module} {version} waits for an owner, who has to confirm it\n\n\
                                 the running server mails that to its owners\n"
            );
            show(common, &document(&submission), &words)
        }
    }
}

async fn reject(id: Id<Submission>, reason: &Reason, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let rejected = reject_on_the_machine(&ports, id, reason).await;
    ports.store.close().await;
    let submission = rejected.context("nothing was rejected")?;
    let (module, version) = (&submission.module, &submission.version);
    let words = format!("{module} {version} is rejected\n\nthe running server mails that to its owners\n");
    show(common, &document(&submission), &words)
}

async fn ask(id: Id<Submission>, question: &Remark, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let asked = ask_on_the_machine(&ports, id, question).await;
    ports.store.close().await;
    asked.context("nothing was asked")?;
    show(common, &json!({ "submission": id }), "the running server mails the question to its owners\n")
}

async fn stand(namespace: &Namespace, standing: Option<(Standing, Reason)>, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let set = set_standing_on_the_machine(&ports, namespace, standing).await;
    ports.store.close().await;
    let standing = set.with_context(|| format!("{namespace} is reviewed as before"))?.map(|known| known.standing);
    let words = match standing {
        None => "is reviewed like others",
        Some(Standing::Held) => "is held: whatever it sends waits for an operator",
        Some(Standing::Trusted) => "is trusted: only prices and what checks find wait for an operator",
    };
    let document = json!({ "namespace": namespace, "standing": standing.map(Standing::as_str) });
    show(common, &document, &format!("{namespace} {words}; what waits already goes on waiting\n"))
}

fn line(submission: &Submission) -> String {
    let Submission { id, module, version, state, created_at, .. } = submission;
    let worst = submission.worst().map(|worst| format!(", found: {worst}")).unwrap_or_default();
    format!("{id}  {module} {version}  {state}, sent {}{worst}", UtcSecond::from(*created_at))
}

fn document(submission: &Submission) -> Value {
    let found = |Found { check, finding, found_at }: &Found| {
        json!({
            "check": check,
            "severity": finding.severity.as_str(),
            "code": finding.code,
            "message": finding.message,
            "place": finding.place,
            "rule": finding.rule,
            "found_at": found_at.map(UtcSecond::from),
        })
    };
    json!({
        "id": submission.id,
        "module": submission.module,
        "version": submission.version,
        "sha256": submission.sha256,
        "size_bytes": submission.size_bytes,
        "token": submission.token,
        "state": submission.state.as_str(),
        "causes": submission.causes.iter().map(|cause| cause.as_str()).collect::<Vec<_>>(),
        "findings": submission.findings.iter().map(found).collect::<Vec<_>>(),
        "decided_by": submission.verdict.as_ref().map(|verdict| verdict.by.as_str()),
        "reason": submission.verdict.as_ref().and_then(|verdict| verdict.reason.as_deref()),
        "compared_with": submission.compared_with.as_ref().and_then(Compared::version),
        "created_at": UtcSecond::from(submission.created_at),
        "changed_at": UtcSecond::from(submission.changed_at),
        "checked_at": submission.checked_at.map(UtcSecond::from),
    })
}
