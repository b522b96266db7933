//! `GET /packages/{sha256}.adxm` and `….dsse.json`: packages and their envelopes, which never change.

use std::ops::Range;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    route, web,
};
use adx_registry_core::ports::{BlobHead, BlobKey};
use adx_signing::digest::Digest;
use futures::TryStreamExt as _;

use super::{
    cache::{Entry, Found, HalfName, strong_etag},
    range::{Part, not_modified, part},
};
use crate::http::{
    dto::Binary,
    problem::{Problem, ProblemBody},
    state::State,
};

pub(super) const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const PACKAGE: HeaderValue = HeaderValue::from_static("application/vnd.adx.module");
const ENVELOPE: HeaderValue = HeaderValue::from_static("application/vnd.dsse.envelope.v1+json");

/// Download a package
///
/// The bytes under a digest never change. One range may be asked for.
#[utoipa::path(
    tag = "files",
    params(("sha256" = String, Path, description = "sha256 of the package, 64 lowercase hex digits")),
    responses(
        (status = 200, description = "The package", body = Binary, content_type = "application/vnd.adx.module"),
        (status = 206, description = "The part asked for", body = Binary, content_type = "application/vnd.adx.module"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such package", body = ProblemBody, content_type = "application/problem+json"),
        (status = 451, description = "It was taken down", body = ProblemBody, content_type = "application/problem+json"),
        (status = 416, description = "The range selects nothing", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[route("/packages/{sha256}.adxm", method = "GET", method = "HEAD")]
pub(super) async fn get_package(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    send_package(&state, &request, digest(&request)?).await
}

/// Sends a package, under whichever address it was asked for: memory holds it once.
pub(super) async fn send_package(
    state: &State,
    request: &HttpRequest,
    sha256: Digest,
) -> Result<HttpResponse, Problem> {
    state.taken_down.refuse(&state.ports, &sha256).await?;
    let key = BlobKey::Package(sha256);
    let path = format!("/{key}");
    if let Some(entry) = state.files.fresh(&path, HalfName::Packages) {
        return from_memory(request, &entry, PACKAGE);
    }
    match state.files.load_small(&*state.ports.blobs, &path, &key, HalfName::Packages).await? {
        Found::Cached(entry) => from_memory(request, &entry, PACKAGE),
        Found::Large(head) => from_storage(state, request, &key, &head, strong_etag(&sha256)).await,
        Found::Missing => Err(unknown(request.path())),
    }
}

/// Download a package's envelope
///
/// The DSSE envelope that its publisher signed, byte for byte.
#[utoipa::path(
    tag = "files",
    params(("sha256" = String, Path, description = "sha256 of the package, 64 lowercase hex digits")),
    responses(
        (status = 200, description = "The envelope", body = Object, content_type = "application/vnd.dsse.envelope.v1+json"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "No such package", body = ProblemBody, content_type = "application/problem+json"),
        (status = 451, description = "It was taken down", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[route("/packages/{sha256}.dsse.json", method = "GET", method = "HEAD")]
pub(super) async fn get_envelope(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let path = request.path();
    let sha256 = digest(&request)?;
    state.taken_down.refuse(&state.ports, &sha256).await?;
    if let Some(entry) = state.files.fresh(path, HalfName::Packages) {
        return from_memory(&request, &entry, ENVELOPE);
    }
    let key = BlobKey::Envelope(sha256);
    let entry = state.files.load(&*state.ports.blobs, path, &key, HalfName::Packages).await?;
    from_memory(&request, &*entry.ok_or_else(|| unknown(path))?, ENVELOPE)
}

fn unknown(path: &str) -> Problem {
    Problem::not_found(format!("there is no {path}"))
}

/// The digest of the address. Only its one spelling is an address.
fn digest(request: &HttpRequest) -> Result<Digest, Problem> {
    request.match_info().get("sha256").and_then(|text| text.parse().ok()).ok_or_else(|| unknown(request.path()))
}

fn respond(status: StatusCode, etag: HeaderValue, content_type: HeaderValue) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, IMMUTABLE))
        .insert_header((header::ACCEPT_RANGES, HeaderValue::from_static("bytes")))
        .insert_header((header::CONTENT_TYPE, content_type));
    response
}

fn content_range(range: &Range<u64>, size: u64) -> (header::HeaderName, String) {
    (header::CONTENT_RANGE, format!("bytes {}-{}/{size}", range.start, range.end - 1))
}

fn unsatisfiable(size: u64) -> Problem {
    let value = HeaderValue::try_from(format!("bytes */{size}"));
    let problem = Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "range",
        "Range not satisfiable",
        format!("the range selects nothing of {size} bytes"),
    );
    match value {
        Ok(value) => problem.with_header(header::CONTENT_RANGE, value),
        Err(_) => problem,
    }
}

fn from_memory(request: &HttpRequest, entry: &Entry, content_type: HeaderValue) -> Result<HttpResponse, Problem> {
    if not_modified(request, &entry.etag) {
        return Ok(respond(StatusCode::NOT_MODIFIED, entry.etag.clone(), content_type).finish());
    }
    let size = entry.bytes.len() as u64;
    match part(request, size, &entry.etag) {
        Part::Whole => Ok(respond(StatusCode::OK, entry.etag.clone(), content_type).body(entry.bytes.clone())),
        Part::Unsatisfiable => Err(unsatisfiable(size)),
        Part::Range(range) => {
            let place = |offset: u64| usize::try_from(offset).unwrap_or(entry.bytes.len());
            let bytes = entry.bytes.slice(place(range.start)..place(range.end));
            Ok(respond(StatusCode::PARTIAL_CONTENT, entry.etag.clone(), content_type)
                .insert_header(content_range(&range, size))
                .body(bytes))
        }
    }
}

async fn from_storage(
    state: &State,
    request: &HttpRequest,
    key: &BlobKey,
    head: &BlobHead,
    etag: HeaderValue,
) -> Result<HttpResponse, Problem> {
    if not_modified(request, &etag) {
        return Ok(respond(StatusCode::NOT_MODIFIED, etag, PACKAGE).finish());
    }
    let size = head.size_bytes;
    let (status, range) = match part(request, size, &etag) {
        Part::Whole => (StatusCode::OK, None),
        Part::Unsatisfiable => return Err(unsatisfiable(size)),
        Part::Range(range) => (StatusCode::PARTIAL_CONTENT, Some(range)),
    };
    let mut response = respond(status, etag, PACKAGE);
    if let Some(range) = &range {
        response.insert_header(content_range(range, size));
    }
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    if request.method() == Method::HEAD {
        // The length of what GET would send, without opening the blob.
        return Ok(response.body(SizedStream::new(length, futures::stream::empty::<Result<_, std::io::Error>>())));
    }
    let read = state.ports.blobs.open(key, range).await?.ok_or_else(|| unknown(request.path()))?;
    Ok(response.body(SizedStream::new(length, read.bytes.map_err(std::io::Error::other))))
}
