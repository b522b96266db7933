//! What a component imports and exports, read before it ever runs.
//!
//! The sandbox links only what is granted; this check makes a module that could never run, or asks
//! for more than its manifest says, fail at publishing instead of at a tenant. Names are compared first, for they can be
//! told in words; then the types of all functions, with the world in `sdk/wit`.

use std::sync::LazyLock;

use semver::Version;
use wasmparser::{Encoding, Parser, Payload, Validator};
use wit_parser::{Resolve, WorldId};

use crate::manifest::{Capability, Manifest};

/// The world every module is built for.
pub const WORLD: &str = "adx:module/module@1.0.0";
/// The WIT package of its interfaces.
const PACKAGE: &str = "adx:module";
/// The version of that package. Another one has functions that are not there, or other types.
const VERSION: Version = Version::new(1, 0, 0);
/// The interfaces a module must export.
const REQUIRED_EXPORTS: [&str; 2] = ["lifecycle", "activities"];
/// Interfaces a module may export beside those.
const OPTIONAL_EXPORTS: [&str; 2] = ["workflows", "event-handler"];
/// Interfaces that are linked without a permission.
const ALWAYS_PRESENT: [&str; 3] = ["log", "clock", "random"];
/// The deterministic context inside a workflow; comes with the permission `workflow`.
const WORKFLOW_CONTEXT: &str = "workflow-context";

/// The names at a component's outer border.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interfaces {
    /// What it needs from the host, in order.
    pub imports: Vec<String>,
    /// What it offers, in order.
    pub exports: Vec<String>,
}

/// Why a component is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// A core module, the older and lower kind of WebAssembly.
    #[error("module.wasm is not a component but a core module: link it with `wasm-component-ld`, as `adx build` does")]
    CoreModule,
    /// Not WebAssembly, or damaged.
    #[error("module.wasm is not a valid component ({reason}): build it with `adx build`")]
    Malformed {
        /// What the validator said, with the offset in bytes.
        reason: String,
    },
    /// An import of WASI.
    #[error(
        "the component imports `{import}`: modules have no WASI, build for wasm32-unknown-unknown and use the \
         interfaces of `{WORLD}` instead"
    )]
    Wasi {
        /// The import.
        import: String,
    },
    /// An import that the platform does not have.
    #[error("the component imports `{import}`, which the platform does not have: the interfaces are {}", known())]
    UnknownImport {
        /// The import.
        import: String,
    },
    /// A known interface in a version that is not served.
    #[error(
        "the component imports `{import}`, the platform has `{PACKAGE}` in version {VERSION}: build it against that"
    )]
    ImportVersion {
        /// The import.
        import: String,
    },
    /// An import that the manifest does not ask a permission for.
    #[error(
        "the component imports `{import}` without the permission: add `\"{capability}\"` to `module.permissions.required` in module.toml"
    )]
    PermissionMissing {
        /// The import.
        import: String,
        /// The permission it needs.
        capability: Capability,
    },
    /// An interface that every module exports, and this one does not.
    #[error(
        "the component does not export `{export}`: it is not a module for the world `{WORLD}`, use the macros of adx-module"
    )]
    MissingExport {
        /// The interface.
        export: String,
    },
    /// The names fit, a function or a type behind them does not.
    #[error(
        "the component has other functions or types than the world `{WORLD}` ({reason}): build it with the adx-module \
         of this platform"
    )]
    OtherTypes {
        /// Where they differ, in the words of the validator.
        reason: String,
    },
    /// The manifest names another world.
    #[error(
        "the manifest is for the world `{found}`, the platform runs `{WORLD}`: write that into `module.compatibility.world`"
    )]
    World {
        /// The world found.
        found: String,
    },
}

fn known() -> String {
    let capabilities = Capability::ALL.map(Capability::as_str);
    let names: Vec<_> = ALWAYS_PRESENT.into_iter().chain(capabilities).chain([WORKFLOW_CONTEXT]).collect();
    names.join(", ")
}

