//! Publishers that an operator holds or trusts.

use std::fmt;
use std::str::FromStr;

use adx_signing::name::Namespace;
use serde_json::json;
use thiserror::Error;
use time::OffsetDateTime;

use crate::Ports;
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::operator_scope::OperatorScope;
use crate::ports::{StoreError, Written};
use crate::reason::Reason;
use crate::submissions::by;

/// What an operator said of a publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Whatever it sends is reviewed.
    Held,
    /// Its first release and wider permissions need nobody; what checks find does.
    Trusted,
}

/// A word that is no standing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no standing of a publisher: `held` and `trusted` are")]
pub struct UnknownStanding(String);

impl Standing {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Held, Self::Trusted];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Trusted => "trusted",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Standing {
    type Err = UnknownStanding;

    fn from_str(text: &str) -> Result<Self, UnknownStanding> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownStanding(text.to_owned()))
    }
}

/// The standing of a publisher, who gave it, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherStanding {
    /// The standing.
    pub standing: Standing,
    /// Why, for operators.
    pub reason: String,
    /// Who: `token:` or `account:` with an id, or `machine`.
    pub by: String,
    /// When.
    pub at: OffsetDateTime,
}

/// Why nothing is told or said of a publisher.
#[derive(Debug, Error)]
pub enum StandingError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The namespace has no publisher.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The standing of a publisher, if an operator gave it one, for operators.
///
/// # Errors
/// [`StandingError`]
pub async fn standing_of(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
) -> Result<Option<PublisherStanding>, StandingError> {
    actor.operator_sees(OperatorScope::Review)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| StandingError::NoPublisher(namespace.clone()))?;
    Ok(reader.publisher_standing(publisher.id).await?)
}

/// Gives a publisher a standing for a reason, or takes it away, as an operator's request. What waits already goes on waiting.
///
/// # Errors
/// [`StandingError`]; nothing has changed then.
pub async fn set_standing(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    standing: Option<(Standing, Reason)>,
) -> Result<Option<PublisherStanding>, StandingError> {
    actor.operator(OperatorScope::Review)?;
    set(ports, by(actor)?, namespace, standing).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`StandingError`]; nothing has changed then.
pub async fn set_standing_on_the_machine(
    ports: &Ports,
    namespace: &Namespace,
    standing: Option<(Standing, Reason)>,
) -> Result<Option<PublisherStanding>, StandingError> {
    set(ports, "machine".to_owned(), namespace, standing).await
}

async fn set(
    ports: &Ports,
    by: String,
    namespace: &Namespace,
    standing: Option<(Standing, Reason)>,
) -> Result<Option<PublisherStanding>, StandingError> {
    let at = ports.now();
    let standing =
        standing.map(|(standing, reason)| PublisherStanding { standing, reason: reason.to_string(), by, at });
    let mut transaction = ports.store.begin().await?;
    // Under it releases are recorded: what is not released yet finds the new standing.
    transaction.lock_leaves().await?;
    let Some(publisher) = transaction.publisher_by_namespace(namespace).await? else {
        transaction.rollback().await?;
        return Err(StandingError::NoPublisher(namespace.clone()));
    };
    transaction.set_publisher_standing(publisher.id, standing.as_ref()).await?;
    let word = standing.as_ref().map(|standing| standing.standing.as_str());
    // Operators' business: an entry of the publisher's would be shown to its owners.
    let deed = Deed::new(Act::PublisherStanding).namespace(&publisher.namespace).id(publisher.id);
    deed.with(json!({ "standing": word })).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    tracing::info!(%namespace, standing = word, "an operator spoke of a publisher");
    Ok(standing)
}
