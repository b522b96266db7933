//! What a publisher asks of its releases: who may publish them, and whether somebody confirms. One owner makes it stricter at once;
//! to loosen it takes another owner's approval, and three days in which each of them can object (`crate::proposals`); where there is no
//! other owner, an operator's word in the place of it (`super::loosen`).

use std::str::FromStr;

use adx_signing::name::Namespace;
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;
use time::Duration;

use super::loosen::keep;
use super::manage::still_owns;
use super::{Loosening, TrustedError};
use crate::Ports;
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::job::Notice;
use crate::members::Member;
use crate::ports::{Transaction, Written};
use crate::proposals::notify_owners;
use crate::publisher::Publisher;
use crate::token::TokenOwner;

/// How long owners have to object before something is loosened.
pub const LOOSEN_WAIT: Duration = Duration::hours(72);
/// Too late to loosen it, after it was announced.
pub const LOOSEN_EXPIRES: Duration = Duration::days(14);

/// What a publisher asks of its releases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PublishingRules {
    /// Only runs of trusted workflows publish.
    pub trusted_only: bool,
    /// An owner, another one than whose token published, confirms each release.
    pub staged: bool,
}

/// One of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublishingSwitch {
    /// [`PublishingRules::trusted_only`].
    TrustedOnly,
    /// [`PublishingRules::staged`].
    Staged,
}

impl PublishingSwitch {
    /// Every switch.
    pub const ALL: [Self; 2] = [Self::TrustedOnly, Self::Staged];

    /// The word on the wire and in letters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TrustedOnly => "trusted-only",
            Self::Staged => "staged",
        }
    }
}

impl FromStr for PublishingSwitch {
    type Err = UnknownSwitch;

    fn from_str(text: &str) -> Result<Self, UnknownSwitch> {
        Self::ALL.into_iter().find(|switch| switch.as_str() == text).ok_or_else(|| UnknownSwitch(text.to_owned()))
    }
}

/// A word that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no rule: `trusted-only` and `staged` are")]
pub struct UnknownSwitch(String);

/// What a publisher asks of its releases, and what its members should know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldRules {
    /// What it asks.
    pub rules: PublishingRules,
    /// Whether there is no second owner, who could approve that less is asked.
    pub has_sole_owner: bool,
    /// The rules that an operator turns off.
    pub loosenings: Vec<Loosening>,
}

impl PublishingRules {
    /// Whether any is on.
    pub const fn is_strict(self) -> bool {
        self.trusted_only || self.staged
    }

    /// Whether a switch is on.
    pub const fn has(self, switch: PublishingSwitch) -> bool {
        match switch {
            PublishingSwitch::TrustedOnly => self.trusted_only,
            PublishingSwitch::Staged => self.staged,
        }
    }

    /// The same with a switch turned.
    #[must_use]
    pub const fn with(self, switch: PublishingSwitch, on: bool) -> Self {
        match switch {
            PublishingSwitch::TrustedOnly => Self { trusted_only: on, ..self },
            PublishingSwitch::Staged => Self { staged: on, ..self },
        }
    }
}

/// What a publisher asks of its releases; for its members, itself and operators.
///
/// # Errors
/// [`TrustedError`]
pub async fn read_rules(ports: &Ports, actor: &Actor, namespace: &Namespace) -> Result<PublishingRules, TrustedError> {
    tell_rules(ports, actor, namespace).await.map(|told| told.rules)
}

/// The same, with what is to be known of it.
///
/// # Errors
/// [`TrustedError`]
pub async fn tell_rules(ports: &Ports, actor: &Actor, namespace: &Namespace) -> Result<ToldRules, TrustedError> {
    actor.sees_owners_of(namespace)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| TrustedError::NoPublisher(namespace.clone()))?;
    let owners = reader.members_of(publisher.id).await?.into_iter().filter(Member::is_owner).count();
    Ok(ToldRules {
        rules: reader.publishing_rules(publisher.id).await?,
        has_sole_owner: owners == 1,
        loosenings: reader.loosenings_of(publisher.id).await?,
    })
}

/// Turns a switch on, at once, on the word of one owner. Every owner is told. One that is on is no error, and stays on if an operator
/// turns it off.
///
/// # Errors
/// [`TrustedError`]; nothing has changed then.
#[tracing::instrument(name = "publishing.turn_on", skip_all, fields(%namespace, switch = switch.as_str()))]
pub async fn turn_on(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    switch: PublishingSwitch,
) -> Result<PublishingRules, TrustedError> {
    let (owner, publisher) = actor.owner_of(namespace)?;
    let mut transaction = ports.store.begin().await?;
    match tighten(ports, &mut *transaction, owner, publisher, switch).await {
        Ok(rules) => {
            transaction.commit(Written::ToldIfChanged).await?;
            Ok(rules)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn tighten(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    owner: &Member,
    publisher: &Publisher,
    switch: PublishingSwitch,
) -> Result<PublishingRules, TrustedError> {
    transaction.lock_leaves().await?;
    still_owns(transaction, owner).await?;
    let rules = transaction.publishing_rules(publisher.id).await?;
    if rules.has(switch) {
        keep(ports, transaction, publisher, switch).await?;
        return Ok(rules);
    }
    let none_trusted = transaction.trusted_publishers_of(publisher.id).await?.is_empty();
    if switch == PublishingSwitch::TrustedOnly && none_trusted {
        return Err(TrustedError::NoneTrusted);
    }
    let rules = rules.with(switch, true);
    transaction.set_publishing_rules(publisher.id, rules).await?;
    let deed = Deed::new(Act::PublishingTighten).of(publisher);
    deed.with(json!({ "switch": switch.as_str() })).tell(ports, transaction);
    notify_owners(ports, transaction, publisher, Notice::PublishingTightened { switch }).await?;
    Ok(rules)
}

/// Whether there is something to turn off, and more than one of `owners` to decide.
pub(crate) async fn can_turn_off(
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    owners: usize,
    switch: PublishingSwitch,
) -> Result<(), TrustedError> {
    let rules = transaction.publishing_rules(publisher.id).await?;
    if !rules.has(switch) {
        return Err(TrustedError::NotOn(switch));
    }
    if owners > 1 { Ok(()) } else { Err(TrustedError::SoleOwner(switch)) }
}

/// Refuses an ordinary token where only runs of trusted workflows publish.
pub(crate) fn refuse_untrusted(rules: PublishingRules, owner: TokenOwner) -> Result<(), Denied> {
    if matches!(owner, TokenOwner::Workflow(_)) || !rules.trusted_only {
        return Ok(());
    }
    Err(Denied::TrustedOnly)
}
