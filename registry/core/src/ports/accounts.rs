use adx_signing::digest::Digest;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Address, StoreError};
use crate::Id;
use crate::account::{Account, AccountCode, CodePurpose, ConnectedIdentity, SecondFactor, Session};
use crate::accounts::{AccountFilter, FormerAddress, ListedAccount, WantedAddress};

/// Lookups of people and of where they are signed in. What is not there is `None`, never an error.
#[async_trait]
pub trait AccountReader: Send {
    /// The fingerprint of the key that sealed what is in the database; none before the first start.
    async fn accounts_key(&mut self) -> Result<Option<Digest>, StoreError>;

    /// An account, erased ones too.
    async fn account(&mut self, id: Id<Account>) -> Result<Option<Account>, StoreError>;

    /// The account with an address; case does not count.
    async fn account_by_address(&mut self, address: &Address) -> Result<Option<Account>, StoreError>;

    /// Accounts in the order they were made, those after `after`, at most `limit`.
    async fn accounts_after(&mut self, after: Option<Id<Account>>, limit: u32) -> Result<Vec<Account>, StoreError>;

    /// Accounts as operators see them, in the order they were made, those after `after`, at most `limit`.
    async fn find_accounts(
        &mut self,
        wanted: &AccountFilter,
        after: Option<Id<Account>>,
        limit: u32,
    ) -> Result<Vec<ListedAccount>, StoreError>;

    /// An account as operators see it, an erased one too.
    async fn listed_account(&mut self, id: Id<Account>) -> Result<Option<ListedAccount>, StoreError>;

    /// Whether some active account is an operator's.
    async fn has_operator(&mut self) -> Result<bool, StoreError>;

    /// The session whose secret has this sha256, ended ones too that nobody swept yet.
    async fn session_by_hash(&mut self, hash: &Digest) -> Result<Option<Session>, StoreError>;

    /// The account's sessions, the last one used first.
    async fn sessions_of(&mut self, account: Id<Account>) -> Result<Vec<Session>, StoreError>;

    /// The code with this sha256, expired ones too that nobody swept yet.
    async fn account_code(&mut self, hash: &Digest) -> Result<Option<AccountCode>, StoreError>;

    /// Whether a code for the operators' link is good at `now`.
    async fn has_operator_code(&mut self, now: OffsetDateTime) -> Result<bool, StoreError>;

    /// The account's one-time passwords, confirmed or not.
    async fn second_factor(&mut self, account: Id<Account>) -> Result<Option<SecondFactor>, StoreError>;

    /// How many recovery codes are left.
    async fn recovery_codes_left(&mut self, account: Id<Account>) -> Result<u64, StoreError>;

    /// Who a provider's subject is here.
    async fn identity(&mut self, issuer: &str, subject: &str) -> Result<Option<ConnectedIdentity>, StoreError>;

    /// By which identities of providers the account is signed in to, the oldest first.
    async fn identities_of(&mut self, account: Id<Account>) -> Result<Vec<ConnectedIdentity>, StoreError>;
}

/// Whether something may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It may: the so manyeth time, this one included.
    Counted(u64),
    /// Not before that.
    Blocked(OffsetDateTime),
}

/// Changes of accounts.
#[async_trait]
pub trait AccountWriter: Send {
    /// # Errors
    /// [`Constraint::AccountAddress`](super::Constraint::AccountAddress)
    async fn insert_account(&mut self, account: &Account) -> Result<(), StoreError>;

    /// Rewrites everything of it. One that is not disabled, or not any more, is so for no reason.
    ///
    /// # Errors
    /// [`Constraint::AccountAddress`](super::Constraint::AccountAddress)
    async fn update_account(&mut self, account: &Account) -> Result<(), StoreError>;

    /// Notes why an account is disabled, and since when; none leaves that as it was.
    async fn note_disabled(
        &mut self,
        account: Id<Account>,
        since: Option<OffsetDateTime>,
        reason: Option<&str>,
    ) -> Result<(), StoreError>;

    /// The account, locked until the transaction ends: one change is made after the other.
    async fn lock_account(&mut self, id: Id<Account>) -> Result<Option<Account>, StoreError>;

    /// A new session.
    async fn insert_session(&mut self, session: &Session) -> Result<(), StoreError>;

    /// Notes that a session was used.
    async fn touch_session(&mut self, session: Id<Session>, at: OffsetDateTime) -> Result<(), StoreError>;

    /// Notes when the person signed in at the provider of identities.
    async fn prove_session(&mut self, session: Id<Session>, at: OffsetDateTime) -> Result<(), StoreError>;

    /// Ends a session of the account; `false` if it has none such.
    async fn end_session(&mut self, account: Id<Account>, session: Id<Session>) -> Result<bool, StoreError>;

    /// Ends the session with this sha256, if there is one.
    async fn end_session_by_hash(&mut self, hash: &Digest) -> Result<(), StoreError>;

    /// Ends the account's sessions, all or all but one.
    async fn end_sessions_of(&mut self, account: Id<Account>, except: Option<Id<Session>>) -> Result<(), StoreError>;

    /// A new code. Any before of its account and purpose is void; of the operators' link, any before.
    async fn put_account_code(&mut self, code: &AccountCode) -> Result<(), StoreError>;

    /// Takes a code away; `false` if somebody else did before.
    async fn take_account_code(&mut self, hash: &Digest) -> Result<bool, StoreError>;

    /// Takes away every code of an account, or all of one purpose.
    async fn void_account_codes(
        &mut self,
        account: Id<Account>,
        purpose: Option<CodePurpose>,
    ) -> Result<(), StoreError>;

