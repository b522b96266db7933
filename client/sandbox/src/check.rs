//! What a component asks for, judged before any of it is compiled.

use wasmparser::{Parser, Payload, Validator, WasmFeatures};

use crate::error::LoadError;

const PACKAGE: &str = "adx:module/";
/// The interfaces that a module may import.
const IMPORTS: [&str; 14] = [
    "log",
    "clock",
    "random",
    "config",
    "secrets",
    "sql",
    "kv",
    "blob",
    "http",
    "events",
    "modules",
    "workflow",
    "notify",
    "workflow-context",
];
const LIFECYCLE: &str = "lifecycle";
const ACTIVITIES: &str = "activities";

const WASI_HINT: &str = "modules run without WASI; take time, randomness, files and network from the adx:module \
    interfaces, and build for wasm32-unknown-unknown";
const UNKNOWN_HINT: &str = "modules may import only the interfaces of adx:module@1";

/// The names under which a component exports what the host calls.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exports {
    pub(crate) lifecycle: String,
    pub(crate) activities: String,
}

/// Checks that `bytes` are a valid component which imports nothing but our interfaces and exports what the host calls.
pub(crate) fn check(bytes: &[u8]) -> Result<Exports, LoadError> {
    let invalid = |error: wasmparser::BinaryReaderError| LoadError::NotAComponent(error.to_string());
    if !Parser::is_component(bytes) {
        return Err(LoadError::NotAComponent(if Parser::is_core_wasm(bytes) {
            "it is a core module; wrap it with wasm-component-ld or wasm-tools component new".to_owned()
        } else {
            "it does not begin like one".to_owned()
        }));
    }
    let mut imports = Vec::new();
    let mut exports = Vec::new();
    let mut depth = 0usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(invalid)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import.map_err(invalid)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export.map_err(invalid)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    refuse_imports(imports)?;
    let exports = find_exports(&exports)?;
    // After the names: a component that imports WASI is told so, whatever else is wrong with it.
    Validator::new_with_features(WasmFeatures::default()).validate_all(bytes).map_err(invalid)?;
    Ok(exports)
}

fn refuse_imports(imports: Vec<String>) -> Result<(), LoadError> {
    let mut names: Vec<String> = imports
        .into_iter()
        .filter(|name| !interface(name).is_some_and(|interface| IMPORTS.contains(&interface)))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    names.sort();
    let wasi = names.iter().any(|name| name.starts_with("wasi:") || name.starts_with("wasi_"));
    Err(LoadError::ForbiddenImports { names, hint: if wasi { WASI_HINT } else { UNKNOWN_HINT } })
}

fn find_exports(exports: &[String]) -> Result<Exports, LoadError> {
    let find = |wanted: &str| exports.iter().find(|name| interface(name) == Some(wanted)).cloned();
    match (find(LIFECYCLE), find(ACTIVITIES)) {
        (Some(lifecycle), Some(activities)) => Ok(Exports { lifecycle, activities }),
        (lifecycle, activities) => {
            let mut missing = Vec::new();
            if lifecycle.is_none() {
                missing.push(format!("{PACKAGE}{LIFECYCLE}@1.0.0"));
            }
            if activities.is_none() {
                missing.push(format!("{PACKAGE}{ACTIVITIES}@1.0.0"));
            }
            Err(LoadError::MissingExports(missing))
        }
    }
}

/// `kv` of `adx:module/kv@1.x`.
fn interface(name: &str) -> Option<&str> {
    let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
    version.starts_with("1.").then_some(interface)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(wat: &str) -> Vec<u8> {
        wat::parse_str(wat).unwrap()
    }

    const EXPORTS: &str = r#"
        (instance $empty)
        (export "adx:module/lifecycle@1.0.0" (instance $empty))
        (export "adx:module/activities@1.2.0" (instance $empty))"#;

    #[test]
    fn accepts_our_interfaces() {
        let bytes = component(&format!(
            r#"(component (import "adx:module/kv@1.0.0" (instance)) (import "adx:module/log@1.1.0" (instance)) {EXPORTS})"#
        ));
        assert_eq!(check(&bytes).unwrap().activities, "adx:module/activities@1.2.0");
    }

    #[test]
    fn refuses_wasi_by_name_whatever_the_order() {
        let messages: Vec<_> = [
            ("wasi:cli/environment@0.2.6", "wasi:io/error@0.2.6"),
            ("wasi:io/error@0.2.6", "wasi:cli/environment@0.2.6"),
        ]
        .map(|(a, b)| {
            component(&format!(r#"(component (import "{a}" (instance)) (import "{b}" (instance)) {EXPORTS})"#))
        })
        .map(|bytes| check(&bytes).unwrap_err().to_string())
        .into();
        assert_eq!(messages[0], messages[1]);
        assert_eq!(
            messages[0],
            "the component imports wasi:cli/environment@0.2.6, wasi:io/error@0.2.6: modules run without WASI; take time, \
             randomness, files and network from the adx:module interfaces, and build for wasm32-unknown-unknown"
        );
    }

    #[test]
    fn refuses_unknown_interfaces_other_majors_and_bare_functions() {
        for import in
            ["adx:module/telepathy@1.0.0", "adx:module/kv@2.0.0", "adx:module/kv", "acme:other/kv@1.0.0", "kv"]
        {
            let bytes = component(&format!(r#"(component (import "{import}" (instance)) {EXPORTS})"#));
            assert_eq!(
                check(&bytes),
                Err(LoadError::ForbiddenImports { names: vec![import.to_owned()], hint: UNKNOWN_HINT }),
            );
        }
    }

    #[test]
    fn refuses_a_component_that_exports_too_little() {
        let bytes = component(r#"(component (instance $e) (export "adx:module/lifecycle@1.0.0" (instance $e)))"#);
        assert_eq!(
            check(&bytes).unwrap_err().to_string(),
            "the component does not export adx:module/activities@1.0.0; build it for the world adx:module/module@1.0.0"
        );
    }

    #[test]
    fn nested_components_do_not_count() {
        let bytes =
            component(&format!(r#"(component (component (import "wasi:io/error@0.2.6" (instance))) {EXPORTS})"#));
        assert!(check(&bytes).is_ok());
    }

    #[test]
    fn refuses_core_modules_and_rubbish() {
        assert!(check(&component("(module)")).unwrap_err().to_string().contains("core module"));
        for rubbish in [&b""[..], b"\0asm", b"not wasm at all", &[0xff; 100]] {
            assert!(matches!(check(rubbish), Err(LoadError::NotAComponent(_))));
        }
        let mut truncated = component(&format!("(component {EXPORTS})"));
        truncated.truncate(truncated.len() - 3);
        assert!(matches!(check(&truncated), Err(LoadError::NotAComponent(_))));
    }
}
