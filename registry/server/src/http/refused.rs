//! Telling the audit log whom something was refused, without letting anybody fill it.

use std::num::NonZeroU32;

use actix_web::{http::Method, web};
use adx_registry_core::audit::{Who, tell_refused};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::{problem::chain, state::State};
use crate::world::Behalf;

/// Refusals told of one token or person a minute: more say nothing new, and each is kept for ever.
const TOLD_A_MINUTE: NonZeroU32 = NonZeroU32::new(10).expect("not zero");

/// How many refusals were told of whom. Only those who showed something that counts are here, so their number is bounded.
pub(super) struct Refusals(DefaultKeyedRateLimiter<String>);

impl Default for Refusals {
    fn default() -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(TOLD_A_MINUTE)))
    }
}

/// Tells a refusal, in the background.
pub(super) fn tell(state: &web::Data<State>, behalf: &Behalf, method: &Method, path: &str) {
    let who = behalf.origin().who;
    if who == Who::Anonymous || state.refusals.0.check_key(&who.to_string()).is_err() {
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
