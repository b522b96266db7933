//! Indexes, and the queue of tasks that changes them: <https://www.meilisearch.com/docs/learn/async/asynchronous_operations>.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::refusal::Refusal;

/// A document.
pub(super) type Document = Map<String, Value>;

/// Everything the double holds.
#[derive(Default)]
pub(super) struct Store {
    indexes: BTreeMap<String, Index>,
    tasks: Vec<Task>,
}

/// An index.
#[derive(Default)]
pub(super) struct Index {
    pub(super) primary_key: Option<String>,
    pub(super) documents: BTreeMap<String, Document>,
    pub(super) settings: Settings,
}

/// The settings that the double heeds.
pub(super) struct Settings {
    /// `None`: all attributes.
    pub(super) searchable: Option<Vec<String>>,
    pub(super) filterable: Vec<String>,
    pub(super) sortable: Vec<String>,
    pub(super) ranking_rules: Vec<String>,
    pub(super) typing_errors: bool,
    pub(super) one_typo: usize,
    pub(super) two_typos: usize,
    pub(super) max_total_hits: usize,
    /// For each word, those that mean the same.
    pub(super) synonyms: BTreeMap<String, Vec<String>>,
    pub(super) max_values_per_facet: usize,
    /// Facets whose values are told by how frequent they are, not by name.
    pub(super) by_count: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let rules = ["words", "typo", "proximity", "attribute", "sort", "exactness"];
        Self {
            searchable: None,
            filterable: Vec::new(),
            sortable: Vec::new(),
            ranking_rules: rules.map(str::to_owned).into(),
            typing_errors: true,
            one_typo: 5,
            two_typos: 9,
            max_total_hits: 1_000,
            synonyms: BTreeMap::new(),
            max_values_per_facet: 100,
            by_count: Vec::new(),
        }
    }
}

impl Settings {
    /// Changes what the (checked) body names.
    fn change(&mut self, body: &Value) {
        let texts = |name: &str| {
            let values = body.get(name)?.as_array()?;
            Some(values.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>())
        };
        let count = |pointer: &str| body.pointer(pointer)?.as_u64().and_then(|count| usize::try_from(count).ok());
        if let Some(searchable) = texts("searchableAttributes") {
            self.searchable = Some(searchable);
        }
        self.filterable = texts("filterableAttributes").unwrap_or(std::mem::take(&mut self.filterable));
        self.sortable = texts("sortableAttributes").unwrap_or(std::mem::take(&mut self.sortable));
        self.ranking_rules = texts("rankingRules").unwrap_or(std::mem::take(&mut self.ranking_rules));
        self.typing_errors =
            body.pointer("/typoTolerance/enabled").and_then(Value::as_bool).unwrap_or(self.typing_errors);
        self.one_typo = count("/typoTolerance/minWordSizeForTypos/oneTypo").unwrap_or(self.one_typo);
        self.two_typos = count("/typoTolerance/minWordSizeForTypos/twoTypos").unwrap_or(self.two_typos);
        self.max_total_hits = count("/pagination/maxTotalHits").unwrap_or(self.max_total_hits);
        self.max_values_per_facet = count("/faceting/maxValuesPerFacet").unwrap_or(self.max_values_per_facet);
        if let Some(orders) = body.pointer("/faceting/sortFacetValuesBy").and_then(Value::as_object) {
            let by_count = orders.iter().filter(|(_, order)| *order == "count");
            self.by_count = by_count.map(|(facet, _)| facet.clone()).collect();
        }
        if let Some(synonyms) = body["synonyms"].as_object() {
            let lists = |(word, others): (&String, &Value)| {
                let others = others.as_array().into_iter().flatten().filter_map(Value::as_str);
                (word.to_lowercase(), others.map(str::to_lowercase).collect())
            };
            self.synonyms = synonyms.iter().map(lists).collect();
        }
    }
}

/// What a task does when its turn comes.
pub(super) enum Work {
    CreateIndex { primary_key: Option<String> },
    DeleteIndex,
    SwapIndexes { with: String },
    ChangeSettings { body: Value },
    AddDocuments { documents: Vec<Value>, primary_key: Option<String> },
    DeleteDocuments { keys: Vec<String> },
}

impl Work {
    fn kind(&self) -> &'static str {
        match self {
            Self::CreateIndex { .. } => "indexCreation",
            Self::DeleteIndex => "indexDeletion",
            Self::SwapIndexes { .. } => "indexSwap",
            Self::ChangeSettings { .. } => "settingsUpdate",
            Self::AddDocuments { .. } => "documentAdditionOrUpdate",
            Self::DeleteDocuments { .. } => "documentDeletion",
        }
    }

    fn details(&self, done: bool) -> Value {
        match self {
            Self::CreateIndex { primary_key } => json!({ "primaryKey": primary_key }),
            Self::DeleteIndex => json!({ "deletedDocuments": null }),
            Self::SwapIndexes { .. } => json!({ "swaps": [] }),
            Self::ChangeSettings { body } => body.clone(),
            Self::AddDocuments { documents, .. } => {
                json!({ "receivedDocuments": documents.len(), "indexedDocuments": done.then_some(documents.len()) })
            }
            Self::DeleteDocuments { keys } => json!({
                "providedIds": keys.len(),
                "originalFilter": null,
                "deletedDocuments": done.then_some(keys.len()),
            }),
        }
    }
}

struct Task {
    index: String,
    work: Work,
    /// How often somebody asked how far it is.
    asked: u32,
    outcome: Option<Result<(), Refusal>>,
}

impl Store {
    pub(super) fn index(&self, uid: &str) -> Result<&Index, Refusal> {
        self.indexes.get(uid).ok_or_else(|| Refusal::no_index(uid))
    }

