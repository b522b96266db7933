//! Releases of a small module, as a publisher makes them, to change before they are packed or signed.

use adx_index::{
    line::IndexLine,
    package::{self, Package, PackagePath},
};
use adx_signing::{
    digest::Digest,
    envelope::Envelope,
    key::SecretKey,
    statement::{Release as Statement, sign_release},
};
use parking_lot::Mutex;
use std::collections::BTreeMap;

pub(crate) const MODULE: &str = "acme/guest";

/// The publisher's key.
pub(crate) fn key() -> SecretKey {
    SecretKey::from_seed(&[7; 32])
}

/// What a version's health probe or upgrade function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    /// Nothing, well.
    Fine,
    /// It answers with an error.
    Fails,
    /// It adds a hundred visits, well.
    Spoils,
    /// It answers well until there were a hundred visits.
    Tires,
}

impl Does {
    fn function(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Fails => "broken",
            Self::Spoils => "spoil",
            Self::Tires => "tire",
        }
    }
}

/// A version in the making.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) module: String,
    pub(crate) version: String,
    pub(crate) required: Vec<&'static str>,
    pub(crate) optional: Vec<&'static str>,
    pub(crate) core: String,
    pub(crate) dependencies: Vec<(&'static str, &'static str)>,
    pub(crate) schema: Option<&'static str>,
    pub(crate) concurrent_calls: u32,
    pub(crate) calls_per_minute: u32,
    pub(crate) retain_days: u32,
    /// What a month costs, in cents; free if nothing.
    pub(crate) price_minor: Option<u32>,
    pub(crate) migrations: Vec<(&'static str, &'static str)>,
    pub(crate) health: Does,
    pub(crate) upgrade: Does,
}

impl Draft {
    /// `acme/guest`, with the permission to count visits.
    pub(crate) fn new(version: &str) -> Self {
        Self {
            module: MODULE.to_owned(),
            version: version.to_owned(),
            required: vec!["kv"],
            optional: vec!["config", "sql"],
            core: ">=0.1.0".to_owned(),
            dependencies: Vec::new(),
            schema: None,
            concurrent_calls: 8,
            calls_per_minute: 100_000,
            retain_days: 0,
            price_minor: None,
            migrations: vec![("0001_start", "create table guest (name text)")],
            health: Does::Fine,
            upgrade: Does::Fine,
        }
    }

    /// The same for another module.
    pub(crate) fn of(mut self, module: &str) -> Self {
        module.clone_into(&mut self.module);
        self
    }

    fn manifest(&self) -> String {
        let (publisher, name) = self.module.split_once('/').expect("namespace/name");
        let dependencies: Vec<_> =
            self.dependencies.iter().map(|(module, wanted)| format!("\"{module}\" = \"{wanted}\"")).collect();
        let dependencies = dependencies.join("\n");
        let pricing = self.price_minor.map_or_else(String::new, |price| {
            format!(
                "[module.marketplace.pricing]\nmodel = \"subscription\"\ninterval = \"month\"\namount_minor = {price}\n\
                 currency = \"EUR\"\n"
            )
        });
        format!(
            "[module]\npublisher = \"{publisher}\"\nname = \"{name}\"\ndisplay_name = \"Guest\"\nversion = \"{}\"\n\
             description = \"Counts visits.\"\nauthors = [\"Acme\"]\nlicense = \"MIT\"\n\
             [module.compatibility]\nadx_core_version = \"{}\"\nworld = \"adx:module/module@1.0.0\"\n\
             [module.dependencies]\n{dependencies}\n\
             [module.permissions]\nrequired = {:?}\noptional = {:?}\n\
             [module.resources]\ncpu_time_ms = 5000\nconcurrent_calls = {}\n\
             calls_per_minute = {}\n\
             [module.database]\nengine = \"sqlite\"\nretain_days = {}\n{pricing}",
            self.version,
            self.core,
            self.required,
            self.optional,
            self.concurrent_calls,
            self.calls_per_minute,
            self.retain_days,
        )
    }

    fn component(&self) -> Vec<u8> {
        let text = include_str!("guest.wat")
            .replace("$HEALTH", &format!("${}", self.health.function()))
            .replace("$UPGRADE", &format!("${}", self.upgrade.function()));
        wat::parse_str(text).expect("the guest is a component")
    }

    /// Packs and signs it.
    pub(crate) fn release(&self) -> Release {
        Release::signed(self.pack(), &key())
    }

    /// Packs it.
    pub(crate) fn pack(&self) -> Vec<u8> {
        static COMPONENTS: Mutex<BTreeMap<(u8, u8), Vec<u8>>> = Mutex::new(BTreeMap::new());
        let component = COMPONENTS
            .lock()
            .entry((self.health as u8, self.upgrade as u8))
            .or_insert_with(|| self.component())
            .clone();
        let mut files: BTreeMap<PackagePath, Vec<u8>> = BTreeMap::new();
        let mut add = |path: &str, bytes: Vec<u8>| {
            files.insert(PackagePath::new(path).expect("a path"), bytes);
        };
        add("module.toml", self.manifest().into_bytes());
        add("module.wasm", component);
        if let Some(schema) = self.schema {
            add("config.schema.json", schema.as_bytes().to_vec());
        }
        for (name, up) in &self.migrations {
            add(&format!("migrations/{name}.up.sql"), up.as_bytes().to_vec());
            let table = up.split_whitespace().nth(2).expect("`create table NAME …`");
            add(&format!("migrations/{name}.down.sql"), format!("drop table {table}").into_bytes());
        }
        let mut bytes = Vec::new();
        package::write(&files, &mut bytes).unwrap_or_else(|error| panic!("{}: {error}", self.manifest()));
        bytes
    }
}

/// What the registry has of a version.
#[derive(Clone)]
pub(crate) struct Release {
    pub(crate) line: IndexLine,
    pub(crate) package: Vec<u8>,
    pub(crate) envelope: String,
}

impl Release {
    /// What an honest publisher and an honest registry make of a package.
    pub(crate) fn signed(package: Vec<u8>, key: &SecretKey) -> Self {
        let read = Package::read(package.as_slice()).expect("a sound package");
        let manifest = &read.manifest;
        let line = IndexLine {
            module: manifest.id(),
            version: manifest.module.version.clone(),
            sha256: Digest::of(&package),
            size_bytes: package.len() as u64,
            dependencies: manifest.dependencies.clone(),
            adx_core_version: manifest.compatibility.adx_core_version.clone(),
            world: manifest.compatibility.world.clone(),
            permissions: manifest.permissions.texts(),
            yanked: false,
            yanked_for: None,
            deprecated: None,
            released_at: "2026-01-01T00:00:00Z".to_owned(),
            key_id: key.public().id(),
            leaf: None,
        };
        let envelope = statement(&line, key).to_json();
        Self { line, package, envelope }
    }
}

/// The publisher's word that an index line is true.
pub(crate) fn statement(line: &IndexLine, key: &SecretKey) -> Envelope {
    let statement = Statement {
        module: line.module.clone(),
        version: line.version.clone(),
        permissions: line.permissions.clone(),
        sbom_sha256: None,
    };
    sign_release(&statement, line.sha256, key)
}
