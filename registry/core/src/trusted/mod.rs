//! Trusted publishing: a publisher names workflows of a CI system, whose runs exchange what the system says of them for a token that is
//! good for half an hour. And what a publisher asks of its releases besides: that only such runs publish, and that a second person
//! confirms them. Sources: Rust RFC 3691, and the trusted publishers of the
//! Python index.

mod claims;
mod exchange;
mod letters;
mod loosen;
mod manage;
mod provenance;
mod rules;
pub mod staged;
mod workflow;

use thiserror::Error;

use crate::actor::Denied;
use crate::ports::StoreError;
use adx_signing::name::Namespace;

pub use claims::{BadClaims, Run};
pub use exchange::{ENDED_WORKFLOW_TOKEN_KEPT, ExchangeError, Exchanged, WORKFLOW_TOKEN_LASTS, exchange};
pub(crate) use letters::{of_loosening, of_removed_workflow, of_reported_token, of_switch};
pub(crate) use loosen::loosen;
pub use loosen::{LoosenError, Loosening, announce_loosening_on_the_machine, keep_rule_on_the_machine};
pub(crate) use manage::can_add;
pub use manage::{MAX_TRUSTED_PUBLISHERS, list_trusted_publishers, remove_trusted_publisher};
pub use provenance::Provenance;
pub use rules::{
    LOOSEN_EXPIRES, LOOSEN_WAIT, PublishingRules, PublishingSwitch, ToldRules, UnknownSwitch, read_rules, tell_rules,
    turn_on,
};
pub(crate) use rules::{can_turn_off, refuse_untrusted};
pub use workflow::{BadWorkflow, Provider, RefPattern, TrustedPublisher, Workflow};

/// What the only owner of a namespace should know while a rule is on.
pub const SOLE_OWNER: &str = "There is one owner only, and to turn a rule off takes a second one: invite one while all is well. Without one, the \
                              registry's operators have to be asked.";

/// Why trusted publishers or the rules of a publisher stay as they are.
#[derive(Debug, Error)]
pub enum TrustedError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody owns the namespace.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// The publisher has no such trusted publisher, or not any more.
    #[error("there is no such trusted publisher")]
    NotFound,
    /// Nothing that a run could be.
    #[error(transparent)]
    Workflow(#[from] BadWorkflow),
    /// The very same is trusted.
    #[error("that workflow is trusted already, with the same conditions")]
    Known,
    /// Every exchange looks at all of them.
    #[error("a publisher trusts at most {MAX_TRUSTED_PUBLISHERS} workflows")]
    TooMany,
    /// Nobody could publish.
    #[error("no workflow is trusted yet: nobody could publish")]
    NoneTrusted,
    /// There is nothing to turn off.
    #[error("`{}` is not on", .0.as_str())]
    NotOn(PublishingSwitch),
    /// Whoever decides alone turns nothing off.
    #[error("to turn `{}` off takes the approval of a second owner, and there is one owner only", .0.as_str())]
    SoleOwner(PublishingSwitch),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
