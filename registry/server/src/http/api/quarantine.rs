//! `POST …/versions/{version}/quarantine` and `…/release-from-quarantine`, and the same of whole modules.

use actix_web::{post, web};
use adx_registry_core::{
    operator_scope::OperatorScope,
    quarantine::{quarantine, quarantine_module},
    reason::Reason,
};

use crate::http::{
    caller::{Caller, module_id, version},
    dto::{ModuleStanding, NewQuarantine, VersionSummary},
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
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[post("/modules/{namespace}/{name}/versions/{version}/quarantine")]
pub(super) async fn quarantine_version(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
    JsonBody(body): JsonBody<NewQuarantine>,
) -> Result<web::Json<VersionSummary>, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    let id = module_id(&path.0, &path.1)?;
    let reason = body.reason.parse::<Reason>()?;
    let release = quarantine(&state.ports, &actor, &id, &version(&path.2)?, Some(&reason)).await?;
    state.commits.announce_work();
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
        (status = 409, description = "It is revoked, or its whole module is in quarantine", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[post("/modules/{namespace}/{name}/versions/{version}/release-from-quarantine")]
pub(super) async fn release_version_from_quarantine(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
) -> Result<web::Json<VersionSummary>, Problem> {
    let id = module_id(&path.0, &path.1)?;
    let release = quarantine(&state.ports, &actor, &id, &version(&path.2)?, None).await?;
    state.commits.announce_work();
    Ok(web::Json(VersionSummary::from(&release)))
}

/// Put a whole module into quarantine
///
/// Operators only. None of its versions can be installed any more, none is published, and searches do not show it; where it is
/// installed it runs on. One that is in quarantine already gets the new reason.
#[utoipa::path(
    tag = "moderation",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
    ),
    request_body = NewQuarantine,
    responses(
        (status = 200, description = "In quarantine", body = ModuleStanding),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[post("/modules/{namespace}/{name}/quarantine")]
pub(super) async fn quarantine_whole_module(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
    JsonBody(body): JsonBody<NewQuarantine>,
) -> Result<web::Json<ModuleStanding>, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    let id = module_id(&path.0, &path.1)?;
    let reason = body.reason.parse::<Reason>()?;
    let module = quarantine_module(&state.ports, &actor, &id, Some(&reason)).await?;
    state.commits.announce_work();
    Ok(web::Json(ModuleStanding::from(&module)))
}

/// Let a whole module out of quarantine
///
/// Operators only. Versions that are in quarantine by themselves stay there. One that is not in quarantine is no error.
#[utoipa::path(
    tag = "moderation",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
    ),
    responses(
        (status = 200, description = "Not in quarantine any more", body = ModuleStanding),
        (status = 400, description = "Not a module's name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[post("/modules/{namespace}/{name}/release-from-quarantine")]
pub(super) async fn release_module_from_quarantine(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
) -> Result<web::Json<ModuleStanding>, Problem> {
    let module = quarantine_module(&state.ports, &actor, &module_id(&path.0, &path.1)?, None).await?;
    state.commits.announce_work();
    Ok(web::Json(ModuleStanding::from(&module)))
}
