//! Publishers, their keys, and tokens.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::members::PublisherKind;

/// Who owns a namespace.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Publisher {
    /// The namespace.
    #[schema(example = "adhera")]
    pub namespace: String,
    /// The name to show.
    pub display_name: String,
    /// Whose it is.
    pub kind: PublisherKind,
    /// The domain that it showed to hold, by a record in the DNS; none if it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_domain: Option<String>,
    /// The keys that the namespace has or had, oldest first.
    pub keys: Vec<PublisherKey>,
    /// The leaf of the last change of its keys: what the next one must follow. None without keys.
    pub last_key_change: Option<u64>,
}

/// A signing key of a publisher.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PublisherKey {
    /// sha256 of the canonical key (TUF key id).
    pub key_id: String,
    /// `SubjectPublicKeyInfo`, PEM.
    pub public_key_pem: String,
    /// When it was registered.
    #[serde(with = "time::serde::rfc3339")]
    pub added_at: OffsetDateTime,
    /// What it may sign.
    pub purposes: BTreeSet<KeyPurpose>,
    /// The last second at which it counts.
    #[serde(with = "time::serde::rfc3339::option")]
    pub not_after: Option<OffsetDateTime>,
    /// The leaf that added it: it counts for leaves after that one.
    pub added_leaf: Option<u64>,
    /// The leaf that removed it, if it was removed: it counts for leaves before that one.
    pub removed_leaf: Option<u64>,
    /// On whose word it was removed.
    pub removed_by: Option<KeyRemover>,
    /// That it stands on the kill list.
    pub revoked: Option<KeyRevocation>,
}

/// On whose word a key was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyRemover {
    /// Another key of the namespace signed for it.
    Key,
    /// Its owners decided it, and none of them objected.
    Owners,
}

/// A key that is not believed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeyRevocation {
    /// The first leaf at which it is not believed; 0 for all.
    pub from_leaf: u64,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Why, in one line.
    pub reason: String,
}

/// What a key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurpose {
    /// Releases.
    Release,
    /// Changes of the namespace's keys.
    KeyChange,
}

/// A namespace to create.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPublisher {
    /// The namespace.
    pub namespace: String,
    /// The name to show.
    pub display_name: String,
    /// That it is given away knowingly, where it is reserved.
    #[serde(default)]
    pub reserved: bool,
    /// Whose it is to be; a person's has that person as its only member.
    #[serde(default)]
    pub kind: PublisherKind,
}

/// What people are to read of a publisher.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDisplayName {
    /// Plain text of one line, 1 to 80 characters.
    #[schema(example = "Acme Corporation")]
    pub display_name: String,
}

/// A namespace just created.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PublisherCreated {
    /// The publisher.
    pub publisher: Publisher,
    /// Its first token, with every scope. Shown this once.
    pub token: String,
}

/// A key to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Ed25519, `SubjectPublicKeyInfo`, PEM.
    pub public_key_pem: String,
    /// What it may sign.
    #[serde(default = "every_purpose")]
    #[schema(default = json!(["release", "key-change"]))]
    pub purposes: BTreeSet<KeyPurpose>,
    /// The last second at which it counts; in whole seconds.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub not_after: Option<OffsetDateTime>,
}

pub(super) fn every_purpose() -> BTreeSet<KeyPurpose> {
    [KeyPurpose::Release, KeyPurpose::KeyChange].into()
}

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Publish versions.
    Publish,
    /// Add and remove signing keys.
    Keys,
    /// Make, list and revoke tokens.
    Tokens,
}

/// A scope and the modules it covers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeGrant {
    /// What.
    pub scope: Scope,
    /// On which modules of the namespace: a name, a prefix with `*`, or `*`.
    #[serde(default = "all_modules")]
    #[schema(example = "hel*", default = "*")]
    pub modules: String,
}

fn all_modules() -> String {
    "*".to_owned()
}

/// A token to make.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What to know it by.
    pub label: String,
    /// What it may do; never more than what makes it.
    pub scopes: Vec<ScopeGrant>,
    /// From which networks it counts, 16 at most; from everywhere where there are none. Never from more than the token that makes it.
    #[serde(default)]
    #[schema(example = json!(["192.0.2.0/24"]))]
    pub networks: Vec<String>,
    /// When it stops working.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
}

/// A token as it is listed; its secret is not kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// Its id, to revoke it by.
    pub id: String,
    /// The id of the token that it was made with, if it was with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_with: Option<String>,
    /// What its owner calls it.
    pub label: String,
    /// What it may do.
    pub scopes: Vec<ScopeGrant>,
    /// From which networks it counts; from everywhere where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<String>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it stops working.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the nearest few minutes.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
}

/// The tokens of a publisher.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenList {
    /// The tokens, newest first.
    pub tokens: Vec<Token>,
}

/// What came of revoking a token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokensRevoked {
    /// The ids of those that count no more from now on: that one, and then those that were made with it, and with those.
    pub revoked: Vec<String>,
}

/// A token just made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenCreated {
    /// The secret, shown this once.
    pub secret: String,
    /// The token.
    pub token: Token,
}

/// What kind of caller it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// Who publishes in a namespace.
    Publisher,
    /// One of the owners of a namespace, who decide together.
    Owner,
    /// Who runs the registry.
    Operator,
    /// A person who is signed in.
    Person,
}

/// Who the caller is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Actor {
    /// What kind of caller.
    pub kind: ActorKind,
    /// The namespace, for a publisher and an owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The owner's id, for an owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The account's id, for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The token used; none by a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// What an operators' token may do: `read`, `review`, `moderate`, `names`, `publishers`, `accounts`, `orders`, `jobs`, `webhooks`. Not
    /// there for one that may do everything, and for others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_scopes: Option<Vec<String>>,
}
