//! Walks over the dictionary of words: those that begin alike, those written alike, and the nearest to one that is not there.

use std::collections::HashMap;

use tantivy::index::InvertedIndexReader;
use tantivy::postings::BlockSegmentPostings;
use tantivy::query::{DfaWrapper, FuzzyTermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{Searcher, Term};
use tantivy_fst::Automaton;

use super::matching::Word;
use super::schema::{BEGINNING, END_OF_WORD, Fields, LEVELS, key_of_word, word_of_key};

/// Words of fewer letters are not put right: too many are near.
const FEWEST_LETTERS_PUT_RIGHT: usize = 3;
/// Words of fewer letters are put right by one letter, others by two.
const TWO_WRONG_LETTERS: usize = 5;
/// Longer words are left as they are.
const MOST_LETTERS_PUT_RIGHT: usize = 40;

/// How a word that was found differs from the one that was looked for.
pub(super) struct Found {
    pub(super) errors: u8,
    pub(super) level: u8,
    pub(super) is_whole: bool,
}

/// Calls for each word that begins with `text`.
pub(super) fn beginning_with(
    terms: &InvertedIndexReader,
    text: &str,
    mut call: impl FnMut(u8, BlockSegmentPostings),
) -> tantivy::Result<()> {
    // No text holds this byte.
    let end = [text.as_bytes(), &[0xff]].concat();
    let mut stream = terms.terms().range().ge(text).lt(end).into_stream()?;
    while stream.advance() {
        if let Some((_, level)) = word_of_key(stream.key()) {
            call(level, terms.read_block_postings_from_terminfo(stream.value(), IndexRecordOption::Basic)?);
        }
    }
    Ok(())
}

/// Calls for each word that is written like `wanted`, or begins like it if it is incomplete.
pub(super) fn alike(
    terms: &InvertedIndexReader,
    wanted: &Word,
    mut call: impl FnMut(&Found, BlockSegmentPostings),
) -> tantivy::Result<()> {
    let with = |errors| automaton(&wanted.text, errors, wanted.incomplete);
    let fewer = (0..wanted.errors).map(with).collect::<tantivy::Result<Vec<_>>>()?;
    let mut stream = terms.terms().search(Keys(with(wanted.errors)?)).into_stream()?;
    while stream.advance() {
        let Some((word, level)) = word_of_key(stream.key()) else { continue };
        let errors = (0..wanted.errors).zip(&fewer).find(|(_, automaton)| accepts(automaton, word));
        let errors = errors.map_or(wanted.errors, |(errors, _)| errors);
        let found = Found { errors, level, is_whole: word == wanted.text };
        call(&found, terms.read_block_postings_from_terminfo(stream.value(), IndexRecordOption::Basic)?);
    }
    Ok(())
}

/// Whether some document has the word, or one that it begins if it is incomplete.
pub(super) fn occurs(searcher: &Searcher, fields: &Fields, word: &Word) -> tantivy::Result<bool> {
    for segment in searcher.segment_readers() {
        let terms = segment.inverted_index(fields.words)?;
        let mut found = false;
        for level in 0..LEVELS {
            found |= terms.terms().get(key_of_word(&word.text, level))?.is_some();
        }
        if word.incomplete && !found {
            let end = [word.text.as_bytes(), &[0xff]].concat();
            found = terms.terms().range().ge(&word.text).lt(end).into_stream()?.advance();
        }
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The word of the index that is nearest to one that is not there; of several, the one that begins alike, then the one that
/// most documents have.
pub(super) fn nearest(searcher: &Searcher, fields: &Fields, text: &str) -> tantivy::Result<Option<String>> {
    let letters = text.chars().count();
    if !(FEWEST_LETTERS_PUT_RIGHT..=MOST_LETTERS_PUT_RIGHT).contains(&letters) {
        return Ok(None);
    }
    let mut documents = HashMap::<String, u64>::new();
    let errors = if letters < TWO_WRONG_LETTERS { 1 } else { 2 };
    for segment in searcher.segment_readers() {
        let terms = segment.inverted_index(fields.words)?;
        let mut stream = terms.terms().search(Keys(automaton(text, errors, false)?)).into_stream()?;
        while stream.advance() {
            if let Some((word, _)) = word_of_key(stream.key()) {
                *documents.entry(word.to_owned()).or_default() += u64::from(stream.value().doc_freq);
            }
        }
    }
    let rank = |word: &str, documents: u64| {
        let near = usize::MAX - strsim::osa_distance(text, word);
        (near, word.chars().next() == text.chars().next(), documents, std::cmp::Reverse(word.to_owned()))
    };
    Ok(documents.into_iter().max_by_key(|(word, documents)| rank(word, *documents)).map(|(word, _)| word))
}

fn automaton(text: &str, errors: u8, incomplete: bool) -> tantivy::Result<DfaWrapper> {
    // The field says nothing to the automaton.
    let term = Term::from_field_text(tantivy::schema::Field::from_field_id(0), text);
    let query = if incomplete {
        FuzzyTermQuery::new_prefix(term, errors, true)
    } else {
        FuzzyTermQuery::new(term, errors, true)
    };
    query.automaton()
}

fn accepts(automaton: &DfaWrapper, word: &str) -> bool {
    let state = word.bytes().fold(automaton.start(), |state, byte| automaton.accept(&state, byte));
    automaton.is_match(&state)
}

/// Accepts the keys of the words that an automaton accepts.
struct Keys(DfaWrapper);

/// How far a key was read.
#[derive(Clone, Copy)]
enum At {
    Start,
    Word(u32),
    /// After a word that is accepted.
    End,
    /// After its level.
    Level,
    Nowhere,
}

impl Automaton for Keys {
    type State = At;

    fn start(&self) -> At {
        At::Start
    }

    fn is_match(&self, state: &At) -> bool {
        matches!(state, At::Level)
    }

    fn can_match(&self, state: &At) -> bool {
        match state {
            At::Start | At::End | At::Level => true,
            At::Word(state) => self.0.can_match(state),
            At::Nowhere => false,
        }
    }

    fn accept(&self, state: &At, byte: u8) -> At {
        match state {
            At::Start if byte == BEGINNING => At::Nowhere,
            At::Start => At::Word(self.0.accept(&self.0.start(), byte)),
            At::Word(state) if byte == END_OF_WORD => {
                if self.0.is_match(state) {
                    At::End
                } else {
                    At::Nowhere
                }
            }
            At::Word(state) => At::Word(self.0.accept(state, byte)),
            At::End => At::Level,
            At::Level | At::Nowhere => At::Nowhere,
        }
    }
}
