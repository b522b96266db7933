//! `PUT …/deprecation` and `DELETE …/deprecation`.

use actix_web::{HttpResponse, delete, put, web};
use adx_registry_core::deprecate::{NewDeprecation, deprecate};

use crate::http::{
    caller::{Caller, module_id},
    dto::Deprecation,
    input::JsonBody,
    problem::{Problem, ProblemBody},
    refusals::unprocessable,
    state::State,
};

/// Advise against a module
///
/// Or against some of its versions. Nothing is withheld: whoever installs it is told, and searches show others first. What was said
/// before is replaced.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
    ),
    request_body = Deprecation,
    responses(
        (status = 200, description = "Said", body = Deprecation),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The replacements would lead back here", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "No message, no requirement, or no such replacement", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publish"]), ("session" = [], "csrf" = [])),
)]
#[put("/modules/{namespace}/{name}/deprecation")]
pub(super) async fn put_deprecation(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
    JsonBody(body): JsonBody<Deprecation>,
) -> Result<web::Json<Deprecation>, Problem> {
    let module = module_id(&path.0, &path.1)?;
    actor.publisher_of(&module.namespace, adx_registry_core::token::Action::Publish, Some(&module.name))?;
    let invalid = |what: &str, error: String| unprocessable("invalid", "Not valid", format!("{what}: {error}"));
    let versions =
        body.versions.map(|text| text.parse().map_err(|error: semver::Error| invalid("`versions`", error.to_string())));
    let replacement = body.replacement.map(|text| {
        text.parse().map_err(|error: adx_signing::name::NameError| invalid("`replacement`", error.to_string()))
    });
    let wanted = NewDeprecation {
        versions: versions.transpose()?,
        message: body.message.parse()?,
        replacement: replacement.transpose()?,
    };
    let said = deprecate(&state.ports, &actor, &module, Some(wanted)).await?;
    let said = said.ok_or_else(|| Problem::not_found("it was taken back"))?;
    Ok(web::Json(said.into()))
}

/// Take the advice against a module back
///
/// Where nobody advised against it that is no error.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
    ),
    responses(
        (status = 204, description = "Taken back"),
        (status = 400, description = "Not a module's name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publish"]), ("session" = [], "csrf" = [])),
)]
#[delete("/modules/{namespace}/{name}/deprecation")]
pub(super) async fn delete_deprecation(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    deprecate(&state.ports, &actor, &module_id(&path.0, &path.1)?, None).await?;
    Ok(HttpResponse::NoContent().finish())
}
