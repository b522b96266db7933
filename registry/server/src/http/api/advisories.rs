//! `/api/v1/advisories` and `…/modules/{namespace}/{name}/advisories`.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::{StatusCode, header},
    post, put, web,
};
use adx_index::advisory::AdvisoryId;
use adx_registry_core::{
    actor::Actor,
    advisories::{self, Content, change_advisory, file_advisory, may_speak, withdraw_advisory},
};

use crate::http::{
    caller::{Caller, module_id},
    conditional,
    dto::{AdvisoriesQuery, Advisory, AdvisoryList, NewAdvisory},
    input::{JsonBody, Query, page_size},
    problem::{Problem, ProblemBody},
    refusals::unprocessable,
    state::State,
};

/// List advisories
///
/// In the order they were filed, those that were withdrawn too.
#[utoipa::path(
    tag = "discovery",
    params(AdvisoriesQuery),
    responses(
        (status = 200, description = "The advisories", body = AdvisoryList),
        (status = 304, description = "It is what `If-None-Match` names"),
        (status = 400, description = "A parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/advisories")]
pub(super) async fn list_advisories(
    state: web::Data<State>,
    Query(query): Query<AdvisoriesQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let module = match &query.module {
        Some(text) => {
            let (namespace, name) = text.split_once('/').unwrap_or((text, ""));
            Some(module_id(namespace, name)?)
        }
        None => None,
    };
    let after = match &query.cursor {
        Some(text) => Some(text.parse::<AdvisoryId>().map_err(|_| {
            Problem::bad_request(format!("`{text}` is not a cursor")).hint("Start again without `cursor`.")
        })?),
        None => None,
    };
    let limit = page_size(query.limit, 50, advisories::MAX_PAGE)?;
    let page = advisories::advisories(&state.ports, module.as_ref(), after.as_ref(), limit).await?;
    let page = page.ok_or_else(|| Problem::not_found("there is no such module"))?;
    conditional::json(&request, &AdvisoryList::from(page))
}

/// Read an advisory
///
/// With its document of the Open Source Vulnerability format.
#[utoipa::path(
    tag = "discovery",
    params(("id" = String, Path, description = "Its name, as `ADX-2026-0001`")),
    responses(
        (status = 200, description = "The advisory", body = Advisory),
        (status = 304, description = "It is what `If-None-Match` names"),
        (status = 404, description = "No such advisory", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/advisories/{id}")]
pub(super) async fn get_advisory(
    state: web::Data<State>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parse(&path)?;
    let known = advisories::advisory(&state.ports, &id).await?;
    let known = known.ok_or_else(|| Problem::not_found(format!("there is no advisory {id}")))?;
    // Its revision, and no digest: it is what `If-Match` of a change names.
    let body = Advisory::new(&known).map_err(|error| Problem::internal(&error))?;
    conditional::unless_known(&request, &known.revision.to_string(), || HttpResponse::Ok().json(body))
}

/// File an advisory
///
/// For the module's publisher and operators. Its number is the next of the year.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
    ),
    request_body = NewAdvisory,
    responses(
        (status = 201, description = "Filed", body = Advisory),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "There are too many", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "It cannot say that", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publish"]), ("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[post("/modules/{namespace}/{name}/advisories")]
pub(super) async fn create_advisory(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
    JsonBody(body): JsonBody<NewAdvisory>,
) -> Result<HttpResponse, Problem> {
    may_speak(&actor)?;
    let module = module_id(&path.0, &path.1)?;
    let filed = file_advisory(&state.ports, &actor, &module, content(body)?).await?;
    answer(StatusCode::CREATED, &filed)
}

/// Change an advisory
///
/// For who filed it, the module's publisher, and operators. What an operator filed or changed only operators change. With `If-Match`
/// it is changed only if nobody did meanwhile.
#[utoipa::path(
    tag = "modules",
    params(
        ("id" = String, Path, description = "Its name, as `ADX-2026-0001`"),
        ("If-Match" = Option<String>, Header, description = "The ETag of what was read"),
    ),
    request_body = NewAdvisory,
    responses(
        (status = 200, description = "Changed", body = Advisory),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such advisory", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It was withdrawn, or an operator stands for it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It was changed meanwhile", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "It cannot say that", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publish"]), ("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[put("/advisories/{id}")]
pub(super) async fn put_advisory(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    request: HttpRequest,
    JsonBody(body): JsonBody<NewAdvisory>,
) -> Result<HttpResponse, Problem> {
    let id = id_for(&actor, &path)?;
    let expected = request.headers().get(header::IF_MATCH).map(revision).transpose()?;
    let changed = change_advisory(&state.ports, &actor, id, expected, content(body)?).await?;
    answer(StatusCode::OK, &changed)
}

/// Withdraw an advisory
///
/// It holds of nothing any more, and stays to be read. One that was withdrawn already is no error.
#[utoipa::path(
    tag = "modules",
    params(("id" = String, Path, description = "Its name, as `ADX-2026-0001`")),
    responses(
        (status = 200, description = "Withdrawn", body = Advisory),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such advisory", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "An operator stands for it", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publish"]), ("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[post("/advisories/{id}/withdraw")]
pub(super) async fn withdraw(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id_for(&actor, &path)?;
    let withdrawn = withdraw_advisory(&state.ports, &actor, id).await?;
    answer(StatusCode::OK, &withdrawn)
}

/// The name of an address, for who may change any: nobody else learns which there are by trying to.
fn id_for(actor: &Actor, text: &str) -> Result<AdvisoryId, Problem> {
    may_speak(actor)?;
    parse(text)
}

fn parse(text: &str) -> Result<AdvisoryId, Problem> {
    text.parse().map_err(|_| Problem::not_found(format!("there is no advisory `{}`", text.escape_debug())))
}

fn answer(status: StatusCode, known: &advisories::Advisory) -> Result<HttpResponse, Problem> {
    let body = Advisory::new(known).map_err(|error| Problem::internal(&error))?;
    Ok(HttpResponse::build(status).insert_header((header::ETAG, format!("\"{}\"", known.revision))).json(body))
}

/// The revision that an `ETag` of ours stands for.
fn revision(value: &header::HeaderValue) -> Result<u64, Problem> {
    let text = value.to_str().ok().and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    text.ok_or_else(|| Problem::bad_request("`If-Match` is no ETag of an advisory").hint("Send the ETag of GET."))
}

fn content(body: NewAdvisory) -> Result<Content, Problem> {
    Content::try_from(body).map_err(|error| unprocessable("invalid", "Not valid", error.to_string()))
}
