//! `/api/v1/names/held` and `/api/v1/publishers/{namespace}/names`: new names that resemble others.

use actix_web::{get, post, web};
use adx_registry_core::{
    members::Right,
    names::{self, Verdict, decide_name, who_wants, who_wants_each},
    operator_scope::OperatorScope,
    reason::Reason,
};

use crate::http::{
    caller::{Caller, namespace},
    dto::{BeforeQuery, HeldName, HeldNameList, HeldNamesQuery, NewNameRefusal},
    input::{JsonBody, Query, cursor},
    problem::{Problem, ProblemBody},
    state::State,
};

/// List held names
///
/// Operators only. In the order they were asked for, 100 a page; those that wait unless `state` says otherwise.
#[utoipa::path(
    tag = "moderation",
    params(HeldNamesQuery),
    responses(
        (status = 200, description = "The names", body = HeldNameList),
        (status = 400, description = "A parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["names"]), ("session" = [])),
)]
#[get("/names/held")]
pub(super) async fn list_held_names(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<HeldNamesQuery>,
) -> Result<web::Json<HeldNameList>, Problem> {
    actor.operator_sees(OperatorScope::Names)?;
    let after = cursor("after", query.after.as_deref())?;
    let found = names::held_names(&state.ports, &actor, query.state.into(), after).await?;
    let wanted = who_wants_each(&state.ports, found.names).await?;
    Ok(web::Json(HeldNameList {
        names: wanted.iter().map(HeldName::for_operators).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

/// Allow a held name
///
/// Operators only. Who asked for it may take it from now on; the owners of a module's namespace are told by mail. A name that was
/// refused can be allowed later.
#[utoipa::path(
    tag = "moderation",
    params(("id" = String, Path, description = "The id of the held name")),
    responses(
        (status = 200, description = "Allowed", body = HeldName),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such held name", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["names"]), ("session" = [], "csrf" = [])),
)]
#[post("/names/held/{id}/allow")]
pub(super) async fn allow_held_name(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<HeldName>, Problem> {
    actor.operator(OperatorScope::Names)?;
    let name = decide_name(&state.ports, &actor, held_name_id(&path)?, Verdict::Allow).await?;
    state.commits.announce_work();
    Ok(web::Json(HeldName::for_operators(&who_wants(&state.ports, name).await?)))
}

/// Refuse a held name
///
/// Operators only. Whoever asks for it is told the reason; the owners of a module's namespace are told by mail. What was taken
/// meanwhile stays.
#[utoipa::path(
    tag = "moderation",
    params(("id" = String, Path, description = "The id of the held name")),
    request_body = NewNameRefusal,
    responses(
        (status = 200, description = "Refused", body = HeldName),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such held name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["names"]), ("session" = [], "csrf" = [])),
)]
#[post("/names/held/{id}/refuse")]
pub(super) async fn refuse_held_name(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewNameRefusal>,
) -> Result<web::Json<HeldName>, Problem> {
    actor.operator(OperatorScope::Names)?;
    let verdict = Verdict::Refuse(body.reason.parse::<Reason>()?);
    let name = decide_name(&state.ports, &actor, held_name_id(&path)?, verdict).await?;
    state.commits.announce_work();
    Ok(web::Json(HeldName::for_operators(&who_wants(&state.ports, name).await?)))
}

/// List a namespace's held names
///
/// For its publisher, its owners and operators: the names of its modules that were held, the last one first, 100 a page.
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace"), BeforeQuery),
    responses(
        (status = 200, description = "The names", body = HeldNameList),
        (status = 400, description = "Not a namespace, or `before` is no cursor", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token is of another namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/names")]
pub(super) async fn list_names_of_publisher(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    Query(query): Query<BeforeQuery>,
) -> Result<web::Json<HeldNameList>, Problem> {
    let namespace = namespace(&path)?;
    actor.may_see(&namespace, Right::SeeSubmissions)?;
    let before = cursor("before", query.before.as_deref())?;
    let found = names::held_names_of(&state.ports, &actor, &namespace, before).await?;
    Ok(web::Json(HeldNameList {
        names: found.names.iter().map(HeldName::for_publisher).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

fn held_name_id(text: &str) -> Result<adx_registry_core::Id<names::HeldName>, Problem> {
    text.parse().map_err(|_| names::DecideNameError::Unknown.into())
}
