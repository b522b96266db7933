//! Submissions, what was found in them, what was said about them.

use adx_registry_core::{
    checks::Severity,
    review,
    submissions::{self, EventKind, Found, Side, told_to_publisher},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// Declares a set of words beside that of the domain.
macro_rules! words {
    ($(#[doc = $doc:literal])+ $name:ident of $domain:path { $( $(#[doc = $variant_doc:literal])+ $variant:ident, )+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $( $(#[doc = $variant_doc])+ $variant, )+
        }

        impl From<$domain> for $name {
            fn from(word: $domain) -> Self {
                match word {
                    $( <$domain>::$variant => Self::$variant, )+
                }
            }
        }

        impl From<$name> for $domain {
            fn from(word: $name) -> Self {
                match word {
                    $( $name::$variant => Self::$variant, )+
                }
            }
        }
    };
}

words! {
    /// How far a submission has come.
    SubmissionState of submissions::SubmissionState {
        /// Nothing of the package has been looked at.
        Started,
        /// Archive, manifest and component are read.
        Validating,
        /// The checks look it over.
        Scanning,
        /// It waits for an operator.
        InReview,
        /// It waits for an operator, since a check knows something in it to be harmful. Told to operators only.
        Quarantined,
        /// It waits for an owner, who confirms it.
        Staged,
        /// It is a release.
        Released,
        /// A check or an operator refused it.
        Rejected,
        /// Its publisher took it back.
        Withdrawn,
        /// It could not be looked over.
        Errored,
    }
}

words! {
    /// Why a submission needs a human.
    ReviewCause of review::Cause {
        /// Its publisher has released nothing yet.
        FirstRelease,
        /// It asks for permissions or hosts that the newest release does not.
        WiderPermissions,
        /// Its price is new or higher.
        Price,
        /// A check found something that somebody should look at.
        Findings,
        /// Everything needs a human here.
        Always,
        /// An operator wants to see whatever this publisher sends.
        Publisher,
        /// An owner has to confirm it; for that no operator is needed.
        Staged,
    }
}

words! {
    /// A side of the conversation.
    SubmissionSide of Side {
        /// The registry by itself.
        Registry,
        /// Who sent it.
        Publisher,
        /// Who decides.
        Operator,
    }
}

words! {
    /// How bad a finding is.
    CheckSeverity of Severity {
        /// Worth knowing.
        Note,
        /// Somebody should look.
        Warning,
        /// Refused, where the check is enforced.
        Error,
        /// Known to be harmful. Told to operators only.
        Harmful,
    }
}

words! {
    /// What an operator said of a publisher.
    Standing of review::Standing {
        /// Whatever it sends is reviewed.
        Held,
        /// Its first release and wider permissions need nobody; what checks find does.
        Trusted,
    }
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// The check.
    #[schema(example = "secrets")]
    pub check: String,
    /// How bad it is.
    pub severity: CheckSeverity,
    /// What it is, for programs.
    #[schema(example = "private-key")]
    pub code: String,
    /// What it is, for people: the thing and the remedy.
    pub message: String,
    /// Where: a path in the package, perhaps with a line.
    #[schema(example = "frontend/main.js:12")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// By which rule or advisory, where it is by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// When it was found in what was released already. Absent for what was found when it was sent.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub found_at: Option<OffsetDateTime>,
}

/// A version that was sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Submission)]
pub struct Submission {
    /// Its id.
    pub id: String,
    /// The module.
    #[schema(example = "acme/invoices")]
    pub module: String,
    /// The version.
    #[schema(example = "1.2.3")]
    pub version: String,
    /// sha256 of the package.
    pub sha256: String,
    /// Size of the package; 0 if it was refused before it was read.
    pub size_bytes: u64,
    /// The id of the token that sent it.
    pub token: String,
    /// How far it has come.
    pub state: SubmissionState,
    /// Why it needs a human, if it does or did.
    pub causes: Vec<ReviewCause>,
    /// What the checks found, the worst first.
    pub findings: Vec<Finding>,
    /// Which side ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<SubmissionSide>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The version it was compared with when it was decided: the one that people had. Absent while it waits, and where they had none.
    #[schema(example = "1.2.2")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<String>,
    /// When it was sent.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it became what it is.
    #[serde(with = "time::serde::rfc3339")]
    pub changed_at: OffsetDateTime,
    /// When checks were last run again over the release that it became, if they were.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<OffsetDateTime>,
}

/// Something that happened to a submission.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubmissionEvent {
    /// 1, 2, 3, … in the submission.
    pub number: u64,
    /// `became`, `comment` or `question`.
    pub kind: String,
    /// What it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<SubmissionState>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// From which side.
    pub side: SubmissionSide,
    /// Who: `token:` or `account:` with an id, `machine` or `registry`. For operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, or what was said: plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A submission, and what happened to it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubmissionDetail {
    /// The submission.
    pub submission: Submission,
    /// What happened, in order.
    pub events: Vec<SubmissionEvent>,
}

