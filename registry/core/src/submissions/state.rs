//! How far a submission has come, and where it can go from there.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// How far a submission has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubmissionState {
    /// Its envelope proves that the publisher wants it; nothing of the package has been looked at.
    Started,
    /// Archive, manifest and component are read.
    Validating,
    /// The configured checks look it over.
    Scanning,
    /// It waits for an operator.
    InReview,
    /// It waits for an operator, who alone is told why: a check knows something in it to be harmful.
    Quarantined,
    /// It waits for an owner, who confirms it.
    Staged,
    /// It is a release.
    Released,
    /// A check or an operator refused it.
    Rejected,
    /// Its publisher took it back.
    Withdrawn,
    /// It could not be looked over; sent again it is another submission.
    Errored,
}

/// A submission that is so far does not become that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a submission that is `{from}` does not become `{to}`")]
pub struct NoSuchStep {
    /// How far it is.
    pub from: SubmissionState,
    /// What it should become.
    pub to: SubmissionState,
}

/// A word that is no state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no state of a submission")]
pub struct UnknownSubmissionState(String);

impl SubmissionState {
    /// Every one, in the order that they come in.
    pub const ALL: [Self; 10] = [
        Self::Started,
        Self::Validating,
        Self::Scanning,
        Self::InReview,
        Self::Quarantined,
        Self::Staged,
        Self::Released,
        Self::Rejected,
        Self::Withdrawn,
        Self::Errored,
    ];

    /// Those in which somebody has to decide.
    pub const WAITING: [Self; 3] = [Self::InReview, Self::Quarantined, Self::Staged];

    /// Those in which an operator has to.
    pub const IN_REVIEW: [Self; 2] = [Self::InReview, Self::Quarantined];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Validating => "validating",
            Self::Scanning => "scanning",
            Self::InReview => "in-review",
            Self::Quarantined => "quarantined",
            Self::Staged => "staged",
            Self::Released => "released",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Errored => "errored",
        }
    }

    /// What it can become.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Started => &[Self::Validating],
            Self::Validating => &[Self::Scanning, Self::Rejected, Self::Errored],
            Self::Scanning => {
                &[Self::InReview, Self::Quarantined, Self::Staged, Self::Released, Self::Rejected, Self::Errored]
            }
            Self::InReview | Self::Quarantined => &[Self::Staged, Self::Released, Self::Rejected, Self::Withdrawn],
            Self::Staged => &[Self::Released, Self::Rejected, Self::Withdrawn],
            Self::Released | Self::Rejected | Self::Withdrawn | Self::Errored => &[],
        }
    }

    /// Becomes `to`.
    ///
    /// # Errors
    /// [`NoSuchStep`] when no edge leads there.
    pub fn step(self, to: Self) -> Result<Self, NoSuchStep> {
        if self.next().contains(&to) { Ok(to) } else { Err(NoSuchStep { from: self, to }) }
    }

    /// Whether somebody has to decide.
    pub fn is_waiting(self) -> bool {
        Self::WAITING.contains(&self)
    }

    /// Whether an operator has to.
    pub fn is_in_review(self) -> bool {
        Self::IN_REVIEW.contains(&self)
    }

    /// Whether nothing comes after it.
    pub const fn is_final(self) -> bool {
        self.next().is_empty()
    }

    /// What its publisher is told: whoever hides something harmful does not learn that it was found.
    #[must_use]
    pub fn as_told(self) -> Self {
        if self == Self::Quarantined { Self::InReview } else { self }
    }
}

impl fmt::Display for SubmissionState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for SubmissionState {
    type Err = UnknownSubmissionState;

    fn from_str(text: &str) -> Result<Self, UnknownSubmissionState> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == text);
        found.ok_or_else(|| UnknownSubmissionState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_state() -> impl Strategy<Value = SubmissionState> {
        (0..SubmissionState::ALL.len()).prop_map(|place| SubmissionState::ALL[place])
    }

    proptest! {
        /// Whatever is asked for, in whatever order: nothing goes back, nothing ends twice, and nothing is released that was not scanned.
        #[test]
        fn no_path_goes_back_or_past_the_scan(wanted in proptest::collection::vec(any_state(), 0..64)) {
            let mut state = SubmissionState::Started;
            let mut path = vec![state];
            for to in wanted {
                if let Ok(next) = state.step(to) {
                    prop_assert!(!state.is_final() && next > state, "{state} became {next}");
                    state = next;
                    path.push(state);
                } else {
                    prop_assert!(!state.next().contains(&to));
                }
            }
            let after_the_scan =
                [SubmissionState::WAITING.as_slice(), &[SubmissionState::Released]].concat();
            if path.iter().any(|state| after_the_scan.contains(state)) {
                prop_assert_eq!(&path[..3], [SubmissionState::Started, SubmissionState::Validating, SubmissionState::Scanning]);
            }
            prop_assert!(path.len() <= 6);
        }

        #[test]
        fn words_are_read_back(state in any_state()) {
            prop_assert_eq!(state.as_str().parse::<SubmissionState>(), Ok(state));
        }
    }

    #[test]
    fn every_state_is_reached_and_every_waiting_one_can_end_in_three_ways() {
        let reached = |state: &SubmissionState| {
            *state == SubmissionState::Started || SubmissionState::ALL.iter().any(|from| from.next().contains(state))
        };
        assert!(SubmissionState::ALL.iter().all(reached));
        let ends = [SubmissionState::Released, SubmissionState::Rejected, SubmissionState::Withdrawn];
        assert!(SubmissionState::WAITING.iter().all(|waiting| waiting.next().ends_with(&ends)));
    }
}
