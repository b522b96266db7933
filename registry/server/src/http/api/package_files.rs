//! What a listing shows out of the package itself: `…/versions/{version}/screenshots/{number}`, `…/docs` and `…/sbom`.
//!
//! A package never changes, and neither does what is made of it: it is made when it is asked for the first time, kept in memory with
//! the packages, and under the same limits of callers as everything else of the API.

use std::fmt::Display;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderValue},
    web,
};
use adx_index::manifest::MAX_SCREENSHOTS;
use adx_index::package::{Package, PackagePath, SBOM};
use adx_registry_core::{
    read_package::{listed_release, read_package},
    release::Release,
};
use adx_signing::digest::Digest;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{
        caller::{module_id, version},
        conditional,
        dto::{Binary, DocumentationEntry, DocumentationIndex, DocumentationPage},
        files::unavailable,
        input::Query,
        problem::{Problem, ProblemBody},
        state::State,
    },
    picture, render,
};

/// A version's bytes never change; that it was taken down is to be seen within the hour.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// Where pages of documentation are.
const DOCS: &str = "docs/";
/// Pixels across a picture and a small one.
const WIDTH: u32 = 1_600;
const THUMBNAIL_WIDTH: u32 = 480;

/// How large a picture is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Size {
    /// At most 1,600 pixels wide.
    #[default]
    Full,
    /// At most 480 pixels wide.
    Thumbnail,
}

/// Which picture.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PictureQuery {
    /// How large.
    #[param(inline)]
    size: Option<Size>,
}

