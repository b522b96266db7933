//! `/api/v1/tenants`: for whom modules are bought.

use actix_web::{HttpResponse, get, post, put, web};
use adx_registry_core::{Id, market};
use adx_signing::name::TenantId;

use crate::http::{
    caller::Caller,
    dto::{BeforeQuery, Entitlement, EntitlementList, NewTenant, OrderList, Tenant, TenantChange, TenantList},
    input::{JsonBody, Query},
    market_refusals::no_tenant,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Make a tenant
///
/// Of a person who is signed in, or of an organisation whose owner asks. Its name is unique in the registry: licences name it.
#[utoipa::path(
    tag = "market",
    request_body = NewTenant,
    responses(
        (status = 201, description = "Made", body = Tenant),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not a person, or not an owner of the organisation", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/tenants")]
pub(super) async fn create_tenant(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<NewTenant>,
) -> Result<HttpResponse, Problem> {
    actor.somebody()?;
    let tenant = market::create_tenant(&state.ports, &actor, body.read()?).await?;
    Ok(HttpResponse::Created().json(Tenant::from(&tenant)))
}

/// List the caller's tenants
///
/// The own ones, and those of organisations the caller is a member of.
#[utoipa::path(
    tag = "market",
    responses(
        (status = 200, description = "The tenants", body = TenantList),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/tenants")]
pub(super) async fn list_tenants(
    state: web::Data<State>,
    Caller(actor): Caller,
) -> Result<web::Json<TenantList>, Problem> {
    let found = market::tenants(&state.ports, &actor).await?;
    Ok(web::Json(TenantList { tenants: found.iter().map(Tenant::from).collect() }))
}

/// Show a tenant
///
/// For its people, and operators.
#[utoipa::path(
    tag = "market",
    params(("tenant" = String, Path, description = "What agents call the tenant")),
    responses(
        (status = 200, description = "The tenant", body = Tenant),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such tenant of the caller's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/tenants/{tenant}")]
pub(super) async fn get_tenant(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<Tenant>, Problem> {
    actor.somebody()?;
    let found = market::tenant(&state.ports, &actor, &tenant_id(&path)?).await?;
    Ok(web::Json(Tenant::from(&found)))
}

/// Change a tenant
///
/// To whom invoices are made out, and what may be spent in a month without an owner. For whoever it is, and an organisation's owners.
#[utoipa::path(
    tag = "market",
    params(("tenant" = String, Path, description = "What agents call the tenant")),
    request_body = TenantChange,
    responses(
        (status = 200, description = "Changed", body = Tenant),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such tenant of the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[put("/tenants/{tenant}")]
pub(super) async fn change_tenant(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<TenantChange>,
) -> Result<web::Json<Tenant>, Problem> {
    actor.somebody()?;
    let name = tenant_id(&path)?;
    // Before what is sent is read: strangers are not told whether it is there.
    market::tenant(&state.ports, &actor, &name).await?;
    let changed = market::change_tenant(&state.ports, &actor, &name, body.read()?).await?;
    Ok(web::Json(Tenant::from(&changed)))
}

/// List a tenant's orders
///
/// For its people, and operators: the last one first, 100 a page.
#[utoipa::path(
    tag = "market",
    params(("tenant" = String, Path, description = "What agents call the tenant"), BeforeQuery),
    responses(
        (status = 200, description = "The orders", body = OrderList),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such tenant of the caller's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/tenants/{tenant}/orders")]
pub(super) async fn list_orders_of_tenant(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    Query(query): Query<BeforeQuery>,
) -> Result<web::Json<OrderList>, Problem> {
    actor.somebody()?;
    let before = query.before.as_deref().map(str::parse::<Id<market::order::Order>>).transpose();
    let before = before.map_err(|_| Problem::bad_request("`before` is not the `next` of a page before"))?;
    let found = market::orders_of(&state.ports, &actor, &tenant_id(&path)?, before).await?;
    Ok(web::Json(OrderList::from(&found)))
}

/// List what a tenant may use
///
/// For its people, and operators: what its orders entitle it to, or did, the last one first.
#[utoipa::path(
    tag = "market",
    params(("tenant" = String, Path, description = "What agents call the tenant")),
    responses(
        (status = 200, description = "What it is entitled to", body = EntitlementList),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such tenant of the caller's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/tenants/{tenant}/licences")]
pub(super) async fn list_licences_of_tenant(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<EntitlementList>, Problem> {
    actor.somebody()?;
    let found = market::entitlements(&state.ports, &actor, &tenant_id(&path)?).await?;
    Ok(web::Json(EntitlementList { licences: found.iter().map(Entitlement::from).collect() }))
}

/// Reads a `tenant` of an address. What cannot be one is none.
pub(super) fn tenant_id(text: &str) -> Result<TenantId, Problem> {
    text.parse().map_err(|_| no_tenant("there is no such tenant of yours"))
}
