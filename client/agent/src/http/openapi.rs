//! The API described: `GET /openapi.yaml`, and the text that is checked in.

use actix_web::{App, HttpResponse, web};
use std::io;
use utoipa::{
    OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};
use utoipa_actix_web::AppExt;

#[derive(OpenApi)]
#[openapi(info(
    title = "ADX agent",
    description = "Installs, runs and updates modules for the tenants of one deployment.",
    license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
))]
struct Api;

/// The document without its paths: what the collected endpoints are added to.
pub(super) fn base() -> utoipa::openapi::OpenApi {
    let mut api = Api::openapi();
    let scheme = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("adx_a_… or adx_t_…")
        .description(Some("the administrator's token, or a tenant's for itself"))
        .build();
    api.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(scheme));
    api
}

/// The whole document, from the same code that serves the endpoints.
pub fn document() -> utoipa::openapi::OpenApi {
    App::new().into_utoipa_app().openapi(base()).configure(super::endpoints).split_for_parts().1
}

/// The document as YAML, as `adx-agent openapi` prints it.
pub fn yaml() -> io::Result<String> {
    document().to_yaml().map_err(io::Error::other)
}

/// Serves the document.
pub(super) async fn serve(text: web::Data<OpenApiText>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/yaml").body(text.0.clone())
}

/// The document, rendered once.
pub(super) struct OpenApiText(pub(super) String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_description_is_the_codes() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.yaml");
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            checked_in == yaml().unwrap(),
            "openapi.yaml is not what the code says: run `cargo run -p adx-agent -- openapi > client/agent/openapi.yaml` \
             and commit the result"
        );
    }

    #[test]
    fn every_operation_says_what_it_does() {
        let value = serde_json::to_value(document()).unwrap();
        for (path, item) in value["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                assert!(operation["summary"].is_string(), "{method} {path} has no summary");
                assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{method} {path} has no tag");
                let named: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
                for parameter in &named {
                    assert!(parameter["description"].is_string(), "{method} {path}: {}", parameter["name"]);
                }
                for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                    assert!(named.iter().any(|parameter| parameter["name"] == part), "{method} {path}: {part}");
                }
                let is_public = !path.starts_with("/api/");
                assert_eq!(operation.get("security").is_none(), is_public, "{method} {path}: who may ask?");
            }
        }
    }
}
