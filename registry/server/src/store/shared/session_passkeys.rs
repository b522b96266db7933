//! The methods of the ports about passkeys, each of which is a query or two.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::passkey::{Passkey, PasskeyRound, RoundPurpose};
use adx_registry_core::ports::{PasskeyReader, PasskeyWriter, StoreError};
use adx_signing::digest::Digest;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::session::SqlSession;
use super::{Session, Writing, passkeys};

#[async_trait]
impl<S: Session> PasskeyReader for SqlSession<S> {
    async fn passkeys_of(&mut self, account: Id<Account>) -> Result<Vec<Passkey>, StoreError> {
        passkeys::of(self.0.connection(), account).await
    }
}

#[async_trait]
impl PasskeyWriter for SqlSession<Writing> {
    async fn insert_passkey(&mut self, passkey: &Passkey) -> Result<(), StoreError> {
        passkeys::insert(self.0.connection(), passkey).await
    }

    async fn use_passkey(&mut self, id: Id<Passkey>, credential: &str, at: OffsetDateTime) -> Result<(), StoreError> {
        passkeys::note_use(self.0.connection(), id, credential, at).await
    }

    async fn remove_passkey(&mut self, account: Id<Account>, id: Id<Passkey>) -> Result<bool, StoreError> {
        passkeys::remove(self.0.connection(), account, id).await
    }

    async fn remove_passkeys_of(&mut self, account: Id<Account>) -> Result<(), StoreError> {
        passkeys::remove_all_of(self.0.connection(), account).await
    }

    async fn put_passkey_round(&mut self, round: &PasskeyRound, keep: u32) -> Result<(), StoreError> {
        passkeys::put_round(self.0.connection(), round, keep).await
    }

    async fn take_passkey_round(
        &mut self,
        hash: &Digest,
        account: Id<Account>,
        purpose: RoundPurpose,
    ) -> Result<Option<PasskeyRound>, StoreError> {
        passkeys::take_round(self.0.connection(), hash, account, purpose).await
    }

    async fn void_passkey_rounds(&mut self, account: Id<Account>) -> Result<(), StoreError> {
        passkeys::void_rounds(self.0.connection(), account).await
    }
}
