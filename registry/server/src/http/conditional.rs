//! Answers that a caller may have already: `ETag` and `If-None-Match` (RFC 9110, 13.1.2) of the API. Public answers only: one that depends
//! on who asks would be told to be unchanged to whoever has another's.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
};
use adx_signing::digest::Digest;
use serde::Serialize;

use super::{files::not_modified, problem::Problem};

/// The body as JSON, tagged with its digest, or 304 where the caller has it.
pub(super) fn json(request: &HttpRequest, body: &impl Serialize) -> Result<HttpResponse, Problem> {
    let bytes = serde_json::to_vec(body).map_err(|error| Problem::internal(&error))?;
    let tag = Digest::of(&bytes).to_string();
    unless_known(request, &tag, || HttpResponse::Ok().content_type("application/json").body(bytes))
}

/// The answer, tagged with what stands for its content, or 304 where the caller has it. `tag` is visible ASCII without quotes.
pub(super) fn unless_known(
    request: &HttpRequest,
    tag: &str,
    answer: impl FnOnce() -> HttpResponse,
) -> Result<HttpResponse, Problem> {
    let tag = HeaderValue::try_from(format!("\"{tag}\"")).map_err(|error| Problem::internal(&error))?;
    let is_known = not_modified(request, &tag);
    let mut response = if is_known { HttpResponse::NotModified().finish() } else { answer() };
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}
