//! The ports' methods, each of which is one query of the files beside this one.

use std::ops::Range;

use adx_registry_core::Id;
use adx_registry_core::audit::NewEntry;
use adx_registry_core::job::{GivenUpJob, Job, KindCounts, Lane, NewJob};
use adx_registry_core::ports::{
    ClaimedJobs, Condemned, Counts, NewModule, NewRelease, Reader, StoreError, Transaction, Unlogged, Written,
};
use adx_registry_core::publisher::{KeyListBytes, KeyRemoval, Publisher, PublisherKey};
use adx_registry_core::release::{Change, Module, Release, ReleaseTexts};
use adx_registry_core::shown::Shown;
use adx_registry_core::signing::{MetadataRecord, SignedDocument, SigningRecord};
use adx_registry_core::token::Token;
use adx_signing::digest::Digest;
use adx_signing::key::KeyId;
use adx_signing::name::{ModuleId, Namespace};
use adx_signing::tuf::control::{Revocations, RevokedKey, RevokedPackage};
use async_trait::async_trait;
use semver::Version;
use time::OffsetDateTime;

use super::{
    Session, Writing, audit, feed, given_up, jobs, leaves, modules, publishers, releases, revocations, sentences,
    signing, tokens,
};

/// A reader or a transaction, what the audit log is told when it is committed, and what is to be looked at again under the lock of the
/// leaves.
pub(super) struct SqlSession<S>(pub(super) S, pub(super) Vec<NewEntry>, pub(super) Option<(Shown, OffsetDateTime)>);

#[async_trait]
impl<S: Session> Reader for SqlSession<S> {
    async fn settle(&mut self) -> Result<(), StoreError> {
        self.0.settle().await
    }

    async fn publisher_by_namespace(&mut self, namespace: &Namespace) -> Result<Option<Publisher>, StoreError> {
        publishers::by_namespace(self.0.connection(), namespace).await
    }

    async fn publisher(&mut self, id: Id<Publisher>) -> Result<Option<Publisher>, StoreError> {
        publishers::by_id(self.0.connection(), id).await
    }

    async fn keys_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<PublisherKey>, StoreError> {
        publishers::keys_of(self.0.connection(), publisher).await
    }

    async fn token_by_hash(&mut self, hash: &Digest) -> Result<Option<Token>, StoreError> {
        tokens::by_hash(self.0.connection(), hash).await
    }

    async fn tokens_of(&mut self, publisher: Id<Publisher>, now: OffsetDateTime) -> Result<Vec<Token>, StoreError> {
        tokens::of_publisher(self.0.connection(), publisher, now).await
    }

    async fn count_tokens(&mut self, publisher: Id<Publisher>, now: OffsetDateTime) -> Result<u64, StoreError> {
        tokens::count(self.0.connection(), publisher, now).await
    }

    async fn token_tree(&mut self, root: Id<Token>) -> Result<Vec<Token>, StoreError> {
        tokens::tree(self.0.connection(), root).await
    }

    async fn operator_tokens(&mut self) -> Result<Vec<Token>, StoreError> {
        tokens::of_operators(self.0.connection()).await
    }

    async fn module(&mut self, module: &ModuleId) -> Result<Option<Module>, StoreError> {
        modules::by_name(self.0.connection(), module).await
    }

    async fn modules_after(&mut self, after: Option<Id<Module>>, limit: u32) -> Result<Vec<Module>, StoreError> {
        modules::after(self.0.connection(), after, limit).await
    }

    async fn modules_of(&mut self, publisher: Id<Publisher>, limit: u32) -> Result<Vec<Module>, StoreError> {
        modules::of_publisher(self.0.connection(), publisher, limit).await
    }

    async fn release(&mut self, module: Id<Module>, version: &Version) -> Result<Option<Release>, StoreError> {
        releases::by_version(self.0.connection(), module, version).await
    }

    async fn release_texts(&mut self, release: Id<Release>) -> Result<Option<ReleaseTexts>, StoreError> {
        releases::texts(self.0.connection(), release).await
    }

