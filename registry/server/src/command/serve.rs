//! `adx-registry serve`: opens the parts, serves until told to stop, and stops in order.

use std::{
    io::IsTerminal as _,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use actix_web::web::Data;
use adx_registry_core::{
    Ports, accounts::first_operator_link, backfill_leaves::backfill_leaves, ceremony::Ceremony, licences::adopt_key,
    ports::BlobKey, sign_round::RoundSigner,
};
use adx_signing::tuf::Lifetimes;
use anyhow::{Context as _, Result, bail};
use secrecy::ExposeSecret as _;
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use super::{Places, accounts_key::missing_or_other, hint::Hint as _, print, trust::of_installed};
use crate::{
    config::{self, Config},
    http::{self, Metrics, State},
    mail,
    parts::{self, Parts},
    pipeline,
    trust::{self, InstalledError},
    webhooks::{Deliveries, HttpMessenger, SystemLookup},
    witness::HttpWitnesses,
    worker::{Rounds, Worker},
};

/// How long the last round of signing may take where the others have used up the time to stop.
const LAST_ROUND: Duration = Duration::from_secs(5);

pub(super) fn run(places: &Places, listen: Option<SocketAddr>, ready_file: Option<&Path>) -> Result<()> {
    let mut loader = places.loader()?;
    if let Some(listen) = listen {
        loader = loader.flag("--listen", "server.listen", listen.to_string());
    }
    let config = loader.load()?;
    trace(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ceremony = trust::read(&config.trust.dir, config.trust.passphrase.as_ref());
    let ceremony = ceremony.hint_by(|error| {
        let error = error.downcast_ref()?;
        Some(match error {
            InstalledError::NotInstalled { .. } if runtime.block_on(has_signed(&config)) => {
                first_again(&config.trust.dir)
            }
            InstalledError::NotInstalled { .. } => format!(
                "for a first look: adx-registry trust trial --data {}; for production: \"The ceremony\" in \
                 registry/server/README.md",
                places.folder().display()
            ),
            _ => of_installed(error, &config.trust.dir),
        })
    })?;
    let served = runtime.block_on(serve(Arc::new(config), ceremony, ready_file));
    // What somebody computes still who was given up is nobody's any more.
    runtime.shutdown_background();
    served
}

/// Whether the storage serves what was signed: it was restored or moved here, and agents know its ceremony. One that does not answer
/// says no.
async fn has_signed(config: &Config) -> bool {
    // To open a folder that is not there would make it.
    if !parts::storage_folder(config).is_ok_and(|folder| folder.is_none_or(|folder| folder.is_dir())) {
        return false;
    }
    let Ok(blobs) = parts::open_blobs(config) else { return false };
    blobs.head(&BlobKey::Checkpoint).await.is_ok_and(|head| head.is_some())
}

/// What to do where the ceremony of a registry that has published is not there: agents refuse any other than its own.
fn first_again(trust: &Path) -> String {
    format!(
        "this registry has published, and agents know its ceremony: bring the folder {} back that it had (\"Restore\" in \
         docs/operations.md); where its online keys are lost, make new ones by adx-registry trust online-keys --out FILE, put them \
         into the ceremony's folder by adx-registry trust rotate FOLDER --online FILE, have that signed, and: adx-registry trust \
         install FOLDER",
        trust.display()
    )
}

pub(super) fn trace(log: &config::Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.filter).context("`log.filter` is not a filter such as `info`")?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if log.json {
        subscriber.json().init();
    } else {
        subscriber.init();
    }
    Ok(())
}

async fn serve(config: Arc<Config>, ceremony: Ceremony, ready_file: Option<&Path>) -> Result<()> {
    // Before anything is started, so that a signal is never missed.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(config.server.listen)
        .with_context(|| format!("cannot listen on {}", config.server.listen))
        .hint("stop what listens there, or listen elsewhere: --listen ADDRESS")?;
    let address = listener.local_addr()?;

    let Parts { mut ports, commits, files } = parts::open(&config).await.hint_by(missing_or_other)?;
    for config::IdleCheck { key, needs } in config.checks.idle() {
        tracing::warn!(key, needs, "packages are not looked over with this check: it has nothing to look in");
    }
    if config.lets_strangers_release() {
        let when = &config.review.when;
        tracing::warn!(%when, "nobody sees a stranger's first release: set `review.when` to name `first-release`, or `publishers.open` to false");
    }
    let metrics = Metrics::new().context("the metrics cannot be made")?;
    ports.pipeline = Arc::new(pipeline::timed(&ports.pipeline, &metrics));
    ports.mail = Arc::new(mail::Counted::new(ports.mail, metrics.clone()));
    if let Ok(destination) = mail::Destination::parse(config.mail.url.expose_secret()) {
        tracing::info!(%destination, "mail goes there");
        if matches!(destination, mail::Destination::Server(_)) && config.server.public_url.is_none() {
            tracing::warn!("letters lead people nowhere but to this machine, if at all: set `server.public_url`");
        }
    }
    if ports.public_url.is_none() && address.ip().is_loopback() {
        // Letters lead back to where it is read as well.
        ports.public_url = format!("http://{address}").parse().ok();
    }
    let state = Data::new(State::new(ports.clone(), Arc::clone(&config), commits.clone(), files, metrics.clone()));
    state.prepare().await.context("what was taken down cannot be read")?;
    let stopping = state.stopping.clone();
    let leaves = backfill_leaves(&ports).await.context("what is older than the log cannot be logged")?;
    if leaves > 0 {
        tracing::info!(leaves, "what is older than the log has its leaves now");
    }
    // Before the first round, which tells agents of it.
    let key = adopt_key(&ports, &ceremony.log.origin)
        .await
        .context("the key that licences are signed with cannot be made")?;
    tracing::info!(%key, "licences are signed with this key");
    let rounds = Rounds {
        signer: signer(&ports, ceremony, &config)?,
        clock: Arc::clone(&ports.clock),
        window: config.trust.window.0,
        commits: commits.clone(),
        metrics: metrics.clone(),
        health: state.signing.clone(),
        stopping: CancellationToken::new(),
    };
    let nothing_more = rounds.stopping.clone();
    // The first round comes before the first answer: whoever asks finds something to verify.
    let mut rounds = tokio::spawn(rounds.after_the_first().await.run());
    let deliveries = Deliveries {
        ports: ports.clone(),
        messenger: Arc::new(
            HttpMessenger::new(Arc::new(SystemLookup), config.webhooks.allow_loopback)
                .context("the client that sends to webhooks cannot be made")?,
        ),
        poll: config.worker.poll.0,
        sweep_every: config.worker.sweep_every.0,
        commits: commits.clone(),
        metrics: metrics.clone(),
        stopping: stopping.clone(),
    };
    let mut deliveries = tokio::spawn(deliveries.run());
    let worker =
        Worker { ports: ports.clone(), config: Arc::clone(&config), commits, metrics, stopping: stopping.clone() };
    let mut worker = tokio::spawn(worker.run());
    let server = http::serve(&state, listener)?;
    let handle = server.handle();
    let mut serving = tokio::spawn(server);
    if let Some(file) = ready_file {
        announce(file, address).with_context(|| format!("cannot write {}", file.display()))?;
    }
    tracing::info!(%address, "ready");
    // Not into the log, which is kept.
    if let Some(code) = first_operator_link(&ports).await.context("the first operator's link cannot be made")? {
        let page = ports.operator_page(&code);
        print(&format!("nobody runs this registry yet: whoever opens this within 24 hours does\n\n    {page}\n\n"))?;
    }

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        ended = &mut serving => {
            ended?.context("the HTTP server failed")?;
            bail!("the HTTP server ended by itself");
        }
        // Each goes on until it is told to stop. A server without one of them would take what it does not do: whoever watches over the
        // process starts it again.
        ended = &mut rounds => {
            ended.context("the rounds of signing panicked")?;
            bail!("the rounds of signing ended by themselves");
        }
        ended = &mut worker => {
            ended.context("the worker panicked")?;
            bail!("the worker ended by itself");
        }
        ended = &mut deliveries => {
            ended.context("what sends to webhooks panicked")?;
            bail!("what sends to webhooks ended by itself");
        }
    }
    tracing::info!("stopping");
    // One time for all of it: whatever it is for has had it since now.
    let until = Instant::now() + config.server.shutdown_timeout.0;
    // Long polls answer at once, the worker claims nothing new, `/readyz` says no.
    stopping.cancel();
    handle.stop(true).await;
    serving.await?.context("the HTTP server failed")?;
    // Publishes whose client hung up while they were committing.
    state.tasks.close();
    if timeout_at(until, state.tasks.wait()).await.is_err() {
        tracing::warn!(publishes = state.tasks.len(), "publishes did not end in time and are given up");
    }
    if let Ok(ended) = timeout_at(until, &mut worker).await {
        ended.context("the worker panicked")?;
    } else {
        tracing::warn!("jobs did not end in time: they are run again once their leases have run out");
        worker.abort();
    }
    if let Ok(ended) = timeout_at(until, &mut deliveries).await {
        ended.context("what sends to webhooks panicked")?;
    } else {
        tracing::warn!("webhooks did not answer in time: they are called again once the leases have run out");
        deliveries.abort();
    }
    // Nothing is committed any more: the last round tells of everything.
    nothing_more.cancel();
    let until = until.max(Instant::now() + LAST_ROUND);
    if let Ok(ended) = timeout_at(until, &mut rounds).await {
        ended.context("the rounds of signing panicked")?;
    } else {
        tracing::warn!("the last round of signing did not end in time: the next start signs what is left");
        rounds.abort();
    }
    if timeout_at(until, ports.store.close()).await.is_err() {
        tracing::warn!("the database is still in use by what was given up: it is left as by a crash");
    }
    tracing::info!("stopped");
    Ok(())
}

/// What signs on behalf of the ceremony.
fn signer(ports: &Ports, ceremony: Ceremony, config: &Config) -> Result<RoundSigner> {
    let duration = |span: config::Span| time::Duration::try_from(span.0).unwrap_or(time::Duration::MAX);
    let lifetimes = Lifetimes {
        roles: duration(config.trust.roles_lifetime),
        snapshot: duration(config.trust.snapshot_lifetime),
        timestamp: duration(config.trust.timestamp_lifetime),
    };
    let witnesses = Arc::new(HttpWitnesses::new().context("the client that asks witnesses cannot be made")?);
    RoundSigner::new(ports.clone(), Arc::new(ceremony), witnesses, lifetimes)
        .context("the installed ceremony cannot be used")
}

/// Whoever waits for the file finds it whole.
pub(super) fn announce(file: &Path, address: SocketAddr) -> std::io::Result<()> {
    let partial = file.with_extension("part");
    std::fs::write(&partial, serde_json::json!({ "url": format!("http://{address}") }).to_string())?;
    std::fs::rename(partial, file)
}
