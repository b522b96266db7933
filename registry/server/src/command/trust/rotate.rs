//! `adx-registry trust rotate`

use std::path::PathBuf;

use adx_signing::{UtcSecond, log::KeyName};
use anyhow::Result;

use super::{
    super::{hint::Hint as _, print},
    arguments::{Expiry, introduce_all, key_ids, public_keys, witnesses},
    hints, now,
    status::report,
};
use crate::trust::{
    carried::Carried,
    online::OnlinePublic,
    rotate::{OfflineChange, Rotation, rotate},
};

#[derive(clap::Args)]
pub(in super::super) struct Arguments {
    /// The folder of the ceremony before this one
    folder: PathBuf,
    /// Public key of another person who signs roots
    #[arg(long = "add-root-key", value_name = "FILE")]
    add_root_keys: Vec<PathBuf>,
    /// Key of a person who signs roots no more: its id, or the file of its public half
    #[arg(long = "remove-root-key", value_name = "KEY")]
    remove_root_keys: Vec<String>,
    /// How many of those who sign roots must
    #[arg(long, value_name = "NUMBER")]
    root_threshold: Option<u32>,
    /// Until when the next root is believed: days, `365d`, or a time [default: 365d]
    #[arg(long, value_name = "TIME")]
    root_expires: Option<Expiry>,
    /// Public key of another person who signs the targets document
    #[arg(long = "add-targets-key", value_name = "FILE")]
    add_targets_keys: Vec<PathBuf>,
    /// Key of a person who signs the targets document no more: its id, or the file of its public half
    #[arg(long = "remove-targets-key", value_name = "KEY")]
    remove_targets_keys: Vec<String>,
    /// How many of those who sign the targets document must
    #[arg(long, value_name = "NUMBER")]
    targets_threshold: Option<u32>,
    /// Until when the next targets document is believed: days, `365d`, or a time [default: 365d]
    #[arg(long, value_name = "TIME")]
    targets_expires: Option<Expiry>,
    /// Public halves of new keys of the server, as `online-keys` wrote them; of the roles in it
    #[arg(long, value_name = "FILE")]
    online: Option<PathBuf>,
    /// A witness to add: its verifier key and its address
    #[arg(long = "add-witness", num_args = 2, value_names = ["VKEY", "URL"])]
    add_witnesses: Vec<String>,
    /// The name of a witness to remove
    #[arg(long = "remove-witness", value_name = "NAME")]
    remove_witnesses: Vec<KeyName>,
    /// How many witnesses must cosign
    #[arg(long, value_name = "NUMBER")]
    quorum: Option<usize>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let (now, folder) = (now(), &arguments.folder);
    let explain = |error: &anyhow::Error| {
        hints::of(error, folder).or_else(|| Some("`adx-registry trust rotate --help` explains each of them".to_owned()))
    };
    let rotation = rotation(arguments, now).hint_by(explain)?;
    let mut carried = Carried::open(folder).hint_by(explain)?;
    rotate(&mut carried, &rotation, now).hint_by(explain)?;
    let added = arguments.add_root_keys.iter().chain(&arguments.add_targets_keys);
    introduce_all(&carried, added).hint_by(explain)?;
    print(&report(&carried, now, arguments.json)?)
}

fn rotation(arguments: &Arguments, now: UtcSecond) -> Result<Rotation> {
    let after = |expiry: Option<Expiry>| expiry.map(|expiry| expiry.after(now));
    Ok(Rotation {
        root: OfflineChange {
            add: public_keys(&arguments.add_root_keys)?,
            remove: key_ids(&arguments.remove_root_keys)?,
            threshold: arguments.root_threshold,
            expires: after(arguments.root_expires),
        },
        targets: OfflineChange {
            add: public_keys(&arguments.add_targets_keys)?,
            remove: key_ids(&arguments.remove_targets_keys)?,
            threshold: arguments.targets_threshold,
            expires: after(arguments.targets_expires),
        },
        online: arguments.online.as_deref().map(OnlinePublic::read).transpose()?,
        add_witnesses: witnesses(&arguments.add_witnesses)?,
        remove_witnesses: arguments.remove_witnesses.clone(),
        quorum: arguments.quorum,
    })
}
