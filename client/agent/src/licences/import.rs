//! Taking a licence, or a lease of one, that somebody brought.

use super::{Held, Key};
use crate::{
    agent::Agent,
    audit,
    host::Host,
    store::{Outcome, StoreError, StoredLicence},
};
use adx_signing::{
    UtcSecond,
    licence::{LicenceError, LicenceId, Verified, armour, verify},
    name::{ModuleId, TenantId},
};
use serde_json::json;
use std::sync::Arc;

/// Why a licence was not taken. Everything is as before then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No registry here signs licences.
    #[error("no registry of this agent says whose signature under a licence counts")]
    NoAuthority,
    /// It is not one, or nobody signed it whose word counts.
    #[error(transparent)]
    Licence(#[from] LicenceError),
    /// Of another tenant.
    #[error("the licence is for the tenant {found}, and not for {tenant}")]
    OtherTenant {
        /// For whom it is.
        found: TenantId,
        /// Whose it was brought as.
        tenant: TenantId,
    },
    /// Of a module that another registry has.
    #[error("the licence is of {module}, which does not come from the registry that signed it")]
    OtherRegistry {
        /// The module.
        module: ModuleId,
    },
    /// Older than what is here.
    #[error("the licence was signed at {found}, and the one that is here at {present}")]
    Older {
        /// When it was signed.
        found: UtcSecond,
        /// When the present one was.
        present: UtcSecond,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Agent {
    /// Takes a licence as a file, or as the token by itself.
    pub async fn import_licence(
        self: &Arc<Self>,
        tenant: &TenantId,
        actor: &str,
        text: String,
    ) -> Result<(ModuleId, LicenceId), ImportError> {
        let host = Arc::clone(self.host());
        let (tenant, actor) = (tenant.clone(), actor.to_owned());
        // To its end: what is on record is what counts.
        self.to_the_end(async move { host.take_licence(&tenant, &actor, &text).await }).await
    }
}

impl Host {
    pub(super) async fn take_licence(
        &self,
        tenant: &TenantId,
        actor: &str,
        text: &str,
    ) -> Result<(ModuleId, LicenceId), ImportError> {
        let _alone = self.licences.taking.lock().await;
        let (token, verified) = self.read_licence(text)?;
        let licence = verified.licence();
        if licence.tenant != *tenant {
            return Err(ImportError::OtherTenant { found: licence.tenant.clone(), tenant: tenant.clone() });
        }
        let key: Key = (tenant.clone(), licence.module.clone());
        let taken = (key.1.clone(), licence.id);
        match self.licences.held(&key).iter().find_map(|held| present(held, licence.id)) {
            Some(present) if present.issued() > verified.issued() => {
                return Err(ImportError::Older { found: verified.issued(), present: present.issued() });
            }
            // The licence itself is worth more than a lease on the same terms.
            Some(present) if is_worth_more(&present, &verified) => return Ok(taken),
            _ => {}
        }
        let stored = StoredLicence {
            tenant: key.0,
            module: key.1,
            id: licence.id,
            token,
            actor: actor.to_owned(),
            at: self.clock.now(),
        };
        self.store.put_licence(&stored).await?;
        let detail = json!({
            "licence": licence.id,
            "kind": licence.kind,
            "versions": licence.versions.to_string(),
            "until": licence.until,
            "lease_until": verified.lease_until(),
        });
        let row = audit::row(self, tenant, actor, "licence", Some(&stored.module), Outcome::Done, detail);
        self.store.add_audit(&[row]).await?;
        self.read_licences().await?;
        Ok(taken)
    }

    /// Reads a licence by the word of whichever registry signed it.
    pub(super) fn read_licence(&self, text: &str) -> Result<(String, Verified), ImportError> {
        let mut refused = ImportError::NoAuthority;
        for registry in self.registries.all() {
            let Ok(Some(authority)) = registry.licence_authority() else { continue };
            let read = if armour::is_file(text) {
                armour::read(text, &authority)
            } else {
                verify(text.trim_end(), &authority).map(|verified| (text.trim_end().to_owned(), verified))
            };
            match read {
                Ok((token, verified)) => {
                    // A registry has no say about the modules of another.
                    let module = &verified.licence().module;
                    if self.registries.is_of(module, registry.name()) {
                        return Ok((token, verified));
                    }
                    refused = ImportError::OtherRegistry { module: module.clone() };
                }
                // What it is instead says more than that another registry signed it.
                Err(LicenceError::UnknownKey { .. }) if !matches!(refused, ImportError::NoAuthority) => {}
                Err(error) => refused = error.into(),
            }
        }
        Err(refused)
    }
}

fn present(held: &Held, id: LicenceId) -> Option<Verified> {
    held.verified.clone().ok().filter(|verified| verified.licence().id == id)
}

fn is_worth_more(present: &Verified, brought: &Verified) -> bool {
    present.lease_until().is_none() && brought.lease_until().is_some() && present.licence() == brought.licence()
}
