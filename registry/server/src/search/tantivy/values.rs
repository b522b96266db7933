//! What modules are told apart by, as numbers: the values of each facet, and the combinations of them that occur.
//!
//! A million modules have a few thousand combinations of category, price, compatibility, rating and standing. So filters are
//! decided once for each combination, and counting is one step for each module.

use std::collections::HashMap;
use std::hash::Hash;

/// Stands for no value.
pub(super) const NONE: u32 = u32::MAX;

/// Things, each with a number, in the order they were met.
pub(super) struct Numbered<T> {
    things: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { things: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Hash + Eq + Clone> Numbered<T> {
    /// Its number, a new one if it has none.
    pub(super) fn number(&mut self, thing: T) -> u32 {
        let next = u32::try_from(self.things.len()).unwrap_or(NONE);
        *self.numbers.entry(thing.clone()).or_insert_with(|| {
            self.things.push(thing);
            next
        })
    }

    pub(super) fn of<Q: Hash + Eq + ?Sized>(&self, thing: &Q) -> Option<u32>
    where
        T: std::borrow::Borrow<Q>,
    {
        self.numbers.get(thing).copied()
    }

    /// All of them: the place is the number.
    pub(super) fn all(&self) -> &[T] {
        &self.things
    }
}

/// What many modules have in common. Texts are numbers of [`Values`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Profile {
    pub(super) category: u32,
    pub(super) price: u32,
    pub(super) requires: u32,
    /// Whole stars; 0 without ratings.
    pub(super) rating: u8,
    pub(super) verified: bool,
    pub(super) deprecated: bool,
}

/// Everything that has a number.
#[derive(Default)]
pub(super) struct Values {
    pub(super) categories: Numbered<String>,
    pub(super) prices: Numbered<String>,
    pub(super) requirements: Numbered<String>,
    pub(super) publishers: Numbered<String>,
    pub(super) tags: Numbered<String>,
    pub(super) profiles: Numbered<Profile>,
}
