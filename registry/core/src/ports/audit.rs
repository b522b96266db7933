use async_trait::async_trait;

use super::StoreError;
use crate::audit::{AuditFilter, AuditHead, Entry, NewEntry, Origin};
use crate::shown::Shown;

/// Tells on whose behalf the present work is done.
pub trait Origins: Send + Sync {
    /// Of the request or job that this is called in.
    fn current(&self) -> Origin;

    /// What was shown to say who asks for it: none if nobody asks, or nothing was shown.
    fn shown(&self) -> Option<Shown>;
}

/// What a transaction wrote: a use case says it as it commits, so that none forgets the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// What its entries tell. Without one, nothing is committed.
    Told,
    /// What its entries tell, if something changed that was not so already.
    ToldIfChanged,
    /// What the registry does by itself, or keeps for itself: nobody is answerable for it.
    System(SystemWrite),
}

impl Written {
    /// What a test of the store writes beside the use cases.
    pub const SAMPLE: Self = Self::System(SystemWrite::Sample);
}

/// The writes that stand in no audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemWrite {
    /// When a token or session was used last.
    LastUse,
    /// How often something was tried.
    Attempts,
    /// A job's lease or its end, or one that a timer puts into the outbox.
    Outbox,
    /// What a device is asked to sign for, and that it answered.
    PasskeyRound,
    /// That a second factor was shown for what is begun only, and is used up.
    Factor,
    /// That somebody who is signed in was shown by the provider of identities to be the person.
    Proof,
    /// The code of a letter that is about to be sent.
    LetterCode,
    /// That an address is forgotten whose letter was sent.
    Address,
    /// What a round of signing records.
    SignRound,
    /// Leaves of what is older than the log.
    Backfill,
    /// What a sweep marks or removes, and what keeps blobs from it.
    Sweep,
    /// Which deliveries of webhooks are due, and how they went.
    Delivery,
    /// That a domain was looked at, and whether its record was there.
    DomainLook,
    /// How far a recheck has come, what stands with what it looked at as it stood there, and which server begins the next.
    Recheck,
    /// Which key seals what accounts keep secret, at the first start.
    AccountsKey,
    /// The key that licences are signed with, at the first start.
    LicenceKey,
    /// Which page was opened to pay on.
    Checkout,
    /// Rows that a test of the store writes beside the use cases.
    Sample,
}

/// Lookups of the audit log.
#[async_trait]
pub trait AuditReader: Send {
    /// Entries after number `after` in order, at most `limit`.
    async fn audit_after(&mut self, filter: &AuditFilter, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError>;

    /// The last entry.
    async fn audit_head(&mut self) -> Result<AuditHead, StoreError>;
}

/// Appends to the audit log.
pub trait AuditWriter: Send {
    /// Tells something. It is written as the transaction commits, under the last lock that it takes: so no order of locks is given for it.
    fn tell(&mut self, entry: NewEntry);
}
