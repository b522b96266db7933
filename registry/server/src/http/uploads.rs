//! How many packages are sent at once: what has arrived of each may be in memory, however slowly the rest comes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix_web::http::{
    StatusCode,
    header::{self, HeaderValue},
};
use adx_registry_core::{Id, publisher::Publisher};

use super::problem::Problem;

/// One publisher has at most one of so many places, so that it keeps nobody else waiting.
const SHARE: usize = 4;

/// The places for uploads.
#[derive(Debug)]
pub(super) struct Uploads {
    places: usize,
    taken: Mutex<HashMap<Id<Publisher>, usize>>,
}

/// A place, free again once this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    uploads: Arc<Uploads>,
    publisher: Id<Publisher>,
}

impl Uploads {
    /// So many places.
    pub(super) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self { places, taken: Mutex::default() })
    }

    /// Takes a place.
    ///
    /// # Errors
    /// 429 for a publisher that has its share already, 503 when all are taken.
    pub(super) fn take(self: &Arc<Self>, publisher: Id<Publisher>) -> Result<Place, Problem> {
        let share = self.places.div_ceil(SHARE);
        let mut taken = self.taken();
        if taken.values().sum::<usize>() >= self.places {
            return Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "Temporarily unavailable",
                "as many packages are being sent as this registry takes at once",
            )
            .hint("Try again in a few seconds.")
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("5")));
        }
        let own = taken.entry(publisher).or_default();
        if *own >= share {
            return Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-requests",
                "Too many requests",
                format!("{share} packages of this publisher are being sent already: more are not taken at once"),
            )
            .hint("Send it again when one of them has arrived.")
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("5")));
        }
        *own += 1;
        Ok(Place { uploads: Arc::clone(self), publisher })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Id<Publisher>, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.uploads.taken();
        if let Some(own) = taken.get_mut(&self.publisher) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.publisher);
            }
        }
    }
}
