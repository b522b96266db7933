//! Domains of publishers. An owner asks for a text, puts it into the domain's DNS, and has it looked at; from then on everybody sees that
//! the publisher holds the domain, for as long as the record stays.

mod ask;
mod domain;
mod forget;
mod look;
mod verify;

use adx_signing::name::Namespace;
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use crate::Id;
use crate::actor::Denied;
use crate::members::MemberError;
use crate::ports::{LookupError, StoreError, Transaction, Written};
use crate::publisher::Publisher;

pub use ask::{ask_for_domain, read_domain, verified_domain};
pub use domain::{BadDomain, Domain};
pub(crate) use forget::do_without;
pub use forget::forget_domain;
pub(crate) use look::{look_at_domains, note_lost, note_missing};
pub use verify::verify_domain;

/// Below which name of a domain the record stands.
pub(crate) const RECORD_LABEL: &str = "_adx-publisher";
/// How often a domain is looked at again.
pub const LOOK_EVERY: Duration = Duration::days(1);
/// How long the record may be missing.
pub const MAY_BE_MISSING: Duration = Duration::days(7);

/// How long name servers may fail to answer before that means that the record is missing.
pub const MAY_BE_SILENT: Duration = Duration::days(30);

/// What a publisher says of a domain, and whether it is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainClaim {
    /// Who says it.
    pub publisher: Id<Publisher>,
    /// Which domain.
    pub domain: Domain,
    /// What nobody else is given for it. It is no secret: everybody can read it in the DNS.
    pub token: String,
    /// When an owner asked for it.
    pub asked_at: OffsetDateTime,
    /// When it was verified; none if it is not, or not any more.
    pub verified_at: Option<OffsetDateTime>,
    /// When it was looked at last.
    pub looked_at: Option<OffsetDateTime>,
    /// When the record was there last.
    pub seen_at: Option<OffsetDateTime>,
    /// Since when the record is missing, though it was verified.
    pub missing_since: Option<OffsetDateTime>,
}

impl DomainClaim {
    /// The full name of the record.
    pub fn record_name(&self) -> String {
        format!("{RECORD_LABEL}.{}", self.domain)
    }

    /// The text of the record, which is of the type TXT.
    pub fn record_text(&self) -> String {
        format!("adx-verify={}", self.token)
    }

    /// When it counts no more, should the record not come back.
    pub fn ends_at(&self) -> Option<OffsetDateTime> {
        self.missing_since.map(|since| since + MAY_BE_MISSING)
    }
}

/// Why a domain was not verified, nor forgotten.
#[derive(Debug, Error)]
pub enum DomainError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// What is wrong with members in general.
    #[error(transparent)]
    Members(#[from] MemberError),
    /// No owner asked for it, or another one meanwhile.
    #[error("`{0}` has not asked to have a domain verified")]
    NotAsked(Namespace),
    /// There is no such record.
    #[error("the DNS has no TXT record `{text}` at `{name}`")]
    Missing {
        /// Where it is to be.
        name: String,
        /// What it is to say.
        text: String,
    },
    /// The DNS says nothing.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Commits what was changed, which must be told to the audit log or not, and nothing of what was refused.
async fn end<T>(
    transaction: Box<dyn Transaction>,
    written: Written,
    changed: Result<T, DomainError>,
) -> Result<T, DomainError> {
    match changed {
        Ok(changed) => {
            transaction.commit(written).await?;
            Ok(changed)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}
