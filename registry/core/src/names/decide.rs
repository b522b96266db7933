//! An operator's word on a name that was held.

use serde_json::json;
use thiserror::Error;

use super::{Decision, HeldName, HeldState, NewName};
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::job::{NewJob, Notice, Task};
use crate::operator_scope::OperatorScope;
use crate::ports::{StoreError, Transaction, Written};
use crate::proposals::notify_owners;
use crate::reason::Reason;
use crate::refuse_own::{Matter, refuse_own};
use crate::{Id, Ports};

/// What an operator says of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Who asked for it may take it.
    Allow,
    /// Nobody may, for a reason that whoever asks is told.
    Refuse(Reason),
}

/// Why nothing was decided.
#[derive(Debug, Error)]
pub enum DecideNameError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No name of that identifier was held.
    #[error("there is no such held name")]
    Unknown,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Allows a held name, or refuses it, as an operator's request. What was decided before can be decided otherwise; it changes
/// nothing for a name that was taken meanwhile.
///
/// # Errors
/// [`DecideNameError`]; nothing has changed then.
#[tracing::instrument(name = "name.decide", skip_all, fields(name = %id, allow = verdict == Verdict::Allow))]
pub async fn decide_name(
    ports: &Ports,
    actor: &Actor,
    id: Id<HeldName>,
    verdict: Verdict,
) -> Result<HeldName, DecideNameError> {
    actor.operator(OperatorScope::Names)?;
    refuse_own(ports, actor, Matter::Name(id)).await??;
    let by = match actor {
        Actor::Operator { token } => format!("token:{}", token.id),
        Actor::Person { account, .. } => format!("account:{}", account.id),
        Actor::Publisher { .. } | Actor::Owner { .. } | Actor::Anonymous => return Err(Denied::OperatorOnly.into()),
    };
    decide(ports, by, id, verdict).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`DecideNameError`]; nothing has changed then.
pub async fn decide_name_on_the_machine(
    ports: &Ports,
    id: Id<HeldName>,
    verdict: Verdict,
) -> Result<HeldName, DecideNameError> {
    decide(ports, "machine".to_owned(), id, verdict).await
}

async fn decide(ports: &Ports, by: String, id: Id<HeldName>, verdict: Verdict) -> Result<HeldName, DecideNameError> {
    let mut transaction = ports.store.begin().await?;
    let decided = decide_within(ports, &mut *transaction, &by, id, &verdict).await;
    match decided {
        Ok(_) => transaction.commit(Written::ToldIfChanged).await?,
        Err(_) => transaction.rollback().await?,
    }
    decided
}

/// In a transaction that may do more.
pub(crate) async fn decide_within(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    by: &str,
    id: Id<HeldName>,
    verdict: &Verdict,
) -> Result<HeldName, DecideNameError> {
    let (state, reason) = match verdict {
        Verdict::Allow => (HeldState::Allowed, None),
        Verdict::Refuse(reason) => (HeldState::Refused, Some(reason.to_string())),
    };
    let before = transaction.lock_held_name(id).await?.ok_or(DecideNameError::Unknown)?;
    if (before.state, &before.reason) == (state, &reason) {
        return Ok(before);
    }
    let decided = Some(Decision { by: by.to_owned(), at: ports.now() });
    let name = HeldName { state, decided, reason, ..before };
    transaction.decide_held_name(&name).await?;
    tell(ports, transaction, &name).await?;
    let act = if name.state == HeldState::Allowed { Act::NameAllow } else { Act::NameRefuse };
    of_name(act, &name).tell(ports, transaction);
    tracing::info!(name = %name.name, state = state.as_str(), "decided on a name");
    Ok(name)
}

/// What the audit log is told of a name that was held.
pub(super) fn of_name(act: Act, held: &HeldName) -> Deed {
    let deed = Deed::new(act).id(held.id);
    let deed = match (&held.name, held.publisher) {
        (NewName::Module(module), Some(publisher)) => deed.module(publisher, module),
        (NewName::Module(module), None) => deed.namespace(&module.namespace),
        (NewName::Namespace(namespace), _) => deed.namespace(namespace),
    };
    deed.with(json!({ "resembles": held.resembles.to_string(), "likeness": held.likeness.as_str() }))
}

/// Tells the owners of the namespace that a module's name is for, and of a namespace the person who asked for it.
async fn tell(ports: &Ports, transaction: &mut dyn Transaction, name: &HeldName) -> Result<(), StoreError> {
    let allowed = name.state == HeldState::Allowed;
    let publisher = match (&name.name, name.publisher) {
        (NewName::Module(_), Some(publisher)) => transaction.publisher(publisher).await?,
        (NewName::Module(_), None) => None,
        (NewName::Namespace(_), _) => {
            let now = ports.now();
            if transaction.asker_of(name.id).await?.is_some() {
                let task = Task::TellAsker { name: name.id, allowed };
                transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
            }
            None
        }
    };
    let Some(publisher) = publisher else { return Ok(()) };
    notify_owners(ports, transaction, &publisher, Notice::NameDecided { name: name.id, allowed }).await
}
