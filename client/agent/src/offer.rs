//! What an installation would install and ask for, before anybody consents: read from the package itself, once it is verified.

use crate::{
    agent::Agent,
    install::{InstallRequest, begun},
    step::StepError,
    store::Pin,
    verify::VerifiedPackage,
};
use adx_signing::name::TenantId;
use std::sync::Arc;
use tokio::time::Instant;

impl Agent {
    /// The package that `request` would install now. It stays on the shelf for whoever goes on to install it, until it is swept.
    pub(crate) async fn offer(&self, tenant: &TenantId, request: InstallRequest) -> Result<VerifiedPackage, StepError> {
        let host = Arc::clone(self.host());
        let installation = begun(tenant, request, self.clock().now());
        self.to_the_end(async move {
            let line = host.newest(&installation, &installation.requirement, Instant::now()).await?;
            let package = Pin { version: line.version.clone(), sha256: line.sha256 };
            let demands = host.demands(&installation.tenant, &line.module, &package).await?;
            let registry = host.registries.of(&line.module)?;
            Ok(host.shelf.fetch(registry, &line, &demands, || {}).await?)
        })
        .await
    }
}