/// Submissions.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubmissionList {
    /// The submissions.
    pub submissions: Vec<Submission>,
    /// `after` or `before` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which submissions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SubmissionsQuery {
    /// How far they have come; without it, those that wait for an operator.
    pub state: Option<SubmissionState>,
    /// Why they need a human, among other causes.
    pub cause: Option<ReviewCause>,
    /// The last one already seen: `next` of the page before.
    pub after: Option<String>,
}

/// Which submissions of a publisher.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OwnSubmissionsQuery {
    /// How far they have come.
    pub state: Option<SubmissionState>,
    /// The last one already seen: `next` of the page before.
    pub before: Option<String>,
}

/// What is new in a list, and what is gone from it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Listed {
    /// What is new.
    pub added: Vec<String>,
    /// What is gone.
    pub removed: Vec<String>,
}

/// A file that changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FileDiff {
    /// Its path.
    pub path: String,
    /// `added`, `removed` or `changed`.
    pub change: String,
    /// Its bytes before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_before: Option<u64>,
    /// Its bytes now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The change in the unified format, where both are text and not too long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What a submission changes in the release that people have now, or had when it was decided.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubmissionDiff {
    /// The version it is compared with, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Files that are new, gone or other.
    pub files: Vec<FileDiff>,
    /// Permissions.
    pub permissions: Listed,
    /// Hosts that it may reach.
    pub hosts: Listed,
    /// What the component needs from the host.
    pub imports: Listed,
    /// What the component offers.
    pub exports: Listed,
    /// Components of the bill of materials.
    pub components: Listed,
    /// Unpacked bytes before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpacked_bytes_before: Option<u64>,
    /// Unpacked bytes now.
    pub unpacked_bytes: u64,
}

/// An approval.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVerdict {
    /// A word to the publisher; one line without markup, 500 characters at most.
    pub reason: Option<String>,
}

/// A rejection.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRejection {
    /// Why, for the publisher; one line without markup, 500 characters at most.
    #[schema(example = "it sends the names of customers to a host that its page does not mention")]
    pub reason: String,
}

/// Something to say.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRemark {
    /// Plain text, 4,000 characters at most.
    pub text: String,
}

/// What an operator says of a publisher.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStanding {
    /// What.
    pub standing: Standing,
    /// Why, for operators; one line without markup, 500 characters at most.
    pub reason: String,
}

/// What operators said of a publisher.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PublisherStanding {
    /// What; nothing for most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who said so: `token:` or `account:` with an id, or `machine`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub at: Option<OffsetDateTime>,
}

impl Finding {
    /// All of them, as operators see them.
    pub(in crate::http) fn all(found: &[Found]) -> Vec<Self> {
        found.iter().map(Self::of).collect()
    }

    /// Those that a publisher is told.
    pub(in crate::http) fn told(found: &[Found]) -> Vec<Self> {
        told_to_publisher(found).map(Self::of).collect()
    }

    fn of(Found { check, finding, found_at }: &Found) -> Self {
        Self {
            check: check.clone(),
            severity: finding.severity.into(),
            code: finding.code.clone(),
            message: finding.message.clone(),
            place: finding.place.clone(),
            rule: finding.rule.clone(),
            found_at: *found_at,
        }
    }
}

