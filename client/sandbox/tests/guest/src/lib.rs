//! The guest that the sandbox's tests and bench run: well-behaved and hostile by turns.
//!
//! Activities take JSON and give JSON. `host` plays a list of calls of the host and tells what each answered, so that a
//! test reads like the calls it makes; the others do one thing, most of them what a module must not get away with.

#[allow(clippy::all, clippy::pedantic, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../../sdk/wit",
        world: "module-with-everything",
        generate_all,
    });
}

mod hostile;
mod operation;
mod order;

use std::cell::{Cell, RefCell};
use std::sync::Once;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use bindings::adx::module::log;
use bindings::exports::adx::module::{activities, event_handler, lifecycle, workflows};

struct Guest;

bindings::export!(Guest with_types_in bindings);

/// In the order of `names`: the host must not depend on it.
const ACTIVITIES: [&str; 15] = [
    "order",
    "echo",
    "count",
    "host",
    "fail",
    "raw",
    "compute",
    "spin",
    "fill",
    "allocate",
    "recurse",
    "recurse-in-memory",
    "panic",
    "abort",
    "claim-unknown",
];

/// Kind and message.
type Failure = (String, String, bool);

fn activity(name: &str, input: &str) -> Result<String, Failure> {
    match name {
        "order" => order::price(input),
        "echo" => Ok(input.to_owned()),
        "count" => Ok(count().to_string()),
        "host" => operation::play(input),
        "fail" => {
            let input: Value = decode(input)?;
            let text = |key: &str| input[key].as_str().unwrap_or_default().to_owned();
            Err((text("kind"), text("message"), input["retryable"] == true))
        }
        // Whatever text it is told to give, or so many bytes of JSON.
        "raw" => match decode::<Value>(input)? {
            Value::String(text) => Ok(text),
            bytes => Ok(format!("\"{}\"", "x".repeat(bytes.as_u64().unwrap_or_default() as usize - 2))),
        },
        "compute" => Ok(hostile::compute(decode(input)?).to_string()),
        "spin" => hostile::spin(),
        "fill" => Ok(json!(hostile::fill(decode(input)?)).to_string()),
        "allocate" => hostile::allocate(),
        "recurse" => Ok(hostile::recurse(decode(input)?).to_string()),
        "recurse-in-memory" => Ok(hostile::recurse_in_memory(decode(input)?).to_string()),
        "panic" => panic!("{}", decode::<String>(input)?),
        "abort" => std::process::abort(),
        "claim-unknown" => Err(("unknown-activity".to_owned(), "something within is unknown".to_owned(), false)),
        _ => Err(("unknown-activity".to_owned(), format!("no activity {name}"), false)),
    }
}

fn decode<T: DeserializeOwned>(input: &str) -> Result<T, Failure> {
    serde_json::from_str(input).map_err(|error| ("invalid-input".to_owned(), error.to_string(), false))
}

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
    static SECRETS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Counts its calls in a global and on the heap: 1, unless something stayed from a call before.
fn count() -> usize {
    CALLS.set(CALLS.get() + 1);
    SECRETS.with_borrow_mut(|secrets| {
        secrets.push("of this call".to_owned());
        secrets.len().max(CALLS.get() as usize)
    })
}

/// Tells the host message and place of a panic, as the guest library does for authors.
fn hand_panics_to_the_host() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let location = panic.location().map(ToString::to_string).unwrap_or_default();
            log::panic(panic.payload_as_str().unwrap_or_default(), &location);
        }));
    });
}

impl activities::Guest for Guest {
    fn names() -> Vec<String> {
        ACTIVITIES.map(str::to_owned).into()
    }

    fn call(name: String, input: String) -> Result<String, activities::ActivityError> {
        hand_panics_to_the_host();
        activity(&name, &input).map_err(|(kind, message, retryable)| activities::ActivityError {
            kind,
            message,
            retryable,
        })
    }
}

/// What a moment of the lifecycle tells the host: that it came, and with what.
fn moment(name: &str, from: &str) -> Result<(), lifecycle::ModuleError> {
    log::write(log::Level::Info, name, &[log::Field { key: "from".to_owned(), value: from.to_owned() }]);
    Ok(())
}

impl lifecycle::Guest for Guest {
    fn install() -> Result<(), lifecycle::ModuleError> {
        moment("install", "")
    }

    fn activate() -> Result<(), lifecycle::ModuleError> {
        moment("activate", "")
    }

    fn deactivate() -> Result<(), lifecycle::ModuleError> {
        moment("deactivate", "")
    }

    fn upgrade(from_version: String) -> Result<(), lifecycle::ModuleError> {
        moment("upgrade", &from_version)
    }

    fn uninstall() -> Result<(), lifecycle::ModuleError> {
        moment("uninstall", "")
    }

    fn health() -> Result<(), lifecycle::ModuleError> {
        Err(lifecycle::ModuleError { kind: "sick".to_owned(), message: "I have a cold".to_owned(), retryable: true })
    }
}

impl workflows::Guest for Guest {
    fn names() -> Vec<String> {
        Vec::new()
    }

    fn run(name: String, _: String) -> Result<String, workflows::WorkflowFailure> {
        Err(workflows::WorkflowFailure { kind: "unknown-workflow".to_owned(), message: name, retryable: false })
    }
}

impl event_handler::Guest for Guest {
    fn handle(_: event_handler::Event) -> Result<(), event_handler::EventError> {
        Ok(())
    }
}
