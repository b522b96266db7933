//! People: signing up and in, passwords, one-time passwords, passkeys, sessions, and the operators' link.

mod attempts;
mod change_address;
mod change_name;
mod change_password;
mod code;
mod disable;
mod erase;
mod factor;
mod find;
mod identities;
mod key;
mod letters;
mod manage;
mod openid;
mod openid_connect;
mod openid_enter;
mod openid_round;
mod operator;
mod passkey_round;
mod passkeys;
mod password;
mod prove;
mod recovery_codes;
mod reset;
mod restore_address;
mod second_factor;
mod session;
mod sign_in;
mod sign_up;
mod sweep;
mod totp;
mod unlock;
mod ways_in;

use adx_signing::name::Namespace;
use thiserror::Error;

use crate::actor::Denied;
use crate::passkey::MAX_PASSKEYS;
use crate::ports::{IdentityError, NotOurs, PasskeyError, Stopped, StoreError};

pub(crate) use attempts::letter_waits;
pub use change_address::{WantedAddress, ask_address, confirm_address};
pub use change_name::change_name;
pub use change_password::change_password;
pub use code::Code;
pub use disable::{disable_account, disable_on_the_machine, enable_account, enable_on_the_machine};
pub use erase::erase_account;
pub use factor::{Factor, Methods, PasskeyAnswer};
pub use find::{AccountFilter, FoundAccounts, ListedAccount, MAX_FOUND_ACCOUNTS, find_accounts};
pub use identities::{disconnect_identity, list_identities};
pub use key::{KeyError, adopt_key, key_fingerprint, replace_key};
pub(crate) use letters::send_letter;
pub use manage::{AccountPage, MAX_ACCOUNTS_PAGE, list_on_the_machine, set_operator_on_the_machine};
pub use openid::{
    OpenIdAnswer, OpenIdEnd, OpenIdOutcome, OpenIdRefusal, Visit, begin_openid, begin_openid_as_operator,
    begin_openid_proof, finish_openid,
};
pub use openid_round::{BegunOpenId, OPENID_LASTS};
pub use operator::{
    ClaimOperator, become_operator, claim_operator_link, first_operator_link, make_operator_link_on_the_machine,
};
pub use passkey_round::BegunRound;
pub use passkeys::{PasskeyAdded, add_passkey, begin_change, begin_passkey, list_passkeys};
pub use password::{BadPassword, MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, Password};
pub use prove::{PROOF_LASTS, is_proven};
pub use recovery_codes::renew_recovery_codes;
pub use reset::{ask_reset, reset_password};
pub use restore_address::{FormerAddress, restore_address};
pub use second_factor::{
    BegunSecondFactor, RECOVERY_CODES, RecoveryCodes, SecondFactorState, begin_second_factor, confirm_second_factor,
    must_add_second_factor, remove_passkey, remove_second_factor, second_factor_state,
};
pub(crate) use session::whose_session;
pub use session::{
    SignedIn, authenticate_session, csrf_token, end_other_sessions, end_session, is_csrf_token, list_sessions,
    recognise_session, require_second_factor, sign_out,
};
pub use sign_in::{SignIn, begin_passkey_sign_in, sign_in};
pub use sign_up::{SignUp, Verification, sign_up, verify};
pub(crate) use sweep::{sweep_accounts, sweep_ended};
pub use unlock::ask_unlock;
pub use ways_in::{Passwords, SecondFactors, WaysIn};

/// Where a request comes from, as far as it is told apart: an address, or the network it is in. None for the machine itself.
pub type Network = Option<String>;

