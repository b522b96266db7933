//! The web page, embedded in the binary, and everything else that is at no address.

use std::borrow::Cow;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    web,
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::{files::not_modified, metrics::Area, openapi::Description, problem::Problem};

/// `web/dist`, as `npm run build` left it.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Web;

const INDEX: &str = "index.html";
/// The addresses that the web page routes by itself, besides `/`: `*` is any one part.
const ROUTES: &[&str] = &[
    "account",
    "account/appeals",
    "account/orders/*",
    "account/publishers/*",
    "account/publishers/*/sales",
    "account/publishers/*/webhooks",
    "account/publishers/new",
    "account/publishing",
    "account/submissions",
    "account/tenants",
    "account/tenants/*",
    "account/tenants/new",
    "accounts",
    "advisories/*",
    "appeals",
    "buy/*/*",
    "confirm-address",
    "invitation",
    "modules/*/*",
    "modules/*/*/*",
    "names",
    "operator",
    "orders",
    "reports",
    "reports/*/*",
    "reset",
    "restore-address",
    "review",
    "review/*",
    "sign-in",
    "sign-up",
    "submissions/*",
    "transfer",
    "verify",
];
/// Served when the page was not built.
const MISSING: &str = include_str!("pages/missing.html");

/// A file of the web page, or the page itself for the addresses it routes by itself. At every other address a browser that asks for a
/// page gets one that says so; programs get a problem.
pub(super) async fn page(request: HttpRequest, description: web::Data<Description>) -> Result<HttpResponse, Problem> {
    let path = request.path().trim_start_matches('/');
    let routed = path == INDEX || is_routed(path);
    let path = if routed { INDEX } else { path };
    let file = Web::get(path);
    if !routed && file.is_none() {
        let is_asked = request.method() == Method::GET && asks_for_a_page(request.headers());
        if is_asked && Area::of(request.path()) == Area::Pages && description.methods(request.path()).is_none() {
            return Ok(missing_page());
        }
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

fn is_routed(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let matches = |route: &&str| {
        let (mut route, mut path) = (route.split('/'), path.split('/'));
        loop {
            match (route.next(), path.next()) {
                (None, None) => return true,
                (Some("*"), Some(part)) if !part.is_empty() => {}
                (Some(word), Some(part)) if word == part => {}
                _ => return false,
            }
        }
    };
    path.is_empty() || ROUTES.iter().any(matches)
}

/// Browsers name HTML when they open an address; programs name JSON, nothing, or anything at all.
fn asks_for_a_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "text/html"))
}

/// The web page, which finds by itself that it has nothing at this address. It is without a validator, by which it could be taken for what is there.
fn missing_page() -> HttpResponse {
    let page = Web::get(INDEX).map_or(Cow::Borrowed(MISSING.as_bytes()), |file| file.data);
    HttpResponse::NotFound()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "accept"))
        .body(page.into_owned())
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn an_address_is_routed_as_a_whole() {
        for path in ["", "account", "account/", "modules/adx/hello", "modules/adx/hello/1.0.0", "review/1"] {
            assert!(is_routed(path), "{path}");
        }
        for path in
            ["account/nothing", "accounts/nothing", "modules", "modules/adx", "modules//hello", "modules/a/b/c/d"]
        {
            assert!(!is_routed(path), "{path}");
        }
    }

    #[test]
    fn the_routes_are_those_of_the_web_page() {
        let mut found = BTreeSet::new();
        read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src")), &mut found);
        let known = ROUTES.iter().map(|route| (*route).to_owned()).collect();
        assert_eq!(found, known, "the routes in web/src are to be those in pages.rs");
    }

    fn read(folder: &Path, routes: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                read(&path, routes);
            } else if path.extension().is_some_and(|extension| extension == "tsx") {
                let text = fs::read_to_string(&path).unwrap();
                let written = text.split("<Route path=\"").skip(1).filter_map(|rest| rest.split('"').next());
                let in_parts = |route: &str| {
                    let part = |part: &str| if part.starts_with(':') { "*".to_owned() } else { part.to_owned() };
                    route.split('/').map(part).collect::<Vec<_>>().join("/")
                };
                routes.extend(written.filter(|route| *route != "*").map(in_parts));
            }
        }
    }

    #[test]
    fn only_who_names_html_asks_for_a_page() {
        let asks = |accepted: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(accepted) = accepted {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accepted));
            }
            asks_for_a_page(&headers)
        };
        assert!(
            asks(Some("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")) && asks(Some("*/*;q=0.1, text/html;q=0.9"))
        );
        assert!(!asks(None) && !asks(Some("*/*")) && !asks(Some("application/json")) && !asks(Some("text/html5")));
    }
}
