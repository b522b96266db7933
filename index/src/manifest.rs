//! `module.toml`: what a module is, needs and asks for.
//!
//! [`Manifest::parse`] reports every problem at once, each with line, column, key and remedy. The
//! reference of all keys is in this crate's README; `tests/fixtures/full/module.toml` uses each.

use std::collections::BTreeMap;

use adx_signing::{ModuleId, Name, Namespace};
use semver::{Version, VersionReq};
use serde::{Serialize, Serializer};
use toml_edit::Document;

use crate::{limits::MAX_MANIFEST_BYTES, package::PackagePath};

mod event;
mod identity;
mod marketplace;
mod network;
mod permission;
mod problem;
mod reader;
mod runtime;
mod workflows;

pub use event::{EventError, MAX_TOPIC_BYTES, Subscription, Topic};
pub use identity::release_version;
pub use marketplace::MAX_SCREENSHOTS;
pub use network::{HostPattern, HostPatternError};
pub use permission::{Capability, Permission, PermissionError};
pub use problem::{ManifestError, Problem};

use reader::{Reader, Section};

/// The manifest of one version of a module.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// `[module]`: what it is.
    pub module: ModuleSection,
    /// `[module.compatibility]`: where it runs.
    pub compatibility: Compatibility,
    /// `[module.dependencies]`: the modules it needs.
    pub dependencies: BTreeMap<ModuleId, VersionReq>,
    /// `[module.permissions]`: what it asks for.
    pub permissions: Permissions,
    /// `[module.network]`: which hosts it may reach.
    pub network: Network,
    /// `[module.resources]`: how much it may use.
    pub resources: Resources,
    /// `[module.database]`: its database, if it has one.
    pub database: Option<Database>,
    /// `[module.frontend]`: its user interface, if it has one.
    pub frontend: Option<Frontend>,
    /// `[module.workflows]`: its durable work, if it has any.
    pub workflows: Option<Workflows>,
    /// `[module.events]`: what it tells and listens to.
    pub events: Events,
    /// `[module.marketplace]`: how it is listed and sold.
    pub marketplace: Marketplace,
}

/// `[module]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModuleSection {
    /// Who publishes it.
    pub publisher: Namespace,
    /// What it is called.
    pub name: Name,
    /// The name for people; the name itself when left out.
    pub display_name: String,
    /// The version, without build metadata.
    pub version: Version,
    /// One or two sentences.
    pub description: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// An SPDX expression.
    pub license: String,
    /// Its page, `https` or `http`.
    pub homepage: Option<String>,
    /// Its source, `https` or `http`.
    pub repository: Option<String>,
}

/// `[module.compatibility]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compatibility {
    /// The platform versions it runs on.
    pub adx_core_version: VersionReq,
    /// The WIT world it is a component for, `package/world@version`.
    pub world: String,
}

/// `[module.permissions]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Permissions {
    /// Without these it does not run.
    pub required: Vec<Permission>,
    /// With these it can do more.
    pub optional: Vec<Permission>,
}

impl Permissions {
    /// Required and optional permissions as text, sorted, each once: what is signed and indexed.
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<_> = self.iter().map(ToString::to_string).collect();
        texts.sort();
        texts.dedup();
        texts
    }

    /// Required, then optional permissions.
    pub fn iter(&self) -> impl Iterator<Item = &Permission> {
        self.required.iter().chain(&self.optional)
    }

    /// Whether any scope of the capability is asked for.
    pub fn asks_for(&self, capability: Capability) -> bool {
        self.iter().any(|permission| permission.capability == capability)
    }
}

/// `[module.network]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Network {
    /// The hosts it may reach; none when empty.
    pub allowed_hosts: Vec<HostPattern>,
    /// Outbound requests per minute.
    pub requests_per_minute: u32,
}

/// `[module.resources]`: the most it may use, per installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Resources {
    /// Memory of one call, in mebibytes.
    pub memory_mib: u32,
    /// Processor time of one call, in milliseconds.
    pub cpu_time_ms: u32,
    /// Duration of one call, waiting included, in milliseconds.
    pub wall_time_ms: u32,
    /// Calls at the same time.
    pub concurrent_calls: u32,
    /// Calls per minute.
    pub calls_per_minute: u32,
    /// Database, values and files together, in mebibytes.
    pub storage_mib: u32,
}

