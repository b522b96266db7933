//! The command line: reads it, runs what it asks for, and says what went wrong.

use crate::{
    agent::Agent,
    config::{self, Config, ConfigError, Loader},
    http,
    registries::OpenError,
};
use anyhow::Context as _;
use clap::{CommandFactory as _, Parser, Subcommand};
use owo_colors::OwoColorize as _;
use rustix::fs::Mode;
use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::ExitCode,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Installs, runs and updates modules for the tenants of one deployment.
#[derive(Parser)]
#[command(name = "adx-agent", version, about, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the agent
    Serve(Serve),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the description of the HTTP API (OpenAPI)
    Openapi,
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print every setting with its default
    Reference,
    /// Check the configuration that `serve` would run with
    Check(Places),
}

/// Where configuration, data and registry are.
#[derive(clap::Args)]
struct Places {
    /// Configuration, in TOML; `adx-agent config reference` lists what can be in it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of everything the agent keeps [default: adx-agent-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address of the registry; `registry.url` when left out
    #[arg(long, value_name = "URL")]
    registry: Option<String>,
    /// File with the registry's first root, from whoever runs it; `registry.root` when left out
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8788]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// File with the administrator's token; made when it is not there
    #[arg(long, value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Serve {
    #[command(flatten)]
    places: Places,
    /// File to write `{"url": …}` to once requests are answered
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

impl Places {
    /// File, environment, then flags.
    fn load(&self, environment: Vec<(String, String)>) -> Result<Config, ConfigError> {
        let mut loader = Loader::new();
        if let Some(file) = &self.config {
            loader = loader.file(file)?;
        }
        loader = loader.environment(environment);
        let path = |path: &PathBuf| path.display().to_string();
        for (flag, key, value) in [
            ("--data", "data.dir", self.data.as_ref().map(path)),
            ("--registry", "registry.url", self.registry.clone()),
            ("--root", "registry.root", self.root.as_ref().map(path)),
            ("--listen", "server.listen", self.listen.map(|address| address.to_string())),
            ("--admin-token-file", "server.admin_token_file", self.admin_token_file.as_ref().map(path)),
        ] {
            if let Some(value) = value {
                loader = loader.flag(flag, key, value);
            }
        }
        loader.load()
    }
}

/// Runs the command line. Exit status: 0 done, 1 it did not succeed, 2 the command line or a setting is wrong.
pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(arguments) => serve(&arguments),
        Command::Config(ConfigCommand::Reference) => print(&config::reference()),
        Command::Config(ConfigCommand::Check(places)) => {
            places.load(config::environment()).map_err(Into::into).and_then(|_| print("the configuration is valid\n"))
        }
        Command::Openapi => http::openapi::yaml().map_err(Into::into).and_then(|text| print(&text)),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "adx-agent", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::from(if error.is::<ConfigError>() { 2 } else { 1 })
        }
    }
}

/// Writes a result; a reader that has seen enough (`head`, a pager) is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

fn complain(error: &anyhow::Error) {
    let mut text = format!("{} {error}\n", "error:".bold().red());
    for cause in error.chain().skip(1) {
        let _ = writeln!(text, "  caused by: {}", cause.to_string().replace('\n', "\n    "));
    }
    if let Some(hint) = hint(error) {
        let _ = writeln!(text, "{} {hint}", "hint:".bold().cyan());
    }
    // Nowhere is left to report that stderr itself is gone.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// What to do about an error, where there is something to say.
fn hint(error: &anyhow::Error) -> Option<&'static str> {
    use crate::agent::AgentError;
    if error.is::<ConfigError>() {
        return Some("see `adx-agent config reference`");
    }
    match error.chain().find_map(|cause| cause.downcast_ref::<AgentError>())? {
        AgentError::AdminToken => {
            Some("remove the file to have a fresh token made, or name another: --admin-token-file")
        }
        AgentError::Registries(OpenError::NoRoot(_) | OpenError::Root { .. }) => Some(
            "give the file `1.root.json` that the registry's operator published: --root FILE; a trial registry has it at \
             trust/1.root.json in its data folder",
        ),
        AgentError::Registries(OpenError::Registries(adx_trust::registries::RegistriesError::Open {
            refusal, ..
        })) => Some(refusal.hint()),
        AgentError::Registries(OpenError::Source(error)) => Some(error.hint()),
        AgentError::Journal(adx_workflow::JournalError::Locked { .. }) => {
            Some("another agent uses this folder: stop it, or name another: --data")
        }
        AgentError::Store(_) => {
            Some("look at `database.url`; `adx-agent config check` shows what is wrong with a setting")
        }
        _ => None,
    }
}

fn serve(arguments: &Serve) -> anyhow::Result<()> {
    let config = arguments.places.load(config::environment())?;
    // Everything the agent writes is its own business, whoever of it writes: databases, packages, tenants' data.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    tell(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve_until_told(config, arguments.ready_file.as_deref()))
}

fn tell(log: &config::Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.filter)
        .map_err(|error| ConfigError::Invalid { key: "log.filter", reason: error.to_string() })?;
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    if log.json {
        subscriber.json().init();
    } else {
        subscriber.init();
    }
    Ok(())
}

async fn serve_until_told(config: Config, ready_file: Option<&Path>) -> anyhow::Result<()> {
    // Before anything is started, so that a signal is never missed.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen).with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr()?;
    let agent = Agent::start(config).await.context("the agent could not be started")?;
    let server = http::serve(&agent, listener)?;
    let handle = server.handle();
    let mut serving = tokio::spawn(server);
    if let Some(file) = ready_file {
        announce(file, address).with_context(|| format!("cannot write {}", file.display()))?;
    }
    tracing::info!(%address, "ready");

    let ended = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        ended = &mut serving => Some(ended),
    };
    tracing::info!("stopping");
    agent.begin_stopping();
    let ended = if let Some(ended) = ended {
        ended
    } else {
        handle.stop(true).await;
        serving.await
    };
    agent.stop().await.context("the agent did not stop cleanly")?;
    ended?.context("the HTTP server failed")?;
    tracing::info!("stopped");
    Ok(())
}

/// Whoever waits for the file finds it whole.
fn announce(file: &Path, address: SocketAddr) -> io::Result<()> {
    let partial = file.with_extension("part");
    std::fs::write(&partial, serde_json::json!({ "url": format!("http://{address}") }).to_string())?;
    std::fs::rename(partial, file)
}
