//! Who holds a namespace: an operator invites the first ones, on the registry's machine if the namespace has keys; from then on
//! only they decide who else does.

mod accept;
mod invite;
mod list;
mod remove;

use adx_signing::name::Namespace;
use thiserror::Error;
use time::Duration;

use crate::Id;
use crate::actor::Denied;
use crate::members::{Member, Role};
use crate::ports::StoreError;

pub(crate) use accept::MAX_CODE_BYTES;
pub use accept::{Accepted, accept_invitation};
pub(crate) use invite::{can_add_owner, can_invite, invite, send_invitation};
pub use invite::{invite_owner, invite_owner_on_the_machine};
pub use list::{OwnerList, list_owners};
pub(crate) use remove::{adopt_tokens, can_remove, can_set_threshold, note_owners, remove};

/// Most owners of one publisher, the invited ones too: each of them gets every notice.
pub const MAX_OWNERS: usize = 16;
/// How long an invitation is good.
pub const INVITATION_EXPIRES: Duration = Duration::days(7);

/// Why the owners stay as they are.
#[derive(Debug, Error)]
pub enum OwnerError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody owns the namespace.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// An operator invites the first owners only.
    #[error("`{0}` has owners: they alone decide who else is one")]
    HasOwners(Namespace),
    /// A token must not be enough to give away a namespace that somebody's key holds.
    #[error("`{0}` has keys: its first owners are invited on the registry's machine only")]
    HasKeys(Namespace),
    /// Somebody with that address is an owner.
    #[error("an owner has this address already")]
    IsOwner,
    /// Somebody with that address has another role.
    #[error("a member has this address already, with the role {0}")]
    IsMember(Role),
    /// Only owners can do with a token.
    #[error("whoever is invited with the role {0} accepts with an account")]
    NeedsAccount(Role),
    /// The publisher has enough.
    #[error("a publisher has at most {MAX_OWNERS} owners, the invited ones included")]
    TooMany,
    /// No invitation has this code, or none has it any more.
    #[error("the code is not that of an invitation, or of one that was used, replaced or has expired")]
    BadCode,
    /// The publisher has no such owner.
    #[error("there is no owner {0}")]
    Unknown(Id<Member>),
    /// Nobody could decide any more.
    #[error("the last owner stays")]
    Last,
    /// More would have to approve than there are.
    #[error("{threshold} cannot be how many of {owners} owners must approve: 1 to {owners} can")]
    Threshold {
        /// How many must approve.
        threshold: u32,
        /// How many owners there would be.
        owners: usize,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
