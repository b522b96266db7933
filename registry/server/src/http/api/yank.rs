//! `POST …/versions/{version}/yank` and `…/unyank`.

use actix_web::{post, web};
use adx_registry_core::{actor::Actor, yank::yank};

use crate::http::{
    caller::{Caller, module_id, version},
    dto::VersionSummary,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Yank a version
///
/// It is not chosen for new installations any more; whoever has it keeps it. One that is yanked already is no error.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
    ),
    responses(
        (status = 200, description = "Yanked", body = VersionSummary),
        (status = 400, description = "Bad name or version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/modules/{namespace}/{name}/versions/{version}/yank")]
pub(super) async fn yank_version(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
) -> Result<web::Json<VersionSummary>, Problem> {
    set(&state, &actor, &path, true).await
}

/// Take a yank back
///
/// One that is not yanked is no error.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
    ),
    responses(
        (status = 200, description = "Not yanked any more", body = VersionSummary),
        (status = 400, description = "Bad name or version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/modules/{namespace}/{name}/versions/{version}/unyank")]
pub(super) async fn unyank_version(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
) -> Result<web::Json<VersionSummary>, Problem> {
    set(&state, &actor, &path, false).await
}

async fn set(
    state: &State,
    actor: &Actor,
    (namespace, name, wanted): &(String, String, String),
    yanked: bool,
) -> Result<web::Json<VersionSummary>, Problem> {
    let id = module_id(namespace, name)?;
    let release = yank(&state.ports, actor, &id, &version(wanted)?, yanked).await?;
    Ok(web::Json(VersionSummary::from(&release)))
}
