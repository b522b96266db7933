//! `GET /api/v1/me`: who the caller is.

use actix_web::{get, web};
use adx_registry_core::actor::Denied;

use crate::http::{
    caller::CallerToBe,
    dto::Actor,
    problem::{Problem, ProblemBody},
};

/// Read who the caller is
#[utoipa::path(
    tag = "tokens",
    responses(
        (status = 200, description = "The caller", body = Actor),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/me")]
pub(super) async fn get_me(CallerToBe(actor): CallerToBe) -> Result<web::Json<Actor>, Problem> {
    Actor::describe(&actor).map(web::Json).ok_or_else(|| Denied::Unauthenticated.into())
}
