//! `DELETE /api/v1/modules/{namespace}/{name}`.

use actix_web::{HttpResponse, delete, web};
use adx_registry_core::names::delete_module_as_owner;

use crate::http::{
    caller::{Caller, module_id},
    problem::{Problem, ProblemBody},
    state::State,
};

/// Delete a module
///
/// As an owner of its namespace: within 72 hours of its first release, and later if no version that is offered of another module depends on
/// it. Never while orders of it have not ended, nor while an operator withholds it as a whole. Every version is yanked, nobody finds it,
/// and nothing is published under its name; leaves, packages and versions stay. Only an operator gives it back. One that is deleted
/// already is no error.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 400, description = "Not a module's name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner of the namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Others need it, it has orders, or an operator withholds it", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[delete("/modules/{namespace}/{name}")]
pub(super) async fn delete_module(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    delete_module_as_owner(&state.ports, &actor, &module_id(&path.0, &path.1)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
