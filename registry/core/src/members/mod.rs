//! Who the people of a publisher are, and what each may. Those whose role is owner are the owners of
//! [`owners`](crate::owners) and decide by [`proposals`](crate::proposals).

mod accept;
mod change_role;
mod connect;
mod erase;
mod invite;
mod list;
mod look;
mod member;
mod organisation;
mod remove;
mod rename;
mod right;

use adx_signing::name::Namespace;
use thiserror::Error;

use crate::Id;
use crate::account::{Account, Session};
use crate::actor::{Actor, Denied};
use crate::owners::OwnerError;
use crate::ports::{StoreError, Transaction, Written};
use crate::publisher::Publisher;

pub use accept::{AcceptedInvitation, Invitation, accept_with_account};
pub use change_role::change_role;
pub(crate) use change_role::{can_change_role, set_role};
pub use connect::connect_owner;
pub(crate) use erase::leave_all;
pub use invite::invite_member;
pub use list::{MemberList, MyPublishers, WaitingInvitation, list_members, my_publishers};
pub use look::look_at_invitation;
pub(crate) use look::owners;
pub use member::{By, Member, MemberState, Membership};
pub use organisation::turn_into_organisation;
pub use remove::remove_member;
pub use rename::{change_display_name, change_display_name_on_the_machine};
pub use right::{Right, Role};

/// Most members of one publisher, the invited ones too.
pub const MAX_MEMBERS: usize = 100;

/// Why the members stay as they are.
#[derive(Debug, Error)]
pub enum MemberError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody owns the namespace.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// The publisher has no such member, or none that has accepted.
    #[error("there is no member {0}")]
    Unknown(Id<Member>),
    /// Who is an owner is decided by the owners.
    #[error("who is an owner of `{0}` is decided by its owners together")]
    OwnersDecide(Namespace),
    /// Somebody with that address, or the account, is a member already.
    #[error("a member of `{namespace}` is this one already, with the role {role}")]
    IsMember {
        /// The namespace.
        namespace: Namespace,
        /// With which role.
        role: Role,
    },
    /// The owners invited that address to be one of them.
    #[error("this address is invited to be an owner")]
    IsInvitedAsOwner,
    /// Another account is connected to the owner.
    #[error("this owner is connected to another account")]
    IsConnected,
    /// The text is no token of an owner that counts.
    #[error("this is no token of an owner, or one that counts no more")]
    NoOwnerToken,
    /// Only an owner can do without an account.
    #[error("a member needs an account for the role {0}")]
    NeedsAccount(Role),
    /// A person's publisher has that person only.
    #[error("`{0}` is a person's: nobody else is a member")]
    IsPersons(Namespace),
    /// The publisher has enough.
    #[error("a publisher has at most {MAX_MEMBERS} members, the invited ones included")]
    TooMany,
    /// No invitation has this code, or none has it any more.
    #[error("the invitation is none, or was used, replaced or has expired")]
    BadCode,
    /// What owners may do, and not.
    #[error(transparent)]
    Owners(#[from] OwnerError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Locks the leaves, under which members change, and refuses whoever is an owner no more.
pub(crate) async fn seat(
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
) -> Result<(Publisher, Vec<Member>), MemberError> {
    let (owner, publisher) = actor.owner_of(namespace)?;
    transaction.lock_leaves().await?;
    let publisher = transaction.publisher(publisher.id).await?;
    let publisher = publisher.ok_or_else(|| MemberError::NoPublisher(namespace.clone()))?;
    let members = transaction.members_of(publisher.id).await?;
    if !members.iter().any(|member| member.id == owner.id && member.is_owner()) {
        return Err(Denied::OwnerOnly.into());
    }
    Ok((publisher, members))
}

/// Locks the leaves, and gives the account of whoever asks as it is, if the session has not ended.
pub(crate) async fn signed_in(transaction: &mut dyn Transaction, actor: &Actor) -> Result<Account, MemberError> {
    let (account, session): (&Account, &Session) = actor.person()?;
    transaction.lock_leaves().await?;
    let has_ended = transaction.session_by_hash(&session.hash).await?.is_none();
    let account = transaction.account(account.id).await?.filter(|account| account.is_active() && !has_ended);
    Ok(account.ok_or(Denied::Unauthenticated)?)
}

/// As whom an account is a member among those of a publisher.
fn live(members: &[Member], account: Id<Account>) -> Option<&Member> {
    members.iter().find(|member| member.account == Some(account) && member.state != MemberState::Removed)
}

/// Commits what was changed, which must be told to the audit log or not, and nothing of what was refused.
async fn end<T, E: From<StoreError>>(
    transaction: Box<dyn Transaction>,
    written: Written,
    changed: Result<T, E>,
) -> Result<T, E> {
    match changed {
        Ok(changed) => {
            transaction.commit(written).await?;
            Ok(changed)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}
