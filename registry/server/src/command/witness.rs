//! `adx-registry witness`: a witness of one's own, in a folder of its own. It knows nothing of registries.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};

use adx_registry_core::ports::EntropyRng;
use adx_signing::{
    SecretKey,
    log::{Cosigner, KeyName, VerifierKey},
};
use anyhow::{Context as _, Result, anyhow, bail};
use clap::Subcommand;
use secrecy::SecretString;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{
    hint::Hint as _,
    print,
    serve::{announce, trace},
    trust,
};
use crate::{
    config,
    trust::online::{read_key, write_key},
    witness::{
        self, Settings, WitnessMetrics, WitnessState,
        settings::{self, SettingsError},
    },
    world::{SystemClock, SystemEntropy},
};

/// The key's file, in the witness's folder.
const KEY: &str = "key.pem";

#[derive(Subcommand)]
pub(super) enum Witness {
    /// Make a witness: its key and `witness.toml`; prints the verifier key that logs are given
    Init {
        #[command(flatten)]
        place: Place,
        /// Its name for ever: its address without the scheme, such as witness.example.org
        #[arg(long, value_name = "NAME", value_parser = trust::name)]
        name: KeyName,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Watch a log, or believe another key of one that is watched
    AddLog {
        #[command(flatten)]
        place: Place,
        /// The log's verifier key, as `adx-registry trust status` prints it
        #[arg(value_name = "VKEY")]
        key: VerifierKey,
    },
    /// Run the witness
    Serve {
        #[command(flatten)]
        place: Place,
        /// Address to listen on; port 0 takes a free one [default: what witness.toml says]
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<SocketAddr>,
        /// File to write `{"url": …}` to once requests are answered
        #[arg(long, value_name = "FILE")]
        ready_file: Option<PathBuf>,
    },
    /// Print the refused requests that may prove that a log lies, one JSON document a line
    Kept {
        #[command(flatten)]
        place: Place,
    },
}

/// Where a witness is.
#[derive(clap::Args)]
pub(super) struct Place {
    /// Its folder
    #[arg(long, value_name = "DIR", default_value = "witness")]
    data: PathBuf,
    /// File whose first line opens its key, if the key is to be encrypted
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Place {
    fn passphrase(&self) -> Result<Option<SecretString>> {
        let Some(file) = &self.passphrase_file else { return Ok(None) };
        let text = std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        match text.lines().next() {
            Some(line) if !line.is_empty() => Ok(Some(SecretString::from(line.to_owned()))),
            _ => bail!("the first line of `{}` is empty", file.display()),
        }
    }
}

pub(super) fn run(witness: Witness) -> Result<()> {
    match witness {
        Witness::Init { place, name, json } => init(&place, name, json),
        Witness::AddLog { place, key } => add_log(&place.data, &key),
        Witness::Serve { place, listen, ready_file } => run_server(&place, listen, ready_file.as_deref()),
        Witness::Kept { place } => kept(&place.data),
    }
}

fn init(place: &Place, name: KeyName, as_json: bool) -> Result<()> {
    let data = &place.data;
    if data.join(KEY).exists() || data.join(settings::SETTINGS_FILE).exists() {
        return Err(anyhow!("there is a witness in `{}` already", data.display()))
            .hint(format!("run it: adx-registry witness serve --data {}", data.display()));
    }
    let passphrase = place.passphrase()?;
    make_private(data).with_context(|| format!("`{}` cannot be made", data.display()))?;
    let mut random = EntropyRng(&SystemEntropy);
    let cosigner = Cosigner { name: name.clone(), key: SecretKey::generate(&mut random) };
    write_key(&data.join(KEY), &cosigner.key, passphrase.as_ref(), &mut random)?;
    Settings::new(name).write_new(data)?;
    let vkey = cosigner.verifier();
    print(&if as_json {
        format!("{}\n", json!({ "name": vkey.name, "vkey": vkey, "data": data }))
    } else {
        format!(
            "made a witness\n\n  {vkey}\n\ngive this verifier key and the witness's address to the logs it shall watch\n\
             next: adx-registry witness add-log --data {} VKEY\n",
            data.display()
        )
    })
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn add_log(data: &Path, key: &VerifierKey) -> Result<()> {
    let added = settings::add_log(data, key);
    if matches!(added, Err(SettingsError::Present(_))) {
        return print(&format!("watches {} with this key already\n", key.name));
    }
    added.hint_by(|_| {
        Some("give the verifier key of a log to a witness that `adx-registry witness init` made".to_owned())
    })?;
    print(&format!(
        "watches {}\nnext: adx-registry witness serve --data {}; one that runs is stopped first: it reads this when it starts\n",
        key.name,
        data.display()
    ))
}

fn kept(data: &Path) -> Result<()> {
    // Opening makes a database where there is none.
    Settings::read(data).hint("name the folder of a witness by --data")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let kept = runtime.block_on(async { WitnessState::open(data).await?.kept().await })?;
    let lines = kept.iter().map(|kept| {
        let latest = json!({ "size": kept.latest_size, "root": kept.latest_root });
        format!("{}\n", json!({ "origin": kept.origin, "at": kept.at, "latest": latest, "request": kept.request }))
    });
    print(&lines.collect::<String>())
}

fn run_server(place: &Place, listen: Option<SocketAddr>, ready_file: Option<&Path>) -> Result<()> {
    let settings =
        Settings::read(&place.data).hint("make a witness first: adx-registry witness init --data DIR --name NAME")?;
    let key = read_key(&place.data.join(KEY), place.passphrase()?.as_ref())
        .hint("bring the key back from a backup; if it is encrypted, give --passphrase-file")?;
    trace(&config::Log::default())?;
    let cosigner = Cosigner { name: settings.name.clone(), key };
    let listen = listen.unwrap_or(settings.listen);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(&place.data, settings, cosigner, listen, ready_file))
}

async fn serve(
    data: &Path,
    settings: Settings,
    cosigner: Cosigner,
    listen: SocketAddr,
    ready_file: Option<&Path>,
) -> Result<()> {
    // Before anything is started, so that a signal is never missed.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(listen).with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr()?;
    if settings.logs.is_empty() {
        tracing::warn!("no log is watched: `adx-registry witness add-log` adds one");
    }
    let witness = Arc::new(witness::Witness {
        settings,
        cosigner,
        state: WitnessState::open(data).await?,
        metrics: WitnessMetrics::new().context("the metrics cannot be made")?,
        clock: Arc::new(SystemClock),
    });
    let server = witness::serve(&witness, listener)?;
    let handle = server.handle();
    let mut serving = tokio::spawn(server);
    if let Some(file) = ready_file {
        announce(file, address).with_context(|| format!("cannot write {}", file.display()))?;
    }
    tracing::info!(%address, vkey = %witness.cosigner.verifier(), "ready");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        ended = &mut serving => {
            ended?.context("the HTTP server failed")?;
            bail!("the HTTP server ended by itself");
        }
    }
    tracing::info!("stopping");
    handle.stop(true).await;
    serving.await?.context("the HTTP server failed")?;
    // Every worker has let go of it by now; if a task has not, the database is closed with the process, in order or not.
    if let Some(witness) = Arc::into_inner(witness) {
        witness.state.close().await;
    }
    Ok(())
}