impl Resources {
    /// Memory of one call, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        u64::from(self.memory_mib) * crate::limits::MIB
    }

    /// Database, values and files together, in bytes.
    pub fn storage_bytes(&self) -> u64 {
        u64::from(self.storage_mib) * crate::limits::MIB
    }
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            memory_mib: 64,
            cpu_time_ms: 1_000,
            wall_time_ms: 10_000,
            concurrent_calls: 8,
            calls_per_minute: 6_000,
            storage_mib: 256,
        }
    }
}

/// `[module.database]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Database {
    /// The engine, `sqlite`.
    pub engine: String,
    /// Days the data is kept after uninstalling; 0 is none.
    pub retain_days: u32,
}

impl Database {
    /// [`Database::retain_days`] where the manifest does not say.
    pub const DEFAULT_RETAIN_DAYS: u32 = 30;
}

/// `[module.frontend]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frontend {
    /// The Module Federation remote's entry, a file of the package under `frontend/`.
    pub entry: PackagePath,
    /// The pages it adds.
    pub routes: Vec<Route>,
}

/// `[[module.frontend.routes]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// The path below the module's own, beginning with `/`.
    pub path: String,
    /// What the remote exposes for it, such as `./Clients`.
    pub exposes: String,
    /// Its name in menus.
    pub title: Option<String>,
}

/// `[module.workflows]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Workflows {
    /// The queue its workers poll.
    pub task_queue: String,
    /// The workflows it exports.
    pub workflows: Vec<Name>,
    /// The activities it exports.
    pub activities: Vec<Activity>,
}

/// `[[module.workflows.activities]]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Activity {
    /// What it is called.
    pub name: Name,
    /// Seconds one attempt may take.
    pub timeout_seconds: u32,
    /// The activity that undoes this one.
    pub compensation: Option<Name>,
    /// When and how often to try again.
    pub retry: Retry,
}

/// `retry = { … }` of an activity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Retry {
    /// Attempts in all; 1 is no retry.
    pub maximum_attempts: u32,
    /// Milliseconds before the second attempt.
    pub initial_interval_ms: u64,
    /// By how much the interval grows each time.
    pub backoff: f64,
    /// Milliseconds beyond which the interval does not grow.
    pub maximum_interval_ms: u64,
    /// Error kinds after which no further attempt is made.
    pub non_retryable: Vec<String>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            maximum_attempts: 5,
            initial_interval_ms: 1_000,
            backoff: 2.0,
            maximum_interval_ms: 60_000,
            non_retryable: Vec::new(),
        }
    }
}

/// `[module.events]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Events {
    /// What it tells.
    pub publishes: Vec<Topic>,
    /// What it listens to.
    pub subscribes: Vec<Subscription>,
}

/// `[module.marketplace]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Marketplace {
    /// The category it is filed under, such as `customer-management`.
    pub category: Option<String>,
    /// Words it is also found by.
    pub tags: Vec<String>,
    /// What it costs.
    pub pricing: Pricing,
    /// Days it may be tried; 0 is none.
    pub trial_days: u32,
    /// Pictures, files of the package under `screenshots/`.
    pub screenshots: Vec<PackagePath>,
    /// Where it can be tried without being installed, `https` or `http`.
    pub demo: Option<String>,
    /// Where it is documented besides, `https` or `http`.
    pub documentation: Option<String>,
    /// Where its users ask: a mail address, or a page.
    pub support: Option<String>,
    /// The same in other languages, in the order of the manifest.
    pub localised: Vec<Localised>,
}

/// One of `[[module.marketplace.localised]]`: what the listing says in another language. What is left out is said as
/// elsewhere in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Localised {
    /// The language, `de` or `pt-BR`.
    pub language: String,
    /// The name for people.
    pub display_name: Option<String>,
    /// One or two sentences.
    pub description: Option<String>,
    /// The page shown on the listing, a file of the package under `docs/`.
    pub readme: Option<PackagePath>,
    /// The list of changes, a file of the package under `docs/`.
    pub changelog: Option<PackagePath>,
}

