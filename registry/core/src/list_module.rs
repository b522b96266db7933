//! What module and version pages show.

use adx_index::line::Deprecated;
use adx_signing::name::ModuleId;
use semver::Version;

use crate::Ports;
use crate::advisories::{Advisory, advisories_of};
use crate::domains::{Domain, verified_domain};
use crate::ports::{Reader, StoreError};
use crate::publisher::Publisher;
use crate::release::{Deprecation, Module, Release, ReleaseTexts};
use crate::takedown::{self, Takedown};

/// Most releases of one page.
pub const MAX_RELEASES: u32 = 100;
/// Most other modules of a publisher that a module's page names.
const MAX_OTHERS: u32 = 6;
/// Most releases among which the one before is looked for.
const MAX_BEFORE: u32 = 1_000;

/// A module, with what its page shows at once.
#[derive(Debug, Clone)]
pub struct ModulePage {
    /// The module.
    pub module: Module,
    /// Whose it is.
    pub publisher: Publisher,
    /// The domain that the publisher holds, if it has shown one.
    pub domain: Option<Domain>,
    /// Its newest release, with its texts.
    pub latest: Option<(Release, ReleaseTexts)>,
    /// The release that people had before it.
    pub before: Option<(Release, ReleaseTexts)>,
    /// The first page of its releases.
    pub releases: ReleasePage,
    /// Other modules of the same publisher, those released last first.
    pub others: Vec<Module>,
    /// That its publisher advises against it, or some of its versions.
    pub deprecation: Option<Deprecation>,
    /// The advisories that hold of it, the last one first.
    pub advisories: Vec<Advisory>,
    /// That it was taken down: nothing of it is to be shown then.
    pub takedown: Option<Takedown>,
}

/// Releases, the last one made public first.
#[derive(Debug, Clone)]
pub struct ReleasePage {
    /// The releases.
    pub releases: Vec<Release>,
    /// Where the next page begins, if there is one.
    pub next: Option<u64>,
}

/// A module's page; `None` if there is no such module.
///
/// # Errors
/// [`StoreError`]
#[tracing::instrument(name = "module.page", level = "debug", skip_all, fields(%module))]
pub async fn module_page(ports: &Ports, module: &ModuleId) -> Result<Option<ModulePage>, StoreError> {
    let mut reader = ports.store.read().await?;
    let Some(module) = present(&mut *reader, module).await? else {
        return Ok(None);
    };
    let Some(publisher) = reader.publisher(module.publisher).await? else {
        return Ok(None);
    };
    let domain = verified_domain(&mut *reader, publisher.id).await?;
    let latest = match &module.latest {
        Some(version) => reader.release(module.id, version).await?,
        None => None,
    };
    let latest = match latest {
        Some(release) => reader.release_texts(release.id).await?.map(|texts| (release, texts)),
        None => None,
    };
    let releases = page(reader.releases_of(module.id, None, MAX_RELEASES + 1).await?, MAX_RELEASES);
    let before = match &latest {
        Some((release, _)) => before(&mut *reader, release).await?,
        None => None,
    };
    let others = others(&mut *reader, &module).await?;
    let deprecation = reader.deprecation(module.id).await?;
    let advisories = advisories_of(&mut *reader, module.id).await?;
    // One that is taken down leads only where all are: by the case against the module, if there is one.
    let takedown = match &latest {
        Some((release, _)) if module.taken_down_for.is_some() => takedown::of_module(&mut *reader, release).await?,
        Some((release, _)) => takedown::of_release(&mut *reader, release).await?,
        None => None,
    };
    Ok(Some(ModulePage {
        module,
        publisher,
        domain,
        latest,
        before,
        releases,
        others,
        deprecation,
        advisories,
        takedown,
    }))
}

