//! Who owns a namespace, and the keys its releases are signed with.

use adx_signing::key::{KeyId, PublicKey};
use adx_signing::name::Namespace;
use time::OffsetDateTime;

use crate::Id;

/// The owner of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// Its identifier.
    pub id: Id<Publisher>,
    /// The namespace it owns, unique by canonical form.
    pub namespace: Namespace,
    /// What people read.
    pub display_name: String,
    /// When it was created.
    pub created_at: OffsetDateTime,
}

/// A key that a publisher registered for signing releases.
#[derive(Debug, Clone)]
pub struct PublisherKey {
    /// The key's identifier, computed from the key itself.
    pub key_id: KeyId,
    /// Whose key it is.
    pub publisher: Id<Publisher>,
    /// The key.
    pub public_key: PublicKey,
    /// When it was registered.
    pub added_at: OffsetDateTime,
    /// The number of the leaf that added it; none for a key from before the log.
    pub leaf: Option<u64>,
}
