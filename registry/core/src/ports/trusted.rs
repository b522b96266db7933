use async_trait::async_trait;
use serde_json::{Map, Value};
use thiserror::Error;
use time::OffsetDateTime;

use super::StoreError;
use crate::Id;
use crate::publisher::Publisher;
use crate::token::Token;
use crate::trusted::{Loosening, Provenance, Provider, PublishingRules, PublishingSwitch, TrustedPublisher};

/// Who tells of runs of workflows: issuers of CI systems that an operator believes.
#[async_trait]
pub trait WorkflowIssuers: Send + Sync {
    /// In whose words each of them tells, and its address as it writes it.
    fn issuers(&self) -> &[(Provider, String)];

    /// What an issuer said, once it is settled that it was the issuer who said it. Neither times nor audience nor whether it was said
    /// before are looked at.
    ///
    /// # Errors
    /// [`WorkflowTokenError`]; nothing that the token says is believed then.
    async fn verify(&self, token: &str, audience: &str) -> Result<SignedClaims, WorkflowTokenError>;
}

/// What an issuer signed.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedClaims {
    /// In whose words.
    pub provider: Provider,
    /// Who said it.
    pub issuer: String,
    /// What.
    pub claims: Map<String, Value>,
}

/// Why it is not known what an issuer said.
#[derive(Debug, Error)]
pub enum WorkflowTokenError {
    /// It says it is of an issuer that nobody believes here, or is no token at all.
    #[error("this is no token of an issuer that this registry believes")]
    UnknownIssuer,
    /// The issuer does not answer, or not as one. It may another time.
    #[error("the issuer of the token cannot be asked for its keys now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It was not the issuer who said it.
    #[error("the token is not signed by its issuer")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// For a registry that believes no issuer, and for commands that exchange nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoIssuers;

#[async_trait]
impl WorkflowIssuers for NoIssuers {
    fn issuers(&self) -> &[(Provider, String)] {
        &[]
    }

    async fn verify(&self, _: &str, _: &str) -> Result<SignedClaims, WorkflowTokenError> {
        Err(WorkflowTokenError::UnknownIssuer)
    }
}

/// Lookups of trusted publishers, and of what they made. What is not there is `None`, never an error.
#[async_trait]
pub trait TrustedReader: Send {
    /// A token, revoked and expired ones too.
    async fn token(&mut self, id: Id<Token>) -> Result<Option<Token>, StoreError>;

    /// A trusted publisher, one that is not trusted any more too.
    async fn trusted_publisher(&mut self, id: Id<TrustedPublisher>) -> Result<Option<TrustedPublisher>, StoreError>;

    /// Those that the publisher trusts, in the order they were added.
    async fn trusted_publishers_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<TrustedPublisher>, StoreError>;

    /// What the publisher asks of its releases.
    async fn publishing_rules(&mut self, publisher: Id<Publisher>) -> Result<PublishingRules, StoreError>;

    /// The rules of the publisher that an operator turns off, in the order of their words.
    async fn loosenings_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<Loosening>, StoreError>;

    /// The run that a token was made for, if it was for one.
    async fn provenance(&mut self, token: Id<Token>) -> Result<Option<Provenance>, StoreError>;
}

/// Changes of them. The leaves are locked before: one change is made after the other.
#[async_trait]
pub trait TrustedWriter: Send {
    /// A new one.
    async fn insert_trusted_publisher(&mut self, trusted: &TrustedPublisher) -> Result<(), StoreError>;

    /// Notes that it is not trusted any more.
    async fn remove_trusted_publisher(
        &mut self,
        id: Id<TrustedPublisher>,
        at: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Revokes every token that it admitted a run to.
    async fn revoke_tokens_of_trusted_publisher(
        &mut self,
        id: Id<TrustedPublisher>,
        at: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// What the publisher asks of its releases from now on.
    async fn set_publishing_rules(
        &mut self,
        publisher: Id<Publisher>,
        rules: PublishingRules,
    ) -> Result<(), StoreError>;

    /// Notes that an operator turns a rule off, which none does yet.
    async fn insert_loosening(&mut self, loosening: &Loosening) -> Result<(), StoreError>;

    /// Notes that no operator does any more. Whether one did.
    async fn remove_loosening(
        &mut self,
        publisher: Id<Publisher>,
        switch: PublishingSwitch,
    ) -> Result<bool, StoreError>;

    /// Notes that a CI system's token (`jti` of `issuer`) was used, and until when it would be good.
    ///
    /// # Errors
    /// [`Constraint::WorkflowToken`](super::Constraint::WorkflowToken) when it was used before.
    async fn use_workflow_token(
        &mut self,
        issuer: &str,
        jti: &str,
        good_until: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Forgets those that were good until before a time.
    async fn forget_workflow_tokens(&mut self, before: OffsetDateTime) -> Result<(), StoreError>;

    /// Removes tokens of runs that ended before a time, with what is kept of the runs, at most so many: those that released nothing, and
    /// sent nothing of which there is a submission. How many.
    async fn sweep_workflow_tokens(&mut self, before: OffsetDateTime, most: u32) -> Result<u64, StoreError>;

    /// Keeps the run that a token is made for.
    async fn insert_provenance(&mut self, token: Id<Token>, provenance: &Provenance) -> Result<(), StoreError>;
}
