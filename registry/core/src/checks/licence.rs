//! `licence`: the text of the licence is in the package. That the manifest names one which SPDX knows was seen when it was read.

use spdx::Expression;

use super::finding::told;
use super::{Check, CheckBroke, Finding, Subject};

/// The check.
#[derive(Debug, Clone, Copy, Default)]
pub struct Licence;

const NAME: &str = "licence";
const FILE: &str = "LICENSE";

impl Check for Licence {
    fn name(&self) -> &'static str {
        NAME
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let package = subject.package;
        let license = &package.manifest.module.license;
        let expression = Expression::parse(license).map_err(|error| CheckBroke::new(NAME, error))?;
        let mut findings = Vec::new();
        let text = package.files.get(FILE);
        if text.is_none_or(|text| text.iter().all(u8::is_ascii_whitespace)) {
            let state = if text.is_some() { "is empty" } else { "is missing" };
            // The list of SPDX has the text of what it knows; of anything else, nobody could read what is allowed.
            let is_known = expression.requirements().any(|requirement| requirement.req.license.id().is_some());
            findings.push(if is_known {
                let message = format!("{FILE} {state}: put the text of `{license}` there, most licences ask for it");
                Finding::warning("licence-file-missing", message).at(FILE)
            } else {
                let message = format!(
                    "{FILE} {state} and `{license}` is no licence that SPDX has the text of: nobody could tell what is \
                     allowed; put its text there"
                );
                Finding::error("licence-text-missing", message).at(FILE)
            });
        }
        Ok(told(findings))
    }
}

#[cfg(test)]
mod tests {
    use super::super::subjects::{PLAIN, codes, files, package, subject, with_manifest};
    use super::*;

    fn run(license: &str, text: Option<&str>) -> Vec<Finding> {
        let manifest = with_manifest("").replace("\"MIT\"", &format!("\"{license}\""));
        let list: Vec<_> = text.map(|text| ("LICENSE", text)).into_iter().collect();
        Licence.run(&subject(&package(PLAIN, &manifest, files(&list)))).expect("the check ends")
    }

    #[test]
    fn a_text_is_enough_whatever_the_licence() {
        assert_eq!(run("MIT", Some("Permission is hereby granted")), []);
        assert_eq!(run("LicenseRef-Fabrikam", Some("All rights reserved")), []);
    }

    #[test]
    fn without_a_text() {
        assert_eq!(codes(&run("MIT OR LicenseRef-Fabrikam", None)), ["licence-file-missing"]);
        assert_eq!(codes(&run("MIT", Some(" \n"))), ["licence-file-missing"]);
        assert_eq!(codes(&run("LicenseRef-Fabrikam", None)), ["licence-text-missing"]);
    }
}
