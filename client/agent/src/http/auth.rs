//! Who asks. One middleware around all of `/api/v1`: an endpoint cannot forget it.

use super::problem::Problem;
use crate::{
    agent::Agent,
    store::{AuditRow, Outcome, Tenant},
};
use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web,
};
use adx_signing::{
    digest::Digest,
    name::TenantId,
    token::{Token, TokenKind},
};
use futures::future::LocalBoxFuture;
use std::{future, sync::Arc};
use subtle::ConstantTimeEq;

/// Who is behind a token.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// The agent's administrator: every tenant.
    Admin,
    /// A tenant: itself, nobody else.
    Tenant(Box<Tenant>),
}

impl Caller {
    /// The word in audit rows and operations.
    pub(super) fn actor(&self) -> String {
        match self {
            Self::Admin => "admin".to_owned(),
            Self::Tenant(tenant) => format!("tenant:{}", tenant.tenant),
        }
    }
}

/// Refuses everything that carries no known token.
pub(super) async fn authenticate<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let agent = agent_of(request.request())?;
    let caller = identify(&agent, request.request()).await?;
    request.extensions_mut().insert(caller);
    next.call(request).await
}

async fn identify(agent: &Agent, request: &HttpRequest) -> Result<Caller, Problem> {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(|token| Token::parse(token.trim()).ok())
        .ok_or_else(Problem::unauthenticated)?;
    let hash = token.hash();
    match token.kind() {
        TokenKind::Agent if equal(&hash, agent.admin_token_hash()) => Ok(Caller::Admin),
        TokenKind::Tenant => {
            let tenant = agent.store().tenant_by_token(&hash).await?.ok_or_else(Problem::unauthenticated)?;
            if equal(&hash, &tenant.token_hash) {
                Ok(Caller::Tenant(Box::new(tenant)))
            } else {
                Err(Problem::unauthenticated())
            }
        }
        _ => Err(Problem::unauthenticated()),
    }
}

/// Without telling by the time it takes how much of a guess was right.
fn equal(one: &Digest, other: &Digest) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

pub(super) fn agent_of(request: &HttpRequest) -> Result<Arc<Agent>, Problem> {
    request
        .app_data::<web::Data<Agent>>()
        .map(|agent| Arc::clone(agent))
        .ok_or_else(|| Problem::internal(&std::io::Error::other("no agent in the application's data")))
}

fn caller_of(request: &HttpRequest) -> Result<Caller, Problem> {
    request.extensions().get::<Caller>().cloned().ok_or_else(Problem::unauthenticated)
}

/// The agent's administrator; a tenant's token gets 403.
#[derive(Debug, Clone)]
pub(super) struct Admin;

impl FromRequest for Admin {
    type Error = Problem;
    type Future = future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        future::ready(caller_of(request).and_then(|caller| match caller {
            Caller::Admin => Ok(Self),
            Caller::Tenant(_) => Err(Problem::forbidden("only the agent's administrator may do this")),
        }))
    }
}

/// The tenant in the path, which the caller may act for.
#[derive(Debug, Clone)]
pub(super) struct InTenant {
    /// The tenant acted upon.
    pub(super) tenant: Tenant,
    /// Who acts.
    pub(super) actor: String,
}

impl InTenant {
    /// The tenant's id.
    pub(super) fn id(&self) -> &TenantId {
        &self.tenant.tenant
    }
}

impl FromRequest for InTenant {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = caller_of(&request)?;
            let agent = agent_of(&request)?;
            let named = request.match_info().get("tenant").unwrap_or_default().to_owned();
            // One answer for an unknown tenant and for somebody else's: nobody learns who is here.
            let not_found = || Problem::not_found(format!("there is no tenant {named}"));
            match &caller {
                Caller::Admin => {
                    let id: TenantId = named.parse().map_err(|_| not_found())?;
                    let tenant = agent.store().tenant(&id).await?.ok_or_else(not_found)?;
                    Ok(Self { tenant, actor: caller.actor() })
                }
                Caller::Tenant(own) if own.tenant.as_str() == named => {
                    Ok(Self { tenant: (**own).clone(), actor: caller.actor() })
                }
                Caller::Tenant(own) => {
                    let shown: String = named.chars().take(64).collect();
                    let row = AuditRow {
                        id: crate::entropy::id("au"),
                        at: agent.clock().now(),
                        tenant: own.tenant.clone(),
                        actor: caller.actor(),
                        action: "cross-tenant".to_owned(),
                        module: None,
                        outcome: Outcome::Refused,
                        detail: serde_json::json!({
                            "tenant": shown,
                            "method": request.method().as_str(),
                            "path": request.match_pattern(),
                        }),
                    };
                    agent.store().add_audit(&[row]).await?;
                    Err(not_found())
                }
            }
        })
    }
}
