//! The sandbox: an engine, its pool, and the components loaded into it.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::spawn_blocking;
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::cache::{self, Cache};
use crate::check::check;
use crate::engine::{self, SandboxConfig, Ticker};
use crate::error::{LoadError, SandboxError};
use crate::host::{self, CallState};
use crate::module::{Loaded, Module};
use crate::reviewed::deserialize;

/// Compilations at once: each takes all cores for a moment and some hundred megabytes.
const COMPILATIONS: usize = 2;

/// Runs modules. Cheap to clone; all clones share the engine, the pool and the loaded components.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    // First, so that the thread is gone before the engine is.
    _ticker: Ticker,
    pub(crate) engine: Engine,
    pub(crate) config: SandboxConfig,
    /// A place in the pool for each call that may run at once.
    pub(crate) places: Semaphore,
    linker: Linker<CallState>,
    cache: Cache,
    compilations: Arc<Semaphore>,
    flights: Mutex<HashMap<[u8; 32], Weak<Flight>>>,
}

/// One component being loaded or loaded: whoever wants it meanwhile waits for the same one.
pub(crate) type Flight = OnceCell<Arc<Loaded>>;

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("cache_dir", &self.inner.config.cache_dir).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts the engine, reserves the pool's address space and opens the cache. Blocks for some milliseconds.
    ///
    /// # Errors
    /// When the cache folder cannot be used or the engine cannot be started.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        let engine = engine::start(&config)?;
        let cache = Cache::open(&config.cache_dir, engine::compatibility(&engine))?;
        let linker = host::linker(&engine).map_err(|error| SandboxError::Engine(format!("{error:#}")))?;
        let inner = Inner {
            _ticker: Ticker::start(&engine, config.tick)?,
            places: Semaphore::new(config.concurrent_calls.max(1) as usize),
            engine,
            config,
            linker,
            cache,
            compilations: Arc::new(Semaphore::new(COMPILATIONS)),
            flights: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Checks a component, compiles it (or finds it compiled) and makes it ready to call. The same component loaded twice
    /// is one: while it compiles, others wait for it; while a [`Module`] of it is alive, it is shared.
    ///
    /// # Errors
    /// When the component is not one, imports or exports the wrong things, or cannot be compiled.
    pub async fn load(&self, component: &[u8]) -> Result<Module, LoadError> {
        let component: Arc<[u8]> = component.into();
        let digest = background({
            let component = Arc::clone(&component);
            move || Ok(cache::digest(&component))
        })
        .await?;
        let flight = self.flight(digest);
        let loaded = flight
            .get_or_try_init(|| async {
                let permit = Arc::clone(&self.inner.compilations).acquire_owned().await;
                let permit = permit.map_err(|error| LoadError::Host(error.to_string()))?;
                let inner = Arc::clone(&self.inner);
                // The permit goes along: a compilation whose caller has left still takes its cores.
                background(move || {
                    let _permit = permit;
                    load(&inner, &component, digest)
                })
                .await
                .map(Arc::new)
            })
            .await?;
        Ok(Module::new(Arc::clone(&self.inner), Arc::clone(loaded), Arc::clone(&flight)))
    }

    fn flight(&self, digest: [u8; 32]) -> Arc<Flight> {
        let mut flights = self.inner.flights.lock();
        if let Some(flight) = flights.get(&digest).and_then(Weak::upgrade) {
            return flight;
        }
        flights.retain(|_, flight| flight.strong_count() > 0);
        let flight = Arc::new(Flight::new());
        flights.insert(digest, Arc::downgrade(&flight));
        flight
    }
}

/// Runs `work` off the reactor.
async fn background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LoadError> + Send + 'static,
) -> Result<T, LoadError> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(LoadError::Host(error.to_string())),
    }
}

fn load(inner: &Inner, bytes: &[u8], digest: [u8; 32]) -> Result<Loaded, LoadError> {
    let exports = check(bytes)?;
    let compiled = |error: wasmtime::Error| LoadError::Compile(format!("{error:#}"));
    let cached = inner.cache.get(&digest).and_then(|code| match deserialize(&inner.engine, &code) {
        Ok(component) => Some(component),
        Err(error) => {
            tracing::warn!(%error, "cached component does not load; compiling again");
            None
        }
    });
    let component = if let Some(component) = cached {
        component
    } else {
        let code = inner.engine.precompile_component(bytes).map_err(compiled)?;
        deserialize(&inner.engine, &inner.cache.put(&digest, code)).map_err(compiled)?
    };
    Loaded::new(&inner.linker, &component, &exports, digest)
}
