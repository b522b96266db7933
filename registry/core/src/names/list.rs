//! The names that were held: all of them for operators, its own for a namespace.

use adx_signing::name::Namespace;
use thiserror::Error;

use super::{HeldName, HeldState};
use crate::actor::{Actor, Denied};
use crate::members::Right;
use crate::operator_scope::OperatorScope;
use crate::ports::StoreError;
use crate::{Id, Ports, page};

/// Most names of one page.
pub const MAX_HELD_NAMES: u32 = 100;

/// Some names, and after which the next come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldNames {
    /// For operators in the order they were asked for, for a publisher the last one first.
    pub names: Vec<HeldName>,
    /// Where to go on, if there are more.
    pub next: Option<Id<HeldName>>,
}

/// Why no names are told.
#[derive(Debug, Error)]
pub enum ListNamesError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The namespace has no publisher.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The names of a state after `after`, at most [`MAX_HELD_NAMES`], for operators.
///
/// # Errors
/// [`ListNamesError`]
pub async fn held_names(
    ports: &Ports,
    actor: &Actor,
    state: HeldState,
    after: Option<Id<HeldName>>,
) -> Result<HeldNames, ListNamesError> {
    actor.operator_sees(OperatorScope::Names)?;
    Ok(held_names_on_the_machine(ports, state, after).await?)
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`StoreError`]
pub async fn held_names_on_the_machine(
    ports: &Ports,
    state: HeldState,
    after: Option<Id<HeldName>>,
) -> Result<HeldNames, StoreError> {
    let mut names = ports.store.read().await?.held_names(state, after, MAX_HELD_NAMES + 1).await?;
    let next = page::cut(&mut names, MAX_HELD_NAMES, |last| last.id);
    Ok(HeldNames { names, next })
}

/// The names of a namespace's modules that were held, the last one first, those before `before`, at most [`MAX_HELD_NAMES`]: for its
/// publisher, its owners and operators.
///
/// # Errors
/// [`ListNamesError`]
pub async fn held_names_of(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    before: Option<Id<HeldName>>,
) -> Result<HeldNames, ListNamesError> {
    actor.may_see(namespace, Right::SeeSubmissions)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| ListNamesError::NoPublisher(namespace.clone()))?;
    let mut names = reader.held_names_of(publisher.id, before, MAX_HELD_NAMES + 1).await?;
    let next = page::cut(&mut names, MAX_HELD_NAMES, |last| last.id);
    Ok(HeldNames { names, next })
}
