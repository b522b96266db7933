//! What is held in memory of a segment: for each of its documents, what ranking and counting ask of all that match.
//!
//! Some 30 bytes for each module. Read from the segment's fast fields once; a segment never changes.

use std::sync::{Arc, PoisonError, RwLock};

use tantivy::columnar::ColumnValues;
use tantivy::columnar::StrColumn;
use tantivy::{DocId, SegmentReader};

use super::facets::Counts;
use super::schema::{
    BY_NAME, CATEGORY, CREATED_AT, DEPRECATED, INSTALLS, PRICE, PUBLISHER, QUALITY, RATING, RECENT_INSTALLS, REQUIRES,
    TAGS, UPDATED_AT, VERIFIED,
};
use super::values::{NONE, Numbered, Profile, Values};

/// A segment's documents; the place in a list is the number of the document.
pub(super) struct SegmentData {
    /// Numbers of [`Profile`]s.
    pub(super) profile: Vec<u32>,
    pub(super) publisher: Vec<u32>,
    /// Where the tags of a document begin in `tags`; those of the next begin where they end.
    tag_starts: Vec<u32>,
    tags: Vec<u32>,
    pub(super) quality: Vec<u16>,
    pub(super) updated_at: Arc<dyn ColumnValues<i64>>,
    pub(super) created_at: Arc<dyn ColumnValues<i64>>,
    pub(super) installs: Arc<dyn ColumnValues<u64>>,
    pub(super) recent_installs: Arc<dyn ColumnValues<u64>>,
    /// Of all its documents, those too that were removed since.
    pub(super) all: Counts,
    names: Option<StrColumn>,
}

/// Which numbers are asked for.
type Which = fn(&mut Values) -> &mut Numbered<String>;

impl SegmentData {
    /// Holds `values` only while it asks for numbers: queries need them meanwhile.
    ///
    /// # Errors
    /// If the segment cannot be read.
    pub(super) fn read(segment: &SegmentReader, values: &RwLock<Values>) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        let documents = segment.max_doc();
        let category = texts(segment, CATEGORY, values, |values| &mut values.categories)?;
        let price = texts(segment, PRICE, values, |values| &mut values.prices)?;
        let requires = texts(segment, REQUIRES, values, |values| &mut values.requirements)?;
        let publisher = texts(segment, PUBLISHER, values, |values| &mut values.publishers)?;
        let (rating, verified, deprecated) = (
            fast.column_first_or_default::<u64>(RATING)?,
            fast.column_first_or_default::<u64>(VERIFIED)?,
            fast.column_first_or_default::<u64>(DEPRECATED)?,
        );
        let mut here = Numbered::default();
        let mut profile = Vec::with_capacity(documents as usize);
        for (place, document) in (0..documents).enumerate() {
            profile.push(here.number(Profile {
                category: category[place],
                price: price[place],
                requires: requires[place],
                rating: u8::try_from(rating.get_val(document)).unwrap_or_default(),
                verified: verified.get_val(document) != 0,
                deprecated: deprecated.get_val(document) != 0,
            }));
        }
        let everywhere: Vec<_> = {
            let mut values = values.write().unwrap_or_else(PoisonError::into_inner);
            here.all().iter().map(|profile| values.profiles.number(*profile)).collect()
        };
        profile.iter_mut().for_each(|number| *number = everywhere[*number as usize]);
        let quality = fast.column_first_or_default::<u64>(QUALITY)?;
        let quality = (0..documents).map(|document| u16::try_from(quality.get_val(document)).unwrap_or(u16::MAX));
        let (tag_starts, tags) = lists(segment, TAGS, values, |values| &mut values.tags)?;
        let mut data = Self {
            profile,
            publisher,
            tag_starts,
            tags,
            all: Counts::default(),
            quality: quality.collect(),
            updated_at: fast.column_first_or_default(UPDATED_AT)?,
            created_at: fast.column_first_or_default(CREATED_AT)?,
            installs: fast.column_first_or_default(INSTALLS)?,
            recent_installs: fast.column_first_or_default(RECENT_INSTALLS)?,
            names: fast.str(BY_NAME)?,
        };
        let mut all = Counts::default();
        (0..documents).for_each(|document| all.add(&data, document));
        data.all = all;
        Ok(data)
    }

    pub(super) fn tags(&self, document: DocId) -> &[u32] {
        let place = document as usize;
        &self.tags[self.tag_starts[place] as usize..self.tag_starts[place + 1] as usize]
    }

    /// Where the document stands in the order by name, among those of this segment.
    pub(super) fn place_by_name(&self, document: DocId) -> u64 {
        self.names.as_ref().and_then(|names| names.ords().first(document)).unwrap_or(u64::MAX)
    }

    /// By which documents of several segments are put in order.
    pub(super) fn name(&self, document: DocId) -> std::io::Result<String> {
        let mut name = String::new();
        if let Some(names) = &self.names {
            names.ord_to_str(self.place_by_name(document), &mut name)?;
        }
        Ok(name)
    }
}

/// Numbers of the texts of a column by their places in its dictionary.
fn numbers(column: &StrColumn, values: &RwLock<Values>, which: Which) -> tantivy::Result<Vec<u32>> {
    let mut values = values.write().unwrap_or_else(PoisonError::into_inner);
    let values = which(&mut values);
    let mut numbers = Vec::with_capacity(column.num_terms());
    let mut stream = column.dictionary().stream()?;
    while stream.advance() {
        numbers.push(values.number(String::from_utf8_lossy(stream.key()).into_owned()));
    }
    Ok(numbers)
}

/// The first text of each document, [`NONE`] if it has none.
fn texts(segment: &SegmentReader, field: &str, values: &RwLock<Values>, which: Which) -> tantivy::Result<Vec<u32>> {
    let documents = segment.max_doc();
    let Some(column) = segment.fast_fields().str(field)? else { return Ok(vec![NONE; documents as usize]) };
    let numbers = numbers(&column, values, which)?;
    let number = |place: u64| usize::try_from(place).ok().and_then(|place| numbers.get(place)).copied();
    Ok((0..documents).map(|document| column.ords().first(document).and_then(number).unwrap_or(NONE)).collect())
}

/// All texts of each document: where those of each begin, and the texts.
fn lists(
    segment: &SegmentReader,
    field: &str,
    values: &RwLock<Values>,
    which: Which,
) -> tantivy::Result<(Vec<u32>, Vec<u32>)> {
    let documents = segment.max_doc();
    let mut starts = Vec::with_capacity(documents as usize + 1);
    let mut all = Vec::new();
    starts.push(0);
    let column = segment.fast_fields().str(field)?;
    let numbers = column.as_ref().map(|column| numbers(column, values, which)).transpose()?.unwrap_or_default();
    for document in 0..documents {
        for place in column.iter().flat_map(|column| column.term_ords(document)) {
            all.extend(usize::try_from(place).ok().and_then(|place| numbers.get(place)));
        }
        starts.push(u32::try_from(all.len()).unwrap_or(u32::MAX));
    }
    Ok((starts, all))
}
