//! Appeals: a publisher says that an operator was wrong about a quarantine, a takedown, a refused name or a rejected submission, or a
//! person about the namespace that it asked for, and an operator decides once more. Granting undoes what was done, in the same transaction.

mod account;
mod decide;
mod letters;
mod list;
mod open;
mod subject;
mod told;

use std::fmt;
use std::str::FromStr;

use adx_signing::name::{ModuleId, Namespace};
use semver::Version;
use serde_json::json;
use thiserror::Error;
use time::OffsetDateTime;

use crate::Id;
use crate::account::Account;
use crate::actor::Denied;
use crate::audit::{Act, Deed};
use crate::names::DecideNameError;
use crate::ports::StoreError;
use crate::publisher::Publisher;
use crate::quarantine::QuarantineError;
use crate::review::DecideError;
use crate::takedown::TakedownError;

pub use account::{appeals_of_account, open_account_appeal};
pub use decide::{decide_appeal, decide_appeal_on_the_machine};
pub(crate) use letters::{of_operators, of_owners, tell_appellant};
pub use list::{Appeals, MAX_APPEALS, appeals, appeals_of, appeals_on_the_machine};
pub use open::{MAX_OF_SUBJECT, open_appeal};
pub use subject::{AppealSubject, UnknownSubject};
pub use told::{ToldAppeal, tell_appeal, tell_appeals};

/// What a publisher says against a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appeal {
    /// Its identifier.
    pub id: Id<Appeal>,
    /// Whose it is.
    pub appellant: Appellant,
    /// What it is about.
    pub subject: AppealSubject,
    /// What is said.
    pub text: String,
    /// What was decided.
    pub state: AppealState,
    /// Who opened it: `token:` or `account:` with an id. No name of a person.
    pub opened_by: String,
    /// When.
    pub opened_at: OffsetDateTime,
    /// Who decided, when, and in which words.
    pub decided: Option<Answer>,
}

impl Appeal {
    /// What the audit log is told of it: neither what was said nor what was answered, which stand with the appeal. Without a publisher
    /// where its namespace was deleted meanwhile.
    fn deed(&self, act: Act, publisher: Option<&Publisher>) -> Deed {
        let deed = Deed::new(act).id(self.id);
        let deed = match publisher {
            Some(publisher) => deed.of(publisher),
            None => deed,
        };
        deed.with(json!({
            "kind": self.subject.kind(),
            "subject": self.subject.key(),
            "state": self.state.as_str(),
        }))
    }
}

/// Whose an appeal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appellant {
    /// A publisher's.
    Publisher(Id<Publisher>),
    /// That of a person who asked for a namespace.
    Account(Id<Account>),
}

/// An operator's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Who: `token:` or `account:` with an id, or `machine`. No name of a person.
    pub by: String,
    /// When.
    pub at: OffsetDateTime,
    /// Why.
    pub reason: String,
}

/// What was decided of an appeal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppealState {
    /// It waits for an operator.
    Open,
    /// What it was about is undone.
    Granted,
    /// It stays.
    Denied,
}

/// A word that is no state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no state of an appeal: `open`, `granted` and `denied` are")]
pub struct UnknownAppealState(String);

impl AppealState {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Open, Self::Granted, Self::Denied];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Granted => "granted",
            Self::Denied => "denied",
        }
    }
}

impl fmt::Display for AppealState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for AppealState {
    type Err = UnknownAppealState;

    fn from_str(text: &str) -> Result<Self, UnknownAppealState> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownAppealState(text.to_owned()))
    }
}

/// Why nothing was appealed or decided.
#[derive(Debug, Error)]
pub enum AppealError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The namespace has no publisher.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// There is nothing of the publisher's that is meant.
    #[error("nothing of `{0}` is meant by this")]
    NotTheirs(Namespace),
    /// The namespace was not held for whoever asks.
    #[error("you have not asked for the namespace `{0}`, or it was not held")]
    NotAsked(Namespace),
    /// No operator has decided anything against it.
    #[error("no operator has decided anything against {0}")]
    NothingDecided(String),
    /// The whole module is withheld, not the version by itself.
    #[error("the whole of `{module}` is withheld, not version {version} by itself: appeal for the module")]
    WholeModule {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// The bytes are gone.
    #[error("the package of that submission is not kept any more")]
    NotKept,
    /// One waits.
    #[error("an appeal about {0} waits for an operator already")]
    Again(String),
    /// It was appealed again and again.
    #[error("{0} was appealed {MAX_OF_SUBJECT} times: it stays as it was decided")]
    TooMany(String),
    /// There is no such appeal.
    #[error("there is no such appeal")]
    Unknown,
    /// Somebody was first.
    #[error("the appeal is `{0}` already")]
    NotOpen(AppealState),
    /// It cannot be undone.
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    /// It cannot be undone.
    #[error(transparent)]
    Takedown(#[from] TakedownError),
    /// It cannot be undone.
    #[error(transparent)]
    Name(#[from] DecideNameError),
    /// It cannot be undone.
    #[error(transparent)]
    Submission(#[from] DecideError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
