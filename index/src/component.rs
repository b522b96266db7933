//! What a component imports and exports, read before it ever runs.
//!
//! The sandbox links only what is granted; this check makes a module that could never run, or asks
//! for more than its manifest says, fail at publishing instead of at a tenant.

use semver::Version;
use wasmparser::{Encoding, Parser, Payload, Validator};

use crate::manifest::{Capability, Manifest};

/// The world every module is built for.
pub const WORLD: &str = "adx:module/module@1.0.0";
/// The WIT package of its interfaces.
const PACKAGE: &str = "adx:module";
/// The major version of that package.
const MAJOR: u64 = 1;
/// The interfaces a module must export.
const REQUIRED_EXPORTS: [&str; 2] = ["lifecycle", "activities"];
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
    #[error("the component imports `{import}`, the platform has `{PACKAGE}` in version {MAJOR}: build it against that")]
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

/// Checks a component's border against the platform and the module's manifest.
///
/// # Errors
/// [`ComponentError`], one variant for each thing that can be wrong, naming the interface and the
/// line of the manifest that would allow it.
pub fn check(interfaces: &Interfaces, manifest: &Manifest) -> Result<(), ComponentError> {
    if manifest.compatibility.world != WORLD {
        return Err(ComponentError::World { found: manifest.compatibility.world.clone() });
    }
    for import in &interfaces.imports {
        check_import(import, manifest)?;
    }
    for name in REQUIRED_EXPORTS {
        let exported = interfaces
            .exports
            .iter()
            .filter_map(|export| interface(export))
            .any(|(exported, major)| exported == name && major == MAJOR);
        if !exported {
            return Err(ComponentError::MissingExport { export: format!("{PACKAGE}/{name}@{MAJOR}.0.0") });
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
    let (name, major) = interface(import).ok_or_else(unknown)?;
    let capability = match name {
        WORKFLOW_CONTEXT => Some(Capability::Workflow),
        name if ALWAYS_PRESENT.contains(&name) => None,
        name => Some(name.parse().map_err(|_| unknown())?),
    };
    if major != MAJOR {
        return Err(ComponentError::ImportVersion { import: owned() });
    }
    match capability {
        Some(capability) if !manifest.permissions.asks_for(capability) => {
            Err(ComponentError::PermissionMissing { import: owned(), capability })
        }
        _ => Ok(()),
    }
}

/// The name and major version of one of our interfaces, `adx:module/NAME@MAJOR.x.y`. A pre-release
/// is none: what it means may still change.
fn interface(text: &str) -> Option<(&str, u64)> {
    let (name, version) = text.strip_prefix(PACKAGE)?.strip_prefix('/')?.split_once('@')?;
    let version = Version::parse(version).ok()?;
    version.pre.is_empty().then_some((name, version.major))
}
