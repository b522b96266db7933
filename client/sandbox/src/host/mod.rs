//! The host functions, one file per interface. Each asks the gate first.

mod always;
mod config;
mod kv;
mod refused;
mod sql;

use std::sync::Arc;
use std::time::Instant;

use tokio::task::spawn_blocking;
use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use crate::audit::CallReport;
use crate::bindings::Host_;
use crate::clock::Clock;
use crate::data::{Checkout, DataConnection, Unavailable};
use crate::environment::Environment;
use crate::gate::{Gate, Operation, Refusal};
use crate::limits::MAX_STATEMENT_TIME;
use crate::meter::{CpuMeter, MemoryMeter};

/// A panic that the guest announced.
#[derive(Debug, Clone)]
pub(crate) struct Panic {
    pub(crate) message: String,
    pub(crate) location: String,
}

/// Everything that belongs to one call.
pub(crate) struct CallState {
    pub(crate) environment: Environment,
    pub(crate) gate: Gate,
    pub(crate) memory: MemoryMeter,
    pub(crate) cpu: Arc<CpuMeter>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) started: Instant,
    /// When the wall time is over.
    deadline: Instant,
    pub(crate) panic: Option<Panic>,
    pub(crate) log: always::LogBudget,
    /// The connection of this call, from its first use of `kv` or `sql` on.
    checkout: Option<Checkout>,
}

impl CallState {
    pub(crate) fn new(
        environment: Environment,
        cpu: Arc<CpuMeter>,
        memory_bytes: u64,
        clock: Arc<dyn Clock>,
        started: Instant,
        deadline: Instant,
    ) -> Self {
        Self {
            gate: Gate::default(),
            memory: MemoryMeter::new(memory_bytes),
            log: always::LogBudget::new(&environment.limits),
            environment,
            cpu,
            clock,
            started,
            deadline,
            panic: None,
            checkout: None,
        }
    }

    /// Asks the gate, then acts.
    pub(crate) fn through<T, E: From<Refusal>>(
        &mut self,
        operation: Operation,
        act: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.gate.admit(&self.environment, operation)?;
        act(self)
    }

    /// Asks the gate, then acts on the call's database connection, on a blocking thread.
    pub(crate) async fn through_data<T, E>(
        &mut self,
        operation: Operation,
        act: impl FnOnce(&DataConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Refusal> + From<Unavailable> + Send + 'static,
    {
        self.gate.admit(&self.environment, operation)?;
        let mut checkout = match self.checkout.take() {
            Some(checkout) => checkout,
            None => match &self.environment.data {
                Some(data) => data.checkout().await?,
                None => {
                    return Err(Unavailable("there is no data store for this call".to_owned()).into());
                }
            },
        };
        let limits = &self.environment.limits;
        let deadline = self.deadline.min(Instant::now() + MAX_STATEMENT_TIME);
        let quota = limits.storage_bytes.min(checkout.quota_bytes());
        let only_reading = self.environment.read_only.is_some();
        let cpu = Arc::clone(&self.cpu);
        // If this call is dropped while the statement runs, the thread keeps the connection until the deadline stops it.
        let worked = spawn_blocking(move || {
            let result = cpu.elsewhere(|| match checkout.connection() {
                Ok(connection) => {
                    let bounded = connection.set_bounds(deadline, Some(cpu.left()));
                    bounded
                        .and_then(|()| connection.set_quota(quota))
                        .and_then(|()| connection.set_only_reading(only_reading))
                        .map_err(unavailable)
                        .and_then(|()| act(connection))
                }
                Err(error) => Err(unavailable(error)),
            });
            (checkout, result)
        })
        .await;
        match worked {
            Ok((checkout, result)) => {
                self.checkout = Some(checkout);
                result
            }
            Err(error) => Err(Unavailable(error.to_string()).into()),
        }
    }

    /// Gives the connection back; what was not committed is undone.
    pub(crate) async fn release_data(&mut self) {
        if let Some(checkout) = self.checkout.take_if(|checkout| checkout.in_transaction()) {
            // Undoing much takes its time: not on the reactor.
            let _ = spawn_blocking(move || drop(checkout)).await;
        }
        self.checkout = None;
    }

    /// What the call used.
    pub(crate) fn report(&self, invocation: String, outcome: &'static str) -> CallReport {
        CallReport {
            invocation,
            outcome,
            cpu_time: self.cpu.spent(),
            wall_time: self.started.elapsed(),
            peak_memory_bytes: self.memory.peak_bytes(),
            host_calls: self.gate.host_calls(),
            denials: self.gate.denials(),
            log_lines: self.log.written(),
            log_lines_dropped: self.log.dropped(),
        }
    }
}

/// The guest is told that it did not work, not where our files are.
fn unavailable<E: From<Unavailable>>(error: rusqlite::Error) -> E {
    tracing::error!(%error, "module data could not be opened");
    Unavailable("the data store cannot be opened".to_owned()).into()
}

/// A linker with everything that a guest may import.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<CallState>> {
    let mut linker = Linker::new(engine);
    Host_::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    Ok(linker)
}
