//! Another role for a member: by an owner alone, unless it makes or unmakes an owner, which owners decide together.

use adx_signing::name::Namespace;
use serde_json::json;

use super::{Member, MemberError, Role, end, seat};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::owners::{can_add_owner, can_remove, note_owners};
use crate::ports::{StoreError, Transaction, Written};
use crate::publisher::Publisher;
use crate::{Id, Ports};

/// Gives a member another role, neither of which is owner. The tokens that the member made count no more.
///
/// # Errors
/// [`MemberError`]; nothing has changed then.
#[tracing::instrument(name = "member.change_role", skip_all, fields(%namespace, %member, %role))]
pub async fn change_role(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    member: Id<Member>,
    role: Role,
) -> Result<Member, MemberError> {
    actor.owner_of(namespace)?;
    let mut transaction = ports.store.begin().await?;
    let changed = change(ports, &mut *transaction, actor, namespace, member, role).await;
    end(transaction, Written::ToldIfChanged, changed).await
}

async fn change(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    id: Id<Member>,
    role: Role,
) -> Result<Member, MemberError> {
    let (publisher, members) = seat(transaction, actor, namespace).await?;
    let member = members.iter().find(|member| member.id == id && member.is_accepted());
    let member = member.ok_or(MemberError::Unknown(id))?;
    if role == Role::Owner || member.role == Role::Owner {
        return Err(MemberError::OwnersDecide(publisher.namespace));
    }
    Ok(set_role(ports, transaction, &publisher, member, role).await?)
}

/// Whether a member can be given a role, which may make or unmake an owner.
pub(crate) fn can_change_role(
    members: &[Member],
    threshold: Option<u32>,
    id: Id<Member>,
    role: Role,
) -> Result<&Member, MemberError> {
    let member = members.iter().find(|member| member.id == id && member.is_accepted());
    let member = member.ok_or(MemberError::Unknown(id))?;
    if role == member.role {
        return Ok(member);
    }
    if role == Role::Owner {
        can_add_owner(members)?;
    } else {
        if member.account.is_none() {
            return Err(MemberError::NeedsAccount(role));
        }
        if member.role == Role::Owner {
            can_remove(members, threshold, id)?;
        }
    }
    Ok(member)
}

/// Writes that a member has another role. The leaves are locked.
pub(crate) async fn set_role(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    member: &Member,
    role: Role,
) -> Result<Member, StoreError> {
    let changed = Member { role, ..member.clone() };
    if changed.role == member.role {
        return Ok(changed);
    }
    transaction.update_member(&changed).await?;
    let deed = Deed::new(Act::MemberRole).of(publisher).id(member.id);
    deed.with(json!({ "before": member.role, "role": role })).tell(ports, transaction);
    // Those of the role before: some may do what the member may no more.
    transaction.revoke_owner_tokens(member.id, ports.now()).await?;
    transaction.revoke_tokens_made_by(member.id, ports.now()).await?;
    if member.is_owner() || changed.is_owner() {
        note_owners(ports, transaction, publisher).await?;
    }
    Ok(changed)
}
