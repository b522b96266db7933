//! Calls of the host, as JSON: `[interface.function, argument…]`.

use serde_json::{Value, json};

use crate::bindings::adx::module::{
    blob, clock, config, events, http, kv, log, modules, notify, random, secrets, sql, workflow, workflow_context,
};
use crate::{Failure, decode};

/// Plays the calls in order and tells what each answered: `{"ok": …}` or `{"error": kind, "detail": …}`. The object
/// `{"stop": true, "calls": […]}` makes the first error the activity's own.
pub(crate) fn play(input: &str) -> Result<String, Failure> {
    let input: Value = decode(input)?;
    let stop = input["stop"] == true;
    let calls = if stop { &input["calls"] } else { &input };
    let mut answers = Vec::new();
    for call in calls.as_array().into_iter().flatten() {
        match (one(call), stop) {
            (Ok(value), _) => answers.push(json!({ "ok": value })),
            (Err((kind, detail)), false) => answers.push(json!({ "error": kind, "detail": detail })),
            (Err((kind, detail)), true) => return Err((kind, detail.to_string(), false)),
        }
    }
    Ok(Value::Array(answers).to_string())
}

type Answer = Result<Value, (String, Value)>;

/// `KvError::NotGranted("…")` becomes `("not-granted", "…")`: the debug text of a variant with one string or record.
macro_rules! told {
    ($result:expr) => {
        $result.map_err(|error| {
            let text = format!("{error:?}");
            let text = text.rsplit("::").next().unwrap_or_default();
            let (variant, detail) = text.split_once('(').unwrap_or((text, ""));
            let detail = detail.strip_suffix(')').unwrap_or(detail);
            let detail = serde_json::from_str(detail).unwrap_or_else(|_| Value::String(detail.to_owned()));
            (kebab(variant), detail)
        })
    };
}

fn kebab(variant: &str) -> String {
    let mut kebab = String::new();
    for character in variant.chars() {
        if character.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(character.to_ascii_lowercase());
    }
    kebab
}

fn one(call: &Value) -> Answer {
    let text = |at: usize| call[at].as_str().unwrap_or_default().to_owned();
    let number = |at: usize| call[at].as_u64().unwrap_or_default();
    let name = text(0);
    match name.split('.').next().unwrap_or_default() {
        "log" => {
            let fields: Vec<log::Field> = call[2]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(key, value)| log::Field { key: key.clone(), value: value.as_str().unwrap_or_default().into() })
                .collect();
            for _ in 0..call[3].as_u64().unwrap_or(1) {
                log::write(log::Level::Info, &text(1), &fields);
            }
            Ok(Value::Null)
        }
        "clock" => {
            let now = clock::now();
            let (before, after) = (clock::monotonic(), clock::monotonic());
            Ok(json!({ "seconds": now.seconds, "nanoseconds": now.nanoseconds, "forward": after >= before }))
        }
        "random" if name == "random.number" => Ok(json!(random::number())),
        "random" => told!(random::bytes(number(1) as u32))
            .map(|bytes| json!({ "length": bytes.len(), "first": bytes.iter().take(16).collect::<Vec<_>>() })),
        "config" if name == "config.all" => told!(config::all()).map(Value::String),
        "config" => told!(config::get(&text(1))).map(|value| json!(value)),
        "kv" => kv(&name, call),
        "sql" => sql(&name, call),
        _ => refused(&name),
    }
}

/// Text stands for its bytes, a number for so many of them, an array for itself, null for none.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Number(length) => Some(vec![b'x'; length.as_u64().unwrap_or_default() as usize]),
        Value::Array(bytes) => Some(bytes.iter().map(|byte| byte.as_u64().unwrap_or_default() as u8).collect()),
        _ => None,
    }
}

/// Short bytes as an array, long ones as their number.
fn shown(bytes: &[u8]) -> Value {
    if bytes.len() <= 300 { json!(bytes) } else { json!(bytes.len()) }
}

