use async_trait::async_trait;
use thiserror::Error;
use time::OffsetDateTime;

use super::StoreError;
use crate::Id;
use crate::domains::DomainClaim;
use crate::publisher::Publisher;

/// Asks the DNS.
#[async_trait]
pub trait Domains: Send + Sync {
    /// The texts of the TXT records of a full name, each put together from its parts; none if the DNS says that there are none. What is
    /// not UTF-8 in them is replaced. The answer is no older than a question.
    ///
    /// # Errors
    /// [`LookupError`]
    async fn texts(&self, name: &str) -> Result<Vec<String>, LookupError>;
}

/// That the DNS says neither that there is something nor that there is nothing.
#[derive(Debug, Error)]
#[error("the DNS does not answer for `{name}`")]
pub struct LookupError {
    /// The name.
    pub name: String,
    /// What happened.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// For commands that look at no domain.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDomains;

#[async_trait]
impl Domains for NoDomains {
    async fn texts(&self, name: &str) -> Result<Vec<String>, LookupError> {
        Err(LookupError { name: name.to_owned(), source: "no DNS server is asked here".into() })
    }
}

/// Lookups of publishers' domains. What is not there is `None`, never an error.
#[async_trait]
pub trait DomainReader: Send {
    /// The domain of a publisher, verified or not.
    async fn domain_of(&mut self, publisher: Id<Publisher>) -> Result<Option<DomainClaim>, StoreError>;

    /// Verified domains that nobody has looked at since `before`, the longest first, at most `limit`.
    async fn domains_to_look_at(&mut self, before: OffsetDateTime, limit: u32) -> Result<Vec<DomainClaim>, StoreError>;
}

/// Changes of publishers' domains. The leaves are locked before: one change is made after the other.
#[async_trait]
pub trait DomainWriter: Send {
    /// Writes the domain of a publisher in the place of any before.
    async fn put_domain(&mut self, claim: &DomainClaim) -> Result<(), StoreError>;

    /// Removes the domain of a publisher, if it has one.
    async fn remove_domain(&mut self, publisher: Id<Publisher>) -> Result<(), StoreError>;
}
