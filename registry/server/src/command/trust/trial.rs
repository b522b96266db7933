//! `adx-registry trust trial`

use std::path::PathBuf;

use adx_signing::{
    log::KeyName,
    tuf::{HashBins, bins::DEFAULT_BINS},
};
use anyhow::Result;
use serde_json::json;

use super::{
    super::{Places, hint::Hint as _, print},
    arguments::name,
    hints, now,
};
use crate::trust::trial::{self, TrialPlan};

#[derive(clap::Args)]
pub(in super::super) struct Arguments {
    #[command(flatten)]
    places: Places,
    /// What the log is called [default: a random name]
    #[arg(long, value_name = "ORIGIN", value_parser = name)]
    origin: Option<KeyName>,
    /// How many hash bins list the packages, a power of two
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_BINS)]
    bins: u32,
    /// Keep the ceremony's folder and its offline keys here, to try rotations with; else the keys are thrown away
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let section = arguments.places.load()?.trust;
    let bins = HashBins::new(arguments.bins)?;
    let plan = TrialPlan { origin: arguments.origin.clone(), bins, keep: arguments.keep.clone() };
    let made = trial::make(&section.dir, &plan, section.passphrase.as_ref(), now())
        .hint_by(|error| hints::of(error, &section.dir))?;
    let root = made.installation.first_root.display();
    print(&if arguments.json {
        let document = json!({
            "production": false,
            "root": made.installation.first_root,
            "origin": made.origin,
            "log_key": made.log_key,
            "bins": bins.count(),
            "expires": made.expires,
        });
        format!("{document}\n")
    } else {
        let drawer = match &arguments.keep {
            Some(keep) => format!("its offline keys are in {}, unencrypted", keep.display()),
            None => "its offline keys were thrown away, so that nobody can change or renew it".to_owned(),
        };
        format!(
            "installed a trial: NOT for production, one key signs what several people should\n\n  \
             first root  {root}\n  log         {}\n  believed    until {}\n\n\
             {drawer}\n\ngive the first root to every agent; it is what they believe from then on\n\
             next: adx-registry serve\n",
            made.log_key, made.expires
        )
    })
}
