//! What Tantivy keeps of a document, and how it takes text apart.

use adx_index::document::SearchDocument;
use adx_signing::name::ModuleId;
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, TantivyDocument, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::tokenizer::{AsciiFoldingFilter, LowerCaser, RAW_TOKENIZER_NAME, SimpleTokenizer, TextAnalyzer};
use tantivy::{Index, Term};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Raised when an index written before would answer differently: new fields, another [`analyzer`], another meaning.
pub(super) const VERSION: u32 = 2;
/// Fast field: when the latest version was released, in microseconds.
pub(super) const UPDATED_AT: &str = "updated_at";
/// Fast field: name and namespace, which put all modules into one order.
pub(super) const BY_NAME: &str = "by_name";
/// What `standing` holds of a module that nobody advises against.
pub(super) const CURRENT: &str = "current";
/// The name under which [`analyzer`] is known to the index.
const ANALYZER: &str = "words";

/// The fields of a document.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// `namespace/name`, the key.
    pub(super) id: Field,
    /// Name and display name, each as one term: its words joined by spaces.
    pub(super) whole_name: Field,
    pub(super) name: Field,
    pub(super) display_name: Field,
    pub(super) namespace: Field,
    pub(super) tags: Field,
    /// The category as one term, to filter by.
    pub(super) category: Field,
    /// The category as words, to be found by.
    pub(super) category_words: Field,
    pub(super) description: Field,
    /// [`CURRENT`], or nothing.
    pub(super) standing: Field,
    updated_at: Field,
    by_name: Field,
    /// The document as JSON, which hits are made of.
    document: Field,
}

/// The schema, which is the same at each call.
pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    // Ranking is by rules (`matching.rs`), not by how often and in how long a text a word occurs.
    let indexing = TextFieldIndexing::default().set_tokenizer(ANALYZER).set_fieldnorms(false);
    let words =
        || TextOptions::default().set_indexing_options(indexing.clone().set_index_option(IndexRecordOption::Basic));
    let fields = Fields {
        id: schema.add_text_field("id", STRING),
        whole_name: schema.add_text_field("whole_name", STRING),
        name: schema.add_text_field("name", words()),
        display_name: schema.add_text_field("display_name", words()),
        namespace: schema.add_text_field("namespace", words()),
        tags: schema.add_text_field("tags", words()),
        category: schema.add_text_field("category", STRING),
        category_words: schema.add_text_field("category_words", words()),
        description: schema.add_text_field("description", words()),
        standing: schema.add_text_field("standing", STRING),
        updated_at: schema.add_i64_field(UPDATED_AT, FAST),
        by_name: schema.add_text_field(BY_NAME, TextOptions::default().set_fast(RAW_TOKENIZER_NAME)),
        document: schema.add_text_field("document", STORED),
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
        written.add_text(self.name, document.name.as_str());
        written.add_text(self.display_name, &document.display_name);
        written.add_text(self.namespace, document.namespace.as_str());
        for tag in &document.tags {
            written.add_text(self.tags, tag);
        }
        if let Some(category) = &document.category {
            written.add_text(self.category, category);
            written.add_text(self.category_words, category);
        }
        written.add_text(self.description, &document.description);
        if document.deprecated.is_none() {
            written.add_text(self.standing, CURRENT);
        }
        written.add_i64(self.updated_at, microseconds(&document.updated_at));
        written.add_text(self.by_name, format!("{} {}", document.name, document.namespace));
        written.add_text(self.document, serde_json::to_string(document)?);
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

/// Words as one term.
pub(super) fn whole(words: &[(String, std::ops::Range<usize>)]) -> String {
    words.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" ")
}

/// The instant for sorting; a text that is none counts as the oldest.
fn microseconds(rfc3339: &str) -> i64 {
    let instant = OffsetDateTime::parse(rfc3339, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    i64::try_from(instant.unix_timestamp_nanos() / 1_000).unwrap_or_default()
}
