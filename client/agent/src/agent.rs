//! The agent as a whole: started, served, stopped.

use crate::{
    advisories::Sayings,
    announced::Announced,
    audit::Ledger,
    calls::Routes,
    clock::{Clock, SystemClock},
    config::Config,
    cooldown::Waiting,
    data::DataRooms,
    entropy,
    host::Host,
    licences::{Licences, keep_licences},
    lifecycle::{self, RequestError},
    look::{self, Wanted},
    metrics::Metrics,
    quarantine::keep_fresh,
    registries::{OpenError, Registries},
    retained::{RetainedData, sweep_retained},
    shelf::{Shelf, ShelfError},
    store::{self, Store, StoreError},
    sync,
};
use adx_sandbox::{Sandbox, SandboxConfig, SandboxError};
use adx_signing::{
    digest::Digest,
    name::{ModuleId, TenantId},
    token::{Token, TokenKind},
};
use adx_workflow::{Journal, JournalError, JournalOptions};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{runtime::Handle, sync::watch, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long the journal remembers runs that ended; what they did stays in the operations.
const KEEP_RUNS: time::Duration = time::Duration::days(30);

/// Why the agent did not start or stop cleanly.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The package store.
    #[error(transparent)]
    Shelf(Box<ShelfError>),
    /// The sandbox.
    #[error("the sandbox could not be made")]
    Sandbox(#[from] SandboxError),
    /// The journal.
    #[error("the journal could not be opened")]
    Journal(#[from] JournalError),
    /// The registries.
    #[error(transparent)]
    Registries(#[from] OpenError),
    /// The metrics.
    #[error("the metrics could not be registered")]
    Metrics(#[from] prometheus::Error),
    /// What an interrupted operation left could not be tidied up, or the modules could not be loaded.
    #[error("the modules could not be taken up")]
    TakingUp(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An operation could not be taken up again.
    #[error("an operation could not be taken up again")]
    Resume(#[from] RequestError),
    /// A file or folder.
    #[error("{what}")]
    Disk {
        /// What was attempted.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The administrator's token file holds something else.
    #[error("the administrator's token file does not hold a token of the form adx_a_…")]
    AdminToken,
}

/// A running agent.
pub struct Agent {
    host: Arc<Host>,
    journal: Journal,
    admin_token_hash: Digest,
    stopping: AtomicBool,
    stop: CancellationToken,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// Where work runs that whoever asked for it must not cut short; see [`Agent::to_the_end`].
    runtime: Handle,
    begun: TaskTracker,
    /// Installations to look at for an update, whatever the feed says, by the registry that they come from.
    looks: BTreeMap<String, Wanted>,
    announced: Announced,
    /// Held while a bundle is loaded: one at a time.
    loading: tokio::sync::Mutex<()>,
}

impl Agent {
    /// Opens everything, loads every active module, takes up what was cut off, and follows the feed.
    pub async fn start(config: Config) -> Result<Arc<Self>, AgentError> {
        let folder = config.data.dir.clone();
        own_folder(&folder).map_err(|source| AgentError::Disk { what: "the data folder could not be made", source })?;
        let admin_token_hash = admin_token(&config.admin_token_file())?.hash();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = store::open(&config.database_url()).await?;
        let registries = Arc::new(Registries::open(&config, &folder.join("registries"), Arc::clone(&clock))?);
        let platform = config.platform.version.clone();
        let shelf = Shelf::open(&folder, platform, Arc::clone(&registries), Arc::clone(&store)).await;
        let shelf = shelf.map_err(|error| AgentError::Shelf(Box::new(error)))?;
        let mut sandbox = SandboxConfig::new(folder.join("compiled"));
        sandbox.memory_bytes_per_call = config.calls.memory.0;
        sandbox.concurrent_calls = config.sandbox.instances;
        let host = Arc::new(Host {
            registries,
            shelf,
            sandbox: Sandbox::new(sandbox)?,
            routes: Routes::new(config.sandbox.places_each()),
            rooms: DataRooms::new(&folder),
            retained: RetainedData::new(&folder),
            ledger: Arc::new(Ledger::new(Arc::clone(&store), Arc::clone(&clock))),
            granting: tokio::sync::Mutex::default(),
            metrics: Metrics::new()?,
            waiting: Waiting::default(),
            sayings: Sayings::default(),
            licences: Licences::default(),
            ended: watch::Sender::new(0),
            store,
            clock,
            config,
        });
        host.tidy().await.map_err(|error| AgentError::TakingUp(Box::new(error)))?;
        // As far as it was known when the last process ended: what was called back does not run until the network is there.
        host.honour_revocations().await?;
        host.registries.all().for_each(|registry| host.read_advisories(registry));
        host.tell_advisories().await?;
        host.licences.seen.begin(host.store.seen_time().await?);
        host.read_licences().await?;
        // Before the journal: an operation that goes on finds the gates as the last process left them.
        host.load_all().await.map_err(|error| AgentError::TakingUp(Box::new(error)))?;
        let journal = {
            let (registry, path) = (lifecycle::registry(&host), folder.join("journal.sqlite"));
            // Opening replays what was open, and blocks meanwhile.
            let runtime = Handle::current();
            let opened = tokio::task::spawn_blocking(move || {
                let _inside = runtime.enter();
                Journal::open(path, registry, JournalOptions::default())
            });
            opened.await.map_err(|error| AgentError::Disk {
                what: "the journal could not be opened",
                source: io::Error::other(error),
            })??
        };
        let looks = host.registries.names().map(|name| (name.to_owned(), Wanted::default())).collect();
        let agent = Arc::new(Self {
            host,
            journal,
            admin_token_hash,
            stopping: AtomicBool::new(false),
            stop: CancellationToken::new(),
            tasks: Mutex::default(),
            runtime: Handle::current(),
            begun: TaskTracker::new(),
            looks,
            announced: Announced::default(),
            loading: tokio::sync::Mutex::default(),
        });
        let forget_before = (agent.clock().now() - KEEP_RUNS).unix_timestamp().saturating_mul(1000);
        agent.journal.prune(u64::try_from(forget_before).unwrap_or_default()).await?;
        for operation in agent.store().all_running().await? {
            lifecycle::start_run(&agent.host, &agent.journal, &operation).await?;
        }
        let mut tasks = vec![
            tokio::spawn(Arc::clone(&agent.host.ledger).run(agent.stop.clone())),
            tokio::spawn(sweep_retained(Arc::clone(&agent.host), agent.stop.clone())),
            tokio::spawn(keep_licences(Arc::clone(&agent), agent.stop.clone())),
        ];
        for registry in agent.host.registries.names() {
            let fresh = keep_fresh(Arc::clone(&agent), registry.to_owned(), agent.stop.clone());
            tasks.push(tokio::spawn(fresh));
            if agent.config().sync.enabled {
                let feed = sync::follow_feed(Arc::clone(&agent), registry.to_owned(), agent.stop.clone());
                tasks.push(tokio::spawn(feed));
                let looks = look::begin_updates(Arc::clone(&agent), registry.to_owned(), agent.stop.clone());
                tasks.push(tokio::spawn(looks));
            }
        }
        agent.tasks.lock().append(&mut tasks);
        Ok(agent)
    }

    /// Takes nothing new from now on.
    pub fn begin_stopping(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.stop.cancel();
    }

    /// Waits for what was begun, parks running operations in the journal, writes what is in memory, joins every task and
    /// closes the database. The HTTP server is stopped before.
    pub async fn stop(&self) -> Result<(), AgentError> {
        self.begin_stopping();
        self.begun.close();
        // Calls and changes end by their own limits; those that the HTTP server waited for in vain are not waited for again.
        if tokio::time::timeout(self.config().server.drain.0, self.begun.wait()).await.is_err() {
            tracing::warn!(left = self.begun.len(), "calls were still running when the agent stopped");
        }
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task did not end well");
            }
        }
        self.journal.shutdown().await?;
        self.host.ledger.flush().await?;
        self.host.store.close().await;
        Ok(())
    }

    /// Runs `work` to its end, also when whoever asked for it hangs up meanwhile: a handler is dropped with its connection,
    /// and half a change, or a call that nobody metered, is nothing to leave behind.
    pub(crate) async fn to_the_end<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self.begun.spawn_on(work, &self.runtime).await {
            Ok(done) => done,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Whether the agent is shutting down.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.host.config
    }

    /// The state.
    pub fn store(&self) -> &dyn Store {
        &*self.host.store
    }

    /// The time.
    pub fn clock(&self) -> &dyn Clock {
        &*self.host.clock
    }

    /// Which version answers which calls.
    pub fn routes(&self) -> &Routes {
        &self.host.routes
    }

    /// Writes what of audit log and metering is still in memory.
    pub async fn flush_ledger(&self) -> Result<(), StoreError> {
        let ledger = Arc::clone(&self.host.ledger);
        self.to_the_end(async move { ledger.flush().await }).await
    }

    /// The metrics, as text.
    pub fn metrics_text(&self) -> Result<String, prometheus::Error> {
        self.host.metrics.text(self.host.routes.all_in_flight())
    }

    pub(crate) fn stop_token(&self) -> &CancellationToken {
        &self.stop
    }

    pub(crate) fn admin_token_hash(&self) -> &Digest {
        &self.admin_token_hash
    }

    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    pub(crate) fn loading(&self) -> &tokio::sync::Mutex<()> {
        &self.loading
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Has an installation looked at for an update soon.
    pub(crate) fn look_again(&self, tenant: &TenantId, module: &ModuleId) {
        let registry = self.host.registries.of(module).ok();
        if let Some(wanted) = registry.and_then(|registry| self.wanted(registry.name())) {
            wanted.add(tenant, module);
        }
    }

    /// Has every installation looked at for an update soon.
    pub(crate) async fn look_at_everything(&self) {
        self.look_at(|_| true).await;
    }

    /// The same of those that come from one registry.
    pub(crate) async fn look_at_all_of(&self, registry: &str) {
        self.look_at(|module| self.host.registries.is_of(module, registry)).await;
    }

    async fn look_at(&self, is_wanted: impl Fn(&ModuleId) -> bool) {
        match self.store().all_installations().await {
            Ok(all) => {
                let wanted = all.iter().filter(|found| is_wanted(&found.module));
                wanted.for_each(|found| self.look_again(&found.tenant, &found.module));
            }
            Err(error) => tracing::error!(%error, "the installations could not be listed"),
        }
    }

    /// What feeds told of that is not listed yet.
    pub(crate) const fn announced(&self) -> &Announced {
        &self.announced
    }

    pub(crate) fn wanted(&self, registry: &str) -> Option<&Wanted> {
        self.looks.get(registry)
    }
}

impl Host {
    /// Removes what an interrupted operation left where nothing refers to it.
    async fn tidy(&self) -> Result<(), crate::step::StepError> {
        let rooms = self.rooms.sweep(&self.store.all_installations().await?).await?;
        let files = self.shelf.sweep().await?;
        if rooms + files > 0 {
            tracing::info!(rooms, files, "removed what an interrupted operation left");
        }
        Ok(())
    }
}

/// Makes the folder of everything the agent keeps, for its user alone; one that is there already is shut to everybody else.
fn own_folder(folder: &Path) -> io::Result<()> {
    use std::{
        fs::{DirBuilder, Permissions, set_permissions},
        os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mode = std::fs::metadata(folder)?.permissions().mode();
    if mode & 0o077 != 0
        && let Err(error) = set_permissions(folder, Permissions::from_mode(mode & 0o700))
    {
        // A volume that belongs to somebody else: what is written into it is still the agent's alone.
        tracing::warn!(folder = %folder.display(), %error, "the data folder is open to others and could not be shut");
    }
    Ok(())
}

/// The token in the file; made with a fresh one, readable by its owner only, when there is no file.
fn admin_token(path: &Path) -> Result<Token, AgentError> {
    let disk = |source| AgentError::Disk { what: "the administrator's token file could not be used", source };
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let token = Token::parse(text.trim()).map_err(|_| AgentError::AdminToken)?;
            if token.kind() == TokenKind::Agent { Ok(token) } else { Err(AgentError::AdminToken) }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let token = Token::generate(TokenKind::Agent, &mut entropy::system());
            write_private(path, token.expose()).map_err(disk)?;
            Ok(token)
        }
        Err(error) => Err(disk(error)),
    }
}

/// The file is there whole or not at all: half a token would keep the next start from succeeding.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let partial = path.with_extension("part");
    let _ = std::fs::remove_file(&partial);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(&partial, path)
}
