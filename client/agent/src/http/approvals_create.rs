//! `POST /api/v1/tenants/{tenant}/installations/{namespace}/{name}/approvals`

use super::{
    auth::InTenant,
    body::Body,
    dto::{self, Approval, ApprovalList, NewApproval},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    post,
    web::{Data, Json, Path},
};
use semver::Version;

/// Approves a release as a security fix that need not wait for the tenant's cooldown. Two must: the tenant and the
/// administrator. What they approve is the package that the registry lists for the version now.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
    ),
    request_body = NewApproval,
    responses(
        (status = 200, description = "who approved it until now", body = ApprovalList),
        (status = 400, description = "the body cannot be read", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours; or no such release", body = Problem),
        (status = 413, description = "the body is too large", body = Problem),
        (status = 422, description = "not a version, or no reason", body = Problem),
        (status = 503, description = "the registry does not answer", body = Problem),
    )
)]
#[post("/tenants/{tenant}/installations/{namespace}/{name}/approvals")]
pub(super) async fn approve_release(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    agent: Data<Agent>,
    body: Body,
) -> Result<Json<ApprovalList>, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    let NewApproval { version, reason } = body.required()?;
    let version = version.parse::<Version>().map_err(|error| {
        Problem::invalid("invalid-version", format!("{version:?} is not a version: {error}"))
            .hint("write for example 1.2.3")
    })?;
    if reason.trim().is_empty() || reason.chars().count() > 500 {
        return Err(Problem::invalid("invalid-reason", "the reason must have 1 to 500 characters"));
    }
    let approvals = agent.approve(tenant.id(), &module, &version, &tenant.actor, reason).await?;
    let approvals = approvals.into_iter().map(Approval::from).collect();
    Ok(Json(ApprovalList { approvals }))
}
