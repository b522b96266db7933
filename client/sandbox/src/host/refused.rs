//! What the world knows and this host does not do yet: every function asks the gate, and the gate says no.

use crate::bindings::adx::module::{blob, events, http, modules, notify, secrets, workflow, workflow_context};
use crate::gate::{Interface, Operation, Refusal};
use crate::grant::Capability;
use crate::host::CallState;

/// For each interface: the error type takes the refusal, and each function gives it.
macro_rules! refused {
    ($interface:expr, $module:ident, $error:ident, {
        $($name:literal: fn $function:ident($($argument:ident: $type:ty),*) -> $ok:ty;)*
    }) => {
        impl From<Refusal> for $module::$error {
            fn from(refusal: Refusal) -> Self {
                match refusal {
                    Refusal::NotGranted(line) => Self::NotGranted(line),
                    Refusal::Limited(cap) => Self::Limited(cap),
                }
            }
        }

        impl $module::Host for CallState {
            $(fn $function(&mut self, $(_: $type),*) -> wasmtime::Result<Result<$ok, $module::$error>> {
                let operation = Operation::new($interface, $name);
                Ok(self.gate.admit(&self.environment, operation).map_err(Into::into).and_then(|()| {
                    // Only reached if the gate admits what is not offered, which it never does.
                    Err($module::$error::NotGranted($name.to_owned()))
                }))
            })*
        }
    };
}

refused!(Interface::Capability(Capability::Secrets), secrets, SecretsError, {
    "get": fn get(name: String) -> secrets::Secret;
    "names": fn names() -> Vec<String>;
});

refused!(Interface::Capability(Capability::Blob), blob, BlobError, {
    "stat": fn stat(name: String) -> Option<blob::Info>;
    "read": fn read(name: String, offset: u64, length: u32) -> Vec<u8>;
    "write": fn write(name: String, content_type: String, content: Vec<u8>) -> blob::Info;
    "append": fn append(name: String, content: Vec<u8>) -> blob::Info;
    "delete": fn delete(name: String) -> bool;
    "entries": fn entries(prefix: String, after: Option<String>, limit: u32) -> blob::InfoPage;
});

refused!(Interface::Capability(Capability::Http), http, HttpError, {
    "send": fn send(request: http::Request) -> http::Response;
});

refused!(Interface::Capability(Capability::Events), events, EventsError, {
    "publish": fn publish(publication: events::Publication) -> String;
});

refused!(Interface::Capability(Capability::Modules), modules, ModulesError, {
    "call": fn call(module: String, activity: String, input: String) -> String;
});

refused!(Interface::Capability(Capability::Workflow), workflow, WorkflowError, {
    "start": fn start(options: workflow::StartOptions) -> String;
    "signal": fn signal(id: String, name: String, payload: String) -> ();
    "cancel": fn cancel(id: String) -> ();
    "describe": fn describe(id: String) -> workflow::Description;
});

refused!(Interface::Capability(Capability::Notify), notify, NotifyError, {
    "send-mail": fn send_mail(mail: notify::Mail) -> String;
    "send-message": fn send_message(message: notify::Message) -> String;
});

refused!(Interface::WorkflowContext, workflow_context, ContextError, {
    "start-activity": fn start_activity(options: workflow_context::ActivityOptions) -> u32;
    "start-timer": fn start_timer(duration_ms: u64) -> u32;
    "start-child": fn start_child(options: workflow_context::ChildOptions) -> u32;
    "start-signal": fn start_signal(name: String) -> u32;
    "wait": fn wait(operation: u32) -> String;
    "wait-any": fn wait_any(operations: Vec<u32>) -> u32;
    "cancel": fn cancel(operation: u32) -> ();
    "cancelled": fn cancelled() -> bool;
    "now-unix-ms": fn now_unix_ms() -> u64;
    "random": fn random() -> u64;
    "patched": fn patched(change: String) -> bool;
    "set-status": fn set_status(status: String) -> ();
    "continue-as-new": fn continue_as_new(input: String) -> ();
});
