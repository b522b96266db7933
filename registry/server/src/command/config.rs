//! `adx-registry config`: looking at the configuration.

use std::{error::Error as _, iter};

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Places, print};
use crate::{
    config::{self, Config, ConfigError, all_of},
    trust::{self, InstalledError},
};

#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting with its default
    Reference,
    /// Check the configuration that `serve` would run with
    Check {
        #[command(flatten)]
        places: Places,
        /// Print what is wrong as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: &ConfigCommand) -> Result<()> {
    match command {
        ConfigCommand::Reference => print(&config::reference()),
        ConfigCommand::Check { places, json } => check(places, *json),
    }
}

fn check(places: &Places, json: bool) -> Result<()> {
    let checked = places.load().and_then(|config| Ok(check_machine(&config)?));
    if json {
        let mistakes = match &checked {
            Ok(()) => Vec::new(),
            Err(error) => match error.downcast_ref::<ConfigError>() {
                Some(ConfigError::Several(several)) => several.iter().map(document).collect(),
                Some(one) => vec![document(one)],
                // Not about the configuration: said as ever.
                None => return checked,
            },
        };
        print(&format!("{}\n", json!({ "valid": mistakes.is_empty(), "mistakes": mistakes })))?;
        return checked;
    }
    checked?;
    print("the configuration is valid\n")
}

/// What `serve` looks at before it opens anything, and nothing that would be made by looking.
fn check_machine(config: &Config) -> Result<(), ConfigError> {
    let mut mistakes = match config.check_places() {
        Ok(()) => Vec::new(),
        Err(ConfigError::Several(several)) => several,
        Err(one) => vec![one],
    };
    if let Err(error) = trust::read(&config.trust.dir, config.trust.passphrase.as_ref()) {
        let next = match error {
            InstalledError::NotInstalled { .. } => "; `adx-registry trust trial` or `trust install` puts one there",
            _ => "",
        };
        let reason = format!("{:#}{next}", anyhow::Error::from(error));
        mistakes.push(ConfigError::Invalid { key: "trust.dir", reason });
    }
    all_of(mistakes)
}

fn document(mistake: &ConfigError) -> Value {
    let causes = iter::successors(mistake.source(), |cause| (**cause).source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    json!({ "key": mistake.key(), "place": mistake.place(), "message": mistake.to_string(), "causes": causes })
}
