//! `adx-registry trust`: files in, files out. No server, no network, no database.

mod trial;

use adx_registry_core::ports::Clock as _;
use adx_signing::UtcSecond;
use clap::Subcommand;

use crate::world::SystemClock;

#[derive(Subcommand)]
pub(super) enum Trust {
    /// Make and install a ceremony of one person, for a first look; not for production
    Trial(trial::Arguments),
}

pub(super) fn run(trust: Trust) -> anyhow::Result<()> {
    match trust {
        Trust::Trial(arguments) => trial::run(&arguments),
    }
}

fn now() -> UtcSecond {
    SystemClock.now().into()
}
