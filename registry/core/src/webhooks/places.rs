//! Whose delivery is sent next: everybody's in turn, and nobody takes every place.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::Webhook;
use crate::Id;
use crate::publisher::Publisher;

/// Deliveries to hooks of publishers that are sent at once.
const OF_PUBLISHERS: usize = 16;
/// Those to hooks of operators, besides: they wait for no publisher's receiver.
const OF_OPERATORS: usize = 4;
/// Of the first, those of one publisher: stops an owner whose receivers answer slowly, on however many hosts and ports, from taking every
/// place. More than one host may have, so that a slow receiver does not hold up the others of its publisher.
const OF_A_PUBLISHER: usize = 6;
/// Those to one host and port: stops a receiver that answers slowly, or one that is sent very much, from taking every place.
const TO_A_HOST: usize = 4;

/// A hook that something is due to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueWebhook {
    /// Which.
    pub id: Id<Webhook>,
    /// Whose it is; the operators' without one.
    pub publisher: Option<Id<Publisher>>,
    /// Its host and port.
    pub host: String,
    /// Since when.
    pub since: OffsetDateTime,
}

/// The places of one process, and who had one when.
#[derive(Debug, Default)]
pub struct Places {
    taken: Vec<DueWebhook>,
    turns: u64,
    publishers: BTreeMap<Option<Id<Publisher>>, u64>,
    hooks: BTreeMap<Id<Webhook>, u64>,
}

impl Places {
    /// Forgets when those had their turn to whom nothing is due.
    pub fn forget_idle(&mut self, due: &[DueWebhook]) {
        let publishers: BTreeSet<_> = due.iter().map(|hook| hook.publisher).collect();
        let hooks: BTreeSet<_> = due.iter().map(|hook| hook.id).collect();
        self.publishers.retain(|publisher, _| publishers.contains(publisher));
        self.hooks.retain(|hook, _| hooks.contains(hook));
    }

    /// Takes a hook out of those that are due, and a place for it: one of the publisher whose last turn is longest ago, and of its hooks
    /// the one of which the same holds. None if nobody that is left may have a place.
    pub fn take(&mut self, due: &mut Vec<DueWebhook>) -> Option<DueWebhook> {
        let last_turn = |hook: &DueWebhook| {
            (self.publishers.get(&hook.publisher).copied(), self.hooks.get(&hook.id).copied(), hook.since)
        };
        let may = due.iter().enumerate().filter(|(_, hook)| self.has_room(hook));
        let (next, _) = may.min_by_key(|(_, hook)| last_turn(hook))?;
        let hook = due.swap_remove(next);
        self.turns += 1;
        self.publishers.insert(hook.publisher, self.turns);
        self.hooks.insert(hook.id, self.turns);
        self.taken.push(hook.clone());
        Some(hook)
    }

    /// Gives back a place that was taken for a hook.
    pub fn free(&mut self, hook: Id<Webhook>) {
        if let Some(place) = self.taken.iter().position(|taken| taken.id == hook) {
            self.taken.swap_remove(place);
        }
    }

    fn has_room(&self, hook: &DueWebhook) -> bool {
        let (of_kind, of_one) = match hook.publisher {
            Some(_) => (OF_PUBLISHERS, OF_A_PUBLISHER),
            None => (OF_OPERATORS, OF_OPERATORS),
        };
        let same_kind = self.taken.iter().filter(|taken| taken.publisher.is_some() == hook.publisher.is_some());
        let same_publisher = self.taken.iter().filter(|taken| taken.publisher == hook.publisher);
        let same_host = self.taken.iter().filter(|taken| taken.host == hook.host);
        same_kind.count() < of_kind && same_publisher.count() < of_one && same_host.count() < TO_A_HOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Entropy;

    struct Of(u8);

    impl Entropy for Of {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    /// The hook `number` of a publisher, at a host of its own.
    fn hook(publisher: Option<u8>, number: u8) -> DueWebhook {
        let at = OffsetDateTime::UNIX_EPOCH;
        DueWebhook {
            id: Id::new(at + time::Duration::seconds(publisher.map_or(99, i64::from)), &Of(number)),
            publisher: publisher.map(|publisher| Id::new(at, &Of(publisher))),
            host: format!("{publisher:?}-{number}.example:443"),
            since: at,
        }
    }

    /// How many places somebody gets who has 16 hooks with something due to each, again and again.
    fn fill(places: &mut Places, publisher: Option<u8>) -> usize {
        (0..20)
            .map(|_| {
                let mut due: Vec<_> = (0..16).map(|number| hook(publisher, number)).collect();
                std::iter::from_fn(|| places.take(&mut due)).count()
            })
            .sum()
    }

    #[test]
    fn nobody_takes_every_place() {
        let mut places = Places::default();
        assert_eq!(fill(&mut places, Some(1)), OF_A_PUBLISHER);
        assert_eq!(places.take(&mut vec![hook(Some(2), 0)]), Some(hook(Some(2), 0)));
        let more: usize = (2..=9).map(|publisher| fill(&mut places, Some(publisher))).sum();
        assert_eq!(OF_A_PUBLISHER + 1 + more, OF_PUBLISHERS);
        assert_eq!(fill(&mut places, None), OF_OPERATORS, "whatever those of publishers do");
        places.free(hook(Some(1), 0).id);
        assert_eq!(places.take(&mut vec![hook(Some(9), 0)]), Some(hook(Some(9), 0)));
    }

    #[test]
    fn one_host_has_so_many_and_no_more() {
        let mut places = Places::default();
        let at_one_host = |number| DueWebhook { host: "one.example:443".to_owned(), ..hook(Some(number), number) };
        let mut due: Vec<_> = (0..9).map(at_one_host).collect();
        assert_eq!(std::iter::from_fn(|| places.take(&mut due)).count(), TO_A_HOST);
        assert_eq!(due.len(), 9 - TO_A_HOST);
    }

    #[test]
    fn whoever_had_none_for_longest_is_next() {
        let mut places = Places::default();
        let mut served = Vec::new();
        // One has many hooks, which have waited for long; each place is free again at once.
        for _ in 0..6 {
            let mut due: Vec<_> = (0..3).map(|number| hook(Some(1), number)).collect();
            let since = OffsetDateTime::UNIX_EPOCH + time::Duration::hours(1);
            due.push(DueWebhook { since, ..hook(Some(2), 0) });
            places.forget_idle(&due);
            let next = places.take(&mut due).expect("a place");
            places.free(next.id);
            served.push(next.id);
        }
        let of = |publisher, number| hook(Some(publisher), number).id;
        assert_eq!(served, [of(1, 0), of(2, 0), of(1, 1), of(2, 0), of(1, 2), of(2, 0)]);
        places.forget_idle(&[]);
        assert!(places.publishers.is_empty() && places.hooks.is_empty());
    }
}
