//! A loaded module, and how it is called: a fresh instance each time.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::{Instant as Deadline, timeout_at};
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, ComponentType, InstancePre, Lift, Linker, Lower, WasmStr,
};
use wasmtime::{Store, StoreContextMut, UpdateDeadline};

use crate::check::Exports;
use crate::environment::{Environment, Invocation};
use crate::error::{CallError, LoadError};
use crate::host::CallState;
use crate::limits::{MAX_MESSAGE_BYTES, cut};
use crate::meter::CpuMeter;
use crate::outcome::{HostFailure, classify};
use crate::sandbox::{Flight, Inner};
use crate::signature::{self, Signature};

/// What a guest may hand over in one call of the host beside its own memory's size: the records around the data.
const HAND_OVER_SLACK_BYTES: u64 = 64 * 1024;
/// Room for the text of an input before it must be moved: most fit.
const INPUT_CAPACITY: usize = 1024;
/// Names of activities that an error shows.
const MAX_KNOWN: usize = 100;
/// The kinds of error that the guest library and we agree on.
const UNKNOWN_ACTIVITY: &str = "unknown-activity";
const NOT_GRANTED: &str = "not-granted";

/// A component that is ready to be instantiated.
pub(crate) struct Loaded {
    digest: [u8; 32],
    instance: InstancePre<CallState>,
    functions: Functions,
}

struct Functions {
    install: ComponentExportIndex,
    activate: ComponentExportIndex,
    deactivate: ComponentExportIndex,
    upgrade: ComponentExportIndex,
    uninstall: ComponentExportIndex,
    health: ComponentExportIndex,
    names: ComponentExportIndex,
    call: ComponentExportIndex,
}

impl Loaded {
    /// Links the component with the host and finds its functions.
    pub(crate) fn new(
        linker: &Linker<CallState>,
        component: &Component,
        exports: &Exports,
        digest: [u8; 32],
    ) -> Result<Self, LoadError> {
        let moment = |function| signature::find(component, &exports.lifecycle, function, Signature::Moment);
        let functions = Functions {
            install: moment("install")?,
            activate: moment("activate")?,
            deactivate: moment("deactivate")?,
            upgrade: signature::find(component, &exports.lifecycle, "upgrade", Signature::Upgrade)?,
            uninstall: moment("uninstall")?,
            health: moment("health")?,
            names: signature::find(component, &exports.activities, "names", Signature::Names)?,
            call: signature::find(component, &exports.activities, "call", Signature::Call)?,
        };
        let instance =
            linker.instantiate_pre(component).map_err(|error| LoadError::Incompatible(format!("{error:#}")))?;
        Ok(Self { digest, instance, functions })
    }
}

/// `lifecycle.module-error` and `activities.activity-error`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct GuestError {
    kind: String,
    message: String,
    retryable: bool,
}

/// How a guest that ran to its end answered.
enum Answer {
    Done(Value),
    Failed(GuestError),
    Unknown(Vec<String>),
    TooLarge(u64),
    NotJson(String),
}

/// A loaded module. Cheap to clone.
#[derive(Clone)]
pub struct Module {
    sandbox: Arc<Inner>,
    loaded: Arc<Loaded>,
    /// Keeps the sandbox's entry alive as long as the module is.
    _flight: Arc<Flight>,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("digest", &hex::encode(self.loaded.digest)).finish_non_exhaustive()
    }
}

impl Module {
    pub(crate) fn new(sandbox: Arc<Inner>, loaded: Arc<Loaded>, flight: Arc<Flight>) -> Self {
        Self { sandbox, loaded, _flight: flight }
    }

    /// SHA-256 of the component.
    pub fn digest(&self) -> [u8; 32] {
        self.loaded.digest
    }

    /// Calls the module in a fresh instance, within the limits of `environment`. Lifecycle functions give `null`.
    ///
    /// # Errors
    /// What the module answered if it is an error, or why it did not answer. Nothing that a module does makes this panic,
    /// wait past the deadline, or touch another call.
    pub async fn call(&self, environment: &Environment, invocation: Invocation) -> Result<Value, CallError> {
        let started = Instant::now();
        let limits = &environment.limits;
        // A deadline so far away that it cannot be told is none; a day is as good.
        let deadline = started.checked_add(limits.wall_time).unwrap_or(started + Duration::from_hours(24));
        let memory_bytes = limits.memory_bytes.min(self.sandbox.config.memory_bytes_per_call);
        let cpu = Arc::new(CpuMeter::new(limits.cpu_time, self.sandbox.config.tick, started));
        let state = CallState::new(
            environment.clone(),
            Arc::clone(&cpu),
            memory_bytes,
            Arc::clone(&self.sandbox.config.clock),
            started,
            deadline,
        );
        let mut store = Store::new(&self.sandbox.engine, state);
        store.limiter(|state| &mut state.memory);
        let hand_over = memory_bytes.max(limits.output_bytes).saturating_add(HAND_OVER_SLACK_BYTES);
        store.set_hostcall_fuel(usize::try_from(hand_over).unwrap_or(usize::MAX));
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(tick);

        let mut place = None;
        let ran = {
            // Pinned where it stands: the future of an instance is large, and would be copied on its way into the timeout.
            let run = pin!(async {
                let acquired = self.sandbox.places.acquire().await;
                place = Some(acquired.map_err(|error| HostFailure(error.to_string()))?);
                cpu.count(pin!(self.run(&mut store, &invocation))).await
            });
            timeout_at(Deadline::from_std(deadline), run).await
        };
        let state = store.data_mut();
        state.release_data().await;
        let result = match ran {
            Err(_) => Err(CallError::WallTime { limit: limits.wall_time }),
            Ok(Err(error)) => Err(classify(&error, state, memory_bytes)),
            Ok(Ok(answer)) => answered(answer, state, &invocation),
        };
        let outcome = result.as_ref().err().map_or("ok", CallError::slug);
        environment.audit.finished(environment, &state.report(invocation.to_string(), outcome));
        // The place is free only when the instance is gone: the next call would find the pool empty.
        drop(store);
        drop(place);
        result
    }

