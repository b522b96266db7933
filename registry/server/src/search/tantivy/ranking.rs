//! The best of what matches, in the order that was asked for.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Range;

use adx_index::quality::BEST;
use adx_registry_core::ports::SearchSort;
use tantivy::{DocAddress, DocId};

use super::segment::SegmentData;
use super::view::View;

/// What puts a document of one segment in its place: the greater key, then the lesser place by name.
type Rank = (u64, Reverse<u64>, DocId);

/// The best of one segment, the least of them first at hand.
pub(super) struct Best {
    most: usize,
    heap: BinaryHeap<Reverse<Rank>>,
}

impl Best {
    pub(super) fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::new() }
    }

    /// Takes a document in, if it is better than some.
    pub(super) fn offer(&mut self, key: u64, segment: &SegmentData, document: DocId) {
        if self.heap.len() < self.most {
            self.heap.push(Reverse((key, Reverse(segment.place_by_name(document)), document)));
            return;
        }
        let Some(mut least) = self.heap.peek_mut() else { return };
        match key.cmp(&least.0.0) {
            Ordering::Less => {}
            Ordering::Greater => *least = Reverse((key, Reverse(segment.place_by_name(document)), document)),
            Ordering::Equal => {
                let place = Reverse(segment.place_by_name(document));
                if place > least.0.1 {
                    *least = Reverse((key, place, document));
                }
            }
        }
    }
}

/// The key of a document: the greater, the further in front.
pub(super) fn key(sort: SearchSort, score: u32, segment: &SegmentData, document: DocId) -> u64 {
    match sort {
        SearchSort::Relevance => {
            u64::from(score) * (u64::from(BEST) + 1) + u64::from(segment.quality[document as usize])
        }
        SearchSort::New => ascending(segment.created_at.get_val(document)),
        SearchSort::Updated => ascending(segment.updated_at.get_val(document)),
        SearchSort::Trending => segment.recent_installs.get_val(document),
        SearchSort::Installs => segment.installs.get_val(document),
        SearchSort::Name => 0,
    }
}

/// A number that grows as the given one does.
fn ascending(number: i64) -> u64 {
    number.cast_unsigned() ^ (1 << 63)
}

/// Those in `range` of the best of all segments.
///
/// # Errors
/// If names cannot be read.
pub(super) fn merge(view: &View, best: Vec<Best>, range: Range<usize>) -> tantivy::Result<Vec<DocAddress>> {
    let mut found = Vec::new();
    for (number, of_segment) in (0..).zip(best) {
        let ranks = of_segment.heap.into_iter().map(|Reverse((key, _, document))| (Reverse(key), number, document));
        found.extend(ranks);
    }
    found.sort_unstable();
    // Names are read only where they decide: reading one costs more than all else about a hit.
    let mut ordered = Vec::with_capacity(found.len());
    for alike in found.chunk_by(|one, other| one.0 == other.0) {
        if ordered.len() >= range.end {
            break;
        }
        let mut named = Vec::with_capacity(alike.len());
        for (_, segment, document) in alike {
            let name =
                if alike.len() == 1 { String::new() } else { view.segments[*segment as usize].name(*document)? };
            named.push((name, DocAddress::new(*segment, *document)));
        }
        named.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        ordered.extend(named.into_iter().map(|(_, address)| address));
    }
    Ok(ordered.into_iter().take(range.end).skip(range.start).collect())
}
