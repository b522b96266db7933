//! An owner alone invites whoever is to be no owner.

use adx_signing::name::Namespace;
use serde_json::json;

use super::{MAX_MEMBERS, Member, MemberError, MemberState, Role, end, seat};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::job::{NewJob, Task};
use crate::owner::OwnerName;
use crate::ports::{Address, Transaction, Written};
use crate::publisher::PublisherKind;
use crate::{Id, Ports};

/// Invites somebody with a role other than owner. Whoever is invited already gets another code, and the one before is void.
///
/// # Errors
/// [`MemberError`]; nothing has changed then.
#[tracing::instrument(name = "member.invite", skip_all, fields(%namespace, %role))]
pub async fn invite_member(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    role: Role,
    name: OwnerName,
    email: Address,
) -> Result<Member, MemberError> {
    actor.owner_of(namespace)?;
    if role == Role::Owner {
        return Err(MemberError::OwnersDecide(namespace.clone()));
    }
    let mut transaction = ports.store.begin().await?;
    let invited = invite(ports, &mut *transaction, actor, namespace, (role, name, email)).await;
    end(transaction, Written::Told, invited).await
}

async fn invite(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    (role, name, email): (Role, OwnerName, Address),
) -> Result<Member, MemberError> {
    let (publisher, members) = seat(transaction, actor, namespace).await?;
    if publisher.kind == PublisherKind::Person {
        return Err(MemberError::IsPersons(publisher.namespace));
    }
    let now = ports.now();
    let member = match members.iter().find(|member| member.has_address(&email)) {
        Some(known) if known.is_accepted() => {
            return Err(MemberError::IsMember { namespace: publisher.namespace, role: known.role });
        }
        Some(known) if known.role == Role::Owner => return Err(MemberError::IsInvitedAsOwner),
        Some(known) => {
            let member = Member { role, name, ..known.clone() };
            transaction.update_member(&member).await?;
            transaction.set_invitation(member.id, None).await?;
            member
        }
        None => {
            if members.iter().filter(|member| member.state != MemberState::Removed).count() >= MAX_MEMBERS {
                return Err(MemberError::TooMany);
            }
            let member = Member {
                id: Id::new(now, &*ports.entropy),
                publisher: publisher.id,
                role,
                account: None,
                name,
                email: Some(email),
                state: MemberState::Invited,
                created_at: now,
                accepted_at: None,
            };
            transaction.insert_member(&member).await?;
            member
        }
    };
    let deed = Deed::new(Act::MemberInvite).of(&publisher).id(member.id);
    deed.with(json!({ "role": role })).tell(ports, transaction);
    let task = Task::SendInvitation { owner: member.id };
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
    Ok(member)
}