/// Read a screenshot of a version
///
/// Drawn anew as JPEG: nothing else that the publisher's file carries is served.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
        ("number" = u32, Path, description = "Its place in the manifest, from 1"),
        PictureQuery,
    ),
    responses(
        (status = 200, description = "The picture", body = Binary, content_type = "image/jpeg"),
        (status = 304, description = "It is what `If-None-Match` names"),
        (status = 400, description = "Bad name, version or number", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version, or it has no such picture", body = ProblemBody, content_type = "application/problem+json"),
        (status = 451, description = "It was taken down", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/modules/{namespace}/{name}/versions/{version}/screenshots/{number}")]
pub(super) async fn get_screenshot(
    state: web::Data<State>,
    path: web::Path<(String, String, String, String)>,
    Query(query): Query<PictureQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (namespace, name, wanted, number) = path.into_inner();
    let number: usize = number.parse().map_err(|_| {
        Problem::bad_request(format!("`{number}` is not the number of a screenshot")).hint("Count from 1.")
    })?;
    let release = listed(&state, &namespace, &name, &wanted).await?;
    let unknown = || Problem::not_found(format!("{} {} has no screenshot {number}", release.module, release.version));
    // Only what can be a picture of a package is a key of the memory.
    if !(1..=MAX_SCREENSHOTS).contains(&number) {
        return Err(unknown());
    }
    let width = match query.size.unwrap_or_default() {
        Size::Full => WIDTH,
        Size::Thumbnail => THUMBNAIL_WIDTH,
    };
    let made = made(&state, &release, format!("screenshots/{number}-{width}"), move |package| {
        let path = package.manifest.marketplace.screenshots.get(number.checked_sub(1)?)?;
        // A picture that cannot be read was let through by whoever turned the check off: there is none to show.
        picture::shrink(package.files.get(path)?, width).ok()
    });
    answer(&request, made.await?.ok_or_else(unknown)?, picture::MEDIA_TYPE)
}

/// Read the bill of materials of a version
///
/// Its `sbom.cdx.json`, byte for byte; the publisher's statement names its digest.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
    ),
    responses(
        (status = 200, description = "CycloneDX", body = Object, content_type = "application/vnd.cyclonedx+json"),
        (status = 304, description = "It is what `If-None-Match` names"),
        (status = 400, description = "Bad name or version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version, or it has none", body = ProblemBody, content_type = "application/problem+json"),
        (status = 451, description = "It was taken down", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/modules/{namespace}/{name}/versions/{version}/sbom")]
pub(super) async fn get_sbom(
    state: web::Data<State>,
    path: web::Path<(String, String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let release = listed(&state, &path.0, &path.1, &path.2).await?;
    let made = made(&state, &release, SBOM, |package| package.files.get(SBOM).cloned());
    let unknown = || Problem::not_found(format!("{} {} has no bill of materials", release.module, release.version));
    answer(&request, made.await?.ok_or_else(unknown)?, "application/vnd.cyclonedx+json")
}

/// List the documentation of a version
///
/// The Markdown files under `docs/`.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
    ),
    responses(
        (status = 200, description = "The pages", body = DocumentationIndex),
        (status = 304, description = "It is what `If-None-Match` names"),
        (status = 400, description = "Bad name or version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 451, description = "It was taken down", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/modules/{namespace}/{name}/versions/{version}/docs")]
pub(super) async fn list_documentation(
    state: web::Data<State>,
    path: web::Path<(String, String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let release = listed(&state, &path.0, &path.1, &path.2).await?;
    let unknown = || Problem::not_found(format!("{} {} has no documentation", release.module, release.version));
    answer(&request, documentation(&state, &release).await?.ok_or_else(unknown)?, "application/json")
}

/// The list of a release's pages, as JSON.
async fn documentation(state: &State, release: &Release) -> Result<Option<Bytes>, Problem> {
    let made = made(state, release, "docs.json", |package| {
        let page = |(path, text): (&str, &str)| DocumentationEntry { path: path.to_owned(), title: title(path, text) };
        json(&DocumentationIndex { pages: pages(package).map(page).collect() })
    });
    made.await
}

/// Read a page of documentation of a version
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
        ("page" = String, Path, description = "Its path under `docs/`"),
    ),
    responses(
        (status = 200, description = "The page", body = DocumentationPage),
        (status = 304, description = "It is what `If-None-Match` names"),
        (status = 400, description = "Bad name or version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such version, or it has no such page", body = ProblemBody, content_type = "application/problem+json"),
        (status = 451, description = "It was taken down", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/modules/{namespace}/{name}/versions/{version}/docs/{page:.*}")]
pub(super) async fn get_documentation(
    state: web::Data<State>,
    path: web::Path<(String, String, String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (namespace, name, wanted, page) = path.into_inner();
    let release = listed(&state, &namespace, &name, &wanted).await?;
    let unknown = || Problem::not_found(format!("{} {} has no page `{page}`", release.module, release.version));
    let file = PackagePath::new(&format!("{DOCS}{page}")).map_err(|_| unknown())?;
    // A page that is not there must not cost the reading of the package each time.
    let listed = documentation(&state, &release).await?.ok_or_else(unknown)?;
    let listed: DocumentationIndex = serde_json::from_slice(&listed).map_err(|error| Problem::internal(&error))?;
    if !listed.pages.iter().any(|listed| listed.path == page) {
        return Err(unknown());
    }
    let made = made(&state, &release, format!("{file}.json"), {
        let page = page.clone();
        move |package| {
            let (path, text) = pages(package).find(|(path, _)| *path == page)?;
            let html = render::markdown(text);
            json(&DocumentationPage { title: title(path, text), path: page, html })
        }
    });
    answer(&request, made.await?.ok_or_else(unknown)?, "application/json")
}

/// A Markdown file of a release's package, rendered; none where it has no such file.
pub(super) async fn markdown_file(
    state: &State,
    release: &Release,
    file: &PackagePath,
) -> Result<Option<String>, Problem> {
    let made = made(state, release, format!("{file}.html"), {
        let file = file.clone();
        move |package| {
            let text = std::str::from_utf8(package.files.get(&file)?).ok()?;
            Some(render::markdown(text).into_bytes())
        }
    });
    let html = made.await?.map(|html| String::from_utf8(html.to_vec()));
    html.transpose().map_err(|error| Problem::internal(&error))
}

/// The release, if its page may be shown.
async fn listed(state: &State, namespace: &str, name: &str, wanted: &str) -> Result<Release, Problem> {
    let (module, wanted) = (module_id(namespace, name)?, version(wanted)?);
    let found = listed_release(&state.ports, &module, &wanted).await?;
    let unknown = || Problem::not_found(format!("there is no version {wanted} of `{module}`"));
    match found.ok_or_else(unknown)? {
        (_, Some(takedown)) => Err(unavailable(&state.ports, &takedown)),
        (release, None) => Ok(release),
    }
}

/// What is made of the release's package under that name, from memory or now.
async fn made(
    state: &State,
    release: &Release,
    what: impl Display,
    make: impl FnOnce(&Package) -> Option<Vec<u8>> + Send + 'static,
) -> Result<Option<Bytes>, Problem> {
    let key = format!("/packages/{}/{what}", release.sha256);
    let make = async {
        let made = read_package(&state.ports, release, make).await;
        made.map(|bytes| bytes.map(Bytes::from)).map_err(Problem::from)
    };
    state.files.derived(&key, make).await
}

fn answer(request: &HttpRequest, bytes: Bytes, content_type: &str) -> Result<HttpResponse, Problem> {
    let tag = Digest::of(&bytes).to_string();
    let mut response =
        conditional::unless_known(request, &tag, || HttpResponse::Ok().content_type(content_type).body(bytes))?;
    response.headers_mut().insert(header::CACHE_CONTROL, CACHED);
    Ok(response)
}

/// The Markdown files under `docs/`, by their paths there.
fn pages(package: &Package) -> impl Iterator<Item = (&str, &str)> {
    package.files.iter().filter_map(|(path, bytes)| {
        let path = path.as_str().strip_prefix(DOCS)?;
        let is_markdown = path.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("md"));
        is_markdown.then(|| std::str::from_utf8(bytes).ok()).flatten().map(|text| (path, text))
    })
}

/// The first heading of a page.
fn title(path: &str, text: &str) -> String {
    const MAX_CHARS: usize = 120;
    let heading = text.lines().find_map(|line| line.strip_prefix('#').map(|rest| rest.trim_matches(['#', ' '])));
    heading.filter(|heading| !heading.is_empty()).unwrap_or(path).chars().take(MAX_CHARS).collect()
}

fn json(body: &impl Serialize) -> Option<Vec<u8>> {
    // A list of texts always is JSON.
    serde_json::to_vec(body).ok()
}