fn kv(name: &str, call: &Value) -> Answer {
    let key = call[1].as_str().unwrap_or_default();
    let ttl = |at: usize| kv::SetOptions { ttl_ms: call[at].as_u64() };
    match name {
        "kv.get" => told!(kv::get(key)).map(|value| value.map_or(Value::Null, |value| shown(&value))),
        "kv.get-many" => {
            let keys: Vec<String> = serde_json::from_value(call[1].clone()).unwrap_or_default();
            told!(kv::get_many(&keys))
                .map(|values| values.iter().map(|value| value.as_deref().map_or(Value::Null, shown)).collect())
        }
        "kv.set" => told!(kv::set(key, &bytes(&call[2]).unwrap_or_default(), ttl(3))).map(|()| Value::Null),
        "kv.delete" => told!(kv::delete(key)).map(Value::Bool),
        "kv.compare-and-set" => {
            let (expected, value) = (bytes(&call[2]), bytes(&call[3]));
            told!(kv::compare_and_set(key, expected.as_deref(), value.as_deref(), ttl(4))).map(Value::Bool)
        }
        "kv.increment" => told!(kv::increment(key, call[2].as_i64().unwrap_or_default())).map(|sum| json!(sum)),
        _ => told!(kv::keys(key, call[2].as_str(), call[3].as_u64().unwrap_or(100) as u32))
            .map(|page| json!({ "keys": page.keys, "next": page.next })),
    }
}

fn sql(name: &str, call: &Value) -> Answer {
    let told = |result: Result<Value, sql::SqlError>| {
        result.map_err(|error| match error {
            sql::SqlError::Invalid(said) => ("invalid".to_owned(), Value::String(said.message)),
            sql::SqlError::Constraint(said) => ("constraint".to_owned(), Value::String(said.message)),
            sql::SqlError::Database(said) => ("database".to_owned(), Value::String(said.message)),
            other => match told!(Err::<(), _>(other)) {
                Err(told) => told,
                Ok(()) => unreachable!(),
            },
        })
    };
    told(match name {
        "sql.execute" => sql::execute(&statement(&call[1], &call[2])).map(|outcome| shown_outcome(&outcome)),
        "sql.transaction" => {
            let statements: Vec<_> =
                call[1].as_array().into_iter().flatten().map(|pair| statement(&pair[0], &pair[1])).collect();
            sql::transaction(&statements).map(|outcomes| outcomes.iter().map(shown_outcome).collect())
        }
        "sql.begin" => sql::begin().map(|()| Value::Null),
        "sql.commit" => sql::commit().map(|()| Value::Null),
        _ => sql::rollback().map(|()| Value::Null),
    })
}

/// The text of a statement, or a number: a statement of so many bytes.
fn statement(text: &Value, parameters: &Value) -> sql::Statement {
    let text = match text.as_u64() {
        Some(length) => format!("SELECT 1{}", " ".repeat(length as usize - 8)),
        None => text.as_str().unwrap_or_default().to_owned(),
    };
    let parameters = parameters
        .as_array()
        .into_iter()
        .flatten()
        .map(|value| match value {
            Value::Null => sql::Value::Null,
            Value::Number(number) => match number.as_i64() {
                Some(integer) => sql::Value::Integer(integer),
                None => sql::Value::Real(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => sql::Value::Text(text.clone()),
            Value::Object(object) if object.contains_key("text") => {
                sql::Value::Text("x".repeat(object["text"].as_u64().unwrap_or_default() as usize))
            }
            other => sql::Value::Blob(bytes(&other["blob"]).unwrap_or_default()),
        })
        .collect();
    sql::Statement { text, parameters }
}

fn shown_outcome(outcome: &sql::Outcome) -> Value {
    let rows: Vec<Vec<Value>> = outcome
        .rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|value| match value {
                    sql::Value::Null => Value::Null,
                    sql::Value::Integer(integer) => json!(integer),
                    sql::Value::Real(real) => json!(real),
                    sql::Value::Text(text) if text.len() > 300 => json!({ "text": text.len() }),
                    sql::Value::Text(text) => json!(text),
                    sql::Value::Blob(bytes) => json!({ "blob": shown(bytes) }),
                })
                .collect()
        })
        .collect();
    // Ten thousand rows as JSON are not the test's subject.
    let rows = if rows.len() > 100 { json!(rows.len()) } else { json!(rows) };
    json!({
        "columns": outcome.columns,
        "rows": rows,
        "rows-changed": outcome.rows_changed,
        "last-insert-rowid": outcome.last_insert_rowid,
    })
}

