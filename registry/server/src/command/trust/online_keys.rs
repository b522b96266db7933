//! `adx-registry trust online-keys`

use std::path::PathBuf;

use adx_registry_core::ports::EntropyRng;
use anyhow::Result;
use serde_json::{Map, json};

use super::{
    super::{Places, hint::Hint as _, print},
    hints,
};
use crate::{
    trust::{OnlineRole, online::OnlinePublic},
    world::SystemEntropy,
};

#[derive(clap::Args)]
pub(in super::super) struct Arguments {
    #[command(flatten)]
    places: Places,
    /// Where to write the public halves, to be carried to the ceremony
    #[arg(long, value_name = "FILE", default_value = "online-keys.json")]
    out: PathBuf,
    /// Make the keys of these roles only, for a rotation [default: all five]
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<OnlineRole>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let section = arguments.places.load()?.trust;
    let out = &arguments.out;
    let roles = if arguments.roles.is_empty() { &OnlineRole::ALL[..] } else { &arguments.roles };
    let passphrase = section.passphrase.as_ref();
    OnlinePublic::refuse_present(out)
        .hint(format!("{} is there already: name another file by --out", out.display()))?;
    let next = if arguments.roles.is_empty() { "init FOLDER --online FILE …" } else { "rotate FOLDER --online FILE" };
    let public = OnlinePublic::make(&section.dir, roles, passphrase, &mut EntropyRng(&SystemEntropy))
        .and_then(|public| public.write(out).map(|()| public))
        .hint_by(|error| hints::of(error, &section.dir))?;
    let ids = public.roles().filter_map(|role| Some((role, public.get(role)?.id())));
    print(&if arguments.json {
        let keys: Map<_, _> = ids.map(|(role, id)| (role.to_string(), json!(id))).collect();
        format!("{}\n", json!({ "keys": keys, "public_file": out, "encrypted": passphrase.is_some() }))
    } else {
        let lines: String = ids.map(|(role, id)| format!("  {role:<10} {id}\n")).collect();
        let closed = if passphrase.is_some() {
            "encrypted with trust.passphrase"
        } else {
            "NOT encrypted: set trust.passphrase before to encrypt them"
        };
        format!(
            "made online keys, {closed}\n\n{lines}\nthe secret halves stay in {}\ncarry {} to the ceremony\n\
             next, there: adx-registry trust {next}\n",
            section.dir.display(),
            out.display()
        )
    })
}
