//! What is looked for: from the words of a query to a query of Tantivy's, and to marks in a description.
//!
//! Queries are built from words, never parsed: whatever is typed means only itself.

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::schema::{CURRENT, Fields, whole, words};
use crate::search::highlight::{CLOSING, OPENING, without_marks};
use crate::search::{MAX_WORDS, ONE_ERROR_LETTERS, TWO_ERRORS_LETTERS, whole_id};

/// Longer words than any name has are looked for as they stand: an automaton for errors in hundreds of letters takes
/// megabytes.
const MAX_FORGIVEN_LETTERS: usize = 40;
/// Scores are sums of these, whole numbers that `f32` holds exactly; each outweighs those after it for all words together.
/// The query is the whole id:
const WHOLE_ID: f32 = 1_000_000.0;
/// its publisher does not advise against it:
const CURRENT_MODULE: f32 = 400_000.0;
/// each error fewer, in a word:
const FEWER_ERRORS: f32 = 10_000.0;
/// each rank its field is better:
const BETTER_FIELD: f32 = 100.0;
/// the query is the whole name:
const WHOLE_NAME: f32 = 60.0;
/// it is the whole word, not its beginning:
const WHOLE_WORD: f32 = 5.0;

/// A word to find.
struct Word {
    text: String,
    /// Typing errors forgiven.
    errors: u8,
    /// It may be only the beginning of a word.
    incomplete: bool,
}

/// The words of a query.
pub(super) struct Wanted {
    words: Vec<Word>,
    /// All of them as one term.
    whole: String,
    /// The module's key, if they are its id.
    id: Option<Term>,
}

impl Wanted {
    pub(super) fn new(text: &str, fields: &Fields) -> Self {
        let mut found = words(text);
        found.truncate(MAX_WORDS);
        let whole = whole(&found);
        let last = found.len().saturating_sub(1);
        let word = |(place, (text, _)): (usize, (String, _))| Word {
            errors: forgiven(&text),
            incomplete: place == last,
            text,
        };
        let words = found.into_iter().enumerate().map(word).collect();
        Self { words, whole, id: whole_id(text).map(|module| fields.key(&module)) }
    }

    /// Whether anything is looked for.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The query: every word, in any field.
    pub(super) fn query(&self, fields: &Fields, category: Option<&str>) -> Box<dyn Query> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> =
            self.words.iter().map(|word| (Occur::Must, word.query(fields))).collect();
        if self.words.is_empty() {
            clauses.push((Occur::Must, Box::new(AllQuery)));
        } else {
            let whole_name = Term::from_field_text(fields.whole_name, &self.whole);
            clauses.push((Occur::Should, scored(exactly(whole_name), WHOLE_NAME)));
            let current = Term::from_field_text(fields.standing, CURRENT);
            clauses.push((Occur::Should, scored(exactly(current), CURRENT_MODULE)));
        }
        if let Some(id) = &self.id {
            clauses.push((Occur::Should, scored(exactly(id.clone()), WHOLE_ID)));
        }
        if let Some(category) = category {
            let category = Term::from_field_text(fields.category, category);
            clauses.push((Occur::Must, scored(exactly(category), 0.0)));
        }
        Box::new(BooleanQuery::new(clauses))
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

impl Word {
    /// The word in any field, scored by the best of its matches.
    fn query(&self, fields: &Fields) -> Box<dyn Query> {
        // The higher the rank, the more a match there tells.
        let fields = [
            (4.0, fields.name),
            (4.0, fields.display_name),
            (3.0, fields.namespace),
            (2.0, fields.tags),
            (1.0, fields.category_words),
            (0.0, fields.description),
        ];
        let mut matches = Vec::new();
        for (rank, field) in fields {
            self.matches(field, rank * BETTER_FIELD, &mut matches);
        }
        Box::new(DisjunctionMaxQuery::new(matches))
    }

    fn matches(&self, field: Field, field_score: f32, matches: &mut Vec<Box<dyn Query>>) {
        let term = Term::from_field_text(field, &self.text);
        let score = |errors: u8| f32::from(2 - errors) * FEWER_ERRORS + field_score;
        matches.push(scored(exactly(term.clone()), score(0) + WHOLE_WORD));
        for errors in u8::from(!self.incomplete)..=self.errors {
            let with_errors = if self.incomplete {
                FuzzyTermQuery::new_prefix(term.clone(), errors, true)
            } else {
                FuzzyTermQuery::new(term.clone(), errors, true)
            };
            matches.push(scored(with_errors, score(errors)));
        }
    }

    /// Whether the query finds this word: the same rules as [`Word::matches`], for marking.
    fn is(&self, found: &str) -> bool {
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

fn forgiven(word: &str) -> u8 {
    let letters = word.chars().count();
    if letters > MAX_FORGIVEN_LETTERS {
        return 0;
    }
    u8::from(letters >= usize::from(ONE_ERROR_LETTERS)) + u8::from(letters >= usize::from(TWO_ERRORS_LETTERS))
}

fn exactly(term: Term) -> TermQuery {
    TermQuery::new(term, IndexRecordOption::Basic)
}

fn scored(query: impl Query, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(Box::new(query), score))
}
