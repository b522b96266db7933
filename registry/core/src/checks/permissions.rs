//! `permissions`: what a module asks for and does not use. The other way round, the package is refused before any check
//! ([`adx_index::component::check`]).

use adx_index::component::{Interfaces, inspect};
use adx_index::manifest::{Capability, Manifest};
use adx_index::package::CONFIG_SCHEMA;

use super::finding::{manifest_place, told};
use super::{Check, CheckBroke, Finding, Subject};

/// The check.
#[derive(Debug, Clone, Copy, Default)]
pub struct Permissions;

const NAME: &str = "permissions";
const SECTION: &str = "module.permissions";

impl Check for Permissions {
    fn name(&self) -> &'static str {
        NAME
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let package = subject.package;
        let manifest = &package.manifest;
        let interfaces = inspect(&package.component).map_err(|error| CheckBroke::new(NAME, error))?;
        let asks = |capability| manifest.permissions.asks_for(capability);
        let at = |section: &str, text: &str| manifest_place(&package.manifest_text, section, text);
        let mut findings = Vec::new();

        for permission in manifest.permissions.iter() {
            let capability = permission.capability;
            if !is_used(capability, &interfaces, manifest) {
                let list = if manifest.permissions.required.contains(permission) { "required" } else { "optional" };
                let message = format!(
                    "`{permission}` is asked for and the component never uses it: remove \"{permission}\" from `{SECTION}.{list}`"
                );
                findings
                    .push(Finding::warning("permission-unused", message).at(at(SECTION, &format!("\"{capability}"))));
            }
        }

        let hosts = &manifest.network.allowed_hosts;
        if !hosts.is_empty() && !imports(&interfaces, Capability::Http.as_str()) {
            let message = "hosts are listed and the component never uses `http`: remove `module.network.allowed_hosts`";
            findings.push(Finding::warning("hosts-unused", message).at(at("module.network", "allowed_hosts")));
        }
        if hosts.is_empty() && asks(Capability::Http) {
            let message = "`http` is asked for and no host is listed, so that every request is refused: \
                 add the hosts to `module.network.allowed_hosts`";
            findings.push(Finding::warning("hosts-missing", message).at(at(SECTION, "\"http")));
        }
        for host in hosts.iter().filter(|host| matches!(host.scheme(), "http" | "ws")) {
            let message =
                format!("`{}` is reached without encryption: use https or wss where the host has it", host.as_str());
            findings.push(Finding::note("host-unencrypted", message).at(at("module.network", host.scheme())));
        }

        if !package.migrations().is_empty() && !asks(Capability::Sql) {
            let message = format!(
                "there are migrations and `sql` is not asked for: add \"sql\" to `{SECTION}.required`, or remove `migrations/`"
            );
            findings.push(Finding::warning("migrations-without-sql", message).at("migrations/"));
        }
        let stores = [Capability::Sql, Capability::Kv, Capability::Blob];
        if manifest.database.is_some() && !stores.into_iter().any(asks) {
            let message =
                "there is a `[module.database]` and none of `sql`, `kv` and `blob` is asked for: remove the table";
            findings.push(Finding::warning("database-unused", message).at(at("module.database", "[module.database]")));
        }
        if package.files.contains_key(CONFIG_SCHEMA) && !asks(Capability::Config) {
            let message = format!(
                "there are settings and `config` is not asked for, so that the module cannot read them: \
                 add \"config\" to `{SECTION}.required`, or remove {CONFIG_SCHEMA}"
            );
            findings.push(Finding::warning("settings-unused", message).at(CONFIG_SCHEMA));
        }
        if !manifest.events.publishes.is_empty() && !asks(Capability::Events) {
            let message = format!(
                "topics are published and `events` is not asked for: add \"events\" to `{SECTION}.required`, or remove \
                 `module.events.publishes`"
            );
            findings.push(Finding::warning("topics-without-events", message).at(at("module.events", "publishes")));
        }
        Ok(told(findings))
    }
}

