//! `adx completions`: for the shell.

use std::io::{self, Write as _};

use clap::Args;
use clap_complete::{Shell, generate};

use crate::failure::Failure;

/// Print completions for a shell
#[derive(Args)]
pub(crate) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, whole: fn() -> clap::Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut whole(), "adx", &mut script);
        match io::stdout().lock().write_all(&script) {
            // The reader (`head`, a pager) has seen enough: that is not our failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Failure::failed("cannot write the completions").because(&error)),
            Ok(()) => Ok(()),
        }
    }
}
