//! `/api/v1/appeals`, `/api/v1/publishers/{namespace}/appeals` and `/api/v1/account/appeals`.

use actix_web::{HttpResponse, get, post, web};
use adx_registry_core::{
    Id,
    appeals::{self, decide_appeal, open_account_appeal, open_appeal, tell_appeal, tell_appeals},
    members::Right,
    operator_scope::OperatorScope,
};

use crate::http::{
    caller::{Caller, namespace},
    dto::{Appeal, AppealAnswer, AppealList, AppealsQuery, BeforeQuery, NewAccountAppeal, NewAppeal},
    input::{JsonBody, Query, cursor},
    problem::{Problem, ProblemBody},
    state::State,
};

/// Appeal
///
/// For the owners and maintainers of the namespace, and for its tokens that may publish the module. One appeal about the same thing waits at a time.
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewAppeal,
    responses(
        (status = 201, description = "Opened", body = Appeal),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Nothing of the publisher's is meant", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Nothing was decided against it, or an appeal waits", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a subject or a text", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/appeals")]
pub(super) async fn create_appeal(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewAppeal>,
) -> Result<HttpResponse, Problem> {
    let namespace = namespace(&path)?;
    actor.may_see(&namespace, Right::SeeSubmissions)?;
    let (subject, text) = (body.subject()?, body.text.parse()?);
    let appeal = open_appeal(&state.ports, &actor, &namespace, subject, &text).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Created().json(Appeal::for_appellant(&tell_appeal(&state.ports, appeal).await?)))
}

/// List a namespace's appeals
///
/// For its publisher, its owners, maintainers and readers, and operators: the last one first, 100 a page.
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace"), BeforeQuery),
    responses(
        (status = 200, description = "The appeals", body = AppealList),
        (status = 400, description = "Not a namespace, or `before` is no cursor", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token is of another namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/appeals")]
pub(super) async fn list_appeals_of_publisher(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    Query(query): Query<BeforeQuery>,
) -> Result<web::Json<AppealList>, Problem> {
    let namespace = namespace(&path)?;
    actor.may_see(&namespace, Right::SeeSubmissions)?;
    let before = cursor("before", query.before.as_deref())?;
    let found = appeals::appeals_of(&state.ports, &actor, &namespace, before).await?;
    for_appellant(&state, found).await
}

/// Appeal for a namespace
///
/// For the person who asked for it, once an operator has refused it. One appeal about it waits at a time.
#[utoipa::path(
    tag = "accounts",
    request_body = NewAccountAppeal,
    responses(
        (status = 201, description = "Opened", body = Appeal),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session, or no `X-CSRF-Token`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The person has not asked for it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It was not refused, or an appeal waits", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a text", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [], "csrf" = [])),
)]
#[post("/account/appeals")]
pub(super) async fn create_account_appeal(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<NewAccountAppeal>,
) -> Result<HttpResponse, Problem> {
    actor.person()?;
    let appeal = open_account_appeal(&state.ports, &actor, &namespace(&body.namespace)?, &body.text.parse()?).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Created().json(Appeal::for_appellant(&tell_appeal(&state.ports, appeal).await?)))
}

/// List the appeals of whoever is signed in
///
/// Those for namespaces, the last one first, 100 a page.
#[utoipa::path(
    tag = "accounts",
    params(BeforeQuery),
    responses(
        (status = 200, description = "The appeals", body = AppealList),
        (status = 400, description = "`before` is no cursor", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A token instead of a session", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [])),
)]
#[get("/account/appeals")]
pub(super) async fn list_account_appeals(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<BeforeQuery>,
) -> Result<web::Json<AppealList>, Problem> {
    actor.person()?;
    let before = cursor("before", query.before.as_deref())?;
    for_appellant(&state, appeals::appeals_of_account(&state.ports, &actor, before).await?).await
}

async fn for_appellant(state: &State, found: appeals::Appeals) -> Result<web::Json<AppealList>, Problem> {
    let told = tell_appeals(&state.ports, found.appeals).await?;
    Ok(web::Json(AppealList {
        appeals: told.iter().map(Appeal::for_appellant).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

/// List appeals
///
/// Operators only. In the order they were opened, 100 a page; those that wait unless `state` says otherwise.
#[utoipa::path(
    tag = "moderation",
    params(AppealsQuery),
    responses(
        (status = 200, description = "The appeals", body = AppealList),
        (status = 400, description = "A parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["moderate"]), ("session" = [])),
)]
#[get("/appeals")]
pub(super) async fn list_appeals(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<AppealsQuery>,
) -> Result<web::Json<AppealList>, Problem> {
    actor.operator_sees(OperatorScope::Moderate)?;
    let after = cursor("after", query.after.as_deref())?;
    let found = appeals::appeals(&state.ports, &actor, query.state.into(), after).await?;
    let told = tell_appeals(&state.ports, found.appeals).await?;
    Ok(web::Json(AppealList {
        appeals: told.iter().map(Appeal::for_operators).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

/// Grant an appeal
///
/// Operators only. What it is about is undone in the same transaction: a quarantine or a takedown ends, a refused name is allowed, a
/// rejected submission waits for an operator again. The owners of the namespace, or the person who appealed, are told by mail.
#[utoipa::path(
    tag = "moderation",
    params(("id" = String, Path, description = "The id of the appeal")),
    request_body = AppealAnswer,
    responses(
        (status = 200, description = "Granted", body = Appeal),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such appeal", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is decided, or cannot be undone", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[post("/appeals/{id}/grant")]
pub(super) async fn grant_appeal(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<AppealAnswer>,
) -> Result<web::Json<Appeal>, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    let appeal = decide_appeal(&state.ports, &actor, appeal_id(&path)?, true, &body.reason.parse()?).await?;
    state.commits.announce_work();
    state.taken_down.read(&state.ports).await?;
    Ok(web::Json(Appeal::for_operators(&tell_appeal(&state.ports, appeal).await?)))
}

/// Deny an appeal
///
/// Operators only. The owners of the namespace, or the person who appealed, are told the reason by mail.
#[utoipa::path(
    tag = "moderation",
    params(("id" = String, Path, description = "The id of the appeal")),
    request_body = AppealAnswer,
    responses(
        (status = 200, description = "Denied", body = Appeal),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such appeal", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is decided", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[post("/appeals/{id}/deny")]
pub(super) async fn deny_appeal(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<AppealAnswer>,
) -> Result<web::Json<Appeal>, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    let appeal = decide_appeal(&state.ports, &actor, appeal_id(&path)?, false, &body.reason.parse()?).await?;
    state.commits.announce_work();
    Ok(web::Json(Appeal::for_operators(&tell_appeal(&state.ports, appeal).await?)))
}

fn appeal_id(text: &str) -> Result<Id<appeals::Appeal>, Problem> {
    text.parse().map_err(|_| appeals::AppealError::Unknown.into())
}