/// Whether anything in the component or the manifest needs the capability.
fn is_used(capability: Capability, interfaces: &Interfaces, manifest: &Manifest) -> bool {
    imports(interfaces, capability.as_str())
        || match capability {
            // Receiving is a capability as well, and no import.
            Capability::Events => !manifest.events.subscribes.is_empty(),
            Capability::Workflow => imports(interfaces, "workflow-context"),
            _ => false,
        }
}

/// Whether the component imports `adx:module/NAME@…`.
fn imports(interfaces: &Interfaces, name: &str) -> bool {
    interfaces.imports.iter().any(|import| is_interface(import, name))
}

/// Whether `text` is `adx:module/NAME@…`.
pub(super) fn is_interface(text: &str, name: &str) -> bool {
    text.strip_prefix("adx:module/").and_then(|rest| rest.split_once('@')).is_some_and(|(found, _)| found == name)
}

#[cfg(test)]
mod tests {
    use super::super::subjects::{PLAIN, codes, files, package, with_manifest};
    use super::*;
    use crate::checks::Severity;

    fn run(package: &adx_index::Package) -> Vec<Finding> {
        Permissions.run(&super::super::subjects::subject(package)).expect("the check ends")
    }

    const IMPORTS_KV_SQL: &str = r#"(component
        (import "adx:module/kv@1.0.0" (instance)) (import "adx:module/sql@1.0.0" (instance)))"#;

    #[test]
    fn nothing_to_say_of_what_is_used() {
        let sound = with_manifest("[module.permissions]\nrequired = [\"kv\"]\noptional = [\"sql\"]\n");
        assert_eq!(run(&package(IMPORTS_KV_SQL, &sound, files(&[]))), []);
        assert_eq!(run(&package(PLAIN, &with_manifest(""), files(&[]))), []);
    }

    #[test]
    fn a_permission_that_is_never_imported_names_its_line() {
        let manifest = with_manifest("[module.permissions]\nrequired = [\"kv\"]\noptional = [\"sql\", \"blob\"]\n");
        let findings = run(&package(IMPORTS_KV_SQL, &manifest, files(&[])));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].severity, Severity::Warning);
        assert!(findings[0].message.ends_with("remove \"blob\" from `module.permissions.optional`"), "{findings:?}");
        let line = manifest.lines().position(|line| line.contains("blob")).unwrap() + 1;
        assert_eq!(findings[0].place, Some(format!("module.toml:{line}")));
    }

    #[test]
    fn receiving_events_is_a_use() {
        let manifest = with_manifest(
            "[module.permissions]\nrequired = [\"events\"]\n[module.events]\nsubscribes = [\"adx/mail:message.bounced\"]\n",
        );
        assert_eq!(run(&package(PLAIN, &manifest, files(&[]))), []);
    }

    #[test]
    fn each_contradiction_once() {
        let manifest = with_manifest(
            "[module.permissions]\nrequired = [\"http\"]\n[module.network]\nallowed_hosts = [\"http://a.example\"]\n",
        );
        assert_eq!(
            codes(&run(&package(PLAIN, &manifest, files(&[])))),
            ["hosts-unused", "permission-unused", "host-unencrypted"]
        );
        let http = r#"(component (import "adx:module/http@1.0.0" (instance)))"#;
        let manifest = with_manifest("[module.permissions]\nrequired = [\"http\"]\n");
        assert_eq!(codes(&run(&package(http, &manifest, files(&[])))), ["hosts-missing"]);

        let manifest = with_manifest("[module.database]\nretain_days = 3\n[module.events]\npublishes = [\"a.b\"]\n");
        let found = run(&package(
            PLAIN,
            &manifest,
            files(&[
                ("migrations/0001_a.up.sql", "SELECT 1"),
                ("migrations/0001_a.down.sql", "SELECT 1"),
                ("config.schema.json", "{}"),
            ]),
        ));
        assert_eq!(
            codes(&found),
            ["database-unused", "migrations-without-sql", "settings-unused", "topics-without-events"]
        );
    }

    #[test]
    fn rubbish_breaks_the_check_and_nothing_else() {
        let mut package = package(PLAIN, &with_manifest(""), files(&[]));
        package.component = b"rubbish".to_vec();
        assert!(Permissions.run(&super::super::subjects::subject(&package)).is_err());
    }
}
