use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Address, StoreError};
use crate::Id;
use crate::account::Account;
use crate::members::{Member, Membership};
use crate::names::HeldName;
use crate::publisher::{DisplayName, Publisher, PublisherKind};
use crate::token::Token;

/// Lookups of what accounts are members of; members themselves are looked up by [`OwnerReader`](super::OwnerReader).
#[async_trait]
pub trait MemberReader: Send {
    /// Of which publishers the account is a member that has accepted, in the order of their namespaces; none that were deleted.
    async fn memberships_of(&mut self, account: Id<Account>) -> Result<Vec<Membership>, StoreError>;

    /// How many publishers a person has made after `since`, whoever owns them by now; those that were deleted too.
    async fn publishers_made_by(&mut self, account: Id<Account>, since: OffsetDateTime) -> Result<u64, StoreError>;

    /// How many namespaces are held that a person asked for.
    async fn names_held_for(&mut self, account: Id<Account>) -> Result<u64, StoreError>;

    /// Who made a token: nobody for one of a workflow, of the machine, or of before that was noted.
    async fn token_maker(&mut self, token: Id<Token>) -> Result<Option<Member>, StoreError>;

    /// Which person asked for a namespace that is held.
    async fn asker_of(&mut self, name: Id<HeldName>) -> Result<Option<Id<Account>>, StoreError>;

    /// Who is invited at an address, and until when; case does not count. Those that have expired too.
    async fn invitations_to(&mut self, address: &Address) -> Result<Vec<(Member, OffsetDateTime)>, StoreError>;
}

/// Changes of members that follow from accounts, and of what people make. The leaves are locked before, but for held names.
#[async_trait]
pub trait MemberWriter: Send {
    /// Erases what a person was called in every publisher.
    async fn erase_member_names(&mut self, account: Id<Account>) -> Result<(), StoreError>;

    /// Notes which person asked for a namespace that is held.
    async fn note_asker(&mut self, name: Id<HeldName>, account: Id<Account>) -> Result<(), StoreError>;

    /// Says whose a publisher is.
    async fn set_publisher_kind(&mut self, publisher: Id<Publisher>, kind: PublisherKind) -> Result<(), StoreError>;

    /// Says what people read of a publisher.
    async fn set_display_name(&mut self, publisher: Id<Publisher>, name: &DisplayName) -> Result<(), StoreError>;

    /// Notes whose session made a token.
    async fn note_token_maker(&mut self, token: Id<Token>, member: Id<Member>) -> Result<(), StoreError>;

    /// Notes that a token was made by another, and so by whoever made that.
    async fn inherit_token_maker(&mut self, token: Id<Token>, from: Id<Token>) -> Result<(), StoreError>;

    /// Notes a member as who made the tokens of a publisher that nobody is known to have made. Those of workflows stay nobody's.
    async fn adopt_tokens(&mut self, publisher: Id<Publisher>, member: Id<Member>) -> Result<(), StoreError>;

    /// Revokes every token that a member made.
    async fn revoke_tokens_made_by(&mut self, member: Id<Member>, at: OffsetDateTime) -> Result<(), StoreError>;
}