    async fn release_by_digest(&mut self, sha256: &Digest) -> Result<Option<Release>, StoreError> {
        releases::by_digest(self.0.connection(), sha256).await
    }

    async fn releases_of(
        &mut self,
        module: Id<Module>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Release>, StoreError> {
        releases::of_module(self.0.connection(), module, before, limit).await
    }

    async fn changes_after(&mut self, after: u64, limit: u32) -> Result<Vec<Change>, StoreError> {
        feed::after(self.0.connection(), after, limit).await
    }

    async fn last_seq(&mut self) -> Result<u64, StoreError> {
        feed::last_seq(self.0.connection()).await
    }

    async fn condemned(&mut self, sha256: &Digest) -> Result<Option<Condemned>, StoreError> {
        sentences::on(self.0.connection(), sha256).await
    }

    async fn counts(&mut self) -> Result<Counts, StoreError> {
        feed::counts(self.0.connection()).await
    }

    async fn jobs_by_kind(&mut self) -> Result<Vec<KindCounts>, StoreError> {
        given_up::by_kind(self.0.connection()).await
    }

    async fn given_up_jobs(&mut self, after: Option<Id<Job>>, limit: u32) -> Result<Vec<GivenUpJob>, StoreError> {
        given_up::list(self.0.connection(), after, limit).await
    }

    async fn leaf_count(&mut self) -> Result<u64, StoreError> {
        leaves::count(self.0.connection()).await
    }

    async fn leaves_from(&mut self, from: u64, limit: u32) -> Result<Vec<Vec<u8>>, StoreError> {
        leaves::from(self.0.connection(), from, limit).await
    }

    async fn releases_of_leaves(&mut self, leaves: Range<u64>) -> Result<Vec<Release>, StoreError> {
        releases::of_leaves(self.0.connection(), leaves).await
    }

    async fn logged_keys(&mut self, below: u64) -> Result<Vec<(Namespace, PublisherKey)>, StoreError> {
        publishers::logged_keys(self.0.connection(), below).await
    }

    async fn key_list_bytes(&mut self, publisher: Id<Publisher>) -> Result<KeyListBytes, StoreError> {
        publishers::key_list_bytes(self.0.connection(), publisher).await
    }

    async fn unauthorized_keys(&mut self) -> Result<Vec<(Namespace, PublisherKey)>, StoreError> {
        publishers::unauthorized_keys(self.0.connection()).await
    }

    async fn unlogged(&mut self, limit: u32) -> Result<Unlogged, StoreError> {
        let connection = self.0.connection();
        let publishers = publishers::unlogged(connection, limit).await?;
        if !publishers.is_empty() {
            return Ok(Unlogged::Publishers(publishers));
        }
        let keys = publishers::unlogged_keys(connection, limit).await?;
        if !keys.is_empty() {
            return Ok(Unlogged::Keys(keys));
        }
        releases::unlogged(connection, limit).await.map(Unlogged::Releases)
    }

    async fn signing(&mut self) -> Result<SigningRecord, StoreError> {
        signing::record(self.0.connection()).await
    }

    async fn signed_documents(&mut self) -> Result<Vec<SignedDocument>, StoreError> {
        signing::documents(self.0.connection()).await
    }

    async fn registered_by(&mut self, key: &KeyId) -> Result<Option<Id<Publisher>>, StoreError> {
        revocations::registered_by(self.0.connection(), key).await
    }

    async fn revocations(&mut self) -> Result<Revocations, StoreError> {
        revocations::all(self.0.connection()).await
    }

    async fn revocations_revision(&mut self) -> Result<u64, StoreError> {
        revocations::revision(self.0.connection()).await
    }
}

#[async_trait]
impl Transaction for SqlSession<Writing> {
    async fn insert_publisher(&mut self, publisher: &Publisher) -> Result<(), StoreError> {
        publishers::insert(self.0.connection(), publisher).await
    }

