//! The command line: reads it, runs what it asks for, and says what went wrong.

mod account;
mod accounts_key;
mod admin;
mod admin_hints;
mod advisories;
mod appeals;
mod archive_progress;
mod audit;
mod backup;
mod config;
mod doctor;
mod gc;
mod hint;
mod jobs;
mod migrate;
mod names;
mod orders;
mod owner;
mod passphrase;
mod publishing;
mod quota;
mod rate;
mod recheck;
mod reports;
mod restore;
mod review;
mod search;
mod serve;
mod takedown;
mod token;
mod trust;
mod verify;
mod witness;

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{CommandFactory as _, Parser, Subcommand};
use owo_colors::OwoColorize as _;

use self::hint::Hinted;
use crate::{
    config::{Config, ConfigError, Loader},
    http, parts,
};

const EXIT_STATUSES: &str = "\
Exit status:
  0  done
  1  it ran and did not succeed
  2  the command line or a setting is wrong";

/// The registry of signed modules
#[derive(Parser)]
#[command(name = "adx-registry", version, propagate_version = true, after_help = EXIT_STATUSES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the registry
    Serve {
        #[command(flatten)]
        places: Places,
        /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8787]
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<SocketAddr>,
        /// File to write `{"url": …}` to once requests are answered
        #[arg(long, value_name = "FILE")]
        ready_file: Option<PathBuf>,
    },
    /// What only whoever sits at the registry's machine may do
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Look whether everything that the registry stands on is as it must be
    Doctor(doctor::Arguments),
    /// Bring the database's schema up to date, as `serve` does when it starts
    Migrate(migrate::Arguments),
    /// Copy rows and blobs of one moment into a file; the server may be running
    Backup(backup::Arguments),
    /// Copy a backup into an empty database and an empty storage
    Restore(restore::Arguments),
    /// Check that every release, and all that was signed, is there and is what it must be
    Verify(verify::Arguments),
    /// Remove now what the server's sweeps remove by and by
    Gc(gc::Arguments),
    /// The ceremony: who may sign what agents believe
    #[command(subcommand)]
    Trust(trust::Trust),
    /// Run a witness: cosign checkpoints of logs, once each
    #[command(subcommand)]
    Witness(witness::Witness),
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Print the description of the HTTP API (OpenAPI)
    Openapi,
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Where configuration and data are.
#[derive(clap::Args)]
struct Places {
    /// Configuration, in TOML; `adx-registry config reference` lists what can be in it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of everything that the configuration does not put elsewhere [default: data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Places {
    /// File, environment, then flags.
    fn loader(&self) -> anyhow::Result<Loader> {
        let mut loader = Loader::new();
        if let Some(file) = &self.config {
            loader = loader.file(file)?;
        }
        loader = loader.environment(std::env::vars());
        parts::in_folder(loader, self.folder())
    }

    /// Words for a person, of which what to type next says where the registry is as this command was told.
    fn added_to(&self, words: &str) -> String {
        let named = [("config", &self.config), ("data", &self.data)];
        let flag = |(name, path): (&str, &Option<PathBuf>)| Some(format!(" --{name} {}", path.as_ref()?.display()));
        let flags: String = named.into_iter().filter_map(flag).collect();
        let line = |line: &str| match line.strip_suffix('\n') {
            Some(next) if !flags.is_empty() && next.contains("next: adx-registry ") => {
                format!("{next}   (with{flags})\n")
            }
            _ => line.to_owned(),
        };
        words.split_inclusive('\n').map(line).collect()
    }

    /// The folder of everything that the configuration does not put elsewhere.
    fn folder(&self) -> &Path {
        self.data.as_deref().unwrap_or_else(|| "data".as_ref())
    }

    fn load(&self) -> anyhow::Result<Config> {
        Ok(self.loader()?.load()?)
    }
}

/// Runs the command line. Exit status: 0 done, 1 it did not succeed, 2 the command line or a setting is wrong.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Serve { places, listen, ready_file } => serve::run(&places, listen, ready_file.as_deref()),
        Command::Admin(admin) => admin::run(admin),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Migrate(arguments) => migrate::run(&arguments),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Restore(arguments) => restore::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Gc(arguments) => gc::run(&arguments),
        Command::Trust(trust) => trust::run(trust),
        Command::Witness(witness) => witness::run(witness),
        Command::Config(command) => config::run(&command),
        Command::Openapi => http::yaml().map_err(Into::into).and_then(|text| print(&text)),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "adx-registry", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::from(if error.downcast_ref::<ConfigError>().is_some() { 2 } else { 1 })
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
    let mut stderr = anstream::stderr().lock();
    let mut text = format!("{} {error}\n", "error:".bold().red());
    for cause in error.chain().skip(1) {
        text.push_str(&format!("  caused by: {}\n", cause.to_string().replace('\n', "\n    ")));
    }
    let hint = match error.downcast_ref::<Hinted>() {
        Some(hinted) => Some(hinted.hint.as_str()),
        None => error.is::<ConfigError>().then_some("see `adx-registry config reference`"),
    };
    if let Some(hint) = hint {
        text.push_str(&format!("{} {hint}\n", "hint:".bold().cyan()));
    }
    // Nowhere is left to report that stderr itself is gone.
    let _ = stderr.write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_type_next_says_where_the_registry_is() {
        let words = "1 waits\n\nnext: adx-registry admin jobs retry JOB-ID, or … drop JOB-ID\n";
        let places = Places { config: None, data: Some("./registry".into()) };
        let told =
            "1 waits\n\nnext: adx-registry admin jobs retry JOB-ID, or … drop JOB-ID   (with --data ./registry)\n";
        assert_eq!(places.added_to(words), told);
        assert_eq!(Places { config: None, data: None }.added_to(words), words);
        assert_eq!(places.added_to("nothing waits\n"), "nothing waits\n");
    }
}
