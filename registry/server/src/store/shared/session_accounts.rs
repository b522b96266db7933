//! The methods of the ports about accounts, each of which is a query or a few.

use adx_registry_core::Id;
use adx_registry_core::account::{
    Account, AccountCode, CodePurpose, ConnectedIdentity, SecondFactor, Session as SignedIn,
};
use adx_registry_core::accounts::{AccountFilter, FormerAddress, ListedAccount, WantedAddress};
use adx_registry_core::ports::{AccountReader, AccountWriter, Address, Attempt, Ended, StoreError};
use adx_signing::digest::Digest;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::session::SqlSession;
use super::{
    Session, Writing, account_identities, account_proofs, accounts, accounts_key, former_addresses, listed_accounts,
    wanted_addresses,
};

#[async_trait]
impl<S: Session> AccountReader for SqlSession<S> {
    async fn accounts_key(&mut self) -> Result<Option<Digest>, StoreError> {
        accounts_key::fingerprint(self.0.connection()).await
    }

    async fn account(&mut self, id: Id<Account>) -> Result<Option<Account>, StoreError> {
        accounts::by_id(self.0.connection(), id).await
    }

    async fn account_by_address(&mut self, address: &Address) -> Result<Option<Account>, StoreError> {
        accounts::by_address(self.0.connection(), address).await
    }

    async fn accounts_after(&mut self, after: Option<Id<Account>>, limit: u32) -> Result<Vec<Account>, StoreError> {
        accounts::after(self.0.connection(), after, limit).await
    }

    async fn find_accounts(
        &mut self,
        wanted: &AccountFilter,
        after: Option<Id<Account>>,
        limit: u32,
    ) -> Result<Vec<ListedAccount>, StoreError> {
        listed_accounts::find(self.0.connection(), wanted, after, limit).await
    }

    async fn listed_account(&mut self, id: Id<Account>) -> Result<Option<ListedAccount>, StoreError> {
        listed_accounts::by_id(self.0.connection(), id).await
    }

    async fn has_operator(&mut self) -> Result<bool, StoreError> {
        accounts::has_operator(self.0.connection()).await
    }

    async fn session_by_hash(&mut self, hash: &Digest) -> Result<Option<SignedIn>, StoreError> {
        accounts::session_by_hash(self.0.connection(), hash).await
    }

    async fn sessions_of(&mut self, account: Id<Account>) -> Result<Vec<SignedIn>, StoreError> {
        accounts::sessions_of(self.0.connection(), account).await
    }

    async fn account_code(&mut self, hash: &Digest) -> Result<Option<AccountCode>, StoreError> {
        account_proofs::code(self.0.connection(), hash).await
    }

    async fn has_operator_code(&mut self, now: OffsetDateTime) -> Result<bool, StoreError> {
        account_proofs::has_operator_code(self.0.connection(), now).await
    }

    async fn second_factor(&mut self, account: Id<Account>) -> Result<Option<SecondFactor>, StoreError> {
        account_proofs::second_factor(self.0.connection(), account).await
    }

    async fn recovery_codes_left(&mut self, account: Id<Account>) -> Result<u64, StoreError> {
        account_proofs::recovery_codes_left(self.0.connection(), account).await
    }

    async fn identity(&mut self, issuer: &str, subject: &str) -> Result<Option<ConnectedIdentity>, StoreError> {
        account_identities::by_subject(self.0.connection(), issuer, subject).await
    }

    async fn identities_of(&mut self, account: Id<Account>) -> Result<Vec<ConnectedIdentity>, StoreError> {
        account_identities::of(self.0.connection(), account).await
    }
}

#[async_trait]
impl AccountWriter for SqlSession<Writing> {
    async fn insert_account(&mut self, account: &Account) -> Result<(), StoreError> {
        accounts::insert(self.0.connection(), account).await
    }

    async fn update_account(&mut self, account: &Account) -> Result<(), StoreError> {
        accounts::update(self.0.connection(), account).await
    }

    async fn note_disabled(
        &mut self,
        account: Id<Account>,
        since: Option<OffsetDateTime>,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        listed_accounts::note_disabled(self.0.connection(), account, since, reason).await
    }

    async fn lock_account(&mut self, id: Id<Account>) -> Result<Option<Account>, StoreError> {
        accounts::lock(self.0.connection(), id).await
    }

    async fn insert_session(&mut self, session: &SignedIn) -> Result<(), StoreError> {
        accounts::insert_session(self.0.connection(), session).await
    }

    async fn touch_session(&mut self, session: Id<SignedIn>, at: OffsetDateTime) -> Result<(), StoreError> {
        accounts::touch_session(self.0.connection(), session, at).await
    }

    async fn prove_session(&mut self, session: Id<SignedIn>, at: OffsetDateTime) -> Result<(), StoreError> {
        accounts::prove_session(self.0.connection(), session, at).await
    }

    async fn end_session(&mut self, account: Id<Account>, session: Id<SignedIn>) -> Result<bool, StoreError> {
        accounts::end_session(self.0.connection(), account, session).await
    }

    async fn end_session_by_hash(&mut self, hash: &Digest) -> Result<(), StoreError> {
        accounts::end_session_by_hash(self.0.connection(), hash).await
    }

    async fn end_sessions_of(&mut self, account: Id<Account>, except: Option<Id<SignedIn>>) -> Result<(), StoreError> {
        accounts::end_sessions_of(self.0.connection(), account, except).await
    }

    async fn put_account_code(&mut self, code: &AccountCode) -> Result<(), StoreError> {
        account_proofs::put_code(self.0.connection(), code).await
    }

