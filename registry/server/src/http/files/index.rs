//! `GET /index/{aa}/{bb}/{namespace}/{name}`: a module's index file.

use actix_web::{HttpRequest, HttpResponse, http::header::HeaderValue, route, web};
use adx_index::line::index_path;
use adx_registry_core::ports::BlobKey;
use adx_signing::name::{ModuleId, NameError};

use super::{
    cache::{Entry, HalfName},
    encoding::respond,
};
use crate::http::{
    problem::{Problem, ProblemBody},
    state::State,
};

const LINES: HeaderValue = HeaderValue::from_static("application/x-ndjson");

/// Read a module's index file
///
/// One JSON object per line and version, oldest version first.
#[utoipa::path(
    tag = "files",
    params(
        ("first" = String, Path, description = "First two letters of the namespace"),
        ("second" = String, Path, description = "First two letters of the name"),
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
    ),
    responses(
        (status = 200, description = "The lines", body = String, content_type = "application/x-ndjson"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[route("/{first}/{second}/{namespace}/{name}", method = "GET", method = "HEAD")]
pub(super) async fn get_index_file(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let path = request.path();
    if let Some(entry) = state.files.fresh(path, HalfName::Index) {
        return Ok(send(&state, &request, &entry));
    }
    let unknown = || Problem::not_found(format!("there is no index file {path}"));
    let part = |name| request.match_info().get(name).unwrap_or_default();
    // Not a name is not there, and whoever wrote it in upper case is told so.
    let not_a_name = |error: NameError| Problem::not_found(format!("there is no index file {path}: {error}"));
    let module =
        ModuleId::new(part("namespace").parse().map_err(not_a_name)?, part("name").parse().map_err(not_a_name)?);
    // One file has one address, else each caller could fill the cache with copies.
    if path.strip_prefix("/index/") != Some(&index_path(&module)) {
        return Err(unknown());
    }
    let entry = state.files.load(&*state.ports.blobs, path, &BlobKey::Index(module), HalfName::Index).await?;
    Ok(send(&state, &request, &*entry.ok_or_else(unknown)?))
}

fn send(state: &State, request: &HttpRequest, entry: &Entry) -> HttpResponse {
    respond(request, entry, state.index_cache_control.clone(), LINES)
}
