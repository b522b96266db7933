//! The web page, embedded in the binary, and everything else that is at no address.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    web,
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::{files::not_modified, openapi::Description, problem::Problem};

/// `web/dist`, as `npm run build` left it.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Web;

const INDEX: &str = "index.html";
/// Pages of people's accounts.
const PAGES: [&str; 7] = ["invitation", "operator", "reset", "sign-in", "sign-up", "transfer", "verify"];
/// Pages that have others below them.
const PARTS: [&str; 7] = ["account", "advisories", "appeals", "modules", "reports", "review", "submissions"];
/// Served when the page was not built.
const MISSING: &str = include_str!("pages/missing.html");

/// A file of the web page, or the page itself for the addresses it routes by itself.
pub(super) async fn page(request: HttpRequest, description: web::Data<Description>) -> Result<HttpResponse, Problem> {
    let path = request.path().trim_start_matches('/');
    let part = path.split_once('/').map_or(path, |(part, _)| part);
    let routed = path.is_empty() || path == INDEX || PAGES.contains(&path) || PARTS.contains(&part);
    let path = if routed { INDEX } else { path };
    let file = Web::get(path);
    if !routed && file.is_none() {
        return Err(absent(&request, &description));
    }
    // HEAD arrives as GET.
    if request.method() != Method::GET {
        return Err(other_method("GET, HEAD"));
    }
    Ok(match file {
        Some(file) => embedded(&request, path, file),
        None => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(MISSING),
    })
}

/// What is at no address, or at one that has other methods.
pub(super) async fn unknown(
    request: HttpRequest,
    description: web::Data<Description>,
) -> Result<HttpResponse, Problem> {
    Err(absent(&request, &description))
}

fn absent(request: &HttpRequest, description: &Description) -> Problem {
    match description.methods(request.path()) {
        Some(methods) => other_method(&methods.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
        None => Problem::not_found("there is nothing at this address").hint("The API is described at /docs."),
    }
}

fn other_method(allowed: &str) -> Problem {
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "Method not allowed",
        format!("this address answers to {allowed}"),
    );
    match HeaderValue::try_from(allowed) {
        Ok(allowed) => problem.with_header(header::ALLOW, allowed),
        Err(_) => problem,
    }
}

fn embedded(request: &HttpRequest, path: &str, file: EmbeddedFile) -> HttpResponse {
    let etag = HeaderValue::try_from(format!("\"{}\"", hex::encode(file.metadata.sha256_hash())))
        .unwrap_or_else(|_| HeaderValue::from_static("\"\""));
    let unchanged = not_modified(request, &etag);
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    // The bundler names what is under assets/ by its content.
    let life = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.insert_header((header::ETAG, etag)).insert_header((header::CACHE_CONTROL, life));
    if path != INDEX {
        // The page is also a Module Federation remote: a platform's shell on another origin loads
        // remoteEntry.js and its chunks.
        response
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .insert_header((HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"));
    }
    if unchanged {
        return response.finish();
    }
    response.content_type(content_type(path)).body(file.data.into_owned())
}

/// The types of what a bundler writes.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
