//! What an installation would install and ask for, before anybody consents: read from the package itself, once it is verified.

use crate::{
    advisories::Affecting,
    agent::Agent,
    install::{InstallRequest, begun},
    step::StepError,
    store::Pin,
    verify::VerifiedPackage,
};
use adx_index::line::Deprecated;
use adx_signing::name::TenantId;
use std::sync::Arc;
use tokio::time::Instant;

/// A package that would be installed, and what is said of it.
pub(crate) struct Offered {
    pub(crate) package: VerifiedPackage,
    pub(crate) deprecated: Option<Deprecated>,
    pub(crate) affecting: Vec<Affecting>,
}

impl Agent {
    /// The package that `request` would install now. It stays on the shelf for whoever goes on to install it, until it is swept.
    pub(crate) async fn offer(&self, tenant: &TenantId, request: InstallRequest) -> Result<Offered, StepError> {
        let host = Arc::clone(self.host());
        let installation = begun(tenant, request, self.clock().now());
        self.to_the_end(async move {
            let line = host.newest(&installation, &installation.requirement, Instant::now()).await?;
            let package = Pin { version: line.version.clone(), sha256: line.sha256 };
            let demands = host.demands(&installation.tenant, &line.module, &package).await?;
            let registry = host.registries.of(&line.module)?;
            let package = host.shelf.fetch(registry, &line, &demands, || {}).await?;
            let affecting = host.affecting(&line.module, &line.version);
            Ok(Offered { package, deprecated: line.deprecated, affecting })
        })
        .await
    }
}