    /// Queues a task and says so, as every route that writes does.
    pub(super) fn enqueue(&mut self, index: &str, work: Work) -> Value {
        let uid = self.tasks.len();
        let kind = work.kind();
        self.tasks.push(Task { index: index.to_owned(), work, asked: 0, outcome: None });
        json!({ "taskUid": uid, "indexUid": index, "status": "enqueued", "type": kind, "enqueuedAt": moment(uid) })
    }

    /// How far a task is. It is enqueued when asked for the first time, processing when for the second, and done from
    /// then on, with all before it: nothing is done that nobody waits for.
    pub(super) fn task(&mut self, uid: usize) -> Result<Value, Refusal> {
        let no_task = || Refusal::new(StatusCode::NOT_FOUND, "task_not_found", format!("Task `{uid}` not found."));
        let task = self.tasks.get_mut(uid).ok_or_else(no_task)?;
        task.asked += 1;
        if task.asked > 2 {
            for task in self.tasks.iter_mut().take(uid + 1).filter(|task| task.outcome.is_none()) {
                task.outcome = Some(work(&mut self.indexes, &task.index, &task.work));
            }
        }
        Ok(self.tasks[uid].json(uid))
    }
}

impl Task {
    fn json(&self, uid: usize) -> Value {
        let status = match (&self.outcome, self.asked) {
            (Some(Ok(())), _) => "succeeded",
            (Some(Err(_)), _) => "failed",
            (None, 2) => "processing",
            (None, _) => "enqueued",
        };
        let ended = self.outcome.is_some();
        json!({
            "uid": uid,
            "batchUid": ended.then_some(uid),
            "indexUid": self.index,
            "status": status,
            "type": self.work.kind(),
            "canceledBy": null,
            "details": self.work.details(ended),
            "error": self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err()).map(Refusal::json),
            "duration": ended.then_some("PT0.010S"),
            "enqueuedAt": moment(uid),
            "startedAt": (status != "enqueued").then(|| moment(uid)),
            "finishedAt": ended.then(|| moment(uid)),
        })
    }
}

fn work(indexes: &mut BTreeMap<String, Index>, uid: &str, work: &Work) -> Result<(), Refusal> {
    match work {
        Work::CreateIndex { primary_key } => {
            if indexes.contains_key(uid) {
                let message = format!("Index `{uid}` already exists.");
                return Err(Refusal::new(StatusCode::CONFLICT, "index_already_exists", message));
            }
            let index = Index { primary_key: primary_key.clone(), ..Index::default() };
            indexes.insert(uid.to_owned(), index);
        }
        Work::DeleteIndex => drop(indexes.remove(uid).ok_or_else(|| Refusal::no_index(uid))?),
        Work::SwapIndexes { with } => {
            // Both or none.
            for name in [uid, with] {
                if !indexes.contains_key(name) {
                    return Err(Refusal::no_index(name));
                }
            }
            let (one, other) = (indexes.remove(uid).unwrap_or_default(), indexes.remove(with).unwrap_or_default());
            indexes.insert(uid.to_owned(), other);
            indexes.insert(with.clone(), one);
        }
        Work::ChangeSettings { body } => indexes.entry(uid.to_owned()).or_default().settings.change(body),
        Work::AddDocuments { documents, primary_key } => {
            let index = indexes.entry(uid.to_owned()).or_default();
            let key = match (&index.primary_key, primary_key) {
                (Some(known), Some(given)) if known != given => {
                    let message = format!("Index `{uid}`: Index already has a primary key: `{known}`.");
                    return Err(Refusal::invalid("index_primary_key_already_exists", message));
                }
                (Some(key), _) | (None, Some(key)) => key.clone(),
                (None, None) => return Err(Refusal::not_implemented("guessing a primary key")),
            };
            let documents: Vec<_> = documents.iter().map(|document| keyed(document, &key)).collect::<Result<_, _>>()?;
            index.primary_key = Some(key);
            index.documents.extend(documents);
        }
        Work::DeleteDocuments { keys } => {
            let index = indexes.get_mut(uid).ok_or_else(|| Refusal::no_index(uid))?;
            index.documents.retain(|key, _| !keys.contains(key));
        }
    }
    Ok(())
}

/// A document with its key: <https://www.meilisearch.com/docs/learn/getting_started/primary_key#formatting-the-document-id>.
fn keyed(document: &Value, key: &str) -> Result<(String, Document), Refusal> {
    let Value::Object(document) = document else {
        return Err(Refusal::invalid("malformed_payload", "The `json` payload provided is malformed."));
    };
    let Some(value) = document.get(key) else {
        let message = format!("Document doesn't have a `{key}` attribute: `{}`.", json!(document));
        return Err(Refusal::invalid("missing_document_id", message));
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let id = match value {
        Value::String(text) if !text.is_empty() && text.len() < 512 && text.bytes().all(allowed) => text.clone(),
        Value::Number(number) if number.is_i64() => number.to_string(),
        _ => {
            let message = format!(
                "Document identifier `{value}` is invalid. A document identifier can be of type integer or string, only \
                 composed of alphanumeric characters (a-z A-Z 0-9), hyphens (-) and underscores (_), and can not be more \
                 than 511 bytes."
            );
            return Err(Refusal::invalid("invalid_document_id", message));
        }
    };
    Ok((id, document.clone()))
}

/// A time for a task: later tasks have later ones.
fn moment(uid: usize) -> String {
    let seconds = i64::try_from(uid).expect("few tasks");
    (OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds)).format(&Rfc3339).expect("a year of four digits")
}
