//! The Module Federation manifest that bundlers write beside the remote's entry
//! (<https://module-federation.io/configure/manifest>).

use adx_index::Package;
use adx_index::manifest::Frontend;
use serde::Deserialize;

use super::shown;
use crate::checks::Finding;
use crate::checks::finding::manifest_place;

const FILE: &str = "mf-manifest.json";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Federation {
    meta_data: MetaData,
    #[serde(default)]
    exposes: Vec<Exposed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetaData {
    remote_entry: RemoteEntry,
}

#[derive(Deserialize)]
struct RemoteEntry {
    name: String,
    #[serde(default)]
    path: String,
}

#[derive(Deserialize)]
struct Exposed {
    path: String,
}

/// Whether the manifest of the bundler and that of the module are of one mind.
pub(super) fn look(package: &Package, frontend: &Frontend, findings: &mut Vec<Finding>) {
    let entry = frontend.entry.as_str();
    let folder = entry.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = format!("{folder}/{FILE}");
    let Some(bytes) = package.files.get(path.as_str()) else {
        let message =
            format!("there is no {path}: let the bundler write the Module Federation manifest beside the entry");
        findings.push(Finding::warning("federation-manifest-missing", message).at(path));
        return;
    };
    let federation: Federation = match serde_json::from_slice(bytes) {
        Ok(federation) => federation,
        Err(error) => {
            let message = format!("this is no Module Federation manifest ({error}): let the bundler write it");
            findings.push(Finding::error("federation-manifest-unreadable", message).at(path));
            return;
        }
    };
    let remote = &federation.meta_data.remote_entry;
    let named = [folder, remote.path.trim_matches('/'), remote.name.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty() && *part != ".")
        .collect::<Vec<_>>()
        .join("/");
    if named != entry {
        let message =
            format!("the entry here is `{}`, that of module.toml is `{entry}`: name one in both", shown(&named));
        findings.push(Finding::error("federation-other-entry", message).at(path.clone()));
    }
    for route in &frontend.routes {
        if !federation.exposes.iter().any(|exposed| exposed.path == route.exposes) {
            let message = format!(
                "the page `{}` is `{}`, which the remote does not expose: add it to the bundler's `exposes`",
                route.path, route.exposes
            );
            let place = manifest_place(&package.manifest_text, "module.frontend", &route.exposes);
            findings.push(Finding::error("page-not-exposed", message).at(place));
        }
    }
}
