//! Which documents match words, how well, and where.

use std::cmp::Ordering;
use std::ops::Range;

use serde_json::Value;

use super::store::{Document, Settings};

/// What is typed: <https://www.meilisearch.com/docs/reference/api/search#query-q>.
#[derive(Default)]
pub(super) struct Words {
    wanted: Vec<Word>,
    /// `"…"`: consecutive words.
    phrases: Vec<Vec<String>>,
    /// `-…`: must not occur.
    unwanted: Vec<String>,
}

struct Word {
    text: String,
    typos: usize,
    /// The last one, with nothing after it.
    beginning: bool,
    /// Words that mean the same.
    synonyms: Vec<String>,
}

/// How well a document matches; smaller is better.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Rank {
    missing_words: usize,
    typos: usize,
    attributes: usize,
    /// 0 if the words are the whole of an attribute, else 1.
    not_whole: usize,
    not_exact: usize,
}

impl Words {
    /// Takes a query apart, of which the first ten words count.
    pub(super) fn new(text: &str, settings: &Settings) -> Self {
        let mut words = Self::default();
        let mut rest = text;
        while let Some(start) = rest.find('"') {
            words.take(&rest[..start], settings);
            let (phrase, after) = rest[start + 1..].split_once('"').unwrap_or((&rest[start + 1..], ""));
            let phrase: Vec<_> = split(phrase).map(|(word, _)| word).collect();
            if !phrase.is_empty() {
                words.phrases.push(phrase);
            }
            rest = after;
        }
        words.take(rest, settings);
        if let Some(last) = words.wanted.last_mut() {
            last.beginning = rest.ends_with(char::is_alphanumeric);
        }
        words.wanted.truncate(10);
        words
    }

    fn take(&mut self, text: &str, settings: &Settings) {
        for part in text.split_whitespace() {
            if let Some(unwanted) = part.strip_prefix('-') {
                self.unwanted.extend(split(unwanted).map(|(word, _)| word));
                continue;
            }
            self.wanted.extend(split(part).map(|(text, _)| {
                let letters = text.chars().count();
                let forgiven = usize::from(letters >= settings.one_typo) + usize::from(letters >= settings.two_typos);
                let synonyms = settings.synonyms.get(&text).cloned().unwrap_or_default();
                Word { text, typos: if settings.typing_errors { forgiven } else { 0 }, beginning: false, synonyms }
            }));
        }
    }

    /// Whether nothing is looked for.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.phrases.is_empty() && self.unwanted.is_empty()
    }

    /// How well the document matches; `None` if it does not. Not `all`: words may be missing from the end.
    pub(super) fn rank(&self, document: &Document, settings: &Settings, all: bool) -> Option<Rank> {
        let attributes = attributes(document, settings);
        let occurs = |word: &String| attributes.iter().any(|attribute| attribute.contains(word));
        let consecutive = |phrase: &Vec<String>| {
            attributes.iter().any(|attribute| attribute.windows(phrase.len()).any(|words| words == phrase))
        };
        if self.unwanted.iter().any(occurs) || !self.phrases.iter().all(consecutive) {
            return None;
        }
        let mut rank = Rank::default();
        for (place, word) in self.wanted.iter().enumerate() {
            let found = attributes.iter().enumerate().flat_map(|(attribute, words)| {
                words
                    .iter()
                    .filter_map(move |found| Some((word.typos_in(found)?, attribute, usize::from(*found != word.text))))
            });
            let Some((typos, attribute, not_exact)) = found.min() else {
                if all || place == 0 {
                    return None;
                }
                rank.missing_words = self.wanted.len() - place;
                break;
            };
            rank.typos += typos;
            rank.attributes += attribute;
            rank.not_exact += not_exact;
        }
        let is_whole = |attribute: &Vec<String>| attribute.iter().eq(self.wanted.iter().map(|word| &word.text));
        rank.not_whole = usize::from(!attributes.iter().any(is_whole));
        Some(rank)
    }

    /// The text with tags around what matches.
    pub(super) fn highlight(&self, text: &str, opening: &str, closing: &str) -> String {
        let mut highlighted = String::new();
        let mut end = 0;
        for (found, place) in split(text) {
            let of_phrase = self.phrases.iter().any(|phrase| phrase.contains(&found));
            let word = self.wanted.iter().find(|word| word.typos_in(&found).is_some());
            if !of_phrase && word.is_none() {
                continue;
            }
            // Of a word that was only begun, the beginning is shown.
            let begun = word.filter(|word| found.starts_with(&word.text)).map(|word| word.text.len());
            let until = begun.map_or(place.end, |length| (place.start + length).min(place.end));
            for part in [&text[end..place.start], opening, &text[place.start..until], closing] {
                highlighted.push_str(part);
            }
            end = until;
        }
        highlighted.push_str(&text[end..]);
        highlighted
    }
}

impl Word {
    /// The typing errors between this word and one of a document; `None` if it is another word.
    fn typos_in(&self, found: &str) -> Option<usize> {
        if self.synonyms.iter().any(|synonym| synonym == found) {
            return Some(0);
        }
        let ends = found.char_indices().map(|(place, character)| place + character.len_utf8());
        let shortest = if self.beginning { 0 } else { found.len() };
        let distances = ends.filter(|end| *end >= shortest).map(|end| strsim::osa_distance(&self.text, &found[..end]));
        distances.min().filter(|typos| *typos <= self.typos)
    }
}

impl Rank {
    /// The order by one of the built-in rules; those that the double does not know tell nothing apart.
    pub(super) fn compare(&self, other: &Self, rule: &str) -> Ordering {
        let measure = |rank: &Self| match rule {
            "words" => (rank.missing_words, 0),
            "typo" => (rank.typos, 0),
            "attribute" => (rank.attributes, 0),
            "exactness" => (rank.not_whole, rank.not_exact),
            _ => (0, 0),
        };
        measure(self).cmp(&measure(other))
    }
}

/// The words of each searchable attribute, the most telling attribute first.
fn attributes(document: &Document, settings: &Settings) -> Vec<Vec<String>> {
    let words = |value: &Value| match value {
        Value::Array(values) => values.iter().flat_map(words_of).collect(),
        value => words_of(value),
    };
    match &settings.searchable {
        Some(names) => names.iter().map(|name| document.get(name).map(words).unwrap_or_default()).collect(),
        None => document.values().map(words).collect(),
    }
}

fn words_of(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => split(text).map(|(word, _)| word).collect(),
        Value::Number(number) => vec![number.to_string()],
        _ => Vec::new(),
    }
}

/// Runs of letters and digits, lowercase, with their places.
fn split(text: &str) -> impl Iterator<Item = (String, Range<usize>)> + '_ {
    let places = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    places.map(|word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        (word.to_lowercase(), start..start + word.len())
    })
}
