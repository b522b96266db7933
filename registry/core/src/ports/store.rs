use std::ops::Range;

use adx_signing::digest::Digest;
use adx_signing::key::KeyId;
use adx_signing::name::{ModuleId, Namespace};
use adx_signing::tuf::control::{Revocations, RevokedKey, RevokedPackage};
use async_trait::async_trait;
use semver::Version;
use thiserror::Error;
use time::OffsetDateTime;

use super::accounts::{AccountReader, AccountWriter};
use super::advisories::{AdvisoryReader, AdvisoryWriter};
use super::appeals::{AppealReader, AppealWriter};
use super::audit::{AuditReader, AuditWriter, Written};
use super::domains::{DomainReader, DomainWriter};
use super::licences::{LicenceReader, LicenceWriter};
use super::market::{MarketReader, MarketWriter};
use super::members::{MemberReader, MemberWriter};
use super::names::{NameReader, NameWriter};
use super::owners::{OwnerReader, OwnerWriter};
use super::passkeys::{PasskeyReader, PasskeyWriter};
use super::quotas::{QuotaReader, QuotaWriter};
use super::rechecks::{RecheckReader, RecheckWriter};
use super::reports::{ReportReader, ReportWriter};
use super::snapshot::Snapshot;
use super::submissions::{SubmissionReader, SubmissionWriter};
use super::takedowns::{TakedownReader, TakedownWriter};
use super::transfers::{TransferReader, TransferWriter};
use super::trusted::{TrustedReader, TrustedWriter};
use super::webhooks::{WebhookReader, WebhookWriter};
use crate::Id;
use crate::job::{GivenUpJob, Job, JobCounts, KindCounts, Lane, NewJob};
use crate::publisher::{KeyListBytes, KeyRemoval, Publisher, PublisherKey};
use crate::release::{Change, Module, Release, ReleaseTexts};
use crate::shown::Shown;
use crate::signing::{MetadataRecord, SignedDocument, SigningRecord};
use crate::token::Token;

/// Keeps rows. A use case takes one reader or one transaction and drops it before it does anything slow.
#[async_trait]
pub trait Store: Send + Sync {
    /// For lookups only: sees what is committed, and holds no lock. See [`Reader::settle`].
    async fn read(&self) -> Result<Box<dyn Reader>, StoreError>;

    /// Begins a transaction; dropped without a commit, it has not happened.
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError>;

    /// For what reads much and must see one moment: a copy, a check.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;

    /// Waits for readers and transactions, and brings what is committed to rest. Nothing may be asked for afterwards.
    async fn close(&self);
}

