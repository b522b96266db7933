//! The check `screenshots`: whether the page can show each.

use adx_registry_core::checks::{Check, CheckBroke, Finding, Subject, told};

use crate::picture;

/// The check.
pub(super) struct Screenshots;

impl Check for Screenshots {
    fn name(&self) -> &'static str {
        "screenshots"
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let package = subject.package;
        let mut findings = Vec::new();
        for path in &package.manifest.marketplace.screenshots {
            // Reading the package has checked that it is there.
            let bytes = package.files.get(path).map(Vec::as_slice).unwrap_or_default();
            if let Err(error) = picture::read(bytes) {
                let message = format!("the page cannot show it: {error}");
                findings.push(Finding::error("screenshot-unreadable", message).at(path.as_str()));
            }
        }
        Ok(told(findings))
    }
}
