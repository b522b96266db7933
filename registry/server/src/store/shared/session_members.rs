//! The methods of the ports about members, each of which is one query.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::members::{Member, Membership};
use adx_registry_core::names::HeldName;
use adx_registry_core::ports::{Address, MemberReader, MemberWriter, StoreError};
use adx_registry_core::publisher::{DisplayName, Publisher, PublisherKind};
use adx_registry_core::token::Token;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::session::SqlSession;
use super::{Session, Writing, members};

#[async_trait]
impl<S: Session> MemberReader for SqlSession<S> {
    async fn memberships_of(&mut self, account: Id<Account>) -> Result<Vec<Membership>, StoreError> {
        members::of_account(self.0.connection(), account).await
    }

    async fn publishers_made_by(&mut self, account: Id<Account>, since: OffsetDateTime) -> Result<u64, StoreError> {
        members::publishers_made_by(self.0.connection(), account, since).await
    }

    async fn names_held_for(&mut self, account: Id<Account>) -> Result<u64, StoreError> {
        members::names_held_for(self.0.connection(), account).await
    }

    async fn asker_of(&mut self, name: Id<HeldName>) -> Result<Option<Id<Account>>, StoreError> {
        members::asker_of(self.0.connection(), name).await
    }

    async fn token_maker(&mut self, token: Id<Token>) -> Result<Option<Member>, StoreError> {
        members::token_maker(self.0.connection(), token).await
    }

    async fn invitations_to(&mut self, address: &Address) -> Result<Vec<(Member, OffsetDateTime)>, StoreError> {
        members::invited_at(self.0.connection(), address).await
    }
}

#[async_trait]
impl MemberWriter for SqlSession<Writing> {
    async fn erase_member_names(&mut self, account: Id<Account>) -> Result<(), StoreError> {
        members::erase_names(self.0.connection(), account).await
    }

    async fn note_asker(&mut self, name: Id<HeldName>, account: Id<Account>) -> Result<(), StoreError> {
        members::note_asker(self.0.connection(), name, account).await
    }

    async fn set_publisher_kind(&mut self, publisher: Id<Publisher>, kind: PublisherKind) -> Result<(), StoreError> {
        members::set_kind(self.0.connection(), publisher, kind).await
    }

    async fn set_display_name(&mut self, publisher: Id<Publisher>, name: &DisplayName) -> Result<(), StoreError> {
        members::set_display_name(self.0.connection(), publisher, name).await
    }

    async fn note_token_maker(&mut self, token: Id<Token>, member: Id<Member>) -> Result<(), StoreError> {
        members::note_token_maker(self.0.connection(), token, member).await
    }

    async fn inherit_token_maker(&mut self, token: Id<Token>, from: Id<Token>) -> Result<(), StoreError> {
        members::inherit_token_maker(self.0.connection(), token, from).await
    }

    async fn adopt_tokens(&mut self, publisher: Id<Publisher>, member: Id<Member>) -> Result<(), StoreError> {
        members::adopt_tokens(self.0.connection(), publisher, member).await
    }

    async fn revoke_tokens_made_by(&mut self, member: Id<Member>, at: OffsetDateTime) -> Result<(), StoreError> {
        members::revoke_tokens_made_by(self.0.connection(), member, at).await
    }
}
