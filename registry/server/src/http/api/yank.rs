//! `POST …/versions/{version}/yank` and `…/unyank`.

use actix_web::{post, web};
use adx_registry_core::{
    actor::Actor,
    reason::Reason,
    yank::{Yank, yank},
};

use crate::http::{
    caller::{Caller, module_id, version},
    dto::{NewYank, VersionSummary},
    input::OptionalJsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Yank a version
///
/// It is not chosen for new installations any more; whoever has it keeps it. Clients show the reason, if one is sent. One that is yanked
/// already is no error, and gets the new reason.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
    ),
    request_body = Option<NewYank>,
    responses(
        (status = 200, description = "Yanked", body = VersionSummary),
        (status = 400, description = "Bad name, version or body", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publish"]), ("session" = [], "csrf" = [])),
)]
#[post("/modules/{namespace}/{name}/versions/{version}/yank")]
pub(super) async fn yank_version(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
    OptionalJsonBody(body): OptionalJsonBody<NewYank>,
) -> Result<web::Json<VersionSummary>, Problem> {
    let reason = reason(body)?;
    set(&state, &actor, &path, Yank::For(reason.as_ref())).await
}

/// Take a yank back
///
/// It is chosen again. Clients show the reason, if one is sent, until it is yanked anew. One that is not yanked is no error, and stays as
/// it is: a reason that is sent is not kept.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
    ),
    request_body = Option<NewYank>,
    responses(
        (status = 200, description = "Not yanked any more", body = VersionSummary),
        (status = 400, description = "Bad name, version or body", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publish"]), ("session" = [], "csrf" = [])),
)]
#[post("/modules/{namespace}/{name}/versions/{version}/unyank")]
pub(super) async fn unyank_version(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
    OptionalJsonBody(body): OptionalJsonBody<NewYank>,
) -> Result<web::Json<VersionSummary>, Problem> {
    let reason = reason(body)?;
    set(&state, &actor, &path, Yank::Undo(reason.as_ref())).await
}

fn reason(body: Option<NewYank>) -> Result<Option<Reason>, Problem> {
    Ok(body.and_then(|body| body.reason).map(|reason| reason.parse::<Reason>()).transpose()?)
}

async fn set(
    state: &State,
    actor: &Actor,
    (namespace, name, wanted): &(String, String, String),
    wanted_of_it: Yank<'_>,
) -> Result<web::Json<VersionSummary>, Problem> {
    let id = module_id(namespace, name)?;
    let release = yank(&state.ports, actor, &id, &version(wanted)?, wanted_of_it).await?;
    Ok(web::Json(VersionSummary::from(&release)))
}
