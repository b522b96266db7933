//! The engine, its pool, and the thread that makes its epochs.

use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use wasmtime::{Config, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::clock::{Clock, SystemClock};
use crate::error::SandboxError;

/// Core instances of one component: a module, its shim and its fixups, with room for composed ones.
pub(crate) const MAX_CORE_INSTANCES: u32 = 16;
/// Linear memories of one component.
pub(crate) const MAX_MEMORIES: u32 = 4;
/// Tables of one component.
pub(crate) const MAX_TABLES: u32 = 16;
/// Elements of one table.
const MAX_TABLE_ELEMENTS: usize = 20_000;

/// How a sandbox is set up.
#[derive(Clone)]
pub struct SandboxConfig {
    /// Where compiled components are kept. Made if absent; must belong to this user alone.
    pub cache_dir: PathBuf,
    /// The most memory that any call may be given, in bytes. Larger limits are cut to it.
    pub memory_bytes_per_call: u64,
    /// Calls that may run at once; more wait for their turn.
    pub concurrent_calls: u32,
    /// Stack of the guest, in bytes.
    pub stack_bytes: usize,
    /// How often a running guest lets others run, and how exactly processor time is limited.
    pub tick: Duration,
    /// The time that guests see.
    pub clock: Arc<dyn Clock>,
}

impl SandboxConfig {
    /// The usual settings, with a cache in `cache_dir`.
    pub fn new(cache_dir: impl Into<PathBuf>) -> Self {
        Self {
            cache_dir: cache_dir.into(),
            memory_bytes_per_call: 256 * 1024 * 1024,
            concurrent_calls: 256,
            stack_bytes: 512 * 1024,
            tick: Duration::from_millis(10),
            clock: Arc::new(SystemClock),
        }
    }
}

/// The wasmtime settings of a sandbox. Public for the bench, which compares with bare wasmtime on the same ones.
#[doc(hidden)]
pub fn wasmtime_config(config: &SandboxConfig) -> Config {
    let calls = config.concurrent_calls.max(1);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_core_instances(calls.saturating_mul(MAX_CORE_INSTANCES))
        .total_memories(calls.saturating_mul(MAX_MEMORIES))
        .total_tables(calls.saturating_mul(MAX_TABLES))
        .total_stacks(calls)
        .max_core_instances_per_component(MAX_CORE_INSTANCES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_memory_size(usize::try_from(config.memory_bytes_per_call).unwrap_or(usize::MAX))
        // Keeping the first pages resident spares a madvise and page faults per call; they are zeroed in between.
        .linear_memory_keep_resident(64 * 1024)
        .table_keep_resident(16 * 1024)
        .async_stack_keep_resident(16 * 1024)
        .max_unused_warm_slots(calls.min(256));
    let mut wasmtime = Config::new();
    wasmtime
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        // Past this much of a memory, bounds are checked instead of guarded; no guest of ours gets there.
        .memory_reservation(config.memory_bytes_per_call.max(4 << 30))
        .epoch_interruption(true)
        .max_wasm_stack(config.stack_bytes)
        // What host functions need on the same stack.
        .async_stack_size(config.stack_bytes + 512 * 1024)
        // Guests wait for the host one call at a time; the machinery for more costs every call.
        .concurrency_support(false)
        .wasm_component_model(true)
        // Results must not depend on the machine.
        .relaxed_simd_deterministic(true)
        .wasm_memory64(false);
    wasmtime
}

/// Makes the engine.
pub(crate) fn start(config: &SandboxConfig) -> Result<Engine, SandboxError> {
    Engine::new(&wasmtime_config(config)).map_err(|error| SandboxError::Engine(format!("{error:#}")))
}

/// A digest of everything that decides whether compiled code fits: wasmtime's version, its settings, the processor.
pub(crate) fn compatibility(engine: &Engine) -> [u8; 32] {
    struct Sink(Sha256);
    impl Hasher for Sink {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0 // not asked for: the digest is taken whole
        }
    }
    let mut sink = Sink(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut sink);
    sink.0.finalize().into()
}

/// The thread that advances the engine's epoch, so that running guests notice their deadline. Joined when dropped.
pub(crate) struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(crate) fn start(engine: &Engine, tick: Duration) -> Result<Self, SandboxError> {
        let (stop, stopped) = channel();
        let engine: EngineWeak = engine.weak();
        let thread = std::thread::Builder::new()
            .name("adx-sandbox-epoch".to_owned())
            .spawn(move || {
                while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(tick) {
                    match engine.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => break,
                    }
                }
            })
            .map_err(SandboxError::Ticker)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the epoch thread panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compatibility_depends_on_the_settings() {
        let engine = |configure: fn(&mut Config)| {
            let mut config = Config::new();
            configure(&mut config);
            Engine::new(&config).unwrap()
        };
        let plain = compatibility(&engine(|_| {}));
        assert_eq!(plain, compatibility(&engine(|_| {})));
        assert_ne!(
            plain,
            compatibility(&engine(|config| {
                config.epoch_interruption(true);
            }))
        );
    }

    #[test]
    fn the_ticker_stops_when_dropped() {
        let engine = Engine::new(Config::new().epoch_interruption(true)).unwrap();
        let ticker = Ticker::start(&engine, Duration::from_millis(1)).unwrap();
        let weak = engine.weak();
        drop(ticker);
        drop(engine);
        assert!(weak.upgrade().is_none(), "the thread is gone, and with it its hold on the engine");
    }
}
