//! Looking at appeals: operators at all of them, a publisher at its own.

use adx_signing::name::Namespace;

use super::{Appeal, AppealError, AppealState};
use crate::actor::Actor;
use crate::members::Right;
use crate::operator_scope::OperatorScope;
use crate::ports::StoreError;
use crate::{Id, Ports, page};

/// Most appeals of one page.
pub const MAX_APPEALS: u32 = 100;

/// Some appeals, and after which the next come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appeals {
    /// For operators in the order they were opened, for whoever appealed the last one first.
    pub appeals: Vec<Appeal>,
    /// Where to go on, if there are more.
    pub next: Option<Id<Appeal>>,
}

/// The appeals of a state after `after`, at most [`MAX_APPEALS`], for operators.
///
/// # Errors
/// [`AppealError`]
pub async fn appeals(
    ports: &Ports,
    actor: &Actor,
    state: AppealState,
    after: Option<Id<Appeal>>,
) -> Result<Appeals, AppealError> {
    actor.operator_sees(OperatorScope::Moderate)?;
    Ok(appeals_on_the_machine(ports, state, after).await?)
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`StoreError`]
pub async fn appeals_on_the_machine(
    ports: &Ports,
    state: AppealState,
    after: Option<Id<Appeal>>,
) -> Result<Appeals, StoreError> {
    let mut appeals = ports.store.read().await?.appeals_after(state, after, MAX_APPEALS + 1).await?;
    let next = page::cut(&mut appeals, MAX_APPEALS, |last| last.id);
    Ok(Appeals { appeals, next })
}

/// The appeals of a namespace, the last one first, those before `before`, at most [`MAX_APPEALS`]: for its publisher,
/// those of its members who see what is not public, and operators.
///
/// # Errors
/// [`AppealError`]
pub async fn appeals_of(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    before: Option<Id<Appeal>>,
) -> Result<Appeals, AppealError> {
    actor.may_see(namespace, Right::SeeSubmissions)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| AppealError::NoPublisher(namespace.clone()))?;
    let mut appeals = reader.appeals_of(publisher.id, before, MAX_APPEALS + 1).await?;
    let next = page::cut(&mut appeals, MAX_APPEALS, |last| last.id);
    Ok(Appeals { appeals, next })
}
