//! What Tantivy keeps of a document, and how it takes text apart.
//!
//! All words of a document stand in one field. A term there is a key: the word, a zero byte, and how much a match of it tells
//! (its level, one digit). So one walk over one dictionary finds every word that begins alike, or is written alike, together
//! with its rank. The first letters of words stand there too, after a byte `1`: what begins with one or two letters would
//! otherwise be thousands of words, and a query that is being typed begins so.

use std::collections::BTreeMap;

use adx_index::document::SearchDocument;
use adx_signing::name::ModuleId;
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, TantivyDocument, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::tokenizer::{
    AsciiFoldingFilter, LowerCaser, PreTokenizedString, RAW_TOKENIZER_NAME, SimpleTokenizer, TextAnalyzer, Token,
};
use tantivy::{Index, Term};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Raised when an index written before would answer differently: new fields, another [`analyzer`], another meaning.
pub(super) const VERSION: u32 = 3;
/// Fast fields: when the latest version was released, and the first, in microseconds.
pub(super) const UPDATED_AT: &str = "updated_at";
pub(super) const CREATED_AT: &str = "created_at";
/// Fast fields: how often it was installed, ever and in the last days.
pub(super) const INSTALLS: &str = "installs";
pub(super) const RECENT_INSTALLS: &str = "recent_installs";
/// Fast field: how good it is.
pub(super) const QUALITY: &str = "quality";
/// Fast field: name and namespace, which put all modules into one order.
pub(super) const BY_NAME: &str = "by_name";
/// Fast fields that modules are told apart by.
pub(super) const CATEGORY: &str = "category";
pub(super) const TAGS: &str = "tags";
pub(super) const PUBLISHER: &str = "publisher";
pub(super) const PRICE: &str = "price";
pub(super) const REQUIRES: &str = "requires";
pub(super) const RATING: &str = "rating";
pub(super) const VERIFIED: &str = "verified";
pub(super) const DEPRECATED: &str = "deprecated";
/// How many levels there are; the higher, the more a match tells.
pub(super) const LEVELS: u8 = 5;
/// Beginnings of so many letters have keys of their own.
pub(super) const SHORT_LETTERS: usize = 3;
/// Ends the word of a key.
pub(super) const END_OF_WORD: u8 = 0;
/// Begins the key of a beginning.
pub(super) const BEGINNING: u8 = 1;
/// The name under which [`analyzer`] is known to the index.
const ANALYZER: &str = "words";

/// The fields of a document.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// `namespace/name`, the key.
    pub(super) id: Field,
    /// Name and display name, each as one term: its words joined by spaces.
    pub(super) whole_name: Field,
    /// Keys of all words.
    pub(super) words: Field,
    by_name: Field,
    /// The document as JSON, which hits are made of.
    document: Field,
    texts: Texts,
    numbers: Numbers,
}

/// Fast fields of texts.
#[derive(Clone, Copy)]
struct Texts {
    category: Field,
    tags: Field,
    publisher: Field,
    price: Field,
    requires: Field,
}

/// Fast fields of numbers.
#[derive(Clone, Copy)]
struct Numbers {
    updated_at: Field,
    created_at: Field,
    installs: Field,
    recent_installs: Field,
    quality: Field,
    rating: Field,
    verified: Field,
    deprecated: Field,
}

/// The schema, which is the same at each call.
pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    // Ranking is by rules (`matching.rs`), not by how often and in how long a text a word occurs.
    let indexing = TextFieldIndexing::default().set_tokenizer(ANALYZER).set_fieldnorms(false);
    let words = TextOptions::default().set_indexing_options(indexing.set_index_option(IndexRecordOption::Basic));
    let fast = || TextOptions::default().set_fast(RAW_TOKENIZER_NAME);
    let fields = Fields {
        id: schema.add_text_field("id", STRING),
        whole_name: schema.add_text_field("whole_name", STRING),
        words: schema.add_text_field("words", words),
        by_name: schema.add_text_field(BY_NAME, fast()),
        document: schema.add_text_field("document", STORED),
        texts: Texts {
            category: schema.add_text_field(CATEGORY, fast()),
            tags: schema.add_text_field(TAGS, fast()),
            publisher: schema.add_text_field(PUBLISHER, fast()),
            price: schema.add_text_field(PRICE, fast()),
            requires: schema.add_text_field(REQUIRES, fast()),
        },
        numbers: Numbers {
            updated_at: schema.add_i64_field(UPDATED_AT, FAST),
            created_at: schema.add_i64_field(CREATED_AT, FAST),
            installs: schema.add_u64_field(INSTALLS, FAST),
            recent_installs: schema.add_u64_field(RECENT_INSTALLS, FAST),
            quality: schema.add_u64_field(QUALITY, FAST),
            rating: schema.add_u64_field(RATING, FAST),
            verified: schema.add_u64_field(VERIFIED, FAST),
            deprecated: schema.add_u64_field(DEPRECATED, FAST),
        },
    };
    (schema.build(), fields)
}

/// Runs of letters and digits, lowercase, without accents.
pub(super) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default()).filter(LowerCaser).filter(AsciiFoldingFilter).build()
}