/// Why somebody is not signed in, or an account stays as it is.
#[derive(Debug, Error)]
pub enum AccountError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The code is not one that was sent, or is not good any more.
    #[error("the code is not one that was sent, or was used, replaced or has expired")]
    BadCode,
    /// Whoever is invited makes an account, and nobody else.
    #[error(
        "this registry makes accounts for people only whom a publisher has invited, and nobody has invited this address"
    )]
    SignUpClosed,
    /// No such account, or another password. Which of these is nobody's business.
    #[error("the address or the password is wrong")]
    WrongCredentials,
    /// The password of whoever is signed in is another.
    #[error("the password is wrong")]
    WrongPassword,
    /// The account has no password with which something could be proven.
    #[error("this account has no password, so far")]
    NoPassword,
    /// People sign in at the provider of that name only.
    #[error("this registry takes no passwords: sign in with {0}")]
    PasswordsOff(String),
    /// Whoever has no password shows to be the person at the provider of that name, and has not just now.
    #[error("sign in with {0} once more, to show that it is you")]
    ProofNeeded(String),
    /// Nobody said where people sign in besides.
    #[error("this registry has no provider of identities")]
    NoProvider,
    /// Mail goes there already.
    #[error("this is the address of the account already")]
    OwnAddress,
    /// Nobody could decide for a publisher any more, or too few.
    #[error("without you, too few owners of `{0}` would be left to decide")]
    LastOwner(Namespace),
    /// Nobody could sign in any more.
    #[error("this is the only way to sign in to the account")]
    LastWayIn,
    /// The person has no such identity.
    #[error("there is no such identity")]
    UnknownIdentity,
    /// It is not known who somebody is.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Something is needed besides the password.
    #[error("a second factor is needed besides the password")]
    SecondFactorNeeded(Methods),
    /// The one-time password or the recovery code is wrong, or was used.
    #[error("the one-time password or recovery code is wrong, or was used before")]
    WrongSecondFactor,
    /// One-time passwords are on already.
    #[error("one-time passwords are on already")]
    HasSecondFactor,
    /// Everybody here has a second factor.
    #[error("this registry asks everybody for a second factor, and this is the last of the account")]
    LastSecondFactor,
    /// One-time passwords are not on, or not begun.
    #[error("there are no one-time passwords to confirm or turn off")]
    NoSecondFactor,
    /// The account has no second factor that could be lost.
    #[error("this account has no second factor, for which recovery codes would stand in")]
    NothingToRecover,
    /// Browsers would use no passkeys for this registry.
    #[error("this registry has no passkeys: it does not know of an address of its own by https")]
    NoPasskeysHere,
    /// The account has no passkey.
    #[error("this account has no passkey")]
    NoPasskey,
    /// The person has no such passkey.
    #[error("there is no such passkey")]
    UnknownPasskey,
    /// Whoever opens the link runs the registry already.
    #[error("this account is an operator's already")]
    IsOperator,
    /// There are as many as an account may have.
    #[error("an account has {MAX_PASSKEYS} passkeys at most")]
    TooManyPasskeys,
    /// An account has this very passkey.
    #[error("this passkey was added before")]
    PasskeyTaken,
    /// What was asked of a device is over, or never was.
    #[error("this passkey answers too late, or to something else")]
    PasskeyRoundOver,
    /// A passkey is not believed.
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
    /// Whoever asks would be out before anybody could let it in again.
    #[error("this is the account of whoever asks")]
    OwnAccount,
    /// Nobody would run the registry any more.
    #[error("this is the account of the only operator")]
    LastOperator,
    /// An operator keeps the person out.
    #[error("an operator has disabled this account")]
    Disabled,
    /// It was tried too often.
    #[error("it was tried too often; wait {seconds} s")]
    Wait {
        /// How long, in seconds.
        seconds: u64,
    },
    /// The new password is too easy to guess.
    #[error(transparent)]
    Password(#[from] BadPassword),
    /// Somebody has the address. Said to whoever holds an operators' link, or reads the mail of the address, only.
    #[error("an account has this address already")]
    AddressTaken,
    /// The person has no such session.
    #[error("there is no such session")]
    UnknownSession,
    /// There is no such account, or nobody can sign in with it. Said to operators only.
    #[error("there is no such account")]
    UnknownAccount,
    /// A secret in the database does not open.
    #[error(transparent)]
    Vault(#[from] NotOurs),
    /// The seed of the one-time passwords does not open any more.
    #[error("the one-time passwords of this account cannot be looked at any more: the registry lost their key")]
    SecondFactorLost,
    /// A password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] Stopped),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
