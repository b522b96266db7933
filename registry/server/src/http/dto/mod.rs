//! What crosses the wire. These types are the API: `openapi.yaml` is made from them.

mod account;
mod catalogue;
pub(in crate::http) mod from_core;
mod moderation;

pub use account::{
    Actor, ActorKind, KeyPurpose, NewKey, NewPublisher, NewToken, Publisher, PublisherCreated, PublisherKey, Scope,
    ScopeGrant, Token, TokenCreated, TokenList,
};
pub use catalogue::{
    Change, ChangeKind, Changes, Dependency, Module, Permission, PublishReceipt, PublisherReference, SearchHit,
    SearchPage, SearchSort, VersionDetail, VersionPage, VersionSummary,
};
pub use moderation::{NewQuarantine, NewRevocation};