    async fn run(&self, store: &mut Store<CallState>, invocation: &Invocation) -> wasmtime::Result<Answer> {
        let instance = self.loaded.instance.instantiate_async(&mut *store).await?;
        let functions = &self.loaded.functions;
        let lifecycle = match invocation {
            Invocation::Install => functions.install,
            Invocation::Activate => functions.activate,
            Invocation::Deactivate => functions.deactivate,
            Invocation::Uninstall => functions.uninstall,
            Invocation::Health => functions.health,
            Invocation::Upgrade { from } => {
                let (answer,) =
                    enter::<_, (Result<(), GuestError>,)>(store, &instance, functions.upgrade, (from.as_str(),))
                        .await?;
                return Ok(answer.map_or_else(Answer::Failed, |()| Answer::Done(Value::Null)));
            }
            Invocation::Activities => {
                let (names,) = enter::<_, (Vec<String>,)>(store, &instance, functions.names, ()).await?;
                let length: usize = names.iter().map(String::len).sum();
                return if length as u64 > store.data().environment.limits.output_bytes {
                    Ok(Answer::TooLarge(length as u64))
                } else {
                    Ok(Answer::Done(names.into()))
                };
            }
            Invocation::Activity { name, input } => {
                return self.activity(store, &instance, name, input).await;
            }
        };
        let (answer,) = enter::<_, (Result<(), GuestError>,)>(store, &instance, lifecycle, ()).await?;
        Ok(answer.map_or_else(Answer::Failed, |()| Answer::Done(Value::Null)))
    }

    async fn activity(
        &self,
        store: &mut Store<CallState>,
        instance: &wasmtime::component::Instance,
        name: &str,
        input: &Value,
    ) -> wasmtime::Result<Answer> {
        let mut text = Vec::with_capacity(INPUT_CAPACITY);
        serde_json::to_writer(&mut text, input)?;
        let parameters = (name, str::from_utf8(&text)?);
        // The result stays in the guest's memory until its length is known to be allowed.
        let (answer,) =
            enter::<_, (Result<WasmStr, GuestError>,)>(store, instance, self.loaded.functions.call, parameters).await?;
        match answer {
            Ok(output) => {
                let output = output.to_str(&*store)?;
                if output.len() as u64 > store.data().environment.limits.output_bytes {
                    return Ok(Answer::TooLarge(output.len() as u64));
                }
                Ok(serde_json::from_str(&output).map_or_else(|error| Answer::NotJson(error.to_string()), Answer::Done))
            }
            Err(error) if error.kind == UNKNOWN_ACTIVITY => {
                let (names,) = enter::<_, (Vec<String>,)>(store, instance, self.loaded.functions.names, ()).await?;
                if names.iter().any(|known| known == name) {
                    Ok(Answer::Failed(error))
                } else {
                    Ok(Answer::Unknown(names))
                }
            }
            Err(error) => Ok(Answer::Failed(error)),
        }
    }
}

/// Calls one function of the guest.
async fn enter<P, R>(
    store: &mut Store<CallState>,
    instance: &wasmtime::component::Instance,
    function: ComponentExportIndex,
    parameters: P,
) -> wasmtime::Result<R>
where
    P: ComponentNamedList + Lower + Send + Sync,
    R: ComponentNamedList + Lift + Send + Sync + 'static,
{
    instance.get_typed_func::<P, R>(&mut *store, function)?.call_async(&mut *store, parameters).await
}

/// Each epoch in which a guest runs: it stops if its processor time is used up, and otherwise lets others run.
#[expect(clippy::needless_pass_by_value, reason = "wasmtime's signature")]
fn tick(store: StoreContextMut<'_, CallState>) -> wasmtime::Result<UpdateDeadline> {
    if store.data().cpu.exhausted() {
        Ok(UpdateDeadline::Interrupt)
    } else {
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    }
}

fn answered(answer: Answer, state: &CallState, invocation: &Invocation) -> Result<Value, CallError> {
    match answer {
        Answer::Done(value) => Ok(value),
        Answer::TooLarge(bytes) => {
            Err(CallError::OutputTooLarge { bytes, limit_bytes: state.environment.limits.output_bytes })
        }
        Answer::NotJson(reason) => Err(CallError::InvalidOutput(reason)),
        Answer::Unknown(mut known) => {
            known.truncate(MAX_KNOWN);
            for name in &mut *known {
                cut(name, 200);
            }
            known.sort();
            let name = match invocation {
                Invocation::Activity { name, .. } => name.clone(),
                other => other.to_string(),
            };
            Err(CallError::UnknownActivity { name, known })
        }
        Answer::Failed(mut error) => {
            if error.kind == NOT_GRANTED
                && let Some(capability) = state.gate.last_denied()
            {
                return Err(CallError::NotGranted {
                    capability: capability.to_string(),
                    manifest_line: capability.manifest_line(),
                });
            }
            cut(&mut error.kind, 100);
            cut(&mut error.message, MAX_MESSAGE_BYTES);
            Err(CallError::Module { kind: error.kind, message: error.message, retryable: error.retryable })
        }
    }
}
