use adx_signing::name::ModuleId;
use async_trait::async_trait;
use semver::Version;
use time::OffsetDateTime;

use super::StoreError;
use crate::Id;
use crate::account::Account;
use crate::publisher::Publisher;
use crate::review::{Cause, PublisherStanding};
use crate::submissions::{Submission, SubmissionEvent, SubmissionState};

/// Lookups of submissions. What is not there is `None`, never an error.
#[async_trait]
pub trait SubmissionReader: Send {
    /// A submission.
    async fn submission(&mut self, id: Id<Submission>) -> Result<Option<Submission>, StoreError>;

    /// The one of a version that waits, or else the last one sent, in any spelling of the module; build metadata is not compared.
    async fn last_submission(&mut self, module: &ModuleId, version: &Version)
    -> Result<Option<Submission>, StoreError>;

    /// The one that became the release of a version, in any spelling of the module; none for a release from before submissions were kept.
    /// Build metadata is not compared.
    async fn released_submission(
        &mut self,
        module: &ModuleId,
        version: &Version,
    ) -> Result<Option<Submission>, StoreError>;

    /// Submissions in one of these states, for that cause among others if one is given, in the order they were sent, those after
    /// `after`, at most `limit`.
    async fn submissions_in(
        &mut self,
        states: &[SubmissionState],
        cause: Option<Cause>,
        after: Option<Id<Submission>>,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError>;

    /// The submissions of a publisher in one of these states, the last one first, those before `before`, at most `limit`.
    async fn submissions_of(
        &mut self,
        publisher: Id<Publisher>,
        states: &[SubmissionState],
        before: Option<Id<Submission>>,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError>;

    /// The submissions of a publisher that wait, in the order they were sent.
    async fn waiting_submissions_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<Id<Submission>>, StoreError>;

    /// How many bytes are kept of a publisher's submissions: of those that wait, that were rejected after they had waited, since
    /// `rejected_since`, and that were withdrawn since `withdrawn_since`.
    async fn kept_submission_bytes(
        &mut self,
        publisher: Id<Publisher>,
        rejected_since: OffsetDateTime,
        withdrawn_since: OffsetDateTime,
    ) -> Result<u64, StoreError>;

    /// Submissions about which a publisher has said something since `since`, the last one first, at most `limit`.
    async fn commented_submissions(&mut self, since: OffsetDateTime, limit: u32)
    -> Result<Vec<Submission>, StoreError>;

    /// What happened to a submission, in order.
    async fn submission_events(&mut self, id: Id<Submission>) -> Result<Vec<SubmissionEvent>, StoreError>;

    /// How many submissions are in a state.
    async fn count_submissions(&mut self, state: SubmissionState) -> Result<u64, StoreError>;

    /// Whether the publisher has released anything since it was given to its present owners.
    async fn has_released(&mut self, publisher: Id<Publisher>) -> Result<bool, StoreError>;

    /// What an operator said of a publisher.
    async fn publisher_standing(&mut self, publisher: Id<Publisher>) -> Result<Option<PublisherStanding>, StoreError>;

    /// The active accounts of operators.
    async fn operators_to_tell(&mut self) -> Result<Vec<Id<Account>>, StoreError>;
}

/// Changes of submissions.
#[async_trait]
pub trait SubmissionWriter: Send {
    /// A new submission, with what happened to it.
    ///
    /// # Errors
    /// [`Constraint::WaitingSubmission`](super::Constraint::WaitingSubmission) when it waits, and another of its version does.
    async fn insert_submission(
        &mut self,
        submission: &Submission,
        events: &[SubmissionEvent],
    ) -> Result<(), StoreError>;

    /// The submission, locked until the transaction ends: one change is made after the other.
    async fn lock_submission(&mut self, id: Id<Submission>) -> Result<Option<Submission>, StoreError>;

    /// Rewrites what may change of a submission: its state and since when, its verdict and what it was compared with, its
    /// envelope.
    async fn update_submission(&mut self, submission: &Submission) -> Result<(), StoreError>;

    /// Rewrites what was found in a locked submission that was released, and when that was looked for.
    async fn set_findings(&mut self, submission: &Submission) -> Result<(), StoreError>;

    /// Adds to what happened to a locked submission.
    async fn append_submission_event(&mut self, id: Id<Submission>, event: &SubmissionEvent) -> Result<(), StoreError>;

    /// Removes submissions that were refused at once, with what happened to them: all but the last `of_module` of a submission's module,
    /// and all but the last `of_publisher` of its publisher.
    async fn prune_submissions(
        &mut self,
        like: &Submission,
        of_module: u32,
        of_publisher: u32,
    ) -> Result<u64, StoreError>;

    /// Removes submissions that were refused, withdrawn or not looked over before `before`, with what happened to them; how many.
    async fn sweep_submissions(&mut self, before: OffsetDateTime) -> Result<u64, StoreError>;

    /// Notes what an operator says of a publisher.
    async fn set_publisher_standing(
        &mut self,
        publisher: Id<Publisher>,
        standing: Option<&PublisherStanding>,
    ) -> Result<(), StoreError>;
}
