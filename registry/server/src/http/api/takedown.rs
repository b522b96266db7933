//! `…/takedown` of versions and modules, and `GET /api/v1/takedowns`.

use actix_web::{delete, get, put, web};
use adx_registry_core::{
    actor::Actor,
    operator_scope::OperatorScope,
    takedown::{lift, take_down, takedowns},
};
use adx_signing::name::ModuleId;
use semver::Version;

use crate::http::{
    caller::{Caller, module_id, version},
    dto::{AfterQuery, NewTakedown, Takedown, TakedownList},
    input::{JsonBody, Query, cursor},
    problem::{Problem, ProblemBody},
    state::State,
};

/// List takedowns
///
/// Operators only. In the order they were made, those that were taken back too, 100 a page.
#[utoipa::path(
    tag = "moderation",
    params(AfterQuery),
    responses(
        (status = 200, description = "The takedowns", body = TakedownList),
        (status = 400, description = "A parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["moderate"]), ("session" = [])),
)]
#[get("/takedowns")]
pub(super) async fn list_takedowns(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<AfterQuery>,
) -> Result<web::Json<TakedownList>, Problem> {
    actor.operator_sees(OperatorScope::Moderate)?;
    let after = cursor("after", query.after.as_deref())?;
    let found = takedowns(&state.ports, &actor, after).await?;
    Ok(web::Json(TakedownList {
        takedowns: found.takedowns.iter().map(Takedown::from).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

/// Take a version down
///
/// Operators only, for what the law asks. Whoever asks for its package, its envelope or its page is answered 451 with the reason and
/// the reference; it cannot be installed any more. One that is taken down already gets the new reason, and is erased if that is asked.
#[utoipa::path(
    tag = "moderation",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
    ),
    request_body = NewTakedown,
    responses(
        (status = 200, description = "Taken down", body = Takedown),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason or reference", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[put("/modules/{namespace}/{name}/versions/{version}/takedown")]
pub(super) async fn take_version_down(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
    JsonBody(body): JsonBody<NewTakedown>,
) -> Result<web::Json<Takedown>, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    let (module, version) = (module_id(&path.0, &path.1)?, version(&path.2)?);
    take(&state, &actor, &module, Some(&version), body).await
}

/// Give a version back that was taken down
///
/// Operators only. It is offered again unless it is withheld for something else; one that was erased stays away.
#[utoipa::path(
    tag = "moderation",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
    ),
    responses(
        (status = 200, description = "Given back", body = Takedown),
        (status = 400, description = "Bad name or version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version, or not taken down by itself", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It was erased", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[delete("/modules/{namespace}/{name}/versions/{version}/takedown")]
pub(super) async fn give_version_back(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
) -> Result<web::Json<Takedown>, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    let (module, version) = (module_id(&path.0, &path.1)?, version(&path.2)?);
    give(&state, &actor, &module, Some(&version)).await
}

/// Take a whole module down
///
/// Operators only, for what the law asks. As for each of its versions; none is published meanwhile.
#[utoipa::path(
    tag = "moderation",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
    ),
    request_body = NewTakedown,
    responses(
        (status = 200, description = "Taken down", body = Takedown),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason or reference", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[put("/modules/{namespace}/{name}/takedown")]
pub(super) async fn take_module_down(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
    JsonBody(body): JsonBody<NewTakedown>,
) -> Result<web::Json<Takedown>, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    take(&state, &actor, &module_id(&path.0, &path.1)?, None, body).await
}

/// Give a whole module back that was taken down
///
/// Operators only. Versions that were taken down by themselves stay so.
#[utoipa::path(
    tag = "moderation",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
    ),
    responses(
        (status = 200, description = "Given back", body = Takedown),
        (status = 400, description = "Not a module's name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module, or not taken down as a whole", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It was erased", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[delete("/modules/{namespace}/{name}/takedown")]
pub(super) async fn give_module_back(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
) -> Result<web::Json<Takedown>, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    give(&state, &actor, &module_id(&path.0, &path.1)?, None).await
}

async fn take(
    state: &State,
    actor: &Actor,
    module: &ModuleId,
    version: Option<&Version>,
    wanted: NewTakedown,
) -> Result<web::Json<Takedown>, Problem> {
    let takedown = take_down(&state.ports, actor, module, version, &wanted.try_into()?).await?;
    state.commits.announce_work();
    state.taken_down.read(&state.ports).await?;
    Ok(web::Json(Takedown::from(&takedown)))
}

async fn give(
    state: &State,
    actor: &Actor,
    module: &ModuleId,
    version: Option<&Version>,
) -> Result<web::Json<Takedown>, Problem> {
    let takedown = lift(&state.ports, actor, module, version).await?;
    state.commits.announce_work();
    state.taken_down.read(&state.ports).await?;
    Ok(web::Json(Takedown::from(&takedown)))
}
