//! `GET /api/v1/modules/{namespace}/{name}/versions/{version}/proof`: the proof bundle of a release.

use actix_web::{HttpResponse, get, web};
use adx_registry_core::prove_release::prove_release;

use crate::http::{
    caller::{module_id, version},
    problem::{Problem, ProblemBody},
    state::State,
};

/// Read the proof that a version is in the log
///
/// A `.tlog-proof` (C2SP tlog-proof): the leaf, its way to the root and the checkpoint, for agents without a network.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
    ),
    responses(
        (status = 200, description = "The proof", body = String, content_type = "text/plain"),
        (status = 400, description = "Bad name or version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Released and not under a published checkpoint yet", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/modules/{namespace}/{name}/versions/{version}/proof")]
pub(super) async fn get_proof(
    state: web::Data<State>,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let id = module_id(&path.0, &path.1)?;
    let wanted = version(&path.2)?;
    let proof = prove_release(&state.ports, &id, &wanted).await?;
    let proof = proof.ok_or_else(|| Problem::not_found(format!("there is no version {wanted} of `{id}`")))?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(proof.to_string()))
}
