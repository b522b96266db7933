//! `/api/v1/publishers/{namespace}/quota`: how much a publisher may publish.

use actix_web::{delete, get, put, web};
use adx_registry_core::{
    operator_scope::OperatorScope,
    quotas::{Limits, MOST_RATE_FACTOR, allow, quota_of},
    reason::Reason,
};

use crate::http::{
    caller::{Caller, namespace},
    dto::{NewQuota, Quota},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// The most that an operator can allow: what any column and any sum holds.
const MOST: u64 = 1_000_000_000_000_000_000;

/// Show a publisher's quota
///
/// For its publisher, its owners and operators: what it has, and may have.
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The quota", body = Quota),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token is of another namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/quota")]
pub(super) async fn get_quota(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<Quota>, Problem> {
    let quota = quota_of(&state.ports, &actor, &namespace(&path)?).await?;
    Ok(web::Json(if actor.operator_sees(OperatorScope::Publishers).is_ok() {
        Quota::all(&quota)
    } else {
        Quota::told(&quota)
    }))
}

/// Allow a publisher more or less
///
/// Operators only. What it has already stays, and what is not new goes on being released.
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewQuota,
    responses(
        (status = 200, description = "What holds now", body = Quota),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publishers"]), ("session" = [], "csrf" = [])),
)]
#[put("/publishers/{namespace}/quota")]
pub(super) async fn set_quota(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewQuota>,
) -> Result<web::Json<Quota>, Problem> {
    actor.operator(OperatorScope::Publishers)?;
    let NewQuota { modules, package_bytes, releases_a_day, rate_factor, reason } = body;
    if [modules, package_bytes, releases_a_day].into_iter().flatten().any(|limit| limit > MOST) {
        return Err(Problem::bad_request(format!("a quota is at most {MOST}")));
    }
    if rate_factor.is_some_and(|factor| !(1..=MOST_RATE_FACTOR).contains(&factor)) {
        return Err(Problem::bad_request(format!("`rate_factor` is 1 to {MOST_RATE_FACTOR}")));
    }
    let limits = Limits { modules, package_bytes, releases_a_day, rate_factor };
    let wanted = Some((limits, reason.parse::<Reason>()?));
    let allowed = allow(&state.ports, &actor, &namespace(&path)?, wanted).await?;
    state.rates.learn(&state.ports).await?;
    Ok(web::Json(Quota::all(&allowed)))
}

/// Allow a publisher what all are allowed
///
/// Operators only. One that is allowed nothing else is no error.
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "What holds now", body = Quota),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publishers"]), ("session" = [], "csrf" = [])),
)]
#[delete("/publishers/{namespace}/quota")]
pub(super) async fn reset_quota(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<Quota>, Problem> {
    actor.operator(OperatorScope::Publishers)?;
    let allowed = allow(&state.ports, &actor, &namespace(&path)?, None).await?;
    state.rates.learn(&state.ports).await?;
    Ok(web::Json(Quota::all(&allowed)))
}
