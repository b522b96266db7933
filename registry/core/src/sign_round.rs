//! A round of signing: all leaves that the log does not hold yet become tiles, one checkpoint and one set of repository
//! metadata.
//!
//! ```text
//! tiles → checkpoint recorded → cosigned → checkpoint published
//!       → index files, shards → control files → bins → snapshot → timestamp recorded → timestamp published
//! ```
//!
//! Where witnesses must be asked, documents that are due and control files come before that as well: whoever does not answer holds up
//! what is new and nothing else.
//!
//! What is mutable for clients, checkpoint and timestamp, is recorded in the database before it is published, under the
//! lease of the rounds. So a round that broke off anywhere is run again: tiles and documents are written once more under
//! names that nothing points at, a checkpoint that was recorded is extended and never replaced, and storage that holds
//! something newer than the database shows that the database was set back. Then nothing is signed: it would be a second
//! history.

pub(crate) mod advisories;
mod control;
mod cosign;
mod error;
pub(crate) mod index;
mod late;
mod lease;
mod log;
mod metadata;
mod needed;
mod news;
pub(crate) mod present;
mod stored;

use std::sync::Arc;

use adx_signing::log::LogPolicy;
use adx_signing::log::policy::PolicyError;
use adx_signing::tuf::{Lifetimes, Signer, TopRole};
use time::OffsetDateTime;

use crate::Ports;
use crate::ceremony::Ceremony;
use crate::leaf::append;
use crate::ports::{StoreError, Witnesses};
use crate::ports::{SystemWrite, Written};

pub use error::SignRoundError;
use late::LateWrites;
pub use lease::LEASE;
use lease::Lease;
use metadata::CeremonyToSign;
pub(crate) use needed::{Needed, needed};
use present::Present;

/// Most leaves that one round takes. More wait for the next, so that a round's memory and time are bounded.
const MAX_LEAVES: u32 = 4_096;
/// Blobs written or read at once.
const IN_FLIGHT: usize = 16;
/// Blobs written before the lease is looked at again.
const BETWEEN_LOOKS: usize = 64;

/// What rounds are made with.
struct Context {
    ports: Ports,
    ceremony: Arc<Ceremony>,
    policy: LogPolicy,
    witnesses: Arc<dyn Witnesses>,
    lifetimes: Lifetimes,
}

impl Context {
    fn signer(&self) -> Signer<'_> {
        Signer { keys: self.ceremony.keys.roles(), bins: self.ceremony.bins, lifetimes: self.lifetimes }
    }
}

/// Signs rounds, one after the other. Each server has one; the lease lets one of them sign.
pub struct RoundSigner {
    context: Arc<Context>,
    lease: Option<Lease>,
    present: Option<Present>,
    late: LateWrites,
}

/// How a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundEnd {
    /// Another server has the lease.
    Elsewhere,
    /// Everything that was due is published.
    Signed(RoundReport),
}

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundReport {
    /// Leaves that are new in the metadata.
    pub leaves: u64,
    /// Whether there is more to be signed at once.
    pub more: bool,
    /// When a document is to be signed again, though nothing may have happened.
    pub due: OffsetDateTime,
}

impl RoundSigner {
    /// Signs what the ceremony lets it sign.
    ///
    /// # Errors
    /// [`PolicyError::Policy`] for witnesses that cannot meet their quorum.
    pub fn new(
        ports: Ports,
        ceremony: Arc<Ceremony>,
        witnesses: Arc<dyn Witnesses>,
        lifetimes: Lifetimes,
    ) -> Result<Self, PolicyError> {
        let policy = ceremony.log_policy()?;
        let context = Arc::new(Context { ports, ceremony, policy, witnesses, lifetimes });
        Ok(Self { context, lease: None, present: None, late: LateWrites::default() })
    }

    /// Signs and publishes what is due: leaves that wait, documents that expire, whatever a round before left unfinished.
    ///
    /// # Errors
    /// [`SignRoundError`]; what was published until then holds together, and the next round goes on.
    #[tracing::instrument(name = "sign.round", level = "debug", skip_all)]
    pub async fn round(&mut self) -> Result<RoundEnd, SignRoundError> {
        let end = self.attempt().await;
        if end.is_err() {
            // What the attempt left behind is read anew.
            self.present = None;
            self.late.may_come(self.context.ports.now());
        }
        if matches!(end, Err(SignRoundError::LeaseLost)) {
            self.lease = None;
        }
        end
    }

