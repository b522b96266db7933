//! How well each document of a segment matches the words of a query, and marks in a description.
//!
//! Words are looked up, never parsed: whatever is typed means only itself.

use tantivy::index::InvertedIndexReader;
use tantivy::postings::BlockSegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, SegmentReader, Term};

use super::keys::{alike, beginning_with};
use super::schema::{Fields, LEVELS, SHORT_LETTERS, key_of_beginning, key_of_word, whole, words};
use crate::search::highlight::{CLOSING, OPENING, without_marks};
use crate::search::synonyms::Synonyms;
use crate::search::{MAX_WORDS, ONE_ERROR_LETTERS, TWO_ERRORS_LETTERS, whole_id};

/// Longer words than any name has are looked for as they stand: an automaton for errors in hundreds of letters takes
/// megabytes.
const MAX_FORGIVEN_LETTERS: usize = 40;
/// Scores are sums of these; each outweighs those after it for all words together. 0 is no match. It matches:
const MATCH: u32 = 1;
/// the query is the whole id:
const WHOLE_ID: u32 = 10_000_000;
/// its publisher does not advise against it:
pub(super) const CURRENT: u32 = 4_000_000;
/// each error fewer, in a word:
const FEWER_ERRORS: u32 = 40_000;
/// each level higher of a word ([`super::schema`]):
const BETTER_LEVEL: u32 = 200;
/// the query is the whole name:
const WHOLE_NAME: u32 = 120;
/// it is the whole word, not its beginning:
const WHOLE_WORD: u32 = 10;

/// How well a word matches, as a byte: 0 is not at all, more is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grade(u8);

impl Grade {
    pub(super) const MOST_ERRORS: u8 = 2;

    pub(super) fn new(errors: u8, level: u8, is_whole: bool) -> Self {
        let forgiven = Self::MOST_ERRORS.saturating_sub(errors);
        Self(1 + (forgiven * LEVELS + level.min(LEVELS - 1)) * 2 + u8::from(is_whole))
    }

    fn score(self) -> u32 {
        let Some(grade) = self.0.checked_sub(1) else { return 0 };
        let (grade, is_whole) = (u32::from(grade / 2), u32::from(grade % 2));
        let (forgiven, level) = (grade / u32::from(LEVELS), grade % u32::from(LEVELS));
        MATCH + forgiven * FEWER_ERRORS + level * BETTER_LEVEL + is_whole * WHOLE_WORD
    }
}

/// A word to find.
pub(super) struct Word {
    pub(super) text: String,
    /// Typing errors forgiven.
    pub(super) errors: u8,
    /// It may be only the beginning of a word.
    pub(super) incomplete: bool,
    /// Words that mean the same.
    synonyms: Vec<String>,
}

/// The words of a query.
pub(super) struct Wanted {
    pub(super) words: Vec<Word>,
    /// All of them as one term.
    whole: String,
    /// The module's key, if they are its id.
    id: Option<Term>,
}

impl Wanted {
    pub(super) fn new(text: &str, fields: &Fields, synonyms: &Synonyms) -> Self {
        let mut found = words(text);
        found.truncate(MAX_WORDS);
        let whole = whole(&found);
        let last = found.len().saturating_sub(1);
        let word = |(place, (text, _)): (usize, (String, _))| Word {
            errors: forgiven(&text),
            incomplete: place == last,
            synonyms: synonyms.of(&text).to_vec(),
            text,
        };
        let words = found.into_iter().enumerate().map(word).collect();
        Self { words, whole, id: whole_id(text).map(|module| fields.key(&module)) }
    }

    /// Whether anything is looked for.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How well each document of the segment matches, 0 for not; every document that was not removed, if nothing is looked
    /// for.
    ///
    /// # Errors
    /// If the segment cannot be read.
    pub(super) fn scores(&self, segment: &SegmentReader, fields: &Fields) -> tantivy::Result<Vec<u32>> {
        let documents = segment.max_doc() as usize;
        let mut scores = vec![MATCH; documents];
        if !self.words.is_empty() {
            let terms = segment.inverted_index(fields.words)?;
            let grade_scores: [u32; 256] = std::array::from_fn(|grade| Grade(u8::try_from(grade).unwrap_or(0)).score());
            let mut grades = vec![0; documents];
            for (place, word) in self.words.iter().enumerate() {
                grades.fill(0);
                word.grade(&terms, &mut grades)?;
                for (score, grade) in scores.iter_mut().zip(&grades) {
                    let of_word = grade_scores[usize::from(*grade)];
                    *score =
                        if of_word == 0 || *score == 0 { 0 } else { of_word + if place == 0 { 0 } else { *score } };
                }
            }
            let whole_name = Term::from_field_text(fields.whole_name, &self.whole);
            raise(segment, &whole_name, WHOLE_NAME, &mut scores)?;
        }
        if let Some(id) = &self.id {
            raise(segment, id, WHOLE_ID, &mut scores)?;
        }
        if let Some(alive) = segment.alive_bitset() {
            for (document, score) in (0..segment.max_doc()).zip(&mut scores) {
                if alive.is_deleted(document) {
                    *score = 0;
                }
            }
        }
        Ok(scores)
    }

