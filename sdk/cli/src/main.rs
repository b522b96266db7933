#![doc = include_str!("../README.md")]

mod clock;
mod commands;
mod config;
mod credentials;
mod entropy;
mod failure;
mod http;
mod keys;
mod module_ref;
mod operation;
mod output;
mod policy;
mod private;
mod progress;
mod project;
mod seen;
mod shown;
mod trust;
mod workflow;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use adx_signing::Namespace;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _, Parser};
use url::Url;

use crate::commands::Command;
use crate::config::{Environment, Everywhere, RegistryToken, Settings, without_empty_variables};
use crate::failure::Failure;
use crate::http::{Kind, Server};
use crate::output::Output;

const EXIT_STATUSES: &str = "\
Exit status:
  0  done
  1  it ran and did not succeed
  2  the command line or a setting is wrong
  3  not found
  4  refused: trust, validation, permission
  5  the registry or the agent does not answer";

/// Make, publish, find and run modules.
#[derive(Parser)]
#[command(name = "adx", version, after_help = EXIT_STATUSES, max_term_width = 100)]
struct Adx {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// What every command works with.
pub(crate) struct App {
    pub(crate) output: Output,
    pub(crate) settings: Settings,
    pub(crate) environment: Environment,
}

impl App {
    /// The registry, with the token that was logged in with last, if there is one.
    pub(crate) fn registry(&self) -> Result<Server, Failure> {
        let url = self.settings.registry()?;
        self.registry_with(url, self.settings.registry_token(url)?, None)
    }

    /// The registry, with the token of a publisher.
    pub(crate) fn registry_of(&self, publisher: &Namespace) -> Result<Server, Failure> {
        let url = self.settings.registry()?;
        self.registry_with(url, self.settings.publisher_token(url, publisher)?, Some(publisher))
    }

    /// The registry, with the token of an owner of a publisher, else with the publisher's.
    pub(crate) fn registry_as_owner(&self, publisher: &Namespace) -> Result<Server, Failure> {
        let url = self.settings.registry()?;
        self.registry_with(url, self.settings.owner_token(url, publisher)?, Some(publisher))
    }

    fn registry_with(
        &self,
        url: &Url,
        token: Option<RegistryToken>,
        publisher: Option<&Namespace>,
    ) -> Result<Server, Failure> {
        let (token, whose) = token.map_or((None, None), |RegistryToken { token, whose }| (Some(token), whose));
        let server = Server::new(Kind::Registry, url, token, self.settings.retries(), self.output)?;
        Ok(match publisher {
            Some(publisher) => server.meant_for(publisher, whose),
            None => server,
        })
    }

    /// The agent, with the token for `tenant` or the administrator's.
    pub(crate) fn agent(&self, tenant: Option<&str>) -> Result<Server, Failure> {
        let url = self.settings.agent()?;
        let token = self.settings.agent_token(url, tenant)?;
        Server::new(Kind::Agent, url, token, self.settings.retries(), self.output)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let adx = match parse(&arguments) {
        Ok(adx) => adx,
        Err(error) => return explain(&with_own_usage(error), &arguments),
    };
    let json = adx.everywhere.json;
    match run(adx).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.show(json);
            ExitCode::from(failure.exit() as u8)
        }
    }
}

/// Reads a command line.
fn parse(arguments: &[OsString]) -> Result<Adx, clap::Error> {
    let mut command = without_empty_variables(Adx::command());
    let mut found = command.try_get_matches_from_mut(arguments)?;
    Adx::from_arg_matches_mut(&mut found).map_err(|error| error.format(&mut command))
}

async fn run(adx: Adx) -> Result<(), Failure> {
    let app = App {
        output: Output::new(adx.everywhere.json, adx.everywhere.quiet),
        settings: Settings::load(adx.everywhere)?,
        environment: Environment::read(),
    };
    adx.command.run(&app, Adx::command).await
}

/// Help and version are results; a wrong command line is a failure like any other.
fn explain(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if wants_json(arguments) && error.use_stderr() {
        wrong_command_line(error).show(true);
    } else {
        let help = (error.kind() == ErrorKind::MissingSubcommand).then(|| help_for(arguments)).flatten();
        match help {
            Some(help) => drop(write!(anstream::stderr(), "{}", help.render().ansi())),
            // Nowhere is left to report that the terminal is gone.
            None => drop(error.print()),
        }
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// The error with the usage line of its command's help: the one that clap puts together lists what only the environment sets
/// as if it had to be typed.
fn with_own_usage(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else {
        return error;
    };
    let usage = usage.to_string();
    let path = usage.split_whitespace().skip_while(|word| *word != "adx").skip(1);
    let mut command = Adx::command();
    command.build();
    for name in path.take_while(|word| !word.starts_with(['-', '<', '['])) {
        let Some(below) = command.find_subcommand(name).cloned() else {
            return error;
        };
        command = below;
    }
    error.insert(ContextKind::Usage, ContextValue::StyledStr(command.render_usage()));
    error
}

/// The help of the command that was typed without saying which one below it. clap shows it by itself only where no
/// option is set, not even by the environment.
fn help_for(arguments: &[OsString]) -> Option<clap::Error> {
    let asked = arguments.iter().cloned().chain([OsString::from("-h")]);
    parse(&asked.collect::<Vec<_>>()).err()
}

/// What clap says in paragraphs, as one sentence and a hint.
fn wrong_command_line(error: &clap::Error) -> Failure {
    if matches!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand) {
        return Failure::usage("a command is missing").hint("run `adx --help`");
    }
    let text = error.to_string();
    let mut said = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let sentence: Vec<&str> = said.by_ref().take_while(|line| !line.is_empty()).collect();
    let sentence = sentence.join(" ");
    let message = sentence.strip_prefix("error: ").unwrap_or(&sentence);
    let tip = said.find_map(|line| line.strip_prefix("tip: "));
    Failure::usage(message).hint(tip.unwrap_or("run `adx --help`"))
}

/// Whether `--json` is there, when the command line as a whole does not parse.
fn wants_json(arguments: &[OsString]) -> bool {
    let ours = |argument: &&OsString| argument.as_os_str() != "--";
    arguments.iter().take_while(ours).any(|argument| argument == "--json")
}
