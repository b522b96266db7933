//! From the host's calls to the author's functions.

use std::marker::PhantomData;
use std::sync::Once;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::host::bindings::adx::module::log as host_log;
use crate::host::bindings::exports::adx::module::{activities, lifecycle};
use crate::{Error, Result};

/// What `#[module]` implements. A moment without a function is one that needs nothing done.
pub trait Module {
    /// The names that [`Module::call`] knows.
    const ACTIVITIES: &'static [&'static str];

    /// Runs an activity: JSON in, JSON out.
    fn call(name: &str, input: &str) -> Result<String>;

    /// The module was installed; its migrations have run.
    fn install() -> Result<()> {
        Ok(())
    }

    /// Calls are about to arrive.
    fn activate() -> Result<()> {
        Ok(())
    }

    /// No more calls will arrive.
    fn deactivate() -> Result<()> {
        Ok(())
    }

    /// This version takes over from another.
    fn upgrade(_from: &str) -> Result<()> {
        Ok(())
    }

    /// The module leaves the tenant.
    fn uninstall() -> Result<()> {
        Ok(())
    }

    /// Whether this version works.
    fn health() -> Result<()> {
        Ok(())
    }
}

/// `M` as the host sees it.
#[derive(Debug)]
pub struct Component<M>(PhantomData<M>);

impl<M: Module> lifecycle::Guest for Component<M> {
    fn install() -> Result<(), lifecycle::ModuleError> {
        at_a_moment(M::install)
    }

    fn activate() -> Result<(), lifecycle::ModuleError> {
        at_a_moment(M::activate)
    }

    fn deactivate() -> Result<(), lifecycle::ModuleError> {
        at_a_moment(M::deactivate)
    }

    fn upgrade(from_version: String) -> Result<(), lifecycle::ModuleError> {
        at_a_moment(|| M::upgrade(&from_version))
    }

    fn uninstall() -> Result<(), lifecycle::ModuleError> {
        at_a_moment(M::uninstall)
    }

    fn health() -> Result<(), lifecycle::ModuleError> {
        at_a_moment(M::health)
    }
}

impl<M: Module> activities::Guest for Component<M> {
    fn names() -> Vec<String> {
        hand_panics_to_the_host();
        M::ACTIVITIES.iter().map(|name| (*name).to_owned()).collect()
    }

    fn call(name: String, input: String) -> Result<String, activities::ActivityError> {
        hand_panics_to_the_host();
        M::call(&name, &input).map_err(|error| {
            let (kind, message, retryable) = error.into_parts();
            activities::ActivityError { kind, message, retryable }
        })
    }
}

fn at_a_moment(run: impl FnOnce() -> Result<()>) -> Result<(), lifecycle::ModuleError> {
    hand_panics_to_the_host();
    run().map_err(|error| {
        let (kind, message, retryable) = error.into_parts();
        lifecycle::ModuleError { kind, message, retryable }
    })
}

/// A panic in a module ends in a trap that says nothing. This hook says message and place first.
fn hand_panics_to_the_host() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if !cfg!(target_arch = "wasm32") {
            return;
        }
        std::panic::set_hook(Box::new(|panic| {
            let message = panic.payload_as_str().unwrap_or("a panic without a message");
            let location = panic.location().map(ToString::to_string).unwrap_or_default();
            host_log::panic(message, &location);
        }));
    });
}

/// The input of an activity.
///
/// # Errors
/// Kind `invalid-input`, saying where in the JSON.
pub fn decode<T: DeserializeOwned>(input: &str) -> Result<T> {
    serde_json::from_str(input).map_err(|error| Error::invalid_input(format!("the input does not fit: {error}")))
}

/// The input of an activity that takes none: nothing, `null` or `{}`.
///
/// # Errors
/// Kind `invalid-input`: a caller who sends something expects it to matter.
pub fn decode_nothing(input: &str) -> Result<()> {
    match serde_json::from_str(input) {
        Ok(serde_json::Value::Null) => Ok(()),
        Ok(serde_json::Value::Object(object)) if object.is_empty() => Ok(()),
        Err(_) if input.trim().is_empty() => Ok(()),
        _ => Err(Error::invalid_input("this activity takes no input")),
    }
}

/// The output of an activity.
///
/// # Errors
/// Kind `failed` when it cannot be written as JSON.
pub fn encode<T: Serialize>(output: &T) -> Result<String> {
    serde_json::to_string(output)
        .map_err(|error| Error::failed(format!("the output cannot be written as JSON: {error}")))
}

/// What [`Module::call`] answers to a name that it does not know.
pub fn unknown_activity<M: Module>(name: &str) -> Error {
    let known = match M::ACTIVITIES {
        [] => "it has none".to_owned(),
        names => format!("it has {}", names.join(", ")),
    };
    Error::new("unknown-activity", format!("this module has no activity `{name}`: {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[adx_module::module]
    mod greeter {
        use crate::prelude::*;

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Greet {
            name: String,
        }

        #[derive(Serialize)]
        struct Greeting {
            greeting: String,
        }

        #[activity]
        fn greet(Greet { name }: Greet) -> Result<Greeting> {
            if name.is_empty() {
                return Err(Error::invalid_input("nobody to greet"));
            }
            Ok(Greeting { greeting: format!("Hello, {name}!") })
        }

        #[activity(name = "list-words")]
        fn words() -> Result<[&'static str; 1], std::fmt::Error> {
            Ok(["Hello"])
        }

        #[upgrade]
        fn upgrade(from: &str) -> Result<()> {
            Err(Error::new("too-old", from).retryable())
        }
    }

    type Greeter = Component<greeter::__AdxModule>;

    fn call(name: &str, input: &str) -> Result<String, activities::ActivityError> {
        <Greeter as activities::Guest>::call(name.to_owned(), input.to_owned())
    }

    #[test]
    fn json_goes_in_and_comes_out() {
        let answer = call("greet", r#"{"name":"Ada"}"#).expect("greets");
        assert_eq!(answer, r#"{"greeting":"Hello, Ada!"}"#);
        assert_eq!(call("list-words", "{}").expect("lists"), r#"["Hello"]"#);
        assert_eq!(<Greeter as activities::Guest>::names(), ["greet", "list-words"]);
    }

    #[test]
    fn faults_of_the_caller_are_invalid_input() {
        for input in ["", "{}", r#"{"name":1}"#, r#"{"name":"Ada","x":1}"#, r#"{"name":""}"#] {
            let error = call("greet", input).expect_err("refused");
            assert_eq!(error.kind, "invalid-input", "{input}: {}", error.message);
        }
        assert_eq!(call("list-words", "[1]").expect_err("refused").kind, "invalid-input");
    }

    #[test]
    fn an_unknown_activity_is_answered_with_the_known() {
        let error = call("great", "{}").expect_err("refused");
        assert_eq!(error.kind, "unknown-activity");
        assert!(error.message.contains("greet, list-words"), "{}", error.message);
    }

    #[test]
    fn moments_without_a_function_pass_and_the_others_run() {
        <Greeter as lifecycle::Guest>::install().expect("nothing to do");
        let error = <Greeter as lifecycle::Guest>::upgrade("1.0.0".to_owned()).expect_err("fails");
        assert_eq!((error.kind.as_str(), error.message.as_str()), ("too-old", "1.0.0"));
        assert!(error.retryable);
    }
}
