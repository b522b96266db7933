//! People: their accounts and where they are signed in.

use adx_registry_core::account;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::PasskeyAnswer;

/// An address to which a letter goes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailAddress {
    /// The address.
    #[schema(example = "ada@example.org")]
    pub email: String,
}

/// What finishes an account.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The code of the letter.
    #[schema(value_type = String)]
    pub code: SecretString,
    /// What others read; one line, 80 characters at most.
    pub name: String,
    /// 12 to 256 characters.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
}

/// What makes an operator's account.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOperator {
    /// The code of the link that the registry printed.
    #[schema(value_type = String)]
    pub code: SecretString,
    /// The address.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// What others read; one line, 80 characters at most.
    pub name: String,
    /// 12 to 256 characters.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
}

/// The link with which an account becomes an operator's.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorCode {
    /// The code of the link that the registry printed.
    #[schema(value_type = String)]
    pub code: SecretString,
}

/// Who wants to sign in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The address.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
    /// A one-time password or a recovery code, where a second factor is needed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub second_factor: Option<SecretString>,
    /// What a passkey signed in a round of `POST /api/v1/session/passkey`, in the place of `second_factor`.
    #[serde(default)]
    pub passkey: Option<PasskeyAnswer>,
    /// The code of a letter with which one need not wait.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub unlock: Option<SecretString>,
}

/// A person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Where mail goes.
    pub email: String,
    /// What others read.
    pub name: String,
    /// Whether the person runs the registry.
    pub is_operator: bool,
    /// Whether there is a password that counts, which some things ask for once more; without, they ask for `is_proven` of the session.
    pub has_password: bool,
    /// Whether signing in by password takes something besides: a one-time password, or a passkey.
    pub has_second_factor: bool,
    /// Whether one-time passwords are on.
    pub has_one_time_passwords: bool,
    /// Whether there is a passkey.
    pub has_passkeys: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: u64,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Whom to write to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    /// What others read.
    pub name: String,
    /// The address.
    #[schema(example = "ada@example.org")]
    pub email: String,
}

impl From<&account::Contact> for Contact {
    fn from(contact: &account::Contact) -> Self {
        Self { name: contact.name.to_string(), email: contact.email.as_str().to_owned() }
    }
}

/// Who is signed in, if anybody is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionState {
    /// The person.
    pub account: Option<Account>,
    /// What a request that changes something sends as `X-CSRF-Token`.
    pub csrf_token: Option<String>,
    /// What people call the provider of identities at which they sign in besides, if there is one.
    #[schema(example = "Example ID")]
    pub openid: Option<String>,
    /// Whether browsers use passkeys for this registry.
    pub passkeys: bool,
    /// Whether people sign in with an address and a password; or else at the provider of identities only.
    pub passwords: bool,
    /// Whether whoever is signed in has to add a second factor before anything else.
    pub needs_second_factor: bool,
    /// Whether whoever is signed in has shown at the provider of identities, within ten minutes, to be the person: that stands in for the
    /// password of an account without one.
    pub is_proven: bool,
}

/// Whoever wants to sign in at the provider of identities, to connect an identity there, or to show there to be the person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenIdStart {
    /// The password, of whoever is signed in and has one.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<SecretString>,
    /// A one-time password or a recovery code, of whoever is signed in and has a second factor.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub second_factor: Option<SecretString>,
    /// What a passkey signed in a round of `POST /api/v1/account/passkeys/assertion`, in the place of `second_factor`.
    #[serde(default)]
    pub passkey: Option<PasskeyAnswer>,
    /// That whoever is signed in shows at the provider to be the person, in the place of a password: the provider asks for everything anew.
    #[serde(default)]
    pub prove: bool,
    /// The code of the operators' link, of whoever becomes an operator by signing in.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub operator: Option<SecretString>,
}

/// Where a browser goes to sign in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenIdAddress {
    /// A page of the provider.
    pub address: String,
}

