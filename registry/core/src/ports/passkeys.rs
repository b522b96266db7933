use adx_signing::digest::Digest;
use async_trait::async_trait;
use thiserror::Error;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::StoreError;
use crate::Id;
use crate::account::Account;
use crate::passkey::{Passkey, PasskeyRound, RoundPurpose};

/// Says what devices are to sign, and whether they did. All texts are JSON; the caller keeps them and looks at none.
///
/// Whoever uses the device is verified by it (a finger, a face, a PIN), and only what was signed at the registry's own address counts.
pub trait Passkeys: Send + Sync {
    /// Asks for a new passkey, on a device that has none of `has` (credentials).
    ///
    /// # Errors
    /// [`PasskeyError::Failed`]
    fn begin_registration(&self, holder: &PasskeyHolder<'_>, has: &[&str]) -> Result<BegunPasskey, PasskeyError>;

    /// The passkey that a device made.
    ///
    /// # Errors
    /// [`PasskeyError`]
    fn finish_registration(&self, state: &str, answer: &str) -> Result<Credential, PasskeyError>;

    /// Asks for a signature by one of the credentials.
    ///
    /// # Errors
    /// [`PasskeyError::Failed`]
    fn begin_assertion(&self, credentials: &[&str]) -> Result<BegunPasskey, PasskeyError>;

    /// Which of the credentials, as they are now, signed; and what it is to be from now on.
    ///
    /// # Errors
    /// [`PasskeyError`]
    fn finish_assertion(&self, state: &str, answer: &str, credentials: &[&str]) -> Result<Credential, PasskeyError>;
}

/// For whom a device makes a passkey.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyHolder<'a> {
    /// Whose passkey it is.
    pub account: Id<Account>,
    /// Under what the device lists it.
    pub address: &'a str,
    /// What others read.
    pub name: &'a str,
}

/// A device is being asked.
pub struct BegunPasskey {
    /// What the browser hands to the device: `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`.
    pub options: String,
    /// What the answer is checked against.
    pub state: Zeroizing<String>,
}

/// What is kept of a passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// What the device calls it, in base64url.
    pub id: String,
    /// What its signatures are checked with.
    pub json: String,
}

/// Why a passkey is not believed.
#[derive(Debug, Error)]
pub enum PasskeyError {
    /// It is no answer to what was asked, or is signed by nobody who may.
    #[error("what the passkey answered is not to be believed")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It counts its signatures, and this one is not after those before: there are two of it.
    #[error("the passkey counts backwards: somebody may have a copy of it")]
    Cloned,
    /// What is kept cannot be read, or nothing could be asked.
    #[error("passkeys cannot be used now")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Lookups of passkeys.
#[async_trait]
pub trait PasskeyReader: Send {
    /// The account's passkeys, the oldest first.
    async fn passkeys_of(&mut self, account: Id<Account>) -> Result<Vec<Passkey>, StoreError>;
}

/// Changes of passkeys.
#[async_trait]
pub trait PasskeyWriter: Send {
    /// # Errors
    /// [`Constraint::PasskeyCredential`](super::Constraint::PasskeyCredential)
    async fn insert_passkey(&mut self, passkey: &Passkey) -> Result<(), StoreError>;

    /// Notes that a passkey was used, and what it is from now on.
    async fn use_passkey(&mut self, id: Id<Passkey>, credential: &str, at: OffsetDateTime) -> Result<(), StoreError>;

    /// Takes one of the account's passkeys away; `false` if it has none such.
    async fn remove_passkey(&mut self, account: Id<Account>, id: Id<Passkey>) -> Result<bool, StoreError>;

    /// Takes all of the account's passkeys away.
    async fn remove_passkeys_of(&mut self, account: Id<Account>) -> Result<(), StoreError>;

    /// A new round. Of those of its account and purpose, the newest `keep` stay.
    async fn put_passkey_round(&mut self, round: &PasskeyRound, keep: u32) -> Result<(), StoreError>;

    /// Takes a round of the account and purpose away, expired or not; none if it is not there, or somebody else took it.
    async fn take_passkey_round(
        &mut self,
        hash: &Digest,
        account: Id<Account>,
        purpose: RoundPurpose,
    ) -> Result<Option<PasskeyRound>, StoreError>;

    /// Takes every round of the account away.
    async fn void_passkey_rounds(&mut self, account: Id<Account>) -> Result<(), StoreError>;
}
