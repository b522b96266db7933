//! `/api/v1/publishers/{namespace}/domain`.

use actix_web::{HttpResponse, delete, get, post, put, web};
use adx_registry_core::domains;

use crate::http::{
    caller::{Caller, namespace},
    dto::{Domain, NewDomain},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Read a publisher's domain
///
/// For its members, its tokens and operators, verified or not. Whoever reads the publisher sees it once it is verified.
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The domain, and its record", body = Domain),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not a member", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher, or it has no domain", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/domain")]
pub(super) async fn get_domain(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<Domain>, Problem> {
    let claim = domains::read_domain(&state.ports, &actor, &namespace(&path)?).await?;
    Ok(web::Json(Domain::from(&claim)))
}

/// Ask to have a domain verified
///
/// Any owner alone. The answer says which record is to be put into the DNS. A publisher has one domain: another takes its place.
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewDomain,
    responses(
        (status = 200, description = "The record that is to be there", body = Domain),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a domain", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[put("/publishers/{namespace}/domain")]
pub(super) async fn ask_for_domain(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewDomain>,
) -> Result<web::Json<Domain>, Problem> {
    let namespace = namespace(&path)?;
    actor.owner_of(&namespace)?;
    let claim = domains::ask_for_domain(&state.ports, &actor, &namespace, body.domain.parse()?).await?;
    Ok(web::Json(Domain::from(&claim)))
}

/// Verify a publisher's domain
///
/// Any owner alone. The record is looked for now, and every day from then on; when it has been missing for seven days, the domain is the
/// publisher's no more.
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "It is the publisher's", body = Domain),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher, or nobody has asked for it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "There is no such record", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The DNS does not answer", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/domain/verify")]
pub(super) async fn verify_domain(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<Domain>, Problem> {
    let claim = domains::verify_domain(&state.ports, &actor, &namespace(&path)?).await?;
    Ok(web::Json(Domain::from(&claim)))
}

/// Do without a domain
///
/// Any owner alone.
#[utoipa::path(
    tag = "owners",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 204, description = "The publisher has no domain"),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher, or it has no domain", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[delete("/publishers/{namespace}/domain")]
pub(super) async fn forget_domain(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    domains::forget_domain(&state.ports, &actor, &namespace(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
