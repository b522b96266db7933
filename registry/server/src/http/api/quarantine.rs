//! `POST …/versions/{version}/quarantine` and `…/release-from-quarantine`.

use actix_web::{post, web};
use adx_registry_core::{quarantine::quarantine, reason::Reason};

use crate::http::{
    caller::{Caller, module_id, version},
    dto::{NewQuarantine, VersionSummary},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Put a version into quarantine
///
/// Operators only. It cannot be installed any more; where it is installed it runs on. One that is in quarantine already gets
/// the new reason.
#[utoipa::path(
    tag = "moderation",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
    ),
    request_body = NewQuarantine,
    responses(
        (status = 200, description = "In quarantine", body = VersionSummary),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/modules/{namespace}/{name}/versions/{version}/quarantine")]
pub(super) async fn quarantine_version(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
    JsonBody(body): JsonBody<NewQuarantine>,
) -> Result<web::Json<VersionSummary>, Problem> {
    actor.operator()?;
    let id = module_id(&path.0, &path.1)?;
    let reason = body.reason.parse::<Reason>()?;
    let release = quarantine(&state.ports, &actor, &id, &version(&path.2)?, Some(&reason)).await?;
    Ok(web::Json(VersionSummary::from(&release)))
}

/// Let a version out of quarantine
///
/// Operators only. One that is not in quarantine is no error; one that is revoked stays there.
#[utoipa::path(
    tag = "moderation",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
    ),
    responses(
        (status = 200, description = "Not in quarantine any more", body = VersionSummary),
        (status = 400, description = "Bad name or version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is revoked", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/modules/{namespace}/{name}/versions/{version}/release-from-quarantine")]
pub(super) async fn release_version_from_quarantine(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
) -> Result<web::Json<VersionSummary>, Problem> {
    let id = module_id(&path.0, &path.1)?;
    let release = quarantine(&state.ports, &actor, &id, &version(&path.2)?, None).await?;
    Ok(web::Json(VersionSummary::from(&release)))
}