    async fn insert_key(&mut self, key: &PublisherKey) -> Result<(), StoreError> {
        publishers::insert_key(self.0.connection(), key).await
    }

    async fn insert_token(&mut self, token: &Token) -> Result<(), StoreError> {
        tokens::insert(self.0.connection(), token).await
    }

    async fn touch_token(&mut self, token: Id<Token>, at: OffsetDateTime) -> Result<(), StoreError> {
        tokens::touch(self.0.connection(), token, at).await
    }

    async fn revoke_token(
        &mut self,
        publisher: Id<Publisher>,
        token: Id<Token>,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        tokens::revoke(self.0.connection(), publisher, token, at).await
    }

    async fn revoke_any_token(&mut self, token: Id<Token>, at: OffsetDateTime) -> Result<bool, StoreError> {
        tokens::revoke_any(self.0.connection(), token, at).await
    }

    async fn lock_module(&mut self, module: &NewModule) -> Result<Module, StoreError> {
        modules::lock(self.0.connection(), module).await
    }

    async fn update_module(&mut self, module: &Module) -> Result<(), StoreError> {
        modules::update(self.0.connection(), module).await
    }

    async fn next_seq(&mut self) -> Result<u64, StoreError> {
        feed::next_seq(self.0.connection()).await
    }

    async fn insert_release(&mut self, new: &NewRelease<'_>) -> Result<(), StoreError> {
        releases::insert(self.0.connection(), new).await
    }

    async fn insert_change(&mut self, change: &Change) -> Result<(), StoreError> {
        feed::insert(self.0.connection(), change).await
    }

    async fn enqueue(&mut self, job: &NewJob) -> Result<(), StoreError> {
        jobs::enqueue(self.0.connection(), job).await
    }

    async fn claim_jobs(
        &mut self,
        lane: Lane,
        now: OffsetDateTime,
        leased_until: OffsetDateTime,
        limit: u32,
    ) -> Result<ClaimedJobs, StoreError> {
        jobs::claim(self.0.connection(), lane, now, leased_until, limit).await
    }

    async fn renew_lease(&mut self, job: &Job, leased_until: OffsetDateTime) -> Result<bool, StoreError> {
        jobs::renew(self.0.connection(), job, leased_until).await
    }

    async fn complete_job(&mut self, job: &Job) -> Result<bool, StoreError> {
        jobs::complete(self.0.connection(), job).await
    }

    async fn retry_job(&mut self, job: &Job, run_at: OffsetDateTime, error: &str) -> Result<bool, StoreError> {
        jobs::retry(self.0.connection(), job, run_at, error).await
    }

    async fn bury_job(&mut self, job: &Job, at: OffsetDateTime, error: &str) -> Result<bool, StoreError> {
        jobs::bury(self.0.connection(), job, at, error).await
    }

    async fn take_given_up_job(&mut self, id: Id<Job>) -> Result<Option<GivenUpJob>, StoreError> {
        given_up::take(self.0.connection(), id).await
    }

    async fn condemn(&mut self, sha256: &Digest, sentence: Option<Condemned>) -> Result<(), StoreError> {
        sentences::set(self.0.connection(), sha256, sentence).await
    }

    async fn all_condemned(&mut self, limit: u32) -> Result<Vec<(Digest, Condemned)>, StoreError> {
        sentences::all(self.0.connection(), limit).await
    }

    async fn lock_feed(&mut self) -> Result<(), StoreError> {
        feed::lock(self.0.connection()).await
    }

    async fn append_leaf(&mut self, leaf: u64, content: &[u8]) -> Result<(), StoreError> {
        leaves::append(self.0.connection(), leaf, content).await
    }

    async fn lock_leaves(&mut self) -> Result<u64, StoreError> {
        let leaf = leaves::lock(self.0.connection()).await?;
        // Once: what the transaction itself makes of it afterwards is what was asked for.
        if let Some((shown, at)) = self.2.take()
            && !shown.counts(self, at).await?
        {
            return Err(StoreError::CountsNoMore);
        }
        Ok(leaf)
    }

