//! `exports`: what the manifest promises and the component does not export for its world, and the other way round. That the
//! lifecycle and the activities are there, with the right types, was seen before any check
//! ([`adx_index::component::check`]); which activities answer is seen by `trial`.

use adx_index::component::inspect;

use super::finding::{manifest_place, told};
use super::permissions::is_interface;
use super::{Check, CheckBroke, Finding, Subject};

/// The check.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exports;

const NAME: &str = "exports";

impl Check for Exports {
    fn name(&self) -> &'static str {
        NAME
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let package = subject.package;
        let manifest = &package.manifest;
        let interfaces = inspect(&package.component).map_err(|error| CheckBroke::new(NAME, error))?;
        let exports = |name| interfaces.exports.iter().any(|export| is_interface(export, name));
        let at = |section: &str, text: &str| manifest_place(&package.manifest_text, section, text);
        let workflows = manifest.workflows.as_ref().map_or(&[][..], |section| &section.workflows);
        let mut findings = Vec::new();
        if let (Some(first), false) = (workflows.first(), exports("workflows")) {
            let message = format!(
                "the manifest names the workflow `{first}` and the component exports no `adx:module/workflows`: export it, \
                 or remove `module.workflows.workflows`"
            );
            findings.push(Finding::error("workflows-missing", message).at(at("module.workflows", "workflows =")));
        }
        if workflows.is_empty() && exports("workflows") {
            let message =
                "the component exports workflows and the manifest names none: add them to `module.workflows.workflows`";
            findings.push(Finding::warning("workflows-undeclared", message).at("adx:module/workflows"));
        }
        let subscribes = &manifest.events.subscribes;
        if let (Some(first), false) = (subscribes.first(), exports("event-handler")) {
            let message = format!(
                "the manifest subscribes to `{first}` and the component exports no `adx:module/event-handler`: nothing would \
                 receive it; export it, or remove `module.events.subscribes`"
            );
            findings.push(Finding::error("event-handler-missing", message).at(at("module.events", "subscribes")));
        }
        if subscribes.is_empty() && exports("event-handler") {
            let message = "the component handles events and the manifest subscribes to none: add them to `module.events.subscribes`";
            findings.push(Finding::warning("event-handler-unused", message).at("adx:module/event-handler"));
        }
        Ok(told(findings))
    }
}

#[cfg(test)]
mod tests {
    use super::super::subjects::{PLAIN, codes, files, package, subject, with_manifest};
    use super::*;

    const OPTIONAL: &str = r#"(component (instance $e)
        (export "adx:module/workflows@1.0.0" (instance $e)) (export "adx:module/event-handler@1.0.0" (instance $e)))"#;
    const PROMISES: &str = "[module.workflows]\ntask_queue = \"q\"\nworkflows = [\"onboard\"]\n\
        [module.events]\nsubscribes = [\"adx/mail:message.bounced\"]\n";

    fn run(wat: &str, manifest: &str) -> Vec<Finding> {
        let package = package(wat, &with_manifest(manifest), files(&[]));
        Exports.run(&subject(&package)).expect("the check ends")
    }

    #[test]
    fn what_is_promised_and_kept_is_no_finding() {
        assert_eq!(run(OPTIONAL, PROMISES), []);
        assert_eq!(run(PLAIN, ""), []);
    }

    #[test]
    fn what_is_promised_and_missing_is_an_error_with_its_line() {
        let findings = run(PLAIN, PROMISES);
        assert_eq!(codes(&findings), ["event-handler-missing", "workflows-missing"]);
        assert!(findings.iter().all(|finding| finding.severity == crate::checks::Severity::Error));
        assert_eq!(findings[0].place.as_deref(), Some("module.toml:16"));
        assert_eq!(findings[1].place.as_deref(), Some("module.toml:14"));
    }

    #[test]
    fn what_is_there_and_not_said_is_a_warning() {
        assert_eq!(codes(&run(OPTIONAL, "")), ["event-handler-unused", "workflows-undeclared"]);
    }
}
