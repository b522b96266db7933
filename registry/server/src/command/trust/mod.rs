//! `adx-registry trust`: files in, files out. No server, no network, no database.

mod arguments;
mod hints;
mod init;
mod install;
mod new_key;
mod online_keys;
mod rotate;
mod sign;
mod status;
mod trial;

pub(super) use arguments::name;
pub(super) use hints::of_installed;

use adx_registry_core::ports::Clock as _;
use adx_signing::UtcSecond;
use clap::Subcommand;

use crate::world::SystemClock;

#[derive(Subcommand)]
pub(super) enum Trust {
    /// Make a key for one person, to be kept off every server
    NewKey(new_key::Arguments),
    /// On the server: make its keys, closed by `trust.passphrase`; only their public halves leave it
    OnlineKeys(online_keys::Arguments),
    /// Begin a ceremony: the first documents, which nobody signed yet
    Init(init::Arguments),
    /// Sign what your key may sign
    Sign(sign::Arguments),
    /// Show who signed, who is missing, and what comes next
    Status(status::Arguments),
    /// Make the next documents: other keys, other thresholds, a later expiry
    Rotate(rotate::Arguments),
    /// On the server: check what a ceremony made, and install it
    Install(install::Arguments),
    /// Make and install a ceremony of one person, for a first look; not for production
    Trial(trial::Arguments),
}

pub(super) fn run(trust: Trust) -> anyhow::Result<()> {
    match trust {
        Trust::NewKey(arguments) => new_key::run(&arguments),
        Trust::OnlineKeys(arguments) => online_keys::run(&arguments),
        Trust::Init(arguments) => init::run(arguments),
        Trust::Sign(arguments) => sign::run(&arguments),
        Trust::Status(arguments) => status::run(&arguments),
        Trust::Rotate(arguments) => rotate::run(&arguments),
        Trust::Install(arguments) => install::run(&arguments),
        Trust::Trial(arguments) => trial::run(&arguments),
    }
}

fn now() -> UtcSecond {
    SystemClock.now().into()
}