    /// The text with marks around the words that are looked for.
    pub(super) fn mark(&self, text: &str) -> String {
        let text = without_marks(text);
        let mut marked = String::with_capacity(text.len() + 16);
        let mut end = 0;
        for (found, place) in words(&text) {
            if self.words.iter().any(|word| word.is(&found)) {
                marked.push_str(&text[end..place.start]);
                marked.push(OPENING);
                marked.push_str(&text[place.clone()]);
                marked.push(CLOSING);
                end = place.end;
            }
        }
        marked.push_str(&text[end..]);
        marked
    }
}

/// Adds to the score of the documents of a term, if they match.
fn raise(segment: &SegmentReader, term: &Term, by: u32, scores: &mut [u32]) -> tantivy::Result<()> {
    let terms = segment.inverted_index(term.field())?;
    if let Some(postings) = terms.read_block_postings(term, IndexRecordOption::Basic)? {
        each(postings, |document| {
            let score = &mut scores[document as usize];
            *score += if *score == 0 { 0 } else { by };
        });
    }
    Ok(())
}

/// Calls for each document of a list.
pub(super) fn each(mut postings: BlockSegmentPostings, mut call: impl FnMut(DocId)) {
    while !postings.docs().is_empty() {
        postings.docs().iter().copied().for_each(&mut call);
        postings.advance();
    }
}

impl Word {
    /// Grades every document that has the word, in whatever form is forgiven.
    fn grade(&self, terms: &InvertedIndexReader, grades: &mut [u8]) -> tantivy::Result<()> {
        for synonym in &self.synonyms {
            // Never the whole word: what was typed comes first.
            exactly(terms, |level| key_of_word(synonym, level), false, grades)?;
        }
        if self.errors > 0 {
            return alike(terms, self, |found, postings| {
                note(postings, Grade::new(found.errors, found.level, found.is_whole), grades);
            });
        }
        exactly(terms, |level| key_of_word(&self.text, level), true, grades)?;
        if !self.incomplete {
            return Ok(());
        }
        if self.text.chars().count() <= SHORT_LETTERS {
            return exactly(terms, |level| key_of_beginning(&self.text, level), false, grades);
        }
        beginning_with(terms, &self.text, |level, postings| note(postings, Grade::new(0, level, false), grades))
    }

    /// Whether the query finds this word: the same rules as [`Word::grade`], for marking.
    fn is(&self, found: &str) -> bool {
        if self.synonyms.iter().any(|synonym| synonym == found) {
            return true;
        }
        let errors = usize::from(self.errors);
        if !self.incomplete {
            return strsim::osa_distance(&self.text, found) <= errors;
        }
        let length = self.text.chars().count();
        let beginnings = length.saturating_sub(errors).max(1)..=length + errors;
        let ends = || found.char_indices().map(|(place, character)| place + character.len_utf8());
        ends()
            .enumerate()
            .filter(|(place, _)| beginnings.contains(&(place + 1)))
            .any(|(_, end)| strsim::osa_distance(&self.text, &found[..end]) <= errors)
    }
}

/// Grades the documents of a key at each level.
fn exactly(
    terms: &InvertedIndexReader,
    key: impl Fn(u8) -> String,
    is_whole: bool,
    grades: &mut [u8],
) -> tantivy::Result<()> {
    for level in 0..LEVELS {
        if let Some(term) = terms.terms().get(key(level))? {
            let postings = terms.read_block_postings_from_terminfo(&term, IndexRecordOption::Basic)?;
            note(postings, Grade::new(0, level, is_whole), grades);
        }
    }
    Ok(())
}

fn note(postings: BlockSegmentPostings, grade: Grade, grades: &mut [u8]) {
    each(postings, |document| {
        let best = &mut grades[document as usize];
        *best = grade.0.max(*best);
    });
}

fn forgiven(word: &str) -> u8 {
    let letters = word.chars().count();
    if letters > MAX_FORGIVEN_LETTERS {
        return 0;
    }
    u8::from(letters >= usize::from(ONE_ERROR_LETTERS)) + u8::from(letters >= usize::from(TWO_ERRORS_LETTERS))
}