/// A page of a module's releases, those before feed entry `before`; `None` if there is no such module.
///
/// # Errors
/// [`StoreError`]
pub async fn releases(
    ports: &Ports,
    module: &ModuleId,
    before: Option<u64>,
    limit: u32,
) -> Result<Option<ReleasePage>, StoreError> {
    let limit = limit.clamp(1, MAX_RELEASES);
    let mut reader = ports.store.read().await?;
    let Some(module) = present(&mut *reader, module).await? else {
        return Ok(None);
    };
    Ok(Some(page(reader.releases_of(module.id, before, limit + 1).await?, limit)))
}

/// One release.
#[derive(Debug, Clone)]
pub struct ReleaseDetail {
    /// The release.
    pub release: Release,
    /// Its texts.
    pub texts: ReleaseTexts,
    /// The release that people had before it.
    pub before: Option<(Release, ReleaseTexts)>,
    /// That its publisher advises against it.
    pub deprecated: Option<Deprecated>,
    /// The advisories that hold of it, the last one first.
    pub advisories: Vec<Advisory>,
    /// That it was taken down: nothing of it is to be shown then.
    pub takedown: Option<Takedown>,
}

/// One release with its texts; `None` if there is no such version.
///
/// # Errors
/// [`StoreError`]
pub async fn release(ports: &Ports, module: &ModuleId, version: &Version) -> Result<Option<ReleaseDetail>, StoreError> {
    let mut reader = ports.store.read().await?;
    let Some(module) = present(&mut *reader, module).await? else {
        return Ok(None);
    };
    let Some(release) = reader.release(module.id, version).await? else {
        return Ok(None);
    };
    let Some(texts) = reader.release_texts(release.id).await? else { return Ok(None) };
    let deprecation = reader.deprecation(module.id).await?;
    let deprecated = deprecation.and_then(|deprecation| deprecation.of(&release.version));
    let mut advisories = advisories_of(&mut *reader, module.id).await?;
    advisories.retain(|advisory| advisory.content.affected.iter().any(|range| range.holds(&release.version)));
    let takedown = takedown::of_release(&mut *reader, &release).await?;
    let before = before(&mut *reader, &release).await?;
    Ok(Some(ReleaseDetail { release, texts, before, deprecated, advisories, takedown }))
}

/// The release of the highest version below this one that can be installed, with its texts.
async fn before(reader: &mut dyn Reader, release: &Release) -> Result<Option<(Release, ReleaseTexts)>, StoreError> {
    let known = reader.releases_of(release.module_row, None, MAX_BEFORE).await?;
    let below = known.into_iter().filter(|known| known.version < release.version && known.is_offered());
    let Some(before) = below.max_by(|one, other| one.version.cmp(&other.version)) else { return Ok(None) };
    let texts = reader.release_texts(before.id).await?;
    Ok(texts.map(|texts| (before, texts)))
}

/// Other modules of the publisher, of which something can be installed.
async fn others(reader: &mut dyn Reader, module: &Module) -> Result<Vec<Module>, StoreError> {
    let mut others = Vec::new();
    for other in reader.modules_of(module.publisher, MAX_OTHERS + 1).await? {
        let Some(latest) = other.latest.as_ref().filter(|_| other.id != module.id) else { continue };
        if reader.release(other.id, latest).await?.is_some_and(|release| release.is_offered()) {
            others.push(other);
        }
    }
    others.truncate(MAX_OTHERS as usize);
    Ok(others)
}

/// The module, unless it was deleted.
async fn present(reader: &mut dyn Reader, module: &ModuleId) -> Result<Option<Module>, StoreError> {
    Ok(reader.module(module).await?.filter(|module| module.deleted_at.is_none()))
}

/// Of one release more than a page holds, the page, and where the next begins.
fn page(mut releases: Vec<Release>, limit: u32) -> ReleasePage {
    let limit = limit as usize;
    let more = releases.len() > limit;
    releases.truncate(limit);
    let next = releases.last().filter(|_| more).map(|last| last.seq);
    ReleasePage { releases, next }
}