    /// Counts an attempt unless it is too early for one. Those before `since` are forgotten. Whoever counts keeps others of the
    /// same subject waiting until the transaction ends.
    async fn count_attempt(
        &mut self,
        subject: &Digest,
        now: OffsetDateTime,
        since: OffsetDateTime,
    ) -> Result<Attempt, StoreError>;

    /// Says from when on the next attempt may be made.
    async fn block_attempts(&mut self, subject: &Digest, until: OffsetDateTime) -> Result<(), StoreError>;

    /// Takes one attempt back.
    async fn uncount_attempt(&mut self, subject: &Digest) -> Result<(), StoreError>;

    /// Forgets every attempt.
    async fn forget_attempts(&mut self, subject: &Digest) -> Result<(), StoreError>;

    /// Takes a key's fingerprint for that of the database's key, if it has none; which it has then.
    async fn adopt_accounts_key(&mut self, fingerprint: &Digest) -> Result<Digest, StoreError>;

    /// Puts a key's fingerprint in the place of the one before.
    async fn replace_accounts_key(&mut self, fingerprint: &Digest) -> Result<(), StoreError>;

    /// Notes the address that a person wants, in the place of the one before; no code shows it so far.
    async fn want_address(&mut self, wanted: &WantedAddress) -> Result<(), StoreError>;

    /// The address that a person wants.
    async fn wanted_address_of(&mut self, account: Id<Account>) -> Result<Option<WantedAddress>, StoreError>;

    /// The address that a code of that sha256 shows.
    async fn wanted_address(&mut self, hash: &Digest) -> Result<Option<WantedAddress>, StoreError>;

    /// The sha256 of the code that shows the wanted address. Any before is void.
    async fn set_address_code(&mut self, account: Id<Account>, hash: &Digest) -> Result<(), StoreError>;

    /// Forgets the address that a person wants; `false` if there is none.
    async fn forget_wanted_address(&mut self, account: Id<Account>) -> Result<bool, StoreError>;

    /// Keeps an address that an account had, in the place of the same one of before; no code takes it back so far.
    async fn keep_former_address(&mut self, former: &FormerAddress) -> Result<(), StoreError>;

    /// An address that an account had.
    async fn former_address(&mut self, id: Id<FormerAddress>) -> Result<Option<FormerAddress>, StoreError>;

    /// The address that a code of that sha256 takes back.
    async fn former_address_by_code(&mut self, hash: &Digest) -> Result<Option<FormerAddress>, StoreError>;

    /// The sha256 of the code that takes the address back. Any before is void.
    async fn set_former_address_code(&mut self, id: Id<FormerAddress>, hash: &Digest) -> Result<(), StoreError>;

    /// Forgets the addresses that an account had: all, or those that are kept until then or longer.
    async fn forget_former_addresses(
        &mut self,
        account: Id<Account>,
        since: Option<OffsetDateTime>,
    ) -> Result<(), StoreError>;

    /// Puts one-time passwords in the place of those that the account had.
    async fn put_second_factor(&mut self, factor: &SecondFactor) -> Result<(), StoreError>;

    /// Confirms the account's one-time passwords.
    async fn confirm_second_factor(&mut self, account: Id<Account>, at: OffsetDateTime) -> Result<(), StoreError>;

    /// Takes away the account's one-time passwords. Its recovery codes stay: a passkey may need them.
    async fn remove_second_factor(&mut self, account: Id<Account>) -> Result<(), StoreError>;

    /// Takes away the account's recovery codes.
    async fn remove_recovery_codes(&mut self, account: Id<Account>) -> Result<(), StoreError>;

    /// Notes that the password of a half minute was used; `false` if that one or a later one was before.
    async fn use_totp_step(&mut self, account: Id<Account>, step: u64) -> Result<bool, StoreError>;

    /// A recovery code's sha256.
    async fn insert_recovery_code(&mut self, account: Id<Account>, hash: &Digest) -> Result<(), StoreError>;

    /// Takes a recovery code away; `false` if the account has none such.
    async fn take_recovery_code(&mut self, account: Id<Account>, hash: &Digest) -> Result<bool, StoreError>;

    /// Lets a provider's subject sign in to its account.
    ///
    /// # Errors
    /// [`Constraint::AccountIdentity`](super::Constraint::AccountIdentity)
    async fn insert_identity(&mut self, identity: &ConnectedIdentity) -> Result<(), StoreError>;

    /// Takes one of the account's identities away; `false` if it has none such.
    async fn remove_identity(
        &mut self,
        account: Id<Account>,
        identity: Id<ConnectedIdentity>,
    ) -> Result<bool, StoreError>;

    /// Takes all of the account's identities away.
    async fn remove_identities_of(&mut self, account: Id<Account>) -> Result<(), StoreError>;

    /// Removes what has ended: sessions unused since `idle` or made before `oldest`, codes, former addresses and rounds of passkeys that have
    /// expired at `now`, attempts, seeds and accounts that nobody confirmed since `yesterday`. How many rows.
    async fn sweep_accounts(&mut self, ended: &Ended) -> Result<u64, StoreError>;
}

/// What has ended: see [`AccountWriter::sweep_accounts`].
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// The time.
    pub now: OffsetDateTime,
    /// Sessions that were used last before this have ended.
    pub idle: OffsetDateTime,
    /// Sessions that were made before this have ended.
    pub oldest: OffsetDateTime,
    /// What waits for a confirmation since before this will not get one.
    pub yesterday: OffsetDateTime,
}
