//! The index as of a commit, with what is held in memory of it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tantivy::index::SegmentId;
use tantivy::{IndexReader, Searcher};

use super::segment::SegmentData;
use super::values::Values;

/// The index as of a commit.
pub(super) struct View {
    pub(super) searcher: Searcher,
    /// Of each segment of `searcher`, in its order.
    pub(super) segments: Vec<Arc<SegmentData>>,
}

/// What queries see: replaced by each commit.
pub(super) struct Views {
    reader: IndexReader,
    /// Only grows while the index is open.
    values: RwLock<Values>,
    current: RwLock<Arc<View>>,
}

impl Views {
    /// # Errors
    /// If a segment cannot be read.
    pub(super) fn open(reader: IndexReader) -> tantivy::Result<Self> {
        let empty = View { searcher: reader.searcher(), segments: Vec::new() };
        let views = Self { reader, values: RwLock::default(), current: RwLock::new(Arc::new(empty)) };
        views.show(HashMap::new())?;
        Ok(views)
    }

    pub(super) fn reader(&self) -> &IndexReader {
        &self.reader
    }

    /// Shows what was committed last.
    ///
    /// # Errors
    /// If a segment cannot be read; queries go on seeing what they saw.
    pub(super) fn refresh(&self) -> tantivy::Result<()> {
        self.reader.reload()?;
        let before = self.now();
        let readers = before.searcher.segment_readers().iter().map(tantivy::SegmentReader::segment_id);
        self.show(readers.zip(before.segments.iter().cloned()).collect())
    }

    fn show(&self, known: HashMap<SegmentId, Arc<SegmentData>>) -> tantivy::Result<()> {
        let searcher = self.reader.searcher();
        let mut segments = Vec::with_capacity(searcher.segment_readers().len());
        for segment in searcher.segment_readers() {
            segments.push(match known.get(&segment.segment_id()) {
                Some(data) => Arc::clone(data),
                None => Arc::new(SegmentData::read(segment, &self.values)?),
            });
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(View { searcher, segments });
        Ok(())
    }

    /// The index as of the last commit.
    pub(super) fn now(&self) -> Arc<View> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every number in what was ever shown.
    pub(super) fn values(&self) -> std::sync::RwLockReadGuard<'_, Values> {
        self.values.read().unwrap_or_else(PoisonError::into_inner)
    }
}