impl Submission {
    /// As a side sees it.
    pub(in crate::http) fn seen(submission: &submissions::Submission, side: Side) -> Self {
        if side == Side::Operator {
            let (state, findings) = (submission.state.into(), Finding::all(&submission.findings));
            return Self { state, findings, ..Self::told(submission) };
        }
        Self::told(submission)
    }

    /// As its publisher sees it.
    pub(in crate::http) fn told(submission: &submissions::Submission) -> Self {
        Self {
            id: submission.id.to_string(),
            module: submission.module.to_string(),
            version: submission.version.to_string(),
            sha256: submission.sha256.to_string(),
            size_bytes: submission.size_bytes,
            token: submission.token.to_string(),
            state: submission.state.as_told().into(),
            causes: submission.causes.iter().map(|cause| (*cause).into()).collect(),
            findings: Finding::told(&submission.findings),
            decided_by: submission.verdict.as_ref().map(|verdict| verdict.by.into()),
            reason: submission.verdict.as_ref().and_then(|verdict| verdict.reason.clone()),
            compared_with: submission.compared_with.as_ref().and_then(|compared| Some(compared.version()?.to_string())),
            created_at: submission.created_at,
            changed_at: submission.changed_at,
            checked_at: submission.checked_at,
        }
    }
}

impl SubmissionList {
    /// Some, as a side sees them.
    pub(in crate::http) fn seen(found: &submissions::Submissions, side: Side) -> Self {
        Self {
            submissions: found.submissions.iter().map(|submission| Submission::seen(submission, side)).collect(),
            next: found.next.map(|next| next.to_string()),
        }
    }
}

impl From<&submissions::Seen> for SubmissionDetail {
    fn from(seen: &submissions::Seen) -> Self {
        let events = seen.events.iter().map(|event| SubmissionEvent::seen(event, seen.side)).collect();
        Self { submission: Submission::seen(&seen.submission, seen.side), events }
    }
}

impl SubmissionEvent {
    fn seen(event: &submissions::SubmissionEvent, side: Side) -> Self {
        let is_operator = side == Side::Operator;
        let (kind, state) = match event.kind {
            EventKind::Became(state) => ("became", Some(if is_operator { state } else { state.as_told() })),
            EventKind::Comment => ("comment", None),
            EventKind::Question => ("question", None),
        };
        Self {
            number: event.number,
            kind: kind.to_owned(),
            state: state.map(Into::into),
            at: event.at,
            side: event.side.into(),
            by: is_operator.then(|| event.by.clone()),
            text: event.text.clone(),
        }
    }
}

impl From<review::Listed> for Listed {
    fn from(listed: review::Listed) -> Self {
        Self { added: listed.added, removed: listed.removed }
    }
}

impl From<review::FileDiff> for FileDiff {
    fn from(file: review::FileDiff) -> Self {
        let change = match file.change {
            review::FileChange::Added => "added",
            review::FileChange::Removed => "removed",
            review::FileChange::Changed => "changed",
        };
        let review::FileDiff { path, bytes_before, bytes, text, .. } = file;
        Self { path, change: change.to_owned(), bytes_before, bytes, text }
    }
}

impl SubmissionDiff {
    /// A comparison with a version, if there is one.
    pub(crate) fn of(before: Option<String>, diff: review::Diff) -> Self {
        Self {
            before,
            files: diff.files.into_iter().map(Into::into).collect(),
            permissions: diff.permissions.into(),
            hosts: diff.hosts.into(),
            imports: diff.imports.into(),
            exports: diff.exports.into(),
            components: diff.components.into(),
            unpacked_bytes_before: diff.unpacked_bytes_before,
            unpacked_bytes: diff.unpacked_bytes,
        }
    }
}

impl From<Option<review::PublisherStanding>> for PublisherStanding {
    fn from(standing: Option<review::PublisherStanding>) -> Self {
        let Some(standing) = standing else { return Self { standing: None, reason: None, by: None, at: None } };
        Self {
            standing: Some(standing.standing.into()),
            reason: Some(standing.reason),
            by: Some(standing.by),
            at: Some(standing.at),
        }
    }
}