/// Reads what a component imports and exports, after validating it whole.
///
/// # Errors
/// [`ComponentError::CoreModule`] or [`ComponentError::Malformed`].
pub fn inspect(component: &[u8]) -> Result<Interfaces, ComponentError> {
    let malformed = |error: wasmparser::BinaryReaderError| ComponentError::Malformed { reason: error.to_string() };
    let mut interfaces = Interfaces::default();
    // Components nest: only the names of the outermost one are its border.
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(malformed)? {
            Payload::Version { encoding, .. } => {
                if depth == 0 && encoding == Encoding::Module {
                    return Err(ComponentError::CoreModule);
                }
                depth += 1;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 1 => {
                for import in imports {
                    let import = import.map_err(malformed)?;
                    interfaces.imports.push(import.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(exports) if depth == 1 => {
                for export in exports {
                    let export = export.map_err(malformed)?;
                    interfaces.exports.push(export.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Validator::new().validate_all(component).map_err(malformed)?;
    Ok(interfaces)
}

/// Checks a component against the platform and the module's manifest: valid, for our world and no other, and importing
/// nothing that the manifest does not ask for.
///
/// # Errors
/// [`ComponentError`], one variant for each thing that can be wrong, naming the interface and the
/// line of the manifest that would allow it.
pub fn check(component: &[u8], manifest: &Manifest) -> Result<Interfaces, ComponentError> {
    let interfaces = inspect(component)?;
    check_names(&interfaces, manifest)?;
    check_types(component, &interfaces)?;
    Ok(interfaces)
}

fn check_names(interfaces: &Interfaces, manifest: &Manifest) -> Result<(), ComponentError> {
    if manifest.compatibility.world != WORLD {
        return Err(ComponentError::World { found: manifest.compatibility.world.clone() });
    }
    for import in &interfaces.imports {
        check_import(import, manifest)?;
    }
    for name in REQUIRED_EXPORTS {
        if !interfaces.exports(name) {
            return Err(ComponentError::MissingExport { export: format!("{PACKAGE}/{name}@{VERSION}") });
        }
    }
    Ok(())
}

fn check_import(import: &str, manifest: &Manifest) -> Result<(), ComponentError> {
    let owned = || import.to_owned();
    if import.starts_with("wasi:") || import.starts_with("wasi_") {
        return Err(ComponentError::Wasi { import: owned() });
    }
    let unknown = || ComponentError::UnknownImport { import: owned() };
    let (name, version) = interface(import).ok_or_else(unknown)?;
    let capability = match name {
        WORKFLOW_CONTEXT => Some(Capability::Workflow),
        name if ALWAYS_PRESENT.contains(&name) => None,
        name => Some(name.parse().map_err(|_| unknown())?),
    };
    if version != VERSION {
        return Err(ComponentError::ImportVersion { import: owned() });
    }
    match capability {
        Some(capability) if !manifest.permissions.asks_for(capability) => {
            Err(ComponentError::PermissionMissing { import: owned(), capability })
        }
        _ => Ok(()),
    }
}

/// The name and version of one of our interfaces, `adx:module/NAME@VERSION`. A pre-release is none: what it means may still
/// change.
fn interface(text: &str) -> Option<(&str, Version)> {
    let (name, version) = text.strip_prefix(PACKAGE)?.strip_prefix('/')?.split_once('@')?;
    let version = Version::parse(version).ok()?;
    version.pre.is_empty().then_some((name, version))
}

impl Interfaces {
    fn exports(&self, name: &str) -> bool {
        self.exports.iter().filter_map(|export| interface(export)).any(|export| export == (name, VERSION))
    }
}

/// The world of `sdk/wit`, once for each set of optional exports that a module can have.
struct Worlds {
    resolve: Resolve,
    /// By the bits of [`OPTIONAL_EXPORTS`].
    by_exports: Vec<WorldId>,
}

static WORLDS: LazyLock<Worlds> = LazyLock::new(|| {
    const CONTRACT: &str = include_str!("../../sdk/wit/module.wit");
    let mut resolve = Resolve::default();
    resolve.push_str("module.wit", CONTRACT).expect("the contract is valid WIT");
    let worlds = (0..1 << OPTIONAL_EXPORTS.len()).map(|bits| {
        let exports = OPTIONAL_EXPORTS.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
        let exports: String = exports.map(|(_, name)| format!("export {PACKAGE}/{name}@{VERSION}; ")).collect();
        let world = format!(
            "package adx:check{bits}; world checked {{ include {WORLD}; \
             import {PACKAGE}/{WORKFLOW_CONTEXT}@{VERSION}; {exports} }}"
        );
        let package = resolve.push_str("check.wit", &world).expect("the world is valid WIT");
        resolve.packages[package].worlds["checked"]
    });
    let by_exports = worlds.collect();
    Worlds { resolve, by_exports }
});

/// Whether the component could be instantiated wherever one for the world can: it imports no function that the world does
/// not have, and exports all that it must, each with the right type.
fn check_types(component: &[u8], interfaces: &Interfaces) -> Result<(), ComponentError> {
    let optional = OPTIONAL_EXPORTS.iter().enumerate().filter(|(_, name)| interfaces.exports(name));
    let bits = optional.fold(0, |bits, (bit, _)| bits | 1 << bit);
    wit_component::targets(&WORLDS.resolve, WORLDS.by_exports[bits], component)
        .map_err(|error| ComponentError::OtherTypes { reason: error.root_cause().to_string() })
}