/// Lookups. What is not there is `None`, never an error.
#[async_trait]
pub trait Reader:
    OwnerReader
    + AccountReader
    + NameReader
    + TrustedReader
    + SubmissionReader
    + AdvisoryReader
    + TakedownReader
    + ReportReader
    + AppealReader
    + MemberReader
    + TransferReader
    + DomainReader
    + AuditReader
    + WebhookReader
    + QuotaReader
    + RecheckReader
    + PasskeyReader
    + LicenceReader
    + MarketReader
    + Send
{
    /// Returns when all that it has seen is as durable as what is committed is once its commit returns. Whoever answers by what somebody
    /// else wrote waits for it: that may be seen before it is on disk. In a transaction its end does that.
    async fn settle(&mut self) -> Result<(), StoreError>;

    /// The publisher whose namespace has the same canonical form, unless it was deleted.
    async fn publisher_by_namespace(&mut self, namespace: &Namespace) -> Result<Option<Publisher>, StoreError>;

    /// A publisher, unless its namespace was deleted.
    async fn publisher(&mut self, id: Id<Publisher>) -> Result<Option<Publisher>, StoreError>;

    /// The publisher's keys, oldest first; removed ones and those that count for nothing too.
    async fn keys_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<PublisherKey>, StoreError>;

    /// The token whose text has this sha256, revoked and expired ones too.
    async fn token_by_hash(&mut self, hash: &Digest) -> Result<Option<Token>, StoreError>;

    /// The publisher's tokens, newest first, without the revoked ones and those of runs that are over at `now`: every run leaves one.
    async fn tokens_of(&mut self, publisher: Id<Publisher>, now: OffsetDateTime) -> Result<Vec<Token>, StoreError>;

    /// How many of the publisher's tokens count at `now`, without those of runs.
    async fn count_tokens(&mut self, publisher: Id<Publisher>, now: OffsetDateTime) -> Result<u64, StoreError>;

    /// A token and all that were made with it, and with those, in the order they were made, without the revoked ones.
    async fn token_tree(&mut self, root: Id<Token>) -> Result<Vec<Token>, StoreError>;

    /// The operators' tokens, newest first, without the revoked ones.
    async fn operator_tokens(&mut self) -> Result<Vec<Token>, StoreError>;

    /// The module whose name has the same canonical form, deleted ones too.
    async fn module(&mut self, module: &ModuleId) -> Result<Option<Module>, StoreError>;

    /// Modules in the order they were made, those after `after`.
    async fn modules_after(&mut self, after: Option<Id<Module>>, limit: u32) -> Result<Vec<Module>, StoreError>;

    /// Modules of a publisher that nobody deleted or withholds as a whole, those first of which something was released last.
    async fn modules_of(&mut self, publisher: Id<Publisher>, limit: u32) -> Result<Vec<Module>, StoreError>;

    /// The module's release of that version; build metadata is not compared.
    async fn release(&mut self, module: Id<Module>, version: &Version) -> Result<Option<Release>, StoreError>;

    /// The long texts of a release.
    async fn release_texts(&mut self, release: Id<Release>) -> Result<Option<ReleaseTexts>, StoreError>;

    /// The release whose package has this digest; the first, should there be several.
    async fn release_by_digest(&mut self, sha256: &Digest) -> Result<Option<Release>, StoreError>;

    /// The module's releases, the last one made public first; those before feed entry `before`, at most `limit`.
    async fn releases_of(
        &mut self,
        module: Id<Module>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Release>, StoreError>;

    /// Entries of the change feed after `after`, in order, at most `limit`.
    async fn changes_after(&mut self, after: u64, limit: u32) -> Result<Vec<Change>, StoreError>;

    /// The last entry of the change feed; 0 if there is none.
    async fn last_seq(&mut self) -> Result<u64, StoreError>;

    /// Whether the blobs of a digest are about to be removed.
    async fn condemned(&mut self, sha256: &Digest) -> Result<Option<Condemned>, StoreError>;

    /// Figures for operators.
    async fn counts(&mut self) -> Result<Counts, StoreError>;

    /// How many jobs there are of each kind that there are any of.
    async fn jobs_by_kind(&mut self) -> Result<Vec<KindCounts>, StoreError>;

    /// The jobs that were given up, in the order of their ids; those after `after`, at most `limit`. Those in words of a newer version are
    /// passed over.
    async fn given_up_jobs(&mut self, after: Option<Id<Job>>, limit: u32) -> Result<Vec<GivenUpJob>, StoreError>;

    /// How many leaves there are: the number of the next.
    async fn leaf_count(&mut self) -> Result<u64, StoreError>;

    /// The bytes of the leaves from number `from` on, in order, at most `limit`.
    async fn leaves_from(&mut self, from: u64, limit: u32) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The releases whose leaves have these numbers, in order.
    async fn releases_of_leaves(&mut self, leaves: Range<u64>) -> Result<Vec<Release>, StoreError>;

    /// Every publisher's keys whose leaf has a number below `below`, in the order of their leaves, with their namespace.
    async fn logged_keys(&mut self, below: u64) -> Result<Vec<(Namespace, PublisherKey)>, StoreError>;

    /// How long the list of all publishers' keys is, and how much of it is the publisher's.
    async fn key_list_bytes(&mut self, publisher: Id<Publisher>) -> Result<KeyListBytes, StoreError>;

    /// Keys that count for nothing, since nothing says what gave somebody the right to add them.
    async fn unauthorized_keys(&mut self) -> Result<Vec<(Namespace, PublisherKey)>, StoreError>;

    /// What has no leaf because it is older than the log, oldest first, at most `limit`.
    async fn unlogged(&mut self, limit: u32) -> Result<Unlogged, StoreError>;

    /// What was signed last.
    async fn signing(&mut self) -> Result<SigningRecord, StoreError>;

    /// Version and end of every document that was signed.
    async fn signed_documents(&mut self) -> Result<Vec<SignedDocument>, StoreError>;

    /// Which publisher registered the key, removed ones too.
    async fn registered_by(&mut self, key: &KeyId) -> Result<Option<Id<Publisher>>, StoreError>;

    /// The kill list.
    async fn revocations(&mut self) -> Result<Revocations, StoreError>;

    /// A number that grows with every change of the kill list, in the same transaction.
    async fn revocations_revision(&mut self) -> Result<u64, StoreError>;
}

/// One transaction.
///
/// Locks are taken in one order, or two would wait for each other: a module's, the feed's, that of the leaves, that of the kill
/// list; rows after them.
#[async_trait]
pub trait Transaction:
    Reader
    + OwnerWriter
    + AccountWriter
    + NameWriter
    + TrustedWriter
    + SubmissionWriter
    + AdvisoryWriter
    + TakedownWriter
    + ReportWriter
    + AppealWriter
    + MemberWriter
    + TransferWriter
    + DomainWriter
    + AuditWriter
    + WebhookWriter
    + QuotaWriter
    + RecheckWriter
    + PasskeyWriter
    + LicenceWriter
    + MarketWriter
{
    /// # Errors
    /// [`Constraint::PublisherNamespace`]
    async fn insert_publisher(&mut self, publisher: &Publisher) -> Result<(), StoreError>;

    /// # Errors
    /// [`Constraint::PublisherKey`] when the key is registered, to whomever.
    async fn insert_key(&mut self, key: &PublisherKey) -> Result<(), StoreError>;

    /// # Errors
    /// [`Constraint::TokenHash`]
    async fn insert_token(&mut self, token: &Token) -> Result<(), StoreError>;

    /// Notes that a token was used.
    async fn touch_token(&mut self, token: Id<Token>, at: OffsetDateTime) -> Result<(), StoreError>;

    /// Revokes a token of the publisher; `false` if it has none such.
    async fn revoke_token(
        &mut self,
        publisher: Id<Publisher>,
        token: Id<Token>,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Revokes a token, whosever it is; `false` if there is none such that counts.
    async fn revoke_any_token(&mut self, token: Id<Token>, at: OffsetDateTime) -> Result<bool, StoreError>;

    /// The module of that canonical name, made if it was not there, and locked until the transaction ends.
    async fn lock_module(&mut self, module: &NewModule) -> Result<Module, StoreError>;

    /// Rewrites what a newer release says of its module.
    async fn update_module(&mut self, module: &Module) -> Result<(), StoreError>;

    /// The next number of the change feed. Whoever takes one keeps others waiting until the transaction ends: numbers
    /// become visible in their order, and one that was rolled back is taken again.
    async fn next_seq(&mut self) -> Result<u64, StoreError>;

    /// Writes a release and what is always written with it, at once.
    ///
    /// # Errors
    /// [`Constraint::ReleaseVersion`]
    async fn insert_release(&mut self, new: &NewRelease<'_>) -> Result<(), StoreError>;

    /// Appends to the change feed under a number taken by [`next_seq`](Self::next_seq).
    async fn insert_change(&mut self, change: &Change) -> Result<(), StoreError>;

    /// Puts a job into the outbox. If one of its deduplication key waits and has not begun, that one stands for both.
    async fn enqueue(&mut self, job: &NewJob) -> Result<(), StoreError>;

    /// Leases due jobs of a lane, at most `limit`, until `leased_until`: those that wait, and those whose lease ran out. Those in words of a
    /// newer version are left to it for a while, and count as not begun.
    async fn claim_jobs(
        &mut self,
        lane: Lane,
        now: OffsetDateTime,
        leased_until: OffsetDateTime,
        limit: u32,
    ) -> Result<ClaimedJobs, StoreError>;

    /// Lengthens the lease of a job that is being run; `false` if it was lost to another worker.
    async fn renew_lease(&mut self, job: &Job, leased_until: OffsetDateTime) -> Result<bool, StoreError>;

    /// Removes a job that is done; `false` if its lease was lost to another worker.
    async fn complete_job(&mut self, job: &Job) -> Result<bool, StoreError>;

    /// Puts a job back to be run at `run_at`; `false` if its lease was lost to another worker. If another of its
    /// deduplication key waits by now, that one stands for both.
    async fn retry_job(&mut self, job: &Job, run_at: OffsetDateTime, error: &str) -> Result<bool, StoreError>;

    /// Gives a job up; `false` if its lease was lost to another worker.
    async fn bury_job(&mut self, job: &Job, at: OffsetDateTime, error: &str) -> Result<bool, StoreError>;

    /// Removes a job that was given up, and gives it; none if there is none such.
    async fn take_given_up_job(&mut self, id: Id<Job>) -> Result<Option<GivenUpJob>, StoreError>;

    /// Sets or lifts the sentence on the blobs of a digest.
    async fn condemn(&mut self, sha256: &Digest, sentence: Option<Condemned>) -> Result<(), StoreError>;

    /// Digests under a sentence, the oldest first, at most `limit`.
    async fn all_condemned(&mut self, limit: u32) -> Result<Vec<(Digest, Condemned)>, StoreError>;

    /// Keeps every transaction that takes a number of the change feed waiting until this one ends.
    async fn lock_feed(&mut self) -> Result<(), StoreError>;

    /// Appends a leaf under the number that [`lock_leaves`](Self::lock_leaves) gave, or the one after that which was appended last.
    async fn append_leaf(&mut self, leaf: u64, content: &[u8]) -> Result<(), StoreError>;

    /// How many leaves there are: the number of the next. Keeps every other transaction that appends waiting until this one ends: leaves
    /// become visible in their order, and a number that was rolled back is taken again.
    ///
    /// # Errors
    /// [`StoreError::CountsNoMore`] when what [`look_again`](Self::look_again) was given counts no more, the first time.
    async fn lock_leaves(&mut self) -> Result<u64, StoreError>;

    /// Has what was shown for this transaction, which counted as it began at `at`, looked at again once the leaves are locked: by then
    /// somebody may have revoked it who had them locked before.
    fn look_again(&mut self, shown: Shown, at: OffsetDateTime);

    /// Notes in which leaf a publisher's ownership stands, and the random bytes hashed there with the list of owners.
    async fn note_publisher_leaf(
        &mut self,
        publisher: Id<Publisher>,
        leaf: u64,
        owners_salt: &[u8; 32],
    ) -> Result<(), StoreError>;

    /// Notes which leaf added a key.
    async fn note_key_leaf(&mut self, key: &KeyId, leaf: u64) -> Result<(), StoreError>;

    /// Rewrites a key that counted for nothing as one that was added properly.
    async fn authorize_key(&mut self, key: &PublisherKey) -> Result<(), StoreError>;

    /// Notes that a key was removed.
    async fn remove_key(&mut self, key: &KeyId, removal: &KeyRemoval) -> Result<(), StoreError>;

    /// Notes in which leaf a release stands.
    async fn note_release_leaf(&mut self, release: Id<Release>, leaf: u64) -> Result<(), StoreError>;

    /// Notes up to which version the roots stand in leaves.
    async fn note_logged_root(&mut self, version: u64) -> Result<(), StoreError>;

    /// Takes the lease of the rounds until `until`, unless somebody has it at `now`; its number, larger than any before.
    async fn claim_signing(&mut self, now: OffsetDateTime, until: OffsetDateTime) -> Result<Option<u64>, StoreError>;

    /// Lengthens the lease, or ends it with a time that is past; `false` if somebody else took it meanwhile.
    async fn renew_signing(&mut self, lease: u64, until: OffsetDateTime) -> Result<bool, StoreError>;

    /// Records a checkpoint, before anybody sees it; `false` if the lease was lost to somebody else.
    async fn record_checkpoint(&mut self, lease: u64, note: &str) -> Result<bool, StoreError>;

    /// Records the metadata of a round, before anybody sees them; `false` if the lease was lost to somebody else.
    async fn record_metadata(&mut self, lease: u64, record: &MetadataRecord) -> Result<bool, StoreError>;

    /// Notes whether a release is yanked, and why it is or why it is not any more, if somebody said so.
    async fn set_yanked(&mut self, release: Id<Release>, yanked: bool, reason: Option<&str>) -> Result<(), StoreError>;

    /// Puts a release into quarantine for a reason, or lets it out.
    async fn set_quarantined(&mut self, release: Id<Release>, reason: Option<&str>) -> Result<(), StoreError>;

    /// Puts a whole module into quarantine for a reason, or lets it out; its releases keep their own.
    async fn set_module_quarantined(&mut self, module: Id<Module>, reason: Option<&str>) -> Result<(), StoreError>;

    /// Begins a change of the kill list: whoever makes another waits until the transaction ends.
    async fn lock_revocations(&mut self) -> Result<(), StoreError>;

    /// Puts a package on the kill list, or changes what stands there of it. The list is locked before.
    async fn revoke_package(&mut self, sha256: &Digest, revoked: &RevokedPackage) -> Result<(), StoreError>;

    /// Puts a key on the kill list, or changes what stands there of it. The list is locked before.
    async fn revoke_key(&mut self, key: &KeyId, revoked: &RevokedKey) -> Result<(), StoreError>;

    /// Takes a package off the kill list, which is locked before; `false` if it is not on it.
    async fn unrevoke_package(&mut self, sha256: &Digest) -> Result<bool, StoreError>;

    /// Takes a key off the kill list, which is locked before; `false` if it is not on it.
    async fn unrevoke_key(&mut self, key: &KeyId) -> Result<bool, StoreError>;

    /// Makes all of it durable and visible, at once.
    ///
    /// # Errors
    /// [`StoreError::Untold`] when nothing was told of what was [`Written::Told`].
    async fn commit(self: Box<Self>, written: Written) -> Result<(), StoreError>;

    /// Undoes all of it. What it saw is durable when this returns.
    async fn rollback(self: Box<Self>) -> Result<(), StoreError>;
}

/// A release, and what is always written with it.
#[derive(Debug, Clone, Copy)]
pub struct NewRelease<'r> {
    /// The release.
    pub release: &'r Release,
    /// Its texts.
    pub texts: &'r ReleaseTexts,
    /// Its entry of the change feed, under a number taken by [`Transaction::next_seq`].
    pub change: &'r Change,
    /// What it makes of its module.
    pub module: &'r Module,
    /// The job that tells search of it.
    pub job: &'r NewJob,
}

/// A module to be made unless it is there.
#[derive(Debug, Clone)]
pub struct NewModule {
    /// The identifier it will have if it is made.
    pub id: Id<Module>,
    /// Its name.
    pub module: ModuleId,
    /// Whose it is.
    pub publisher: Id<Publisher>,
    /// When.
    pub now: OffsetDateTime,
}

/// How far the removal of a digest's blobs has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condemned {
    /// Nobody refers to them; they are removed at a later sweep unless somebody does by then.
    Since(OffsetDateTime),
    /// They are being removed: a publish of these bytes must wait.
    Removing(OffsetDateTime),
}

/// What is older than the log. Publishers come first and releases last, for a key counts for leaves after its own.
#[derive(Debug, Clone)]
pub enum Unlogged {
    /// Publishers, in the order they were created.
    Publishers(Vec<Publisher>),
    /// Keys with their namespace, in the order they were registered.
    Keys(Vec<(Namespace, PublisherKey)>),
    /// Releases with their envelope, in the order they were made public.
    Releases(Vec<(Release, String)>),
}

impl Unlogged {
    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Publishers(publishers) => publishers.is_empty(),
            Self::Keys(keys) => keys.is_empty(),
            Self::Releases(releases) => releases.is_empty(),
        }
    }
}

