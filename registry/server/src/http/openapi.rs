//! The API's description, made from the handlers, and where it is served.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderValue},
    web,
};
use adx_signing::digest::Digest;
use thiserror::Error;
use utoipa::{
    OpenApi,
    openapi::{
        OpenApi as Document,
        extensions::Extensions,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt as _;

use super::{conditional, described, docs, problem::Problem, problem_types, routes};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "ADX registry",
        description = "Publish, find and download signed modules.\n\nErrors are problem details (RFC 9457), of the types that `x-problem-types` lists. \
                       Lists that grow without end come in pages: where an answer has `next_cursor`, it is the `cursor` of the \
                       next page; where it has `next`, that is the next `after`, or the next `before` where the newest come \
                       first. Other lists come whole. Callers are counted: 429 says after how long to ask again. What public \
                       answers bear as `ETag` can be sent as `If-None-Match`. Everything under `/index`, `/packages`, `/tuf` and `/log` is a plain \
                       file: cache it. Every address that answers GET answers HEAD.",
        license(name = "Apache-2.0 OR MIT"),
    ),
    servers((url = "/", description = "This registry")),
    tags(
        (name = "discovery", description = "Finding modules, and following what is released"),
        (name = "modules", description = "Modules and their versions"),
        (name = "files", description = "Index files, packages and envelopes; repository metadata and the log that prove them"),
        (name = "publishers", description = "Who owns a namespace, and signs with which keys"),
        (name = "owners", description = "Who holds a namespace together, and what they decide"),
        (name = "accounts", description = "People: signing up and in, and what belongs to their accounts"),
        (name = "tokens", description = "What a caller may do"),
        (name = "trusted publishing", description = "Workflows of CI systems that publish without a token of their own"),
        (name = "moderation", description = "What operators withhold and revoke"),
        (name = "webhooks", description = "Telling others over HTTP what happened"),
        (name = "submissions", description = "Versions that were sent: what checks found, what waits for an operator, what was said"),
        (name = "market", description = "Tenants and what is bought for them: orders, invoices, licences, statements"),
        (name = "operations", description = "For whoever runs the registry"),
    ),
)]
struct Head;

/// What is served beside the API, and not described with it.
const PAGES: [&str; 5] = ["/docs", "/docs/", "/docs/style.css", "/openapi.json", "/openapi.yaml"];

/// The parameters that stand for the rest of a path.
const RESTS: [&str; 2] = ["{page}", "{tile}"];

/// The API's description.
pub fn document() -> Document {
    let (_, mut document) =
        actix_web::App::new().into_utoipa_app().openapi(Head::openapi()).configure(routes::described).split_for_parts();
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("adx_p_…, adx_w_… or adx_o_…")
        .description(Some(
            "A token made by POST /api/v1/tokens, by accepting an invitation, or by `adx-registry admin`. Where an operation \
             names a role, a publisher's or an operators' token needs the scope of that name; where it names several, one of \
             them is enough. Owners' tokens have no scopes.",
        ))
        .build();
    let session = ApiKeyValue::with_description(
        "__Host-adx_session",
        "The session of a person's browser, set by POST /api/v1/session; `adx_session` where the registry is reached by http on \
         its own machine.",
    );
    let csrf = ApiKeyValue::with_description(
        "X-CSRF-Token",
        "With what changes something in a session: the `csrf_token` of GET /api/v1/session.",
    );
    let licence = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("A licence that this registry signed, or a lease of one."));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(token));
    components.add_security_scheme("licence", SecurityScheme::Http(licence.build()));
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    components.add_security_scheme("csrf", SecurityScheme::ApiKey(ApiKey::Header(csrf)));
    described::complete(&mut document);
    let problems = ("x-problem-types".to_owned(), problem_types::listed());
    document.extensions.get_or_insert_default().merge(Extensions::from_iter([problems]));
    document
}

/// The description could not be written down.
#[derive(Debug, Error)]
#[error("the API's description cannot be written")]
pub struct DescriptionError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// The description as the checked-in `openapi.yaml` has it.
pub fn yaml() -> Result<String, DescriptionError> {
    let yaml = document().to_yaml().map_err(|error| DescriptionError(error.into()))?;
    Ok(format!("# Generated from the code by `cargo xtask openapi`; do not edit.\n{yaml}"))
}

/// A text as it is served, and what stands for it in an `ETag`.
#[derive(Debug)]
struct Rendered {
    text: String,
    tag: String,
}

impl Rendered {
    fn of(text: impl Into<String>) -> Self {
        let text = text.into();
        let tag = Digest::of(text.as_bytes()).to_string();
        Self { text, tag }
    }
}

/// The description in every form it is served in.
#[derive(Debug)]
pub struct Description {
    yaml: Rendered,
    json: Rendered,
    page: Rendered,
    style: Rendered,
    paths: Vec<(Vec<String>, BTreeSet<String>)>,
}

impl Description {
    /// Renders all forms.
    pub fn render() -> Result<Self, DescriptionError> {
        let wrap = |error: serde_json::Error| DescriptionError(error.into());
        let value = serde_json::to_value(document()).map_err(wrap)?;
        Ok(Self {
            yaml: Rendered::of(yaml()?),
            json: Rendered::of(serde_json::to_string(&value).map_err(wrap)?),
            page: Rendered::of(docs::page(&value)),
            style: Rendered::of(docs::STYLE),
            paths: paths(&value),
        })
    }