    async fn take_account_code(&mut self, hash: &Digest) -> Result<bool, StoreError> {
        account_proofs::take_code(self.0.connection(), hash).await
    }

    async fn void_account_codes(
        &mut self,
        account: Id<Account>,
        purpose: Option<CodePurpose>,
    ) -> Result<(), StoreError> {
        account_proofs::void_codes(self.0.connection(), account, purpose).await
    }

    async fn count_attempt(
        &mut self,
        subject: &Digest,
        now: OffsetDateTime,
        since: OffsetDateTime,
    ) -> Result<Attempt, StoreError> {
        account_proofs::count_attempt(self.0.connection(), subject, now, since).await
    }

    async fn block_attempts(&mut self, subject: &Digest, until: OffsetDateTime) -> Result<(), StoreError> {
        account_proofs::block_attempts(self.0.connection(), subject, until).await
    }

    async fn uncount_attempt(&mut self, subject: &Digest) -> Result<(), StoreError> {
        account_proofs::uncount_attempt(self.0.connection(), subject).await
    }

    async fn forget_attempts(&mut self, subject: &Digest) -> Result<(), StoreError> {
        account_proofs::forget_attempts(self.0.connection(), subject).await
    }

    async fn want_address(&mut self, wanted: &WantedAddress) -> Result<(), StoreError> {
        wanted_addresses::put(self.0.connection(), wanted).await
    }

    async fn wanted_address_of(&mut self, account: Id<Account>) -> Result<Option<WantedAddress>, StoreError> {
        wanted_addresses::of_account(self.0.connection(), account).await
    }

    async fn wanted_address(&mut self, hash: &Digest) -> Result<Option<WantedAddress>, StoreError> {
        wanted_addresses::by_hash(self.0.connection(), hash).await
    }

    async fn set_address_code(&mut self, account: Id<Account>, hash: &Digest) -> Result<(), StoreError> {
        wanted_addresses::set_code(self.0.connection(), account, hash).await
    }

    async fn forget_wanted_address(&mut self, account: Id<Account>) -> Result<bool, StoreError> {
        wanted_addresses::remove(self.0.connection(), account).await
    }

    async fn keep_former_address(&mut self, former: &FormerAddress) -> Result<(), StoreError> {
        former_addresses::put(self.0.connection(), former).await
    }

    async fn former_address(&mut self, id: Id<FormerAddress>) -> Result<Option<FormerAddress>, StoreError> {
        former_addresses::by_id(self.0.connection(), id).await
    }

    async fn former_address_by_code(&mut self, hash: &Digest) -> Result<Option<FormerAddress>, StoreError> {
        former_addresses::by_hash(self.0.connection(), hash).await
    }

    async fn set_former_address_code(&mut self, id: Id<FormerAddress>, hash: &Digest) -> Result<(), StoreError> {
        former_addresses::set_code(self.0.connection(), id, hash).await
    }

    async fn forget_former_addresses(
        &mut self,
        account: Id<Account>,
        since: Option<OffsetDateTime>,
    ) -> Result<(), StoreError> {
        former_addresses::remove(self.0.connection(), account, since).await
    }

    async fn put_second_factor(&mut self, factor: &SecondFactor) -> Result<(), StoreError> {
        account_proofs::put_second_factor(self.0.connection(), factor).await
    }

    async fn confirm_second_factor(&mut self, account: Id<Account>, at: OffsetDateTime) -> Result<(), StoreError> {
        account_proofs::confirm_second_factor(self.0.connection(), account, at).await
    }

    async fn remove_second_factor(&mut self, account: Id<Account>) -> Result<(), StoreError> {
        account_proofs::remove_second_factor(self.0.connection(), account).await
    }

    async fn remove_recovery_codes(&mut self, account: Id<Account>) -> Result<(), StoreError> {
        account_proofs::remove_recovery_codes(self.0.connection(), account).await
    }

    async fn use_totp_step(&mut self, account: Id<Account>, step: u64) -> Result<bool, StoreError> {
        account_proofs::use_totp_step(self.0.connection(), account, step).await
    }

    async fn insert_recovery_code(&mut self, account: Id<Account>, hash: &Digest) -> Result<(), StoreError> {
        account_proofs::insert_recovery_code(self.0.connection(), account, hash).await
    }

    async fn take_recovery_code(&mut self, account: Id<Account>, hash: &Digest) -> Result<bool, StoreError> {
        account_proofs::take_recovery_code(self.0.connection(), account, hash).await
    }

    async fn insert_identity(&mut self, identity: &ConnectedIdentity) -> Result<(), StoreError> {
        account_identities::insert(self.0.connection(), identity).await
    }

    async fn remove_identity(
        &mut self,
        account: Id<Account>,
        identity: Id<ConnectedIdentity>,
    ) -> Result<bool, StoreError> {
        account_identities::remove(self.0.connection(), account, identity).await
    }

    async fn remove_identities_of(&mut self, account: Id<Account>) -> Result<(), StoreError> {
        account_identities::remove_all_of(self.0.connection(), account).await
    }

    async fn adopt_accounts_key(&mut self, fingerprint: &Digest) -> Result<Digest, StoreError> {
        accounts_key::adopt(self.0.connection(), fingerprint).await
    }

    async fn replace_accounts_key(&mut self, fingerprint: &Digest) -> Result<(), StoreError> {
        accounts_key::replace(self.0.connection(), fingerprint).await
    }

    async fn sweep_accounts(&mut self, ended: &Ended) -> Result<u64, StoreError> {
        account_proofs::sweep(self.0.connection(), ended).await
    }
}
