//! Whose hooks somebody may see and change.

use adx_signing::name::Namespace;

use super::{Webhook, WebhookError};
use crate::Id;
use crate::actor::{Actor, Denied};
use crate::operator_scope::OperatorScope;
use crate::ports::{Reader, Transaction};
use crate::publisher::Publisher;

/// What is wanted of hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// To see them, and what they were sent.
    Look,
    /// Anything else.
    Change,
}

impl Wanted {
    /// Whether an operator asks who may do it with the operators' own hooks.
    fn of_operators(self, actor: &Actor) -> Result<(), Denied> {
        match self {
            Self::Look => actor.operator_sees(OperatorScope::Webhooks),
            Self::Change => actor.operator(OperatorScope::Webhooks),
        }
    }
}

/// Refuses whoever has no hooks at all: neither an owner nor an operator.
///
/// # Errors
/// [`Denied`]
pub fn may_have_any(actor: &Actor, wanted: Wanted) -> Result<(), Denied> {
    match actor {
        Actor::Owner { .. } => Ok(()),
        Actor::Person { memberships, .. } if memberships.iter().any(|of| of.member.is_owner()) => Ok(()),
        _ => wanted.of_operators(actor),
    }
}

/// The publisher of a namespace, whose owner asks; none for the operators' own.
pub(super) async fn publisher_of(
    reader: &mut dyn Reader,
    actor: &Actor,
    namespace: Option<&Namespace>,
    wanted: Wanted,
) -> Result<Option<Publisher>, WebhookError> {
    let Some(namespace) = namespace else {
        wanted.of_operators(actor)?;
        return Ok(None);
    };
    actor.owner_of(namespace)?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    publisher.map(Some).ok_or_else(|| WebhookError::NoPublisher(namespace.clone()))
}

/// Refuses whoever owns the publisher no more since it asked. The leaves are locked from then on, under which owners change.
pub(super) async fn refuse_former(
    transaction: &mut dyn Transaction,
    actor: &Actor,
    publisher: Option<&Publisher>,
) -> Result<(), WebhookError> {
    let Some(publisher) = publisher else { return Ok(()) };
    let (owner, _) = actor.owner_of(&publisher.namespace)?;
    transaction.lock_leaves().await?;
    let still = transaction.member(owner.id).await?.is_some_and(|owner| owner.is_owner());
    if still { Ok(()) } else { Err(Denied::OwnerOnly.into()) }
}

/// A hook of whoever asks, and whose it is.
pub(super) async fn hook_of(
    reader: &mut dyn Reader,
    actor: &Actor,
    id: Id<Webhook>,
    wanted: Wanted,
) -> Result<(Webhook, Option<Publisher>), WebhookError> {
    may_have_any(actor, wanted)?;
    let hook = reader.webhook(id).await?.ok_or(WebhookError::NotFound)?;
    let publisher = match hook.publisher {
        Some(publisher) => Some(reader.publisher(publisher).await?.ok_or(WebhookError::NotFound)?),
        None => None,
    };
    let namespace = publisher.as_ref().map(|publisher| &publisher.namespace);
    match namespace {
        Some(namespace) => actor.owner_of(namespace).map(drop),
        None => wanted.of_operators(actor),
    }
    .map_err(|_| WebhookError::NotFound)?;
    Ok((hook, publisher))
}