/// Somebody's identity at a provider.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectedIdentity {
    /// Its id, to disconnect it by.
    pub id: String,
    /// Who the provider is.
    #[schema(example = "https://id.example.org")]
    pub issuer: String,
    /// When it was connected.
    #[serde(with = "time::serde::rfc3339")]
    pub connected_at: OffsetDateTime,
}

/// By which identities of providers a person signs in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectedIdentityList {
    /// The identities, the oldest first.
    pub identities: Vec<ConnectedIdentity>,
}

/// Somewhere a person is signed in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Its id, to end it by.
    pub id: String,
    /// What kind of browser it is.
    #[schema(example = "Firefox on Linux")]
    pub device: String,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// When the person signed in.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last used, to the nearest few minutes.
    #[serde(with = "time::serde::rfc3339")]
    pub last_used_at: OffsetDateTime,
    /// When it ends unless it is used.
    #[serde(with = "time::serde::rfc3339")]
    pub ends_at: OffsetDateTime,
}

/// Where a person is signed in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionList {
    /// The sessions, the last one used first.
    pub sessions: Vec<Session>,
}

/// Another password, with the one before and, where the account has second factors, one of those.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password until now.
    #[schema(value_type = String, format = Password)]
    pub current: SecretString,
    /// The password from now on: 12 to 256 characters.
    #[schema(value_type = String, format = Password)]
    pub new: SecretString,
    /// A one-time password or a recovery code, of whoever has a second factor.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub second_factor: Option<SecretString>,
    /// What a passkey signed in a round of `POST /api/v1/account/passkeys/assertion`, in the place of `second_factor`.
    #[serde(default)]
    pub passkey: Option<PasskeyAnswer>,
}

/// What others are to read of a person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPersonName {
    /// One line, 80 characters at most.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
}

/// Where a person's mail is to go.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPersonAddress {
    /// The address.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// The password, of whoever has one.
    #[serde(default)]
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
    /// A one-time password or a recovery code, of whoever has a second factor.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub second_factor: Option<SecretString>,
    /// What a passkey signed in a round of `POST /api/v1/account/passkeys/assertion`, in the place of `second_factor`.
    #[serde(default)]
    pub passkey: Option<PasskeyAnswer>,
}

/// What shows that an address is a person's.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressCode {
    /// The code of the letter.
    #[schema(value_type = String)]
    pub code: SecretString,
}

/// Another password, with the code of a letter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// The code.
    #[schema(value_type = String)]
    pub code: SecretString,
    /// The password from now on: 12 to 256 characters.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
}

/// The password once more, for what matters.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordProof {
    /// The password, of whoever has one.
    #[serde(default)]
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
}

/// A seed for the device that shows one-time passwords. Shown this once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SecondFactorSeed {
    /// In base32, to be typed.
    pub seed: String,
    /// As an address, to be drawn as a QR code.
    pub otpauth_url: String,
}

/// A one-time password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OneTimePassword {
    /// Six digits.
    #[schema(value_type = String)]
    pub second_factor: SecretString,
}

/// What matters asks for: the password, and where the account has second factors, one of those.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorProof {
    /// The password, of whoever has one.
    #[serde(default)]
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
    /// A one-time password or a recovery code.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub second_factor: Option<SecretString>,
    /// What a passkey signed in a round of `POST /api/v1/account/passkeys/assertion`, in the place of `second_factor`.
    #[serde(default)]
    pub passkey: Option<PasskeyAnswer>,
}

/// What stands in for one-time passwords when the device is lost. Shown this once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecoveryCodeList {
    /// The codes, each good once; none where the account has some already.
    pub recovery_codes: Vec<String>,
    /// The token of the session that goes on.
    pub csrf_token: String,
}

/// Recovery codes in the place of those before. Shown this once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewRecoveryCodes {
    /// The codes, each good once.
    pub recovery_codes: Vec<String>,
}
