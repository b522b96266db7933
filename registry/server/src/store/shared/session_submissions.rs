//! The methods of the ports about submissions, each of which is one query.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::ports::{StoreError, SubmissionReader, SubmissionWriter};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::review::{Cause, PublisherStanding};
use adx_registry_core::submissions::{Submission, SubmissionEvent, SubmissionState};
use adx_signing::name::ModuleId;
use async_trait::async_trait;
use semver::Version;
use time::OffsetDateTime;

use super::session::SqlSession;
use super::{Session, Writing, standings, submission_events, submissions};

#[async_trait]
impl<S: Session> SubmissionReader for SqlSession<S> {
    async fn submission(&mut self, id: Id<Submission>) -> Result<Option<Submission>, StoreError> {
        submissions::by_id(self.0.connection(), id).await
    }

    async fn last_submission(
        &mut self,
        module: &ModuleId,
        version: &Version,
    ) -> Result<Option<Submission>, StoreError> {
        submissions::last_of(self.0.connection(), module, version).await
    }

    async fn released_submission(
        &mut self,
        module: &ModuleId,
        version: &Version,
    ) -> Result<Option<Submission>, StoreError> {
        submissions::released(self.0.connection(), module, version).await
    }

    async fn submissions_in(
        &mut self,
        states: &[SubmissionState],
        cause: Option<Cause>,
        after: Option<Id<Submission>>,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError> {
        submissions::in_states(self.0.connection(), states, cause, after, limit).await
    }

    async fn submissions_of(
        &mut self,
        publisher: Id<Publisher>,
        states: &[SubmissionState],
        before: Option<Id<Submission>>,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError> {
        submissions::of_publisher(self.0.connection(), publisher, states, before, limit).await
    }

    async fn waiting_submissions_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<Id<Submission>>, StoreError> {
        submissions::waiting_of(self.0.connection(), publisher).await
    }

    async fn kept_submission_bytes(
        &mut self,
        publisher: Id<Publisher>,
        rejected_since: OffsetDateTime,
        withdrawn_since: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        submissions::kept_bytes_of(self.0.connection(), publisher, rejected_since, withdrawn_since).await
    }

    async fn commented_submissions(
        &mut self,
        since: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError> {
        submissions::commented(self.0.connection(), since, limit).await
    }

    async fn submission_events(&mut self, id: Id<Submission>) -> Result<Vec<SubmissionEvent>, StoreError> {
        submission_events::of(self.0.connection(), id).await
    }

    async fn count_submissions(&mut self, state: SubmissionState) -> Result<u64, StoreError> {
        submissions::count(self.0.connection(), state).await
    }

    async fn has_released(&mut self, publisher: Id<Publisher>) -> Result<bool, StoreError> {
        standings::has_released(self.0.connection(), publisher).await
    }

    async fn publisher_standing(&mut self, publisher: Id<Publisher>) -> Result<Option<PublisherStanding>, StoreError> {
        standings::of(self.0.connection(), publisher).await
    }

    async fn operators_to_tell(&mut self) -> Result<Vec<Id<Account>>, StoreError> {
        standings::operators(self.0.connection()).await
    }
}

#[async_trait]
impl SubmissionWriter for SqlSession<Writing> {
    async fn insert_submission(
        &mut self,
        submission: &Submission,
        events: &[SubmissionEvent],
    ) -> Result<(), StoreError> {
        submissions::insert(self.0.connection(), submission, events).await
    }

    async fn lock_submission(&mut self, id: Id<Submission>) -> Result<Option<Submission>, StoreError> {
        submissions::lock(self.0.connection(), id).await
    }

    async fn update_submission(&mut self, submission: &Submission) -> Result<(), StoreError> {
        submissions::update(self.0.connection(), submission).await
    }

    async fn set_findings(&mut self, submission: &Submission) -> Result<(), StoreError> {
        submissions::set_findings(self.0.connection(), submission).await
    }

    async fn append_submission_event(&mut self, id: Id<Submission>, event: &SubmissionEvent) -> Result<(), StoreError> {
        submission_events::insert(self.0.connection(), id, std::slice::from_ref(event)).await
    }

    async fn prune_submissions(
        &mut self,
        like: &Submission,
        of_module: u32,
        of_publisher: u32,
    ) -> Result<u64, StoreError> {
        submissions::prune(self.0.connection(), like, of_module, of_publisher).await
    }

    async fn sweep_submissions(&mut self, before: OffsetDateTime) -> Result<u64, StoreError> {
        submissions::sweep(self.0.connection(), before).await
    }

    async fn set_publisher_standing(
        &mut self,
        publisher: Id<Publisher>,
        standing: Option<&PublisherStanding>,
    ) -> Result<(), StoreError> {
        standings::set(self.0.connection(), publisher, standing).await
    }
}