/// Makes the index able to take text apart.
pub(super) fn register_analyzer(index: &Index) {
    index.tokenizers().register(ANALYZER, analyzer());
}

/// The words of a text, with their places in it.
pub(super) fn words(text: &str) -> Vec<(String, std::ops::Range<usize>)> {
    let mut analyzer = analyzer();
    let mut stream = analyzer.token_stream(text);
    let mut words = Vec::new();
    while let Some(token) = stream.next() {
        words.push((token.text.clone(), token.offset_from..token.offset_to));
    }
    words
}

/// The key of a word of this level.
pub(super) fn key_of_word(word: &str, level: u8) -> String {
    format!("{word}{}{}", char::from(END_OF_WORD), char::from(b'0' + level))
}

/// The key of what begins words of this level at best.
pub(super) fn key_of_beginning(beginning: &str, level: u8) -> String {
    format!("{}{}", char::from(BEGINNING), key_of_word(beginning, level))
}

/// The word of a key and its level; `None` for the key of a beginning.
pub(super) fn word_of_key(key: &[u8]) -> Option<(&str, u8)> {
    let (word, end) = key.split_last_chunk::<2>()?;
    if word.first() == Some(&BEGINNING) || end[0] != END_OF_WORD {
        return None;
    }
    Some((std::str::from_utf8(word).ok()?, end[1].checked_sub(b'0')?))
}

impl Fields {
    /// The term that stands for one module.
    pub(super) fn key(&self, module: &ModuleId) -> Term {
        Term::from_field_text(self.id, &module.to_string())
    }

    /// The document as Tantivy keeps it.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub(super) fn write(&self, document: &SearchDocument) -> Result<TantivyDocument, serde_json::Error> {
        let mut written = TantivyDocument::default();
        written.add_text(self.id, document.id.to_string());
        for name in [document.name.as_str(), &document.display_name] {
            written.add_text(self.whole_name, whole(&words(name)));
        }
        written.add_pre_tokenized_text(self.words, keys(document));
        written.add_text(self.by_name, format!("{} {}", document.name, document.namespace));
        written.add_text(self.document, serde_json::to_string(document)?);

        let Texts { category, tags, publisher, price, requires } = self.texts;
        if let Some(text) = &document.category {
            written.add_text(category, text);
        }
        for tag in &document.tags {
            written.add_text(tags, tag);
        }
        written.add_text(publisher, document.namespace.as_str());
        written.add_text(price, document.price.as_str());
        written.add_text(requires, &document.requires);

        let numbers = &self.numbers;
        written.add_i64(numbers.updated_at, microseconds(&document.updated_at));
        written.add_i64(numbers.created_at, microseconds(&document.created_at));
        written.add_u64(numbers.installs, document.installs);
        written.add_u64(numbers.recent_installs, document.recent_installs);
        written.add_u64(numbers.quality, document.quality.into());
        written.add_u64(numbers.rating, document.ratings.whole_stars().unwrap_or_default().into());
        written.add_u64(numbers.verified, document.verified.into());
        written.add_u64(numbers.deprecated, document.deprecated.is_some().into());
        Ok(written)
    }

    /// The document again.
    ///
    /// # Errors
    /// If the index holds something that is none.
    pub(super) fn read(&self, written: &TantivyDocument) -> Result<SearchDocument, serde_json::Error> {
        let json = written.get_first(self.document).and_then(|value| value.as_str()).unwrap_or_default();
        serde_json::from_str(json)
    }
}

/// The keys of a document: each word and each beginning once, at its best level.
fn keys(document: &SearchDocument) -> PreTokenizedString {
    let mut levels = BTreeMap::<String, u8>::new();
    let mut note = |text: &str, level: u8| {
        for (word, _) in words(text) {
            let best = levels.entry(word).or_default();
            *best = level.max(*best);
        }
    };
    note(&document.description, 0);
    document.category.iter().for_each(|category| note(category, 1));
    document.tags.iter().for_each(|tag| note(tag, 2));
    note(document.namespace.as_str(), 3);
    note(document.name.as_str(), 4);
    note(&document.display_name, 4);

    let mut beginnings = BTreeMap::<&str, u8>::new();
    for (word, level) in &levels {
        let ends = word.char_indices().map(|(place, letter)| place + letter.len_utf8());
        for end in ends.take(SHORT_LETTERS) {
            let best = beginnings.entry(&word[..end]).or_default();
            *best = (*level).max(*best);
        }
    }
    let of_words = levels.iter().map(|(word, level)| key_of_word(word, *level));
    let keys = of_words.chain(beginnings.iter().map(|(beginning, level)| key_of_beginning(beginning, *level)));
    let tokens = keys.enumerate().map(|(position, text)| Token { position, text, ..Token::default() }).collect();
    PreTokenizedString { text: String::new(), tokens }
}

/// Words as one term.
pub(super) fn whole(words: &[(String, std::ops::Range<usize>)]) -> String {
    words.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" ")
}

/// The instant for sorting; a text that is none counts as the oldest.
fn microseconds(rfc3339: &str) -> i64 {
    let instant = OffsetDateTime::parse(rfc3339, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    i64::try_from(instant.unix_timestamp_nanos() / 1_000).unwrap_or_default()
}