    /// Lets another server sign at once.
    ///
    /// # Errors
    /// [`StoreError`]; the lease ends by itself then.
    pub async fn resign(&mut self) -> Result<(), StoreError> {
        self.present = None;
        match self.lease.take() {
            Some(lease) => lease.end(&self.context.ports).await,
            None => Ok(()),
        }
    }

    async fn attempt(&mut self) -> Result<RoundEnd, SignRoundError> {
        let context = Arc::clone(&self.context);
        if let Some(lease) = &mut self.lease {
            match lease.hold(&context.ports).await {
                // While this server waited, another took over.
                Err(SignRoundError::LeaseLost) => self.lease = None,
                held => held?,
            }
        }
        if self.lease.is_none() {
            self.present = None;
            self.lease = Lease::claim(&context.ports).await?;
            self.late.may_come(context.ports.now());
        }
        let Some(lease) = &mut self.lease else { return Ok(RoundEnd::Elsewhere) };
        let present = match &mut self.present {
            Some(present) if !present.is_old(context.ports.now()) => present,
            slot => {
                log_roots(&context).await?;
                let cached = slot.take();
                let present = slot.insert(Present::read(&context, cached).await?);
                self.late.mend(&context, lease, present.leaves).await?;
                present
            }
        };
        metadata::check_targets(&context, present)?;
        let before = present.leaves;
        let mut more = log::extend(&context, lease, present).await?;
        // Witnesses that do not cosign, or do not answer, hold up what is new, and not what keeps the rest fresh nor the kill list.
        // Another ceremony may name other witnesses, and is told of once they have cosigned.
        if log::waits_for_witnesses(&context, present) && !metadata::is_other_ceremony(&context, present) {
            more |= metadata::sign(&context, lease, present, &mut self.late, CeremonyToSign::Installed).await?;
        }
        let published = match log::publish(&context, lease, present).await {
            Err(error @ (SignRoundError::Quorum { .. } | SignRoundError::WitnessAhead { .. })) => Err(error),
            other => Ok(other?),
        };
        // A policy under which nothing that is served holds has agents refuse everything: where it is all that the ceremony changed, it
        // is told of once its witnesses have cosigned, and what is published is kept fresh until then.
        let ceremony = if published.is_err() && metadata::changes_only_the_policy(&context, present).await? {
            CeremonyToSign::Published
        } else {
            CeremonyToSign::Installed
        };
        more |= metadata::sign(&context, lease, present, &mut self.late, ceremony).await?;
        published?;
        let report = RoundReport { leaves: present.leaves - before, more, due: present.due(&context) };
        Ok(RoundEnd::Signed(report))
    }
}

/// Appends a leaf for each root that has none: a ceremony was held.
async fn log_roots(context: &Context) -> Result<(), SignRoundError> {
    use adx_signing::Digest;
    use adx_signing::log::Event;
    use adx_signing::log::leaf::RootPublished;

    let installed = context.ceremony.roots.keys().next_back().copied().unwrap_or(0);
    let logged = context.ports.store.read().await?.signing().await?.logged_root;
    if logged > installed {
        return Err(SignRoundError::CeremonyBehind { role: TopRole::Root.as_str(), installed, published: logged });
    }
    if logged == installed {
        return Ok(());
    }
    let now = context.ports.now();
    let mut transaction = context.ports.store.begin().await?;
    transaction.lock_leaves().await?;
    let logged = transaction.signing().await?.logged_root;
    for (version, file) in context.ceremony.roots.range(logged + 1..) {
        let event = Event::RootPublished(RootPublished { sha256: Digest::of(file), version: *version });
        append(&mut *transaction, now, event).await?;
    }
    transaction.note_logged_root(installed.max(logged)).await?;
    transaction.commit(Written::System(SystemWrite::SignRound)).await?;
    Ok(())
}