    /// The methods an address answers to, if it is one.
    pub(super) fn methods(&self, path: &str) -> Option<&BTreeSet<String>> {
        let asked: Vec<_> = path.split('/').collect();
        let fits = |template: &[String]| {
            // Tiles lie in as many folders as the log is large, pages of documentation where their author put them.
            let is_rest = |part: &String| RESTS.contains(&part.as_str());
            let deep = template.last().is_some_and(is_rest) && asked.len() > template.len();
            (deep || template.len() == asked.len())
                && template.iter().zip(&asked).all(|(part, asked)| match part.split_once('}') {
                    Some((_, suffix)) => !asked.is_empty() && asked.ends_with(suffix),
                    None => part == asked,
                })
        };
        self.paths.iter().find(|(template, _)| fits(template)).map(|(_, methods)| methods)
    }
}

fn paths(document: &serde_json::Value) -> Vec<(Vec<String>, BTreeSet<String>)> {
    let described = document["paths"].as_object().into_iter().flatten().map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
        (path.as_str(), methods.collect())
    });
    let pages = PAGES.map(|path| (path, BTreeSet::from(["GET".to_owned()])));
    let with_head = |(path, mut methods): (&str, BTreeSet<String>)| {
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        (path.split('/').map(str::to_owned).collect(), methods)
    };
    described.chain(pages).map(with_head).collect()
}

/// What changes with the program only, and not at all for whoever has it.
fn unless_known(request: &HttpRequest, content_type: &str, body: &Rendered) -> Result<HttpResponse, Problem> {
    conditional::unless_known(request, &body.tag, || {
        HttpResponse::Ok().content_type(content_type).body(body.text.clone())
    })
}

/// The same, read by pages of other origins: generators and viewers.
fn for_everybody(request: &HttpRequest, content_type: &str, body: &Rendered) -> Result<HttpResponse, Problem> {
    let mut response = unless_known(request, content_type, body)?;
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

#[get("/openapi.yaml")]
pub(super) async fn openapi_yaml(
    request: HttpRequest,
    description: web::Data<Description>,
) -> Result<HttpResponse, Problem> {
    for_everybody(&request, "application/yaml; charset=utf-8", &description.yaml)
}

#[get("/openapi.json")]
pub(super) async fn openapi_json(
    request: HttpRequest,
    description: web::Data<Description>,
) -> Result<HttpResponse, Problem> {
    for_everybody(&request, "application/json", &description.json)
}

#[actix_web::routes]
#[get("/docs")]
#[get("/docs/")]
pub(super) async fn docs_page(
    request: HttpRequest,
    description: web::Data<Description>,
) -> Result<HttpResponse, Problem> {
    unless_known(&request, "text/html; charset=utf-8", &description.page)
}

#[get("/docs/style.css")]
pub(super) async fn docs_style(
    request: HttpRequest,
    description: web::Data<Description>,
) -> Result<HttpResponse, Problem> {
    unless_known(&request, "text/css; charset=utf-8", &description.style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_description_is_the_codes() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.yaml");
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            checked_in == yaml().unwrap(),
            "openapi.yaml is not what the code says: run `cargo xtask openapi` and commit the result"
        );
    }

    #[test]
    fn every_operation_says_what_it_does() {
        let value = serde_json::to_value(document()).unwrap();
        for (path, item) in value["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                assert!(operation["summary"].is_string(), "{method} {path} has no summary");
                assert!(operation["tags"].is_array(), "{method} {path} has no tag");
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    assert!(parameter["description"].is_string(), "{method} {path}: {}", parameter["name"]);
                }
            }
        }
    }

    #[test]
    fn every_operation_of_the_api_says_when_to_ask_again() {
        let value = serde_json::to_value(document()).unwrap();
        let mut seen = 0;
        for (path, item) in value["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/api/v1/"))
        {
            for (method, operation) in item.as_object().unwrap() {
                for status in ["429", "503"] {
                    let answer = &operation["responses"][status];
                    assert!(answer["headers"]["Retry-After"].is_object(), "{method} {path}: {status}");
                    assert!(answer["content"]["application/problem+json"].is_object(), "{method} {path}: {status}");
                }
                let has_body = operation["requestBody"].is_object();
                assert_eq!(operation["responses"]["408"].is_object(), has_body, "{method} {path}");
                seen += 1;
            }
        }
        assert!(seen > 100, "{seen}");
    }

    #[test]
    fn addresses_are_recognised() {
        let description = Description::render().unwrap();
        let methods = |path| description.methods(path).map(|methods| methods.iter().cloned().collect::<Vec<_>>());
        assert_eq!(methods("/api/v1/tokens"), Some(["GET", "HEAD", "POST"].map(str::to_owned).into()));
        assert_eq!(methods("/api/v1/publishers"), Some(vec!["POST".to_owned()]));
        assert_eq!(methods("/docs/"), Some(vec!["GET".to_owned(), "HEAD".to_owned()]));
        assert_eq!(methods("/packages/00.adxm"), Some(vec!["GET".to_owned(), "HEAD".to_owned()]));
        assert_eq!(methods("/packages/00.exe"), None);
        assert_eq!(methods("/log/tile/entries/x001/000.p/7"), Some(vec!["GET".to_owned(), "HEAD".to_owned()]));
        assert_eq!(methods("/log/tiles/0/000"), None);
        assert_eq!(methods("/api/v1/nothing"), None);
    }
}
