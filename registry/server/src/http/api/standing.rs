//! `/api/v1/publishers/{namespace}/review`: publishers whose submissions an operator holds, or trusts.

use actix_web::{delete, get, put, web};
use adx_registry_core::{
    operator_scope::OperatorScope,
    reason::Reason,
    review::{self, standing_of},
};

use crate::http::{
    caller::{Caller, namespace},
    dto::{NewStanding, PublisherStanding},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Show how a publisher is reviewed
///
/// Operators only. Most publishers are reviewed as the policy says.
#[utoipa::path(
    tag = "submissions",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "What operators said of it", body = PublisherStanding),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["review"]), ("session" = [])),
)]
#[get("/publishers/{namespace}/review")]
pub(super) async fn get_standing(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<PublisherStanding>, Problem> {
    actor.operator_sees(OperatorScope::Review)?;
    Ok(web::Json(standing_of(&state.ports, &actor, &namespace(&path)?).await?.into()))
}

/// Hold or trust a publisher
///
/// Operators only. Of one that is held everything is reviewed; of one that is trusted neither the first release nor wider permissions,
/// but still what checks find. What waits already goes on waiting.
#[utoipa::path(
    tag = "submissions",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewStanding,
    responses(
        (status = 200, description = "What is said of it now", body = PublisherStanding),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["review"]), ("session" = [], "csrf" = [])),
)]
#[put("/publishers/{namespace}/review")]
pub(super) async fn set_standing(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewStanding>,
) -> Result<web::Json<PublisherStanding>, Problem> {
    actor.operator(OperatorScope::Review)?;
    let standing = Some((body.standing.into(), body.reason.parse::<Reason>()?));
    Ok(web::Json(review::set_standing(&state.ports, &actor, &namespace(&path)?, standing).await?.into()))
}

/// Review a publisher like others
///
/// Operators only. One that is neither held nor trusted is no error.
#[utoipa::path(
    tag = "submissions",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "Nothing is said of it any more", body = PublisherStanding),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["review"]), ("session" = [], "csrf" = [])),
)]
#[delete("/publishers/{namespace}/review")]
pub(super) async fn remove_standing(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<PublisherStanding>, Problem> {
    actor.operator(OperatorScope::Review)?;
    Ok(web::Json(review::set_standing(&state.ports, &actor, &namespace(&path)?, None).await?.into()))
}
