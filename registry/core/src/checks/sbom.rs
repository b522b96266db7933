//! `sbom`: the bill of materials is there, and it can be read. `advisories` looks up what stands in it.

use std::str::FromStr as _;

use adx_index::package::SBOM;
use adx_index::{Manifest, Package};
use packageurl::PackageUrl;
use serde::Deserialize;

use super::finding::told;
use super::{Check, CheckBroke, Finding, Subject};

/// The versions of CycloneDX that are read.
const VERSIONS: [&str; 3] = ["1.4", "1.5", "1.6"];

/// The check.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sbom;

/// What is read of a bill of materials (CycloneDX, ECMA-424).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bom {
    bom_format: String,
    spec_version: String,
    metadata: Option<Metadata>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    component: Option<Component>,
}

/// A component of the module.
#[derive(Debug, Deserialize)]
pub(super) struct Component {
    group: Option<String>,
    /// Its name.
    pub(super) name: String,
    /// Which one of it, as it says itself; its package URL may say so too.
    pub(super) version: Option<String>,
    purl: Option<String>,
    #[serde(default)]
    components: Vec<Component>,
}

impl Component {
    /// Where it comes from, if it says so and the text is a package URL.
    pub(super) fn purl(&self) -> Option<PackageUrl<'static>> {
        PackageUrl::from_str(self.purl.as_deref()?).ok()
    }
}

impl Bom {
    /// The bill in a package, if there is one.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn of(package: &Package) -> Option<Result<Self, String>> {
        let bytes = package.files.get(SBOM)?;
        Some(serde_json::from_slice::<Self>(bytes).map_err(|error| error.to_string()).and_then(Self::known))
    }

    fn known(self) -> Result<Self, String> {
        if self.bom_format != "CycloneDX" {
            return Err("its `bomFormat` is not CycloneDX".to_owned());
        }
        if !VERSIONS.contains(&self.spec_version.as_str()) {
            let shown: String = self.spec_version.chars().take(20).collect();
            return Err(format!("its `specVersion` is {shown:?}, {} are read", VERSIONS.join(", ")));
        }
        Ok(self)
    }

    /// Every component, nested ones included.
    pub(super) fn components(&self) -> Vec<&Component> {
        let mut found: Vec<&Component> = Vec::new();
        let mut open: Vec<&Component> = self.components.iter().rev().collect();
        while let Some(component) = open.pop() {
            found.push(component);
            open.extend(component.components.iter().rev());
        }
        found
    }

    /// Whether it says that it is about this version of this module.
    fn names(&self, manifest: &Manifest) -> bool {
        let Some(component) = self.metadata.as_ref().and_then(|metadata| metadata.component.as_ref()) else {
            return false;
        };
        let id = manifest.id().to_string();
        let name = match &component.group {
            Some(group) => format!("{group}/{}", component.name),
            None => component.name.clone(),
        };
        (name == id || component.group.is_none() && component.name == manifest.module.name.as_str())
            && component.version.as_deref().is_none_or(|version| version == manifest.module.version.to_string())
    }
}

impl Check for Sbom {
    fn name(&self) -> &'static str {
        "sbom"
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let manifest = &subject.package.manifest;
        let bom = match Bom::of(subject.package) {
            None => {
                let message =
                    format!("there is no {SBOM}: nobody can look up what the module is made of; `adx build` makes one");
                return Ok(vec![Finding::warning("sbom-missing", message).at(SBOM)]);
            }
            Some(Err(reason)) => {
                let message =
                    format!("{SBOM} cannot be read ({reason}): write CycloneDX in JSON, `adx build` makes one");
                return Ok(vec![Finding::error("sbom-unreadable", message).at(SBOM)]);
            }
            Some(Ok(bom)) => bom,
        };
        let mut findings = Vec::new();
        if !bom.names(manifest) {
            let message = format!(
                "{SBOM} is not about {} {}: let `metadata.component` name it",
                manifest.id(),
                manifest.module.version
            );
            findings.push(Finding::warning("sbom-other-module", message).at(SBOM));
        }
        let components = bom.components();
        let nowhere: Vec<_> = components.iter().filter(|component| component.purl().is_none()).collect();
        if let Some(first) = nowhere.first() {
            let message = format!(
                "{} of {} components have no `purl`, such as `{}`: advisories for them cannot be found",
                nowhere.len(),
                components.len(),
                first.name.chars().take(100).collect::<String>().escape_debug()
            );
            findings.push(Finding::warning("sbom-without-purl", message).at(SBOM));
        }
        Ok(told(findings))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::subjects::{codes, of_files, subject};
    use super::*;

    fn run(bom: &str) -> Vec<Finding> {
        Sbom.run(&subject(&of_files(&[(SBOM, bom)]))).expect("the check ends")
    }

    const SOUND: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5",
        "metadata": {"component": {"type": "library", "name": "adx/hello", "version": "1.0.0"}},
        "components": [{"name": "serde", "version": "1.0.0", "purl": "pkg:cargo/serde@1.0.0",
            "components": [{"name": "inner", "purl": "pkg:npm/%40scope/inner@2.0.0"}]}]}"#;

    #[test]
    fn a_sound_one_is_no_finding() {
        assert_eq!(run(SOUND), []);
        assert_eq!(run(&SOUND.replace("\"name\": \"adx/hello\"", "\"group\": \"adx\", \"name\": \"hello\"")), []);
    }

    #[test]
    fn nested_components_count() {
        let bom = Bom::of(&of_files(&[(SBOM, SOUND)])).unwrap().unwrap();
        let names: Vec<_> = bom.components().iter().map(|component| component.name.as_str()).collect();
        assert_eq!(names, ["serde", "inner"]);
        let purl = bom.components()[1].purl().unwrap();
        assert_eq!((purl.namespace(), purl.name(), purl.version()), (Some("@scope"), "inner", Some("2.0.0")));
    }

    #[test]
    fn each_fault_once() {
        assert_eq!(codes(&Sbom.run(&subject(&of_files(&[]))).unwrap()), ["sbom-missing"]);
        for unreadable in
            ["[]", "{\"bomFormat\": 1}", &SOUND.replace("1.5", "2.0"), &SOUND.replace("CycloneDX", "SPDX")]
        {
            assert_eq!(codes(&run(unreadable)), ["sbom-unreadable"]);
        }
        assert_eq!(codes(&run(&SOUND.replace("adx/hello", "adx/other"))), ["sbom-other-module"]);
        assert_eq!(codes(&run(&SOUND.replace("\"1.0.0\"}}", "\"1.0.1\"}}"))), ["sbom-other-module"]);
        assert_eq!(codes(&run(&SOUND.replace("pkg:cargo", "cargo"))), ["sbom-without-purl"]);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(text in ".{0,200}", purl in ".{0,60}") {
            run(&text);
            run(&SOUND.replace("pkg:cargo/serde@1.0.0", &purl.replace(['"', '\\'], "")));
        }
    }
}