/// Every function of the interfaces that this host does not offer yet.
fn refused(name: &str) -> Answer {
    let text = String::new;
    let request = || http::Request {
        method: "GET".to_owned(),
        uri: "https://example.com/".to_owned(),
        headers: Vec::new(),
        body: None,
        timeout_ms: None,
        redirects: http::Redirects::Refuse,
    };
    let mail = || notify::Mail { to: Vec::new(), subject: text(), text: text(), html: None, reply_to: None };
    let message = || notify::Message {
        audience: notify::Audience::Everyone,
        severity: notify::Severity::Info,
        title: text(),
        body: text(),
        link: None,
    };
    let publication = || events::Publication { topic: text(), payload: text(), key: None, idempotency_key: None };
    let activity = || workflow_context::ActivityOptions {
        name: text(),
        input: text(),
        retry: None,
        attempt_timeout_ms: None,
        total_timeout_ms: None,
    };
    macro_rules! null {
        ($result:expr) => {
            told!($result).map(|_| Value::Null)
        };
    }
    match name {
        "secrets.get" => null!(secrets::get("")),
        "secrets.names" => null!(secrets::names()),
        "blob.stat" => null!(blob::stat("")),
        "blob.read" => null!(blob::read("", 0, 1)),
        "blob.write" => null!(blob::write("", "", &[])),
        "blob.append" => null!(blob::append("", &[])),
        "blob.delete" => null!(blob::delete("")),
        "blob.entries" => null!(blob::entries("", None, 1)),
        "http.send" => null!(http::send(&request())),
        "events.publish" => null!(events::publish(&publication())),
        "modules.call" => null!(modules::call("", "", "")),
        "workflow.start" => {
            null!(workflow::start(&workflow::StartOptions { name: text(), id: None, input: text() }))
        }
        "workflow.signal" => null!(workflow::signal("", "", "")),
        "workflow.cancel" => null!(workflow::cancel("")),
        "workflow.describe" => null!(workflow::describe("")),
        "notify.send-mail" => null!(notify::send_mail(&mail())),
        "notify.send-message" => null!(notify::send_message(&message())),
        "workflow-context.start-activity" => null!(workflow_context::start_activity(&activity())),
        "workflow-context.start-timer" => null!(workflow_context::start_timer(1)),
        "workflow-context.start-child" => {
            let options = workflow_context::ChildOptions { name: text(), id: None, input: text() };
            null!(workflow_context::start_child(&options))
        }
        "workflow-context.start-signal" => null!(workflow_context::start_signal("")),
        "workflow-context.wait" => null!(workflow_context::wait(0)),
        "workflow-context.wait-any" => null!(workflow_context::wait_any(&[])),
        "workflow-context.cancel" => null!(workflow_context::cancel(0)),
        "workflow-context.cancelled" => null!(workflow_context::cancelled()),
        "workflow-context.now-unix-ms" => null!(workflow_context::now_unix_ms()),
        "workflow-context.random" => null!(workflow_context::random()),
        "workflow-context.patched" => null!(workflow_context::patched("")),
        "workflow-context.set-status" => null!(workflow_context::set_status("")),
        "workflow-context.continue-as-new" => null!(workflow_context::continue_as_new("")),
        other => Err(("no-such-function".to_owned(), json!(other))),
    }
}
