//! What crosses the wire. These types are the API: `openapi.yaml` is made from them.

mod account;
mod audit;
mod catalogue;
pub(in crate::http) mod from_core;
pub(in crate::http) mod from_owners;
pub(in crate::http) mod from_people;
mod moderation;
mod names;
mod owners;
mod person;
mod webhooks;

pub use account::{
    Actor, ActorKind, KeyPurpose, KeyRemover, KeyRevocation, NewKey, NewPublisher, NewToken, Publisher,
    PublisherCreated, PublisherKey, Scope, ScopeGrant, Token, TokenCreated, TokenList,
};
pub use audit::{AuditEntry, AuditHead, AuditPage, AuditQuery, AuditSubject};
pub use catalogue::{
    Change, ChangeKind, Changes, Dependency, Module, Permission, PublishReceipt, PublisherReference, SearchHit,
    SearchPage, SearchSort, VersionDetail, VersionPage, VersionSummary,
};
pub use moderation::{NewQuarantine, NewRevocation};
pub use names::{HeldName, HeldNameList, HeldNameState, HeldNamesQuery, Likeness, NewNameRefusal};
pub use owners::{
    Approval, InvitationCode, NewOwner, NewProposal, Owner, OwnerAccepted, OwnerList, OwnerReference, OwnerState,
    Proposal, ProposalList, ProposalState, ProposedAction,
};
pub use person::{
    Account, ConnectedIdentity, ConnectedIdentityList, MailAddress, NewAccount, NewOperator, OneTimePassword,
    OpenIdAddress, OpenIdStart, PasswordChange, PasswordProof, PasswordReset, RecoveryCodeList, SecondFactorRemoval,
    SecondFactorSeed, Session, SessionList, SessionState, SignIn,
};
pub use webhooks::{
    DeliveriesQuery, Delivery, DeliveryAttempt, DeliveryList, DeliveryState, NewReplay, NewWebhook, Replayed, Webhook,
    WebhookChange, WebhookCreated, WebhookList, WebhooksQuery,
};
