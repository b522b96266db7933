//! `GET /api/v1/modules/{namespace}/{name}/versions` and `…/versions/{version}`.

use actix_web::{HttpRequest, HttpResponse, get, web};
use adx_registry_core::{
    list_module::{MAX_RELEASES, ReleaseDetail, release, releases},
    ports::BlobKey,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures::TryStreamExt as _;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    modules::{LanguageQuery, manifest},
    package_files::markdown_file,
};
use crate::{
    http::{
        caller::{module_id, version},
        conditional,
        dto::{
            AdvisorySummary, Provenance, VersionDetail, VersionPage,
            from_core::{dependencies, permissions},
            from_listing::changes,
        },
        files::unavailable,
        input::{Query, page_size},
        problem::{Problem, ProblemBody},
        state::State,
    },
    render,
};

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 100.
    #[param(default = 50, minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// List a module's versions
///
/// The last one made public comes first.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        PageQuery,
    ),
    responses(
        (status = 200, description = "The versions", body = VersionPage),
        (status = 304, description = "It is what `If-None-Match` names"),
        (status = 400, description = "Bad name or cursor", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/modules/{namespace}/{name}/versions")]
pub(super) async fn list_versions(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
    Query(query): Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = module_id(&path.0, &path.1)?;
    let before = match &query.cursor {
        None => None,
        Some(cursor) => Some(cursor.parse().map_err(|_| {
            Problem::bad_request(format!("`{cursor}` is not a cursor")).hint("Start again without `cursor`.")
        })?),
    };
    let page = releases(&state.ports, &id, before, page_size(query.limit, 50, MAX_RELEASES)?)
        .await?
        .ok_or_else(|| Problem::not_found(format!("there is no module `{id}`")))?;
    conditional::json(&request, &VersionPage::from(page))
}

/// Read one version
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
        LanguageQuery,
    ),
    responses(
        (status = 200, description = "The version", body = VersionDetail),
        (status = 304, description = "It is what `If-None-Match` names"),
        (status = 400, description = "Bad name or version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 451, description = "It was taken down", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/modules/{namespace}/{name}/versions/{version}")]
pub(super) async fn get_version(
    state: web::Data<State>,
    path: web::Path<(String, String, String)>,
    Query(query): Query<LanguageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = module_id(&path.0, &path.1)?;
    let wanted = version(&path.2)?;
    let ReleaseDetail { release, texts, before, deprecated, advisories, takedown } =
        release(&state.ports, &id, &wanted)
            .await?
            .ok_or_else(|| Problem::not_found(format!("there is no version {wanted} of `{id}`")))?;
    if let Some(takedown) = takedown {
        return Err(unavailable(&state.ports, &takedown));
    }
    let provenance = state.ports.store.read().await?.provenance(release.published_with).await?;
    let manifest = manifest(&texts.manifest)?;
    let json = serde_json::to_value(&manifest).map_err(|error| Problem::internal(&error))?;
    let changes = match &before {
        Some((before, texts)) => Some(changes(before, &self::manifest(&texts.manifest)?, &manifest)),
        None => None,
    };
    let localised = manifest.marketplace.localised_in(query.language.as_deref());
    let readme_html = match localised.and_then(|localised| localised.readme.as_ref()) {
        Some(file) => markdown_file(&state, &release, file).await?,
        None => texts.readme.as_deref().map(render::markdown),
    };
    let changelog_html = match localised.and_then(|localised| localised.changelog.as_ref()) {
        Some(file) => markdown_file(&state, &release, file).await?,
        None => texts.changelog.as_deref().map(render::markdown),
    };
    let envelope = envelope(&state, &release).await?;
    let detail = VersionDetail {
        module: release.module.to_string(),
        version: release.version.to_string(),
        sha256: release.sha256.to_string(),
        size_bytes: release.size_bytes,
        released_at: release.released_at,
        yanked: release.yanked,
        yanked_for: release.yanked_for.clone(),
        unyanked_for: release.unyanked_for.clone(),
        deprecation: deprecated.map(Into::into),
        advisories: advisories.iter().map(AdvisorySummary::from).collect(),
        quarantined_for: release.quarantine().map(ToOwned::to_owned),
        key_id: release.key_id.to_string(),
        adx_core_version: release.adx_core_version.to_string(),
        world: release.world.clone(),
        dependencies: dependencies(&release),
        permissions: permissions(&manifest),
        provenance: provenance.as_ref().map(Provenance::from),
        manifest: json,
        sbom_url: has_sbom(&envelope)
            .then(|| format!("/api/v1/modules/{}/versions/{}/sbom", release.module, release.version)),
        envelope,
        package_url: format!("/{}", BlobKey::Package(release.sha256)),
        readme_html,
        changelog_html,
        changes,
    };
    conditional::json(&request, &detail)
}

/// Whether the publisher's statement names a bill of materials.
fn has_sbom(envelope: &serde_json::Value) -> bool {
    let payload = envelope["payload"].as_str().and_then(|payload| BASE64_STANDARD.decode(payload).ok());
    let statement = payload.and_then(|payload| serde_json::from_slice::<serde_json::Value>(&payload).ok());
    statement.is_some_and(|statement| statement.pointer("/predicate/sbom").is_some_and(|sbom| !sbom.is_null()))
}

/// The publisher's envelope, from storage.
async fn envelope(state: &State, release: &adx_registry_core::release::Release) -> Result<serde_json::Value, Problem> {
    let key = BlobKey::Envelope(release.sha256);
    let lost = || Problem::internal(&std::io::Error::other(format!("{key} is missing from storage")));
    let blob = state.ports.blobs.open(&key, None).await?.ok_or_else(lost)?;
    let chunks: Vec<_> = blob.bytes.try_collect().await?;
    serde_json::from_slice(&chunks.concat()).map_err(|error| Problem::internal(&error))
}
