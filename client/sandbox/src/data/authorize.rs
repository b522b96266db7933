//! What a module's SQL may do. Asked by SQLite for every table, column, function and action while a statement is
//! prepared, so no text trick gets around it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Tables of ours in the same file.
pub(crate) const RESERVED: &str = "_adx_";

/// Reads about the schema and the file; none of them changes anything.
const READING_PRAGMAS: [&str; 19] = [
    "application_id",
    "collation_list",
    "compile_options",
    "data_version",
    "encoding",
    "foreign_key_check",
    "foreign_key_list",
    "freelist_count",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "page_count",
    "page_size",
    // ALTER TABLE asks it whether the rows of a strict table, or of one with checks, fit a new column.
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
    "user_version",
];
/// Of these, the ones whose argument names a table or an index; the others would be set by an argument.
const PRAGMAS_WITH_ARGUMENT: [&str; 8] = [
    "foreign_key_check",
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "quick_check",
    "table_info",
    "table_xinfo",
];
/// `load_extension` is off anyway; `fts3_tokenizer` takes pointers as blobs.
const REFUSED_FUNCTIONS: [&str; 2] = ["load_extension", "fts3_tokenizer"];
/// Others (`dbstat`, `sqlite_dbpage`) reach below the tables.
const VIRTUAL_TABLES: [&str; 3] = ["fts5", "rtree", "rtree_i32"];

/// The verdicts of one connection, shared between SQLite's callback and whoever runs the statement.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    /// True while a statement of ours runs.
    trusted: AtomicBool,
    /// The last refusal, in words.
    refusal: Mutex<Option<String>>,
}

impl Judge {
    /// Runs `work`, whose statements are ours.
    pub(crate) fn trusting<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.trusted.swap(true, Ordering::Relaxed);
        let result = work();
        self.trusted.store(before, Ordering::Relaxed);
        result
    }

    /// The last refusal in words, once.
    pub(crate) fn take_refusal(&self) -> Option<String> {
        self.refusal.lock().take()
    }

    /// SQLite's callback.
    pub(crate) fn callback(self: &Arc<Self>) -> impl FnMut(AuthContext<'_>) -> Authorization + Send + 'static {
        let judge = Arc::clone(self);
        move |context| {
            // Within a statement of ours, what a trigger or view of the module does is still the module's.
            if judge.trusted.load(Ordering::Relaxed) && context.accessor.is_none() {
                return Authorization::Allow;
            }
            match refusal(&context) {
                None => Authorization::Allow,
                Some(reason) => {
                    *judge.refusal.lock() = Some(reason);
                    Authorization::Deny
                }
            }
        }
    }
}

/// Why an action is refused, if it is.
fn refusal(context: &AuthContext<'_>) -> Option<String> {
    if context.database_name == Some("temp") && !matches!(context.action, AuthAction::Read { .. }) {
        // ALTER TABLE looks after temporary views and triggers too, which there are none of.
        if matches!(context.action, AuthAction::Update { table_name, .. } if is_schema(table_name)) {
            return None;
        }
        return Some("temporary tables, views and triggers".to_owned());
    }
    match context.action {
        AuthAction::Select | AuthAction::Recursive | AuthAction::Reindex { .. } => None,
        AuthAction::Function { function_name } => REFUSED_FUNCTIONS
            .iter()
            .any(|refused| function_name.eq_ignore_ascii_case(refused))
            .then(|| format!("the function {function_name}")),
        AuthAction::Read { table_name, .. } => reserved(table_name, "reading").or_else(|| {
            // There without being made, and shows what is none of the module's business.
            table_name.eq_ignore_ascii_case("dbstat").then(|| "reading dbstat, which shows the file".to_owned())
        }),
        AuthAction::Insert { table_name }
        | AuthAction::Delete { table_name }
        | AuthAction::Update { table_name, .. } => reserved(table_name, "writing").or_else(|| internal(table_name)),
        AuthAction::CreateTable { table_name } | AuthAction::DropTable { table_name } => {
            reserved(table_name, "creating or dropping")
        }
        AuthAction::AlterTable { table_name, .. } => reserved(table_name, "altering"),
        AuthAction::CreateIndex { index_name: name, table_name }
        | AuthAction::DropIndex { index_name: name, table_name }
        | AuthAction::CreateTrigger { trigger_name: name, table_name }
        | AuthAction::DropTrigger { trigger_name: name, table_name } => {
            reserved(name, "using").or_else(|| reserved(table_name, "indexing or watching"))
        }
        AuthAction::CreateView { view_name } | AuthAction::DropView { view_name } => reserved(view_name, "using"),
        AuthAction::CreateVtable { table_name, module_name } | AuthAction::DropVtable { table_name, module_name } => {
            reserved(table_name, "using").or_else(|| {
                let known = VIRTUAL_TABLES.iter().any(|known| module_name.eq_ignore_ascii_case(known));
                (!known).then(|| format!("virtual tables of kind {module_name}"))
            })
        }
        AuthAction::Pragma { pragma_name, pragma_value } => {
            let name = pragma_name.to_ascii_lowercase();
            let harmless = READING_PRAGMAS.contains(&name.as_str())
                && (pragma_value.is_none() || PRAGMAS_WITH_ARGUMENT.contains(&name.as_str()));
            (!harmless).then(|| format!("PRAGMA {name}"))
        }
        AuthAction::Attach { .. } => Some("ATTACH and VACUUM".to_owned()),
        AuthAction::Detach { .. } => Some("DETACH".to_owned()),
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => {
            Some("transactions as SQL text (call begin, commit, rollback or transaction)".to_owned())
        }
        AuthAction::Analyze { .. } => Some("ANALYZE".to_owned()),
        // Temporary things live outside of the quota and would outlast the call in a pooled connection. The rest is
        // what a later SQLite may add.
        _ => Some("this kind of statement".to_owned()),
    }
}

fn reserved(name: &str, doing: &str) -> Option<String> {
    name.get(..RESERVED.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
        .then(|| format!("{doing} {name}, which belongs to the host"))
}

/// SQLite itself writes the schema table while it makes or drops a table and refuses any direct write to it. It writes
/// `sqlite_sequence` when a table with AUTOINCREMENT is renamed or dropped, and whoever else does sets only a counter of
/// his own. Its other tables are open to direct writes, so they are closed here.
fn internal(name: &str) -> Option<String> {
    let internal = name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"));
    let open = is_schema(name) || name.eq_ignore_ascii_case("sqlite_sequence");
    (internal && !open).then(|| format!("writing {name}, which belongs to SQLite"))
}

fn is_schema(name: &str) -> bool {
    ["sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema"]
        .iter()
        .any(|schema| name.eq_ignore_ascii_case(schema))
}
