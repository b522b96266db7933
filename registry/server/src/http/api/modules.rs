//! `GET /api/v1/modules/{namespace}/{name}`: a module's page.

use actix_web::{HttpRequest, HttpResponse, get, web};
use adx_index::manifest::Manifest;
use adx_registry_core::list_module::module_page;
use serde::Deserialize;
use utoipa::IntoParams;

use super::package_files::markdown_file;

use crate::{
    http::{
        caller::module_id,
        conditional,
        dto::{
            AdvisorySummary, Module, PublisherReference, VersionSummary, from_core::permissions, from_listing::listing,
        },
        files::unavailable,
        input::Query,
        problem::{Problem, ProblemBody},
        state::State,
    },
    render,
};

/// In which language.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct LanguageQuery {
    /// The language to show what the manifest says in, such as `de` or `pt-BR`; its own words where it does not have that.
    #[param(max_length = 35)]
    pub(super) language: Option<String>,
}

/// Read a module's page
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        LanguageQuery,
    ),
    responses(
        (status = 200, description = "The module", body = Module),
        (status = 304, description = "It is what `If-None-Match` names"),
        (status = 400, description = "Not a module's name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 451, description = "It was taken down, or each of its versions", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/modules/{namespace}/{name}")]
pub(super) async fn get_module(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
    Query(query): Query<LanguageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = module_id(&path.0, &path.1)?;
    let unknown =
        || Problem::not_found(format!("there is no module `{id}`")).hint("Search for it: GET /api/v1/search?q=…");
    let page = module_page(&state.ports, &id).await?.ok_or_else(unknown)?;
    let (release, texts) = page.latest.ok_or_else(unknown)?;
    if let Some(takedown) = page.takedown {
        return Err(unavailable(&state.ports, &takedown));
    }
    let manifest = manifest(&texts.manifest)?;
    let then = page.before.as_ref().map(|(before, texts)| Ok::<_, Problem>((before, self::manifest(&texts.manifest)?)));
    let then = then.transpose()?;
    let then = then.as_ref().map(|(before, manifest)| (*before, manifest));
    let localised = manifest.marketplace.localised_in(query.language.as_deref());
    let readme_html = match localised.and_then(|localised| localised.readme.as_ref()) {
        Some(file) => markdown_file(&state, &release, file).await?,
        None => texts.readme.as_deref().map(render::markdown),
    };
    let said = |own: &String, localised: Option<&String>| localised.unwrap_or(own).clone();
    let listing = listing(&release, &manifest, localised, then, &page.others);
    let module = page.module;
    let module = Module {
        module: module.module.to_string(),
        display_name: said(&module.display_name, localised.and_then(|localised| localised.display_name.as_ref())),
        description: said(&module.description, localised.and_then(|localised| localised.description.as_ref())),
        category: module.category,
        tags: module.tags,
        publisher: PublisherReference {
            verified_domain: page.domain.map(Into::into),
            ..PublisherReference::from(&page.publisher)
        },
        latest: release.version.to_string(),
        license: manifest.module.license.clone(),
        homepage: manifest.module.homepage.clone(),
        repository: manifest.module.repository.clone(),
        created_at: module.created_at,
        updated_at: module.updated_at,
        versions: page.releases.releases.iter().map(VersionSummary::from).collect(),
        permissions: permissions(&manifest),
        readme_html,
        listing,
        quarantined_for: module.quarantined_for,
        deprecation: page.deprecation.map(Into::into),
        advisories: page.advisories.iter().map(AdvisorySummary::from).collect(),
    };
    conditional::json(&request, &module)
}

/// Reads a stored manifest. It was checked when it came in: if it does not parse now, we broke it.
pub(super) fn manifest(text: &str) -> Result<Manifest, Problem> {
    Manifest::parse(text).map_err(|error| Problem::internal(&error))
}
