//! How far a licence has come here: by its own steps, none of which takes anything away that the tenant was not told of in time.

use adx_signing::{
    UtcSecond,
    licence::{Action, Licence, State, Step, steps},
};
use time::Duration;

/// The steps of a licence, a revocation among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timeline {
    steps: Vec<Step>,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// In which state.
    pub(crate) state: State,
    /// The step that comes next.
    pub(crate) next: Option<Coming>,
}

/// A step that is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coming {
    /// The step, by the licence.
    pub(crate) step: Step,
    /// When it takes effect here; unknown before it is announced.
    pub(crate) takes_effect: Option<UtcSecond>,
}

/// Whether a state takes something away that runs.
pub(crate) const fn takes(state: State) -> bool {
    !state.allows(Action::Write) && !matches!(state, State::Pending)
}

impl Timeline {
    /// That of a licence, taken back at `revoked` if it was.
    pub(crate) fn of(licence: &Licence, revoked: Option<UtcSecond>) -> Self {
        let mut steps = steps(licence);
        if let Some(at) = revoked {
            steps.retain(|step| step.at < at);
            steps.push(Step { at, state: State::Revoked });
        }
        Self { steps }
    }

    /// That of what no licence covers: over, from the first time that anybody looks.
    pub(crate) fn over() -> Self {
        let at = time::OffsetDateTime::UNIX_EPOCH;
        Self {
            steps: vec![
                Step { at: (at - Duration::SECOND).into(), state: State::Active },
                Step { at: at.into(), state: State::Disabled },
            ],
        }
    }

    /// The steps that take something away.
    pub(crate) fn taking(&self) -> impl Iterator<Item = Step> {
        self.steps.iter().copied().filter(|step| takes(step.state))
    }

    /// The state by its steps alone, whatever was announced.
    pub(crate) fn by_itself(&self, now: UtcSecond) -> State {
        self.steps.iter().rev().find(|step| step.at <= now).map_or(State::Pending, |step| step.state)
    }

    /// Where it stands, when each step that takes something away waits until it was announced, and for the time that was announced.
    /// Steps that all come late come one after the other still, as far apart as they are, or as the notice.
    pub(crate) fn stands(
        &self,
        not_before: impl Fn(Step) -> Option<UtcSecond>,
        notice: Duration,
        now: UtcSecond,
    ) -> Standing {
        let mut state = State::Pending;
        let mut before: Option<(UtcSecond, UtcSecond)> = None;
        for step in &self.steps {
            let earliest = if takes(step.state) { not_before(*step) } else { Some(step.at) };
            let takes_effect = earliest.map(|earliest| {
                let after = before.map(|(due, effect)| {
                    effect.after(Duration::seconds(step.at.unix_seconds() - due.unix_seconds()).min(notice))
                });
                earliest.max(step.at).max(after.unwrap_or(step.at))
            });
            match takes_effect {
                Some(effect) if effect <= now => {
                    state = step.state;
                    before = Some((step.at, effect));
                }
                _ => return Standing { state, next: Some(Coming { step: *step, takes_effect }) },
            }
        }
        Standing { state, next: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adx_signing::licence::{Kind, LicenceId};

    const HOUR: Duration = Duration::hours(1);

    fn at(text: &str) -> UtcSecond {
        text.parse().expect("an instant")
    }

    fn licence() -> Licence {
        Licence {
            id: LicenceId::new(at("2026-01-01T00:00:00Z"), [0; 10]),
            registry: "registry.test/log".parse().expect("an origin"),
            tenant: "acme".parse().expect("a tenant"),
            module: "acme/guest".parse().expect("a module"),
            versions: semver::VersionReq::STAR,
            features: [].into(),
            seats: None,
            kind: Kind::Subscription,
            from: at("2026-01-01T00:00:00Z"),
            until: Some(at("2026-02-01T00:00:00Z")),
            grace: 3_600,
            read_only: 3_600,
            retained: 7_200,
        }
    }

    /// What was announced then, an hour before it takes effect.
    fn told(at: UtcSecond) -> impl Fn(Step) -> Option<UtcSecond> {
        move |_| Some(at.after(HOUR))
    }

    #[test]
    fn what_was_announced_in_time_comes_when_it_is_due() {
        let timeline = Timeline::of(&licence(), None);
        let announced = told(at("2026-01-20T00:00:00Z"));
        for (now, state) in [
            ("2026-01-31T23:59:59Z", State::Active),
            ("2026-02-01T00:00:00Z", State::Grace),
            ("2026-02-01T01:00:00Z", State::ReadOnly),
            ("2026-02-01T02:00:00Z", State::Disabled),
            ("2026-02-01T03:00:00Z", State::Retained),
            ("2026-02-01T04:00:00Z", State::Expired),
        ] {
            assert_eq!(timeline.stands(&announced, HOUR, at(now)).state, state, "{now}");
            assert_eq!(timeline.by_itself(at(now)), state, "{now}");
        }
    }

    #[test]
    fn nothing_is_taken_away_before_it_was_announced() {
        let timeline = Timeline::of(&licence(), None);
        let late = at("2027-01-01T00:00:00Z");
        let standing = timeline.stands(|_| None, HOUR, late);
        assert_eq!(standing.state, State::Grace);
        let next = standing.next.expect("a step");
        assert_eq!((next.step.state, next.takes_effect), (State::ReadOnly, None));

        // Announced late, all at once: each has its notice, and the steps go on one after the other.
        for (now, state) in [
            ("2027-01-01T00:59:59Z", State::Grace),
            ("2027-01-01T01:00:00Z", State::ReadOnly),
            ("2027-01-01T02:00:00Z", State::Disabled),
            ("2027-01-01T03:00:00Z", State::Retained),
        ] {
            assert_eq!(timeline.stands(told(late), HOUR, at(now)).state, state, "{now}");
        }
    }

    #[test]
    fn a_revocation_is_announced_like_every_other_step() {
        let revoked = at("2026-01-10T00:00:00Z");
        let timeline = Timeline::of(&licence(), Some(revoked));
        assert_eq!(timeline.by_itself(revoked), State::Revoked);
        assert_eq!(timeline.stands(|_| None, HOUR, revoked).state, State::Active);
        assert_eq!(timeline.stands(told(revoked), HOUR, revoked).state, State::Active);
        assert_eq!(timeline.stands(told(revoked), HOUR, revoked.after(HOUR)).state, State::Revoked);
        let states: Vec<State> = timeline.taking().map(|step| step.state).collect();
        assert_eq!(states, [State::Revoked], "what would come later does not");
    }

    #[test]
    fn what_has_no_licence_stands_still_once_that_was_announced() {
        let (timeline, now) = (Timeline::over(), at("2026-01-01T00:00:00Z"));
        assert_eq!(timeline.stands(|_| None, HOUR, now).state, State::Active);
        assert_eq!(timeline.stands(told(now), HOUR, now.after(HOUR)).state, State::Disabled);
        assert_eq!(timeline.by_itself(now), State::Disabled);
    }
}
