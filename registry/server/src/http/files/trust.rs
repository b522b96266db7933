//! `GET /tuf/…`, `/log/…` and `/index/shards/…`: what the rounds of signing publish.

use actix_web::{HttpRequest, HttpResponse, http::header::HeaderValue, route, web};
use adx_registry_core::ports::{BlobKey, MetadataName};
use adx_signing::digest::Digest;

use super::{
    cache::HalfName,
    encoding::respond,
    packages::{IMMUTABLE, send_package},
};
use crate::http::{
    dto::Binary,
    problem::{Problem, ProblemBody},
    state::State,
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NOTE: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const TILE: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// Kept by proxies, and asked for with its validator each time: how old it is decides what clients believe.
const REVALIDATED: HeaderValue = HeaderValue::from_static("public, no-cache");

/// Read a file of the repository's metadata (TUF)
///
/// `timestamp.json`, and under consistent snapshots `7.snapshot.json`, `1.root.json`, `3.bin-0a.json`.
#[utoipa::path(
    tag = "files",
    params(("file" = String, Path, description = "The file, with its version")),
    responses(
        (status = 200, description = "The file", body = Object, content_type = "application/json"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such file", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[route("/{file}", method = "GET", method = "HEAD")]
pub(super) async fn get_metadata(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = request.match_info().get("file").and_then(MetadataName::parse).map(BlobKey::Metadata);
    send(&state, &request, key, JSON).await
}

/// Download a target of the repository (TUF)
///
/// A package or a control file, under its digest and name.
#[utoipa::path(
    tag = "files",
    params(("target" = String, Path, description = "sha256, a dot, and the target's name")),
    responses(
        (status = 200, description = "The target", body = Binary, content_type = "application/vnd.adx.module"),
        (status = 206, description = "The part asked for, of a package", body = Binary, content_type = "application/vnd.adx.module"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such target", body = ProblemBody, content_type = "application/problem+json"),
        (status = 451, description = "It was taken down", body = ProblemBody, content_type = "application/problem+json"),
        (status = 416, description = "The range selects nothing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[route("/tuf/targets/{target}", method = "GET", method = "HEAD")]
pub(super) async fn get_target(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    match request.match_info().get("target").and_then(BlobKey::from_target_path) {
        Some(BlobKey::Package(sha256)) => send_package(&state, &request, sha256).await,
        key => send(&state, &request, key, JSON).await,
    }
}

/// Read the log's checkpoint
///
/// A signed note (C2SP tlog-checkpoint): origin, size and root hash, signed by the log and its witnesses.
#[utoipa::path(
    tag = "files",
    responses(
        (status = 200, description = "The checkpoint", body = String, content_type = "text/plain"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "Nothing is published yet", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[route("/log/checkpoint", method = "GET", method = "HEAD")]
pub(super) async fn get_checkpoint(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    send(&state, &request, Some(BlobKey::Checkpoint), NOTE).await
}

/// Read a tile of the log
///
/// C2SP tlog-tiles: `0/x001/234` for hashes, `entries/000` for leaves, `.p/W` at the end of a partial one.
#[utoipa::path(
    tag = "files",
    params(("tile" = String, Path, description = "Level or `entries`, and number")),
    responses(
        (status = 200, description = "The tile", body = Binary, content_type = "application/octet-stream"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such tile", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[route("/log/tile/{tile:.*}", method = "GET", method = "HEAD")]
pub(super) async fn get_tile(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = request.path().strip_prefix("/log/").and_then(BlobKey::from_tile_path);
    send(&state, &request, key, TILE).await
}

/// Read a shard of the index
///
/// The digests of the index files of one shard; `index-root.json`, a target, names the shards.
#[utoipa::path(
    tag = "files",
    params(("shard" = String, Path, description = "sha256 of the shard, 64 lowercase hex digits, and `.json`")),
    responses(
        (status = 200, description = "The shard", body = Object, content_type = "application/json"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such shard", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[route("/shards/{shard}", method = "GET", method = "HEAD")]
pub(super) async fn get_shard(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let shard = request.match_info().get("shard").and_then(|file| file.strip_suffix(".json"));
    let key = shard.and_then(|digest| digest.parse::<Digest>().ok()).map(BlobKey::IndexShard);
    send(&state, &request, key, JSON).await
}

/// Read an advisory, or the list of all
///
/// The list is named by `index-root.json`, a target, and names the documents, which are of the Open Source Vulnerability format.
#[utoipa::path(
    tag = "files",
    params(("advisory" = String, Path, description = "sha256 of the file, 64 lowercase hex digits, and `.json`")),
    responses(
        (status = 200, description = "The file", body = Object, content_type = "application/json"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such file", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[route("/advisories/{advisory}", method = "GET", method = "HEAD")]
pub(super) async fn get_advisory_file(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let file = request.match_info().get("advisory").and_then(|file| file.strip_suffix(".json"));
    let key = file.and_then(|digest| digest.parse::<Digest>().ok()).map(BlobKey::Advisory);
    send(&state, &request, key, JSON).await
}

async fn send(
    state: &State,
    request: &HttpRequest,
    key: Option<BlobKey>,
    content_type: HeaderValue,
) -> Result<HttpResponse, Problem> {
    let path = request.path();
    let unknown = || Problem::not_found(format!("there is no {path}"));
    let key = key.ok_or_else(unknown)?;
    let half = HalfName::of(&key);
    let entry = match state.files.fresh(path, half) {
        Some(entry) => entry,
        None => state.files.load(&*state.ports.blobs, path, &key, half).await?.ok_or_else(unknown)?,
    };
    let cache_control = if key.is_mutable() { REVALIDATED } else { IMMUTABLE };
    Ok(respond(request, &entry, cache_control, content_type))
}
