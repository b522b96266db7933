//! Tenants: added by the administrator, each with a token that is shown once, and another when that is lost or stolen.

use crate::{
    agent::Agent,
    audit, entropy,
    host::Host,
    store::{Outcome, StoreError, Tenant},
};
use adx_signing::{
    name::TenantId,
    token::{Token, TokenKind},
};
use serde_json::json;
use std::sync::Arc;
use time::Duration;

impl Agent {
    /// Adds a tenant; `None` when the id is taken.
    pub async fn add_tenant(
        &self,
        tenant: TenantId,
        display_name: String,
    ) -> Result<Option<(Tenant, Token)>, StoreError> {
        let host = Arc::clone(self.host());
        self.to_the_end(async move { host.add_tenant(tenant, display_name).await }).await
    }

    /// Gives a tenant another token, in place of the one before; `None` when there is no such tenant.
    pub async fn renew_tenant_token(&self, tenant: TenantId, actor: String) -> Result<Option<Token>, StoreError> {
        let host = Arc::clone(self.host());
        self.to_the_end(async move { host.renew_tenant_token(&tenant, &actor).await }).await
    }
}

impl Host {
    async fn add_tenant(&self, tenant: TenantId, display_name: String) -> Result<Option<(Tenant, Token)>, StoreError> {
        let token = Token::generate(TokenKind::Tenant, &mut entropy::system());
        let (token_hash, cooldown, created_at) = (token.hash(), Duration::ZERO, self.clock.now());
        let held_cooldown = None;
        let tenant = Tenant { tenant, display_name, token_hash, cooldown, held_cooldown, created_at };
        if !self.store.add_tenant(&tenant).await? {
            return Ok(None);
        }
        let row = audit::row(self, &tenant.tenant, "admin", "tenant.create", None, Outcome::Done, json!({}));
        self.store.add_audit(&[row]).await?;
        Ok(Some((tenant, token)))
    }

    async fn renew_tenant_token(&self, tenant: &TenantId, actor: &str) -> Result<Option<Token>, StoreError> {
        let token = Token::generate(TokenKind::Tenant, &mut entropy::system());
        if !self.store.set_tenant_token(tenant, &token.hash()).await? {
            return Ok(None);
        }
        let row = audit::row(self, tenant, actor, "tenant.token", None, Outcome::Done, json!({}));
        self.store.add_audit(&[row]).await?;
        Ok(Some(token))
    }
}
