//! Giving a publisher, and with it the namespace, to somebody else: its owners decide to offer it, and whoever gets the letter accepts.
//! The history of its keys stays.

mod accept;
mod end;
mod look;
mod offer;
mod show;

use std::str::FromStr;

use adx_signing::name::Namespace;
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use crate::Id;
use crate::account::UnknownWord;
use crate::actor::Denied;
use crate::members::MemberError;
use crate::owner::OwnerName;
use crate::ports::{Address, StoreError};
use crate::publisher::Publisher;

pub use accept::{accept_transfer, decline_transfer};
pub use end::withdraw_transfer;
pub(crate) use end::{note_told, tell_former_member};
pub use look::{OfferedPublisher, look_at_transfer};
pub(crate) use offer::{can_offer, offer, send_offer};
pub use show::read_transfer;

/// How long an offer is good.
pub const TRANSFER_EXPIRES: Duration = Duration::days(14);

/// That a publisher is offered to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Its identifier.
    pub id: Id<Transfer>,
    /// What is offered.
    pub publisher: Id<Publisher>,
    /// How far it has come.
    pub state: TransferState,
    /// Who is to get it: personal, and erased when it has ended.
    pub name: Option<OwnerName>,
    /// Where the offer goes: erased as well.
    pub email: Option<Address>,
    /// When owners decided it.
    pub offered_at: OffsetDateTime,
    /// When it is too late.
    pub expires_at: OffsetDateTime,
    /// When it was accepted, declined or withdrawn.
    pub ended_at: Option<OffsetDateTime>,
}

impl Transfer {
    /// Whether it may be accepted at `now`.
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.state == TransferState::Offered && now < self.expires_at
    }

    /// The same, ended. Neither name nor address is kept for longer than it is needed.
    pub(crate) fn ended(self, state: TransferState, now: OffsetDateTime) -> Self {
        Self { state, name: None, email: None, ended_at: Some(now), ..self }
    }
}

/// How far an offer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferState {
    /// It can be accepted until it expires.
    Offered,
    /// The namespace has another owner.
    Accepted,
    /// Whoever got the letter did not want it.
    Declined,
    /// An owner took it back, or it expired before another one was made.
    Withdrawn,
}

impl TransferState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Offered, Self::Accepted, Self::Declined, Self::Withdrawn];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl FromStr for TransferState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Why a publisher was not offered, accepted, declined or kept.
#[derive(Debug, Error)]
pub enum TransferError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// What is wrong with members in general.
    #[error(transparent)]
    Members(#[from] MemberError),
    /// It is offered already.
    #[error("`{0}` is offered to somebody already")]
    Offered(Namespace),
    /// It is not offered.
    #[error("`{0}` is not offered to anybody")]
    NotOffered(Namespace),
    /// An offer goes to an address.
    #[error("an offer needs an address")]
    NoAddress,
    /// No offer has this code, or none has it any more.
    #[error("the code is not that of an offer, or of one that was answered, withdrawn or has expired")]
    BadCode,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
