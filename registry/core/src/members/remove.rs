//! Leaving, and being removed by an owner. Who is an owner leaves alone, and is removed by the owners together.

use adx_signing::name::Namespace;

use super::{Member, MemberError, MemberState, Role, end, seat};
use crate::actor::{Actor, Denied};
use crate::job::Notice;
use crate::ports::{Transaction, Written};
use crate::{Id, Ports, owners, proposals};

/// Removes a member that is no owner, or whoever asks. The tokens that it made count no more.
///
/// # Errors
/// [`MemberError`]; nothing has changed then.
#[tracing::instrument(name = "member.remove", skip_all, fields(%namespace, %member))]
pub async fn remove_member(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    member: Id<Member>,
) -> Result<(), MemberError> {
    let leaves = own_id(actor, namespace) == Some(member);
    if !leaves {
        actor.owner_of(namespace)?;
    }
    let mut transaction = ports.store.begin().await?;
    let removed = if leaves {
        leave(ports, &mut *transaction, actor, namespace, member).await
    } else {
        remove(ports, &mut *transaction, actor, namespace, member).await
    };
    end(transaction, Written::Told, removed).await?;
    ports.progress.logged();
    Ok(())
}

/// As whom whoever asks is a member.
fn own_id(actor: &Actor, namespace: &Namespace) -> Option<Id<Member>> {
    match actor {
        Actor::Owner { owner, publisher, .. } => {
            (publisher.namespace.canonical() == namespace.canonical()).then_some(owner.id)
        }
        Actor::Person { memberships, .. } => memberships
            .iter()
            .find(|membership| membership.publisher.namespace.canonical() == namespace.canonical())
            .map(|membership| membership.member.id),
        Actor::Anonymous | Actor::Publisher { .. } | Actor::Operator { .. } => None,
    }
}

async fn leave(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    id: Id<Member>,
) -> Result<(), MemberError> {
    transaction.lock_leaves().await?;
    if let Actor::Person { session, .. } = actor
        && transaction.session_by_hash(&session.hash).await?.is_none()
    {
        return Err(Denied::Unauthenticated.into());
    }
    let publisher = transaction.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| MemberError::NoPublisher(namespace.clone()))?;
    let members = transaction.members_of(publisher.id).await?;
    let member = members.iter().find(|member| member.id == id && member.is_accepted());
    let member = member.ok_or(MemberError::Unknown(id))?;
    if member.is_owner() {
        let threshold = transaction.owner_threshold(publisher.id).await?;
        owners::can_remove(&members, threshold, id)?;
    }
    owners::remove(ports, transaction, &publisher, member).await?;
    if member.is_owner() {
        // The others decide with one less from now on.
        let notice = Notice::OwnerLeft { owner: member.id };
        proposals::notify_owners(ports, transaction, &publisher, notice).await?;
    }
    Ok(())
}

async fn remove(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    id: Id<Member>,
) -> Result<(), MemberError> {
    let (publisher, members) = seat(transaction, actor, namespace).await?;
    let member = members.iter().find(|member| member.id == id && member.state != MemberState::Removed);
    let member = member.ok_or(MemberError::Unknown(id))?;
    if member.role == Role::Owner {
        return Err(MemberError::OwnersDecide(publisher.namespace));
    }
    Ok(owners::remove(ports, transaction, &publisher, member).await?)
}
