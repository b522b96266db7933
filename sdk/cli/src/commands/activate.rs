//! `adx activate` and `adx deactivate`: whether an installed module answers calls.

use adx_signing::ModuleId;
use clap::Args;

use crate::App;
use crate::failure::Failure;
use crate::operation::act;

/// Let an installed module answer calls
#[derive(Args)]
pub(crate) struct Activate {
    /// The module: ns/name
    module: ModuleId,
    /// Do not wait until it is done
    #[arg(long)]
    no_wait: bool,
}

/// Let an installed module rest; its data stays
#[derive(Args)]
pub(crate) struct Deactivate {
    /// The module: ns/name
    module: ModuleId,
    /// Do not wait until it is done
    #[arg(long)]
    no_wait: bool,
}

impl Activate {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        act(app, &self.module, "activate", None, self.no_wait).await
    }
}

impl Deactivate {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        act(app, &self.module, "deactivate", None, self.no_wait).await
    }
}
