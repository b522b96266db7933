//! Turning a rule of releases off without a second owner: operators do it, on the machine that holds the database, where there is none.
//! It is announced to the owners, and done after the days that what owners propose takes as well, unless one of them objects: by turning
//! the rule on again. Where a second owner has come until then, they decide.

use adx_signing::name::Namespace;
use serde_json::json;
use thiserror::Error;
use time::OffsetDateTime;

use super::{LOOSEN_WAIT, PublishingSwitch};
use crate::audit::{Act, Deed};
use crate::job::{LooseningStep, NewJob, Notice, Task};
use crate::ports::{StoreError, Transaction, Written};
use crate::proposals::notify_owners;
use crate::publisher::Publisher;
use crate::reason::Reason;
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// A rule that an operator turns off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loosening {
    /// Whose.
    pub publisher: Id<Publisher>,
    /// Which rule.
    pub switch: PublishingSwitch,
    /// Why, for owners.
    pub reason: String,
    /// When it is done.
    pub effective_at: OffsetDateTime,
}

/// Why an operator turns no rule off, or leaves none on.
#[derive(Debug, Error)]
pub enum LoosenError {
    /// The namespace has no publisher.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// There is nothing to turn off.
    #[error("`{}` is not on", .0.as_str())]
    NotOn(PublishingSwitch),
    /// It is for owners to decide.
    #[error("`{0}` has more than one owner: they decide")]
    OwnersDecide(Namespace),
    /// It is announced.
    #[error("`{rule}` of `{0}` is to be turned off already", rule = .1.as_str())]
    Announced(Namespace, PublishingSwitch),
    /// No operator turns it off.
    #[error("no operator turns `{}` off", .0.as_str())]
    NotAnnounced(PublishingSwitch),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Announces that a rule is turned off, in the place of the second owner whom a publisher does not have. Every owner is told.
///
/// # Errors
/// [`LoosenError`]; nothing has changed then.
pub async fn announce_loosening_on_the_machine(
    ports: &Ports,
    namespace: &Namespace,
    switch: PublishingSwitch,
    reason: &Reason,
) -> Result<Loosening, LoosenError> {
    let mut transaction = ports.store.begin().await?;
    match announce(ports, &mut *transaction, namespace, switch, reason).await {
        Ok(loosening) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(%namespace, switch = switch.as_str(), "an operator turns a rule off");
            Ok(loosening)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

/// Takes back what was announced: the rule stays on. Every owner is told.
///
/// # Errors
/// [`LoosenError`]; nothing has changed then.
pub async fn keep_rule_on_the_machine(
    ports: &Ports,
    namespace: &Namespace,
    switch: PublishingSwitch,
) -> Result<(), LoosenError> {
    let mut transaction = ports.store.begin().await?;
    let kept = async {
        let publisher = known(&mut *transaction, namespace).await?;
        if keep(ports, &mut *transaction, &publisher, switch).await? {
            return Ok(());
        }
        Err(LoosenError::NotAnnounced(switch))
    }
    .await;
    match kept {
        Ok(()) => transaction.commit(Written::Told).await?,
        Err(_) => transaction.rollback().await?,
    }
    kept
}

async fn known(transaction: &mut dyn Transaction, namespace: &Namespace) -> Result<Publisher, LoosenError> {
    transaction.lock_leaves().await?;
    let publisher = transaction.publisher_by_namespace(namespace).await?;
    publisher.ok_or_else(|| LoosenError::NoPublisher(namespace.clone()))
}

async fn announce(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    namespace: &Namespace,
    switch: PublishingSwitch,
    reason: &Reason,
) -> Result<Loosening, LoosenError> {
    let publisher = known(transaction, namespace).await?;
    if !transaction.publishing_rules(publisher.id).await?.has(switch) {
        return Err(LoosenError::NotOn(switch));
    }
    if owners_decide(transaction, &publisher).await? {
        return Err(LoosenError::OwnersDecide(namespace.clone()));
    }
    let announced = transaction.loosenings_of(publisher.id).await?;
    if announced.iter().any(|loosening| loosening.switch == switch) {
        return Err(LoosenError::Announced(namespace.clone(), switch));
    }
    let now = ports.now();
    let effective_at = now + LOOSEN_WAIT;
    let loosening = Loosening { publisher: publisher.id, switch, reason: reason.to_string(), effective_at };
    transaction.insert_loosening(&loosening).await?;
    let task = Task::LoosenPublishing { publisher: publisher.id, switch };
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: effective_at }).await?;
    let deed = Deed::new(Act::PublishingAnnounce).of(&publisher);
    deed.with(json!({ "switch": switch.as_str(), "reason": reason.as_str() })).tell(ports, transaction);
    tell_owners(ports, transaction, &publisher, switch, LooseningStep::Announced).await?;
    Ok(loosening)
}

/// Keeps a rule on that an operator turns off. Whether one does.
pub(super) async fn keep(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    switch: PublishingSwitch,
) -> Result<bool, StoreError> {
    if !transaction.remove_loosening(publisher.id, switch).await? {
        return Ok(false);
    }
    tell_kept(ports, transaction, publisher, switch, LooseningStep::Kept).await?;
    Ok(true)
}

async fn tell_kept(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    switch: PublishingSwitch,
    step: LooseningStep,
) -> Result<(), StoreError> {
    let deed = Deed::new(Act::PublishingKeep).of(publisher);
    deed.with(json!({ "switch": switch.as_str() })).tell(ports, transaction);
    tell_owners(ports, transaction, publisher, switch, step).await
}

/// Whether owners can do it without an operator: one proposes it, another approves.
async fn owners_decide(transaction: &mut dyn Transaction, publisher: &Publisher) -> Result<bool, StoreError> {
    let members = transaction.members_of(publisher.id).await?;
    Ok(members.iter().filter(|member| member.is_owner()).count() > 1)
}

async fn tell_owners(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    switch: PublishingSwitch,
    step: LooseningStep,
) -> Result<(), StoreError> {
    notify_owners(ports, transaction, publisher, Notice::PublishingLoosening { switch, step }).await
}

/// The job that turns a rule off which an operator announced so, unless owners can decide by now. It may be run at any time and by several at once.
#[tracing::instrument(name = "publishing.loosen", skip_all, fields(%publisher, switch = switch.as_str()))]
pub(crate) async fn loosen(ports: &Ports, publisher: Id<Publisher>, switch: PublishingSwitch) -> Result<(), JobError> {
    let mut transaction = ports.store.begin().await?;
    under_lock(ports, &mut *transaction, publisher, switch).await?;
    transaction.commit(Written::ToldIfChanged).await?;
    Ok(())
}

async fn under_lock(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: Id<Publisher>,
    switch: PublishingSwitch,
) -> Result<(), StoreError> {
    transaction.lock_leaves().await?;
    let Some(publisher) = transaction.publisher(publisher).await? else { return Ok(()) };
    let announced = transaction.loosenings_of(publisher.id).await?;
    let Some(loosening) = announced.into_iter().find(|loosening| loosening.switch == switch) else { return Ok(()) };
    let now = ports.now();
    if now < loosening.effective_at {
        // Announced anew meanwhile, or the clock of whoever wrote the job goes before this one's.
        let task = Task::LoosenPublishing { publisher: publisher.id, switch };
        let run_at = loosening.effective_at;
        return transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at }).await;
    }
    transaction.remove_loosening(publisher.id, switch).await?;
    let rules = transaction.publishing_rules(publisher.id).await?;
    if !rules.has(switch) {
        return Ok(());
    }
    if owners_decide(transaction, &publisher).await? {
        // Whoever came since was not told of it.
        return tell_kept(ports, transaction, &publisher, switch, LooseningStep::OwnersDecide).await;
    }
    transaction.set_publishing_rules(publisher.id, rules.with(switch, false)).await?;
    let deed = Deed::new(Act::PublishingLoosen).of(&publisher);
    deed.with(json!({ "switch": switch.as_str(), "by": "operator" })).tell(ports, transaction);
    tell_owners(ports, transaction, &publisher, switch, LooseningStep::Done).await
}
