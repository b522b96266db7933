//! `[module]`, `[module.compatibility]` and `[module.dependencies]`.

use std::collections::BTreeMap;

use adx_signing::{ModuleId, Name, Namespace};
use semver::{Version, VersionReq};
use url::Url;

use super::{
    Compatibility, ModuleSection,
    reader::{Located, Section},
};

pub(super) const MAX_TITLE_CHARS: usize = 80;
pub(super) const MAX_DESCRIPTION_CHARS: usize = 500;
const MAX_AUTHORS: usize = 20;
const MAX_AUTHOR_CHARS: usize = 120;
pub(super) const MAX_URL_CHARS: usize = 300;
const MAX_VERSION_CHARS: usize = 64;
const MAX_LICENSE_CHARS: usize = 200;
const MAX_WORLD_CHARS: usize = 120;
const MAX_DEPENDENCIES: usize = 64;

pub(super) fn module(section: &Section<'_>) -> Option<ModuleSection> {
    // Every value is read before the first `?`: all problems are reported, not only the first.
    let publisher = section.required("publisher", MAX_TITLE_CHARS, "\"your-namespace\"", str::parse::<Namespace>);
    let name = section.required("name", MAX_TITLE_CHARS, "\"your-module\"", str::parse::<Name>);
    let display_name = section.text("display_name", MAX_TITLE_CHARS);
    let version = section.required("version", MAX_VERSION_CHARS, "\"0.1.0\"", release_version);
    let description = section.required_text("description", MAX_DESCRIPTION_CHARS, "\"What it does, in one sentence.\"");
    let authors = section.texts("authors", MAX_AUTHORS, MAX_AUTHOR_CHARS);
    let license = section.required("license", MAX_LICENSE_CHARS, "\"Apache-2.0 OR MIT\"", license);
    let homepage = section.parsed("homepage", MAX_URL_CHARS, web_address);
    let repository = section.parsed("repository", MAX_URL_CHARS, web_address);

    let name = name?.value;
    Some(ModuleSection {
        publisher: publisher?.value,
        display_name: display_name.map_or_else(|| name.to_string(), |text| text.value),
        name,
        version: version?.value,
        description: description?.value,
        authors: authors.into_iter().map(|author| author.value).collect(),
        license: license?.value,
        homepage: homepage.map(|address| address.value),
        repository: repository.map(|address| address.value),
    })
}

pub(super) fn compatibility(module: &Section<'_>) -> Option<Compatibility> {
    let section = module.required_section("compatibility")?;
    let adx_core_version = section.required("adx_core_version", MAX_VERSION_CHARS, "\">=1.0, <2\"", requirement);
    let world = section.required("world", MAX_WORLD_CHARS, "\"adx:module/module@1.0.0\"", world);
    section.finish();
    Some(Compatibility { adx_core_version: adx_core_version?.value, world: world?.value })
}

pub(super) fn dependencies(module: &Section<'_>, identity: Option<&ModuleSection>) -> BTreeMap<ModuleId, VersionReq> {
    let Some(section) = module.section("dependencies") else {
        return BTreeMap::new();
    };
    let reader = section.reader();
    let entries = section.free_texts(MAX_DEPENDENCIES, MAX_VERSION_CHARS);
    let mut dependencies: BTreeMap<ModuleId, VersionReq> = BTreeMap::new();
    for (key, value) in entries {
        let Located { value: id, spot } = key;
        let id: ModuleId = match id.parse() {
            Ok(id) => id,
            Err(error) => {
                reader.problem_with_hint(&spot, error, "quote the whole id: `\"namespace/name\" = \"^1.2\"`");
                continue;
            }
        };
        let itself = identity.is_some_and(|identity| {
            identity.publisher.canonical() == id.namespace.canonical()
                && identity.name.canonical() == id.name.canonical()
        });
        if itself {
            reader.problem_with_hint(&spot, "a module cannot depend on itself", "remove it");
            continue;
        }
        // `my-shop` and `my_shop` are one module: two requirements for it would be a riddle.
        if dependencies.keys().any(|seen| seen.canonical() == id.canonical()) {
            reader.problem_with_hint(
                &spot,
                format_args!("`{id}` is a dependency already, in another spelling"),
                "keep one",
            );
            continue;
        }
        match requirement(&value.value) {
            Ok(requirement) => {
                dependencies.insert(id, requirement);
            }
            Err(error) => reader.problem(&value.spot, format_args!("`{id}`: {error}")),
        }
    }
    dependencies
}

/// The version of a release: SemVer without build metadata.
///
/// # Errors
/// What is wrong with the text, in words.
pub fn release_version(text: &str) -> Result<Version, String> {
    let version = Version::parse(text).map_err(|error| {
        format!("`{text}` is not a SemVer version ({error}), write MAJOR.MINOR.PATCH such as 1.0.0")
    })?;
    // 1.0.0+a and 1.0.0+b have the same precedence: neither would be newer than the other.
    if !version.build.is_empty() {
        return Err(format!(
            "`{text}` has build metadata, which does not tell versions apart, remove `+{}`",
            version.build
        ));
    }
    Ok(version)
}

fn requirement(text: &str) -> Result<VersionReq, String> {
    VersionReq::parse(text)
        .map_err(|error| format!("`{text}` is not a version requirement ({error}), write such as `^1.2` or `>=1, <3`"))
}

fn license(text: &str) -> Result<String, String> {
    spdx::Expression::parse(text).map(|_| text.to_owned()).map_err(|error| {
        format!("`{text}` is not an SPDX licence expression ({}), see https://spdx.org/licenses", error.reason)
    })
}

pub(super) fn web_address(text: &str) -> Result<String, String> {
    let url = Url::parse(text)
        .map_err(|error| format!("`{text}` is not a URL ({error}), write such as `https://example.com`"))?;
    // The listing page links to it: `javascript:` and `data:` would run in the reader's browser.
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(format!("`{text}` is not a web address, begin it with `https://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the URL carries a user or password, remove them".to_owned());
    }
    Ok(text.to_owned())
}

/// `namespace:package/world@version`, the identifiers of WIT.
fn world(text: &str) -> Result<String, String> {
    let well_formed = || {
        let (path, version) = text.split_once('@')?;
        let (package, world) = path.split_once('/')?;
        let (namespace, package) = package.split_once(':')?;
        let identifier = |part: &str| part.parse::<Name>().is_ok() && !part.contains('_');
        let all = [namespace, package, world].into_iter().all(identifier);
        (all && Version::parse(version).is_ok()).then_some(())
    };
    match well_formed() {
        Some(()) => Ok(text.to_owned()),
        None => Err(format!("`{text}` is not a WIT world with its version, write such as `adx:module/module@1.0.0`")),
    }
}