impl Marketplace {
    /// What is said in the first of `languages`, most wanted first, that the manifest has; `de-AT` is answered by `de`.
    pub fn localised_in<'a>(&self, languages: impl IntoIterator<Item = &'a str>) -> Option<&Localised> {
        languages.into_iter().find_map(|wanted| {
            let of = |language: &str| self.localised.iter().find(|known| known.language.eq_ignore_ascii_case(language));
            of(wanted).or_else(|| of(wanted.split('-').next().unwrap_or(wanted)))
        })
    }
}

/// `[module.marketplace.pricing]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(tag = "model", rename_all = "kebab-case")]
pub enum Pricing {
    /// It costs nothing.
    #[default]
    Free,
    /// It is paid for once.
    OneTime {
        /// The price.
        #[serde(flatten)]
        price: Price,
    },
    /// It is paid for again and again.
    Subscription {
        /// The price of one interval.
        #[serde(flatten)]
        price: Price,
        /// How often.
        interval: Interval,
    },
}

/// An amount of money, for all or for each seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Price {
    /// In the currency's minor unit, such as cents.
    pub amount_minor: u64,
    /// ISO 4217, three capital letters.
    pub currency: String,
    /// Whether each seat costs it, not the module as a whole.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub per_seat: bool,
    /// What seats cost beyond the first ones, in ascending order: each tier counts for its own seats only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
}

/// One of `[[module.marketplace.pricing.tiers]]`: what each seat costs from one on, up to the next tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tier {
    /// The first seat that costs it; 2 at least.
    pub from: u32,
    /// In the minor unit of the price's currency.
    pub amount_minor: u64,
}

/// How often a subscription is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interval {
    /// Each month.
    Month,
    /// Each year.
    Year,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`ManifestError`] holds every problem of the text, in the order of its lines.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let reader = Reader::new(text);
        let start = reader.spot("", None);
        if text.len() as u64 > MAX_MANIFEST_BYTES {
            reader.problem_with_hint(
                &start,
                format_args!("the manifest has {} bytes", text.len()),
                format_args!("shorten it to {MAX_MANIFEST_BYTES} at most"),
            );
            return Err(ManifestError { problems: reader.into_problems() });
        }
        let manifest = match Document::parse(text) {
            Ok(document) => {
                let root = Section::new(&reader, document.as_table(), start.clone());
                let manifest = read(&root);
                root.finish();
                manifest
            }
            Err(error) => {
                let spot = reader.spot("", error.span());
                reader.problem_with_hint(
                    &spot,
                    format_args!("not TOML: {}", error.message().trim().replace('\n', ", ")),
                    "see https://toml.io",
                );
                None
            }
        };
        match manifest {
            Some(manifest) if reader.is_clean() => Ok(manifest),
            _ => Err(ManifestError { problems: reader.into_problems() }),
        }
    }

    /// The module's id.
    pub fn id(&self) -> ModuleId {
        ModuleId::new(self.module.publisher.clone(), self.module.name.clone())
    }
}

/// Reads every section, so that every problem is found; none when a required value is missing or
/// wrong.
fn read(root: &Section<'_>) -> Option<Manifest> {
    let module = root.required_section("module")?;
    let identity = identity::module(&module);
    let compatibility = identity::compatibility(&module);
    let dependencies = identity::dependencies(&module, identity.as_ref());
    let permissions = runtime::permissions(&module);
    let network = runtime::network(&module, &permissions);
    let resources = runtime::resources(&module);
    let database = runtime::database(&module);
    let frontend = runtime::frontend(&module);
    let workflows = workflows::workflows(&module);
    let events = runtime::events(&module);
    let marketplace = marketplace::marketplace(&module);
    module.finish();
    Some(Manifest {
        module: identity?,
        compatibility: compatibility?,
        dependencies,
        permissions,
        network,
        resources,
        database,
        frontend,
        workflows,
        events,
        marketplace,
    })
}

impl Serialize for PackagePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