    fn look_again(&mut self, shown: Shown, at: OffsetDateTime) {
        self.2 = Some((shown, at));
    }

    async fn note_publisher_leaf(
        &mut self,
        publisher: Id<Publisher>,
        leaf: u64,
        owners_salt: &[u8; 32],
    ) -> Result<(), StoreError> {
        publishers::note_leaf(self.0.connection(), publisher, leaf, owners_salt).await
    }

    async fn note_key_leaf(&mut self, key: &KeyId, leaf: u64) -> Result<(), StoreError> {
        publishers::note_key_leaf(self.0.connection(), key, leaf).await
    }

    async fn authorize_key(&mut self, key: &PublisherKey) -> Result<(), StoreError> {
        publishers::authorize_key(self.0.connection(), key).await
    }

    async fn remove_key(&mut self, key: &KeyId, removal: &KeyRemoval) -> Result<(), StoreError> {
        publishers::remove_key(self.0.connection(), key, removal).await
    }

    async fn note_release_leaf(&mut self, release: Id<Release>, leaf: u64) -> Result<(), StoreError> {
        releases::note_leaf(self.0.connection(), release, leaf).await
    }

    async fn note_logged_root(&mut self, version: u64) -> Result<(), StoreError> {
        signing::note_logged_root(self.0.connection(), version).await
    }

    async fn claim_signing(&mut self, now: OffsetDateTime, until: OffsetDateTime) -> Result<Option<u64>, StoreError> {
        signing::claim(self.0.connection(), now, until).await
    }

    async fn renew_signing(&mut self, lease: u64, until: OffsetDateTime) -> Result<bool, StoreError> {
        signing::renew(self.0.connection(), lease, until).await
    }

    async fn record_checkpoint(&mut self, lease: u64, note: &str) -> Result<bool, StoreError> {
        signing::record_checkpoint(self.0.connection(), lease, note).await
    }

    async fn record_metadata(&mut self, lease: u64, record: &MetadataRecord) -> Result<bool, StoreError> {
        signing::record_metadata(self.0.connection(), lease, record).await
    }

    async fn set_yanked(&mut self, release: Id<Release>, yanked: bool, reason: Option<&str>) -> Result<(), StoreError> {
        releases::set_yanked(self.0.connection(), release, yanked, reason).await
    }

    async fn set_quarantined(&mut self, release: Id<Release>, reason: Option<&str>) -> Result<(), StoreError> {
        releases::set_quarantined(self.0.connection(), release, reason).await
    }

    async fn set_module_quarantined(&mut self, module: Id<Module>, reason: Option<&str>) -> Result<(), StoreError> {
        modules::set_quarantined(self.0.connection(), module, reason).await
    }

    async fn lock_revocations(&mut self) -> Result<(), StoreError> {
        revocations::lock(self.0.connection()).await
    }

    async fn revoke_package(&mut self, sha256: &Digest, revoked: &RevokedPackage) -> Result<(), StoreError> {
        revocations::put_package(self.0.connection(), sha256, revoked).await
    }

    async fn revoke_key(&mut self, key: &KeyId, revoked: &RevokedKey) -> Result<(), StoreError> {
        revocations::put_key(self.0.connection(), key, revoked).await
    }

    async fn unrevoke_package(&mut self, sha256: &Digest) -> Result<bool, StoreError> {
        revocations::remove_package(self.0.connection(), sha256).await
    }

    async fn unrevoke_key(&mut self, key: &KeyId) -> Result<bool, StoreError> {
        revocations::remove_key(self.0.connection(), key).await
    }

    async fn commit(mut self: Box<Self>, written: Written) -> Result<(), StoreError> {
        let told = std::mem::take(&mut self.1);
        if written == Written::Told && told.is_empty() {
            self.0.rollback().await?;
            return Err(StoreError::Untold);
        }
        audit::append(self.0.connection(), told).await?;
        self.0.commit().await
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        self.0.rollback().await
    }
}
