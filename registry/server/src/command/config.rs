//! `adx-registry config`: looking at the configuration.

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Places, print};
use crate::config::{self, ConfigError};

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
    let checked = places.load().and_then(|config| Ok(config.check_places()?));
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

fn document(mistake: &ConfigError) -> Value {
    json!({ "key": mistake.key(), "place": mistake.place(), "message": mistake.to_string() })
}
