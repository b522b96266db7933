//! `adx-registry trust init`

use std::path::PathBuf;

use adx_signing::{
    UtcSecond,
    log::KeyName,
    tuf::{Authority, HashBins, bins::DEFAULT_BINS},
};
use anyhow::{Context as _, Result};

use super::{
    super::{hint::Hint as _, print},
    arguments::{Expiry, introduce_all, name, public_keys, witnesses},
    hints, now,
    status::report,
};
use crate::trust::{
    carried::Carried,
    first::{FirstError, FirstPlan},
    online::OnlinePublic,
};

#[derive(clap::Args)]
pub(in super::super) struct Arguments {
    /// The folder to begin, which is then carried from person to person
    folder: PathBuf,
    /// Public key of a person who signs roots; once for each
    #[arg(long = "root-key", value_name = "FILE", required = true)]
    root_keys: Vec<PathBuf>,
    /// How many of them must sign
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    root_threshold: u32,
    /// Public key of a person who signs the targets document; once for each
    #[arg(long = "targets-key", value_name = "FILE", required = true)]
    targets_keys: Vec<PathBuf>,
    /// How many of them must sign
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    targets_threshold: u32,
    /// Public halves of the server's keys, as `online-keys` wrote them
    #[arg(long, value_name = "FILE")]
    online: PathBuf,
    /// What the log is called, for ever: its address without the scheme, such as registry.example.com/log
    #[arg(long, value_name = "ORIGIN", value_parser = name)]
    origin: KeyName,
    /// How many hash bins list the packages, for ever; a power of two
    ///
    /// 64 suit up to some 100,000 releases. At 500,000 a first update costs an agent 26 MB of fetches and 109 MB of memory with
    /// 64 bins, 6.2 MB and 26 MB with 1,024.
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_BINS)]
    bins: u32,
    /// A witness: its verifier key and its address; once for each
    #[arg(long = "witness", num_args = 2, value_names = ["VKEY", "URL"])]
    witnesses: Vec<String>,
    /// How many witnesses must cosign before agents believe a checkpoint
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    quorum: usize,
    /// Until when the root is believed: days, `365d`, or a time
    #[arg(long, value_name = "TIME", default_value = "365d")]
    root_expires: Expiry,
    /// Until when the targets document is believed: days, `365d`, or a time
    #[arg(long, value_name = "TIME", default_value = "365d")]
    targets_expires: Expiry,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: Arguments) -> Result<()> {
    let (now, folder, json) = (now(), arguments.folder.clone(), arguments.json);
    let carried = begin(arguments, now).hint_by(|error| {
        hints::of(error, &folder).or_else(|| Some("`adx-registry trust init --help` explains each of them".to_owned()))
    })?;
    print(&report(&carried, now, json)?)
}

fn begin(arguments: Arguments, now: UtcSecond) -> Result<Carried> {
    let plan = FirstPlan {
        root: Authority::new(&public_keys(&arguments.root_keys)?, arguments.root_threshold)
            .map_err(FirstError::from)
            .context("the root's keys do not fit")?,
        root_expires: arguments.root_expires.after(now),
        targets: Authority::new(&public_keys(&arguments.targets_keys)?, arguments.targets_threshold)
            .map_err(FirstError::from)
            .context("the keys of the targets document do not fit")?,
        targets_expires: arguments.targets_expires.after(now),
        online: OnlinePublic::read(&arguments.online)?,
        bins: HashBins::new(arguments.bins)?,
        origin: arguments.origin,
        witnesses: witnesses(&arguments.witnesses)?,
        quorum: arguments.quorum,
    };
    let (root, targets, log) = plan.make(now)?;
    let carried = Carried::begin(&arguments.folder, root, targets, log)?;
    introduce_all(&carried, arguments.root_keys.iter().chain(&arguments.targets_keys))?;
    Ok(carried)
}