/// What came of looking for jobs to run.
#[derive(Debug, Default)]
pub struct ClaimedJobs {
    /// Those that were leased.
    pub jobs: Vec<Job>,
    /// Why others cannot be read, one of each.
    pub left: Vec<StoreError>,
}

/// Figures for operators.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Publishers.
    pub publishers: u64,
    /// Modules.
    pub modules: u64,
    /// Releases.
    pub releases: u64,
    /// The outbox.
    pub jobs: JobCounts,
    /// What waits for an operator, beside submissions.
    pub decisions: DecisionCounts,
}

/// How much waits for an operator's decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DecisionCounts {
    /// Names that resemble others.
    pub names: u64,
    /// Reports of modules.
    pub reports: u64,
    /// Appeals.
    pub appeals: u64,
    /// Payments that do not fit their orders, and that no operator has looked at.
    pub payments: u64,
}

/// The named constraints of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// A namespace has one publisher.
    PublisherNamespace,
    /// A key is registered once.
    PublisherKey,
    /// A token's hash is unique.
    TokenHash,
    /// A module's name is unique.
    ModuleName,
    /// A module has a version once.
    ReleaseVersion,
    /// An address has one account.
    AccountAddress,
    /// A provider's subject has one account.
    AccountIdentity,
    /// A CI system's token is used once.
    WorkflowToken,
    /// Of a version one submission waits.
    WaitingSubmission,
    /// Of a module one report of an account is open.
    OpenReport,
    /// About one thing one appeal is open.
    OpenAppeal,
    /// A passkey is one account's, once.
    PasskeyCredential,
    /// A tenant's name is unique.
    TenantName,
    /// A tenant uses an idempotency key once.
    OrderKey,
    /// A tenant tries a module once.
    Trial,
    /// A reference pays an order once.
    LedgerReference,
    /// A publisher has a code once.
    CouponCode,
}

/// Why rows could not be kept or given.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A named constraint of the schema refused a row.
    #[error("the constraint {0:?} does not hold")]
    Violated(Constraint),
    /// A row does not read as what it must be: somebody else wrote it.
    #[error("column {column} of table {table} cannot be read")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What was shown to say who asks counted when the request began, and was revoked or ended since. Nothing is written for it.
    #[error("what the request showed counts no more")]
    CountsNoMore,
    /// A use case said that the audit log tells what it did, and told nothing: the fault is ours.
    #[error("nothing was told to the audit log")]
    Untold,
    /// The database failed.
    #[error("the database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}
