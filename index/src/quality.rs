//! How good a module is, whatever is looked for: one number, by which a search orders what matches equally well.
//!
//! | what | share | how it grows |
//! |---|---|---|
//! | rating | 30 % | mean of all ratings and [`PRIOR_RATINGS`] of [`PRIOR_STARS`], from one star to five |
//! | installs | 25 % | logarithm, up to [`MANY_INSTALLS`] |
//! | age of the last release | 20 % | halves every [`HALF_LIFE_DAYS`] days |
//! | verified publisher | 15 % | has it or has not |
//! | compatibility | 10 % | runs on the current platform or does not |
//!
//! What its publisher advises against keeps a quarter of all that.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// The highest [`quality`].
pub const BEST: u16 = 1_000;
/// What somebody is assumed to give who has not rated, in stars.
pub const PRIOR_STARS: f64 = 3.5;
/// As many ratings are assumed: so few real ones hardly move the mean.
pub const PRIOR_RATINGS: f64 = 100.0;
/// Installs above which more tell nothing.
pub const MANY_INSTALLS: f64 = 1_000_000.0;
/// Days in which the worth of a release halves.
pub const HALF_LIFE_DAYS: f64 = 180.0;

/// The stars that can be given.
const FEWEST_STARS: f64 = 1.0;
const MOST_STARS: f64 = 5.0;
/// The shares of the parts; together 1.
const RATING: f64 = 0.30;
const INSTALLS: f64 = 0.25;
const AGE: f64 = 0.20;
const VERIFIED: f64 = 0.15;
const COMPATIBLE: f64 = 0.10;
/// What is left of a module that its publisher advises against.
const DEPRECATED: f64 = 0.25;

/// All ratings of a module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratings {
    /// The stars of all of them together.
    pub stars: u64,
    /// How many there are.
    pub count: u64,
}

impl Ratings {
    /// The mean as if [`PRIOR_RATINGS`] of [`PRIOR_STARS`] had been given before, in stars.
    pub fn bayesian_mean(self) -> f64 {
        let (stars, count) = (approximately(self.stars), approximately(self.count));
        (PRIOR_STARS.mul_add(PRIOR_RATINGS, stars) / (count + PRIOR_RATINGS)).clamp(FEWEST_STARS, MOST_STARS)
    }

    /// The mean of those given, in whole stars, rounded down; `None` without any.
    pub fn whole_stars(self) -> Option<u8> {
        let mean = self.stars.checked_div(self.count)?;
        Some(u8::try_from(mean).unwrap_or(u8::MAX).clamp(1, 5))
    }
}

/// What [`quality`] is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signals {
    /// What people gave it.
    pub ratings: Ratings,
    /// How often it was installed.
    pub installs: u64,
    /// Whole days since its last release.
    pub days_since_update: u32,
    /// Whether its last version runs on the current platform.
    pub compatible: bool,
    /// Whether its publisher is verified.
    pub verified: bool,
    /// Whether its publisher advises against it.
    pub deprecated: bool,
}

/// How good a module is, from 0 to [`BEST`].
pub fn quality(signals: &Signals) -> u16 {
    let rating = (signals.ratings.bayesian_mean() - FEWEST_STARS) / (MOST_STARS - FEWEST_STARS);
    let installs = (approximately(signals.installs).ln_1p() / MANY_INSTALLS.ln_1p()).min(1.0);
    let age = (-f64::from(signals.days_since_update) / HALF_LIFE_DAYS).exp2();
    let share = |holds: bool, share: f64| if holds { share } else { 0.0 };
    let sum = RATING * rating
        + INSTALLS * installs
        + AGE * age
        + share(signals.compatible, COMPATIBLE)
        + share(signals.verified, VERIFIED);
    let left = if signals.deprecated { DEPRECATED } else { 1.0 };
    rounded(sum * left * f64::from(BEST))
}

/// Numbers above 2^53 lose their last digits, which tell nothing here.
#[expect(clippy::cast_precision_loss, reason = "the last digits of a huge number tell nothing")]
fn approximately(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and BEST")]
fn rounded(number: f64) -> u16 {
    match number.partial_cmp(&0.0) {
        Some(Ordering::Greater) => number.round().min(f64::from(BEST)) as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signals() -> impl Strategy<Value = Signals> {
        let ratings = (0_u64..100_000).prop_flat_map(|count| (count..=count * 5, Just(count)));
        (ratings, 0_u64..10_000_000, 0_u32..5_000, any::<[bool; 3]>()).prop_map(
            |((stars, count), installs, days_since_update, [compatible, verified, deprecated])| Signals {
                ratings: Ratings { stars, count },
                installs,
                days_since_update,
                compatible,
                verified,
                deprecated,
            },
        )
    }

    proptest! {
        #[test]
        fn more_of_what_is_good_is_never_worse(before in signals(), more in 0_u64..1_000_000, days in 0_u32..1_000) {
            let score = quality(&before);
            prop_assert!(score <= BEST);
            let rated = |stars| Ratings { stars: before.ratings.stars + stars, count: before.ratings.count + more };
            let older = before.days_since_update + days;
            let better = [
                Signals { ratings: rated(5 * more), ..before },
                Signals { installs: before.installs + more, ..before },
                Signals { compatible: true, ..before },
                Signals { verified: true, ..before },
            ];
            let worse = [
                Signals { ratings: rated(more), ..before },
                Signals { days_since_update: older, ..before },
                Signals { deprecated: true, ..before },
            ];
            for better in better {
                prop_assert!(quality(&better) >= score, "{:?}", better);
            }
            for worse in worse {
                prop_assert!(quality(&worse) <= score, "{:?}", worse);
            }
        }
    }

    #[test]
    fn each_part_has_its_share() {
        let none = Signals { days_since_update: u32::MAX, ..Signals::default() };
        // Without ratings the prior counts: 2.5 of 4 stars above the fewest.
        assert_eq!(quality(&none), 188);
        assert_eq!(quality(&Signals { days_since_update: 0, ..none }), 388);
        assert_eq!(quality(&Signals { days_since_update: 180, ..none }), 288, "a half-life");
        assert_eq!(quality(&Signals { installs: 1_000_000, ..none }), 438);
        assert_eq!(quality(&Signals { verified: true, ..none }), 338);
        assert_eq!(quality(&Signals { compatible: true, ..none }), 288);
        let all = Signals {
            ratings: Ratings { stars: 5_000_000, count: 1_000_000 },
            installs: 2_000_000,
            days_since_update: 0,
            compatible: true,
            verified: true,
            deprecated: false,
        };
        assert_eq!(quality(&all), BEST);
        assert_eq!(quality(&Signals { deprecated: true, ..all }), BEST / 4);
    }

    #[test]
    fn few_ratings_move_little() {
        let one = Ratings { stars: 5, count: 1 };
        let many = Ratings { stars: 4_600, count: 1_000 };
        assert!(one.bayesian_mean() < many.bayesian_mean(), "one of five stars is no proof");
        assert!((Ratings::default().bayesian_mean() - PRIOR_STARS).abs() < f64::EPSILON);
        assert!((Ratings { stars: 500, count: 100 }.bayesian_mean() - 4.25).abs() < 1e-9);
        assert_eq!(Ratings::default().whole_stars(), None);
        assert_eq!(many.whole_stars(), Some(4));
    }
}
