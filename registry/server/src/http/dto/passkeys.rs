//! Passkeys: keys on people's devices that sign in besides the password (`WebAuthn`).

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// What a device is asked to sign. Good once, for five minutes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PasskeyRound {
    /// What is sent back with the answer.
    pub round: String,
    /// For the browser: what `PublicKeyCredential.parseCreationOptionsFromJSON` takes where a passkey is added, and
    /// `parseRequestOptionsFromJSON` where one signs.
    #[schema(value_type = Object)]
    pub options: Value,
}

/// What a passkey signed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// The round that it was asked in.
    #[schema(value_type = String)]
    pub round: SecretString,
    /// What `navigator.credentials.get` gave, by `toJSON()`.
    #[schema(value_type = Object)]
    pub credential: Value,
}

/// A passkey to add.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// The round that it was asked in.
    #[schema(value_type = String)]
    pub round: SecretString,
    /// What the person calls it; one line, 80 characters at most.
    #[schema(example = "Blue key")]
    pub name: String,
    /// What `navigator.credentials.create` gave, by `toJSON()`.
    #[schema(value_type = Object)]
    pub credential: Value,
}

/// A passkey.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Passkey {
    /// Its id, to remove it by.
    pub id: String,
    /// What the person calls it.
    #[schema(example = "Blue key")]
    pub name: String,
    /// When it was added.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last used.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
}

/// The passkeys of an account: ten at most.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PasskeyList {
    /// The passkeys, the oldest first.
    pub passkeys: Vec<Passkey>,
}

/// A passkey just added.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PasskeyAdded {
    /// The passkey.
    pub passkey: Passkey,
    /// What stands in for devices that are lost, each good once. Shown this once; none where the account has some already.
    pub recovery_codes: Vec<String>,
    /// The token of the session that goes on.
    pub csrf_token: String,
}

/// Who wants to sign in with a passkey besides the password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeySignIn {
    /// The address.
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
    /// The code of a letter with which one need not wait.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub unlock: Option<SecretString>,
}
