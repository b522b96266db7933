//! The bill of materials, CycloneDX 1.6 (ECMA-424): what cargo compiled into the component. The same sources give the same bytes:
//! neither time nor serial number is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::process::{Command, Stdio};

use semver::Version;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Project;
use super::compile::TARGET;
use crate::App;
use crate::failure::Failure;

/// Flags of `cargo build` that decide which dependencies there are, and take a value of their own or none.
const WITH_VALUE: [&str; 2] = ["--features", "-F"];
const ALONE: [&str; 5] = ["--all-features", "--no-default-features", "--locked", "--offline", "--frozen"];

/// What is read of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    root: Option<String>,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// None is what is compiled in; the others are for building and testing.
    kind: Option<String>,
}

/// Asks cargo, and writes the bill beside the component.
///
/// # Errors
/// Why there is none, in words.
pub(super) fn write(app: &App, project: &Project, arguments: &[String]) -> Result<(), String> {
    let path = project.built_sbom();
    // One of an earlier build would be about other dependencies.
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.to_string()),
        _ => {}
    }
    let cargo = app.environment.cargo.clone().unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    command
        .current_dir(project.folder())
        .args(["metadata", "--format-version", "1", "--filter-platform", TARGET])
        .args(of_dependencies(arguments))
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    if let Some(rustc) = &app.environment.wasm_rustc {
        command.env("RUSTC", rustc);
    }
    let output = command.output().map_err(|error| format!("{} cannot be run: {error}", cargo.display()))?;
    if !output.status.success() {
        return Err("`cargo metadata` fails".to_owned());
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("`cargo metadata` says something else: {error}"))?;
    let text = format!("{:#}\n", bill(&metadata));
    fs::write(&path, text).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

/// The bill that was built, about this version of the module; none where none was built.
pub(super) fn built(project: &Project, version: Option<&Version>) -> Result<Option<Vec<u8>>, Failure> {
    let path = project.built_sbom();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::failed(format!("cannot read {}", path.display())).because(&error)),
    };
    let mut bill: Value = serde_json::from_str(&text).map_err(|error| {
        Failure::failed(format!("{} is damaged", path.display())).because(&error).hint("run `adx build` again")
    })?;
    let manifest = project.manifest();
    let version = version.unwrap_or(&manifest.module.version);
    bill["metadata"] = json!({
        "component": {
            "type": "application",
            "group": manifest.module.publisher,
            "name": manifest.module.name,
            "version": version.to_string(),
            "licenses": [{ "expression": manifest.module.license }],
        }
    });
    Ok(Some(format!("{bill:#}\n").into_bytes()))
}

/// Those of cargo's arguments that choose dependencies.
fn of_dependencies(arguments: &[String]) -> Vec<&str> {
    let mut chosen = Vec::new();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        if WITH_VALUE.contains(&argument) {
            chosen.push(argument);
            chosen.extend(rest.next());
        } else if ALONE.contains(&argument) || argument.starts_with("--features=") {
            chosen.push(argument);
        }
    }
    chosen
}

fn bill(metadata: &Metadata) -> Value {
    let nodes: BTreeMap<&str, &Node> = metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = metadata.resolve.root.as_deref().into_iter().collect();
    while let Some(id) = open.pop() {
        let dependencies = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let compiled = dependencies.filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none()));
        open.extend(compiled.map(|dependency| dependency.pkg.as_str()).filter(|id| reached.insert(*id)));
    }
    let mut packages: Vec<&Package> =
        metadata.packages.iter().filter(|package| reached.contains(package.id.as_str())).collect();
    packages
        .sort_by(|left, right| (&left.name, &left.version, &left.id).cmp(&(&right.name, &right.version, &right.id)));
    let components: Vec<Value> = packages.into_iter().map(component).collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": components,
    })
}

fn component(package: &Package) -> Value {
    let Package { name, version, license, source, .. } = package;
    let mut component = json!({
        "type": "library",
        "name": name,
        "version": version,
        "purl": format!("pkg:cargo/{name}@{}", version.replace('+', "%2B")),
    });
    // Some old ones part their licences with a slash, which SPDX does not know.
    if let Some(license) = license {
        component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
    }
    if source.is_none() {
        component["properties"] = json!([{ "name": "cargo:source", "value": "path" }]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_is_listed_in_order_and_nothing_else() {
        let metadata = serde_json::from_value(json!({
            "packages": [
                { "id": "root", "name": "hello", "version": "1.0.0", "license": null, "source": null },
                { "id": "b", "name": "b", "version": "2.0.0+x", "license": "MIT/Apache-2.0", "source": "registry" },
                { "id": "a", "name": "a", "version": "1.0.0", "license": null, "source": null },
                { "id": "build", "name": "build", "version": "1.0.0", "license": null, "source": "registry" },
            ],
            "resolve": { "root": "root", "nodes": [
                { "id": "root", "deps": [
                    { "pkg": "a", "dep_kinds": [{ "kind": null }] },
                    { "pkg": "build", "dep_kinds": [{ "kind": "build" }] },
                ] },
                { "id": "a", "deps": [{ "pkg": "b", "dep_kinds": [{ "kind": null }] }] },
                { "id": "b", "deps": [{ "pkg": "a", "dep_kinds": [{ "kind": null }] }] },
                { "id": "build", "deps": [] },
            ] },
        }))
        .expect("metadata");
        let bill = bill(&metadata);
        let names: Vec<_> = bill["components"].as_array().expect("a list").iter().map(|one| &one["purl"]).collect();
        assert_eq!(names, ["pkg:cargo/a@1.0.0", "pkg:cargo/b@2.0.0%2Bx"]);
        assert_eq!(bill["components"][1]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(bill["components"][0]["properties"][0]["value"], "path");
    }

    #[test]
    fn only_what_chooses_dependencies_is_passed_on() {
        let arguments =
            ["--features", "a b", "--release", "--locked", "--features=c", "--jobs", "2"].map(str::to_owned);
        assert_eq!(of_dependencies(&arguments), ["--features", "a b", "--locked", "--features=c"]);
    }
}
