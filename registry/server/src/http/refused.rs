//! Telling the audit log whom something was refused, without letting anybody fill it.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use actix_web::{http::Method, web};
use adx_registry_core::audit::{Who, tell_refused};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::{problem::chain, state::State};
use crate::world::Behalf;

/// Refusals told of one token or person a minute: more say nothing new, and each is kept for ever.
const TOLD_A_MINUTE: NonZeroU32 = NonZeroU32::new(10).expect("not zero");

/// After so many refusals, those of whom nothing was refused for a while are forgotten: each run of a workflow has another token.
const FORGET_EVERY: u32 = 1_000;

/// How many refusals were told of whom, who showed something that counts.
pub(super) struct Refusals {
    told: DefaultKeyedRateLimiter<String>,
    counted: AtomicU32,
}

impl Default for Refusals {
    fn default() -> Self {
        Self::of(Quota::per_minute(TOLD_A_MINUTE))
    }
}

impl Refusals {
    fn of(quota: Quota) -> Self {
        Self { told: RateLimiter::keyed(quota), counted: AtomicU32::new(0) }
    }

    /// Counts a refusal, and says whether it is to be told.
    fn count(&self, who: &Who) -> bool {
        if self.counted.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.told.retain_recent();
            self.told.shrink_to_fit();
        }
        self.told.check_key(&who.to_string()).is_ok()
    }
}

/// Tells a refusal, in the background.
pub(super) fn tell(state: &web::Data<State>, behalf: &Behalf, method: &Method, path: &str) {
    let who = behalf.origin().who;
    if who == Who::Anonymous || !state.refusals.count(&who) {
        return;
    }
    let (state_of, method, path) = (state.clone(), method.clone(), path.to_owned());
    let telling = async move {
        if let Err(error) = tell_refused(&state_of.ports, method.as_str(), &path).await {
            tracing::warn!(error = chain(&error), "a refusal is not told to the audit log");
        }
    };
    state.tasks.spawn(behalf.run(telling));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(number: u32) -> Who {
        Who::Token(format!("{number:032x}").parse().unwrap())
    }

    #[test]
    fn of_one_only_so_many_are_told_and_of_another_one_its_own() {
        let refusals = Refusals::default();
        let told = (0..2 * TOLD_A_MINUTE.get()).filter(|_| refusals.count(&run(1))).count();
        assert_eq!(u32::try_from(told).unwrap(), TOLD_A_MINUTE.get());
        assert!(refusals.count(&run(2)));
    }

    #[test]
    fn runs_that_are_over_are_forgotten() {
        // So short that whoever was counted is as good as new by the next one.
        let refusals = Refusals::of(Quota::per_second(NonZeroU32::new(1_000_000).unwrap()));
        for number in 0..3 * FORGET_EVERY {
            refusals.count(&run(number));
        }
        assert!(refusals.told.len() <= FORGET_EVERY as usize, "{} are kept", refusals.told.len());
    }
}
