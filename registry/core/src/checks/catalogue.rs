//! Every kind of finding, for docs/checks.md, which a test holds against this list.

use super::Severity::{self, Error, Harmful, Note, Warning};

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The check that finds it.
    pub check: &'static str,
    /// The finding's code.
    pub code: &'static str,
    /// How bad it is at most.
    pub severity: Severity,
    /// What it is.
    pub what: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

const fn kind(
    check: &'static str,
    code: &'static str,
    severity: Severity,
    what: &'static str,
    remedy: &'static str,
) -> Kind {
    Kind { check, code, severity, what, remedy }
}

/// Every kind, by check.
pub const KINDS: &[Kind] = &[
    kind(
        "permissions",
        "permission-unused",
        Warning,
        "a permission that the component never uses",
        "remove it from the manifest",
    ),
    kind(
        "permissions",
        "hosts-unused",
        Warning,
        "hosts are listed and `http` is never used",
        "remove `module.network.allowed_hosts`",
    ),
    kind("permissions", "hosts-missing", Warning, "`http` is asked for and no host is listed", "list the hosts"),
    kind(
        "permissions",
        "host-unencrypted",
        Note,
        "a host is reached by http or ws",
        "use https or wss where the host has it",
    ),
    kind(
        "permissions",
        "migrations-without-sql",
        Warning,
        "there are migrations and `sql` is not asked for",
        "ask for `sql`, or remove `migrations/`",
    ),
    kind(
        "permissions",
        "database-unused",
        Warning,
        "`[module.database]` and nothing that keeps data",
        "remove the table",
    ),
    kind(
        "permissions",
        "settings-unused",
        Warning,
        "`config.schema.json` and no permission `config`",
        "ask for `config`, or remove the file",
    ),
    kind(
        "permissions",
        "topics-without-events",
        Warning,
        "topics are published and `events` is not asked for",
        "ask for `events`, or remove `publishes`",
    ),
    kind(
        "exports",
        "workflows-missing",
        Error,
        "the manifest names workflows and the component exports none",
        "export them, or remove them from the manifest",
    ),
    kind(
        "exports",
        "workflows-undeclared",
        Warning,
        "the component exports workflows and the manifest names none",
        "name them in the manifest",
    ),
    kind(
        "exports",
        "event-handler-missing",
        Error,
        "the manifest subscribes to events and nothing receives them",
        "export `event-handler`, or remove `subscribes`",
    ),
    kind(
        "exports",
        "event-handler-unused",
        Warning,
        "the component receives events and the manifest subscribes to none",
        "name them in `subscribes`",
    ),
    kind("complexity", "too-many-modules", Error, "more than 16 core modules", "compose less into one module"),
    kind("complexity", "too-many-functions", Error, "more than 100,000 functions", "build with `lto = true`"),
    kind(
        "complexity",
        "function-too-large",
        Error,
        "a function of more than 1 MiB of code",
        "keep tables as data, split generated code",
    ),
    kind("complexity", "too-many-locals", Error, "a function of more than 10,000 locals", "split the function"),
    kind("complexity", "nested-too-deep", Error, "more than 4,000 blocks in one another", "split the function"),
    kind("complexity", "too-many-memories", Error, "more than 4 memories", "one is enough"),
    kind("complexity", "too-many-tables", Error, "more than 16 tables", "one is enough"),
    kind(
        "complexity",
        "table-too-large",
        Error,
        "a table of more than 20,000 elements",
        "have fewer functions behind pointers",
    ),
    kind("complexity", "too-many-segments", Error, "more than 10,000 data segments", "let the linker merge them"),
    kind(
        "complexity",
        "memory-beyond-manifest",
        Error,
        "it begins with more memory than the manifest asks for",
        "raise `module.resources.memory_mib`",
    ),
    kind(
        "complexity",
        "custom-sections-large",
        Warning,
        "more than 1 MiB of custom sections",
        "build with `strip = true`",
    ),
    kind("licence", "licence-file-missing", Warning, "no text of the licence", "add the file `LICENSE`"),
    kind(
        "licence",
        "licence-text-missing",
        Error,
        "no text, and a licence that SPDX has no text of",
        "add the file `LICENSE`",
    ),
    kind("sbom", "sbom-missing", Warning, "no `sbom.cdx.json`", "let `adx build` make one"),
    kind("sbom", "sbom-unreadable", Error, "no CycloneDX 1.4 to 1.6 in JSON", "let `adx build` make one"),
    kind(
        "sbom",
        "sbom-other-module",
        Warning,
        "it is about another module or version",
        "let `metadata.component` name this one",
    ),
    kind("sbom", "sbom-without-purl", Warning, "components without a package URL", "write the `purl` of each"),
    kind(
        "advisories",
        "advisory",
        Error,
        "a component that OSV has an advisory for: an error from high on and for malware, a note for what is unmaintained, else a warning",
        "update the component",
    ),
    kind(
        "advisories",
        "advisory-uncompared",
        Warning,
        "a component that OSV has an advisory for, of a version that cannot be compared with it",
        "write the very version into its `purl`",
    ),
    kind(
        "advisories",
        "component-two-versions",
        Warning,
        "a component whose `version` is not that of its `purl`; both are looked up",
        "write the same in both",
    ),
    kind("advisories", "advisories-elsewhere", Note, "components of a kind that is not looked up", "nothing"),
    kind("secrets", "private-key", Error, "a private key", "take it back, then remove it"),
    kind("secrets", "adx-token", Error, "a token of a registry or an agent", "take it back, then remove it"),
    kind("secrets", "aws-key", Error, "an access key of AWS", "take it back, then remove it"),
    kind("secrets", "azure-key", Error, "an account key of Azure", "take it back, then remove it"),
    kind("secrets", "google-key", Warning, "an API key of Google", "take it back, unless it is meant for pages"),
    kind("secrets", "github-token", Error, "a token of GitHub", "take it back, then remove it"),
    kind("secrets", "gitlab-token", Error, "a token of GitLab", "take it back, then remove it"),
    kind("secrets", "slack-token", Error, "a token or webhook of Slack", "take it back, then remove it"),
    kind("secrets", "stripe-key", Error, "a live key of Stripe", "take it back, then remove it"),
    kind("secrets", "npm-token", Error, "a token of npm", "take it back, then remove it"),
    kind("secrets", "pypi-token", Error, "a token of PyPI", "take it back, then remove it"),
    kind("secrets", "jwt", Warning, "a signed token", "take it back, then remove it"),
    kind(
        "secrets",
        "password",
        Warning,
        "a name such as `password` with a value that looks drawn by chance",
        "use the permission `secrets`",
    ),
    kind("readme", "readme-missing", Note, "nothing to show on the module's page", "write a README.md"),
    kind("readme", "readme-too-long", Warning, "more than the page shows, 256 KiB", "move what is long to docs/"),
    kind("readme", "readme-code-address", Error, "a link to `javascript:` or `data:`", "remove it"),
    kind(
        "readme",
        "readme-address-dropped",
        Warning,
        "a link by another scheme than http, https and mailto",
        "use one of them",
    ),
    kind("readme", "readme-plain-image", Warning, "a picture by http", "use https"),
    kind(
        "readme",
        "readme-broken-link",
        Warning,
        "a relative link to no file of the package",
        "write the whole address, or add the file",
    ),
    kind("readme", "readme-html-dropped", Warning, "HTML, which the page leaves out", "write Markdown"),
    kind(
        "screenshots",
        "screenshot-unreadable",
        Error,
        "a picture that the page cannot show",
        "write it as PNG, JPEG or WebP, at most 8,192 pixels on a side",
    ),
    kind(
        "frontend",
        "entry-unnamed",
        Warning,
        "files in `frontend/` and no entry in the manifest",
        "name it in `[module.frontend]`",
    ),
    kind(
        "frontend",
        "federation-manifest-missing",
        Warning,
        "no `mf-manifest.json` beside the entry",
        "let the bundler write it",
    ),
    kind(
        "frontend",
        "federation-manifest-unreadable",
        Error,
        "an `mf-manifest.json` that is none",
        "let the bundler write it",
    ),
    kind("frontend", "federation-other-entry", Error, "it names another entry than `module.toml`", "name one in both"),
    kind(
        "frontend",
        "page-not-exposed",
        Error,
        "a page that the remote does not expose",
        "add it to the bundler's `exposes`",
    ),
    kind("frontend", "eval", Warning, "`eval`, by any of its names", "write the code into the script"),
    kind(
        "frontend",
        "function-of-text",
        Warning,
        "`Function` of a text, or handed on, by any of its names",
        "write the function into the script",
    ),
    kind("frontend", "timer-with-text", Warning, "`setTimeout` with a text", "give it a function"),
    kind("frontend", "document-write", Warning, "`document.write`", "make elements"),
    kind("frontend", "inline-handler", Warning, "`onclick=…` in HTML", "listen from a script"),
    kind(
        "frontend",
        "remote-script",
        Error,
        "a script, worker, frame or WebAssembly from elsewhere",
        "put the file into the package",
    ),
    kind(
        "frontend",
        "remote-source",
        Warning,
        "a `src` that a script sets to elsewhere, and may be that of a script",
        "put the file into the package",
    ),
    kind(
        "frontend",
        "import-computed",
        Warning,
        "an `import` of an address that the script makes",
        "write the address out, or begin it with `./`",
    ),
    kind("frontend", "refresh-elsewhere", Warning, "a page that leads elsewhere by itself", "link to it"),
    kind("frontend", "remote-style", Warning, "a style sheet from elsewhere", "put the file into the package"),
    kind(
        "frontend",
        "script-in-address",
        Error,
        "an address that is code",
        "lead to a page; write the code into the script",
    ),
    kind(
        "frontend",
        "source-map-paths",
        Warning,
        "a source map that tells of paths on a machine",
        "leave it out, or write relative paths",
    ),
    kind(
        "frontend",
        "script-unreadable",
        Error,
        "a script or a frame whose end is not reached",
        "let the bundler write it",
    ),
    kind("frontend", "file-too-large", Error, "a script or page of more than 8 MiB", "let the bundler split it"),
    kind(
        "content",
        "known-content",
        Harmful,
        "a rule of the operator's matches; its `severity` says how bad, `harmful` where it has none",
        "ask the operator",
    ),
    kind("trial", "does-not-load", Error, "no agent could start it", "build it with `adx build`"),
    kind("trial", "migration-fails", Error, "a migration, up or down", "run it on an empty database"),
    kind(
        "trial",
        "migration-fails-on-rows",
        Warning,
        "a migration, on rows that the release before wrote",
        "let it take over what may be there",
    ),
    kind(
        "trial",
        "hook-failed",
        Warning,
        "a lifecycle function fails with the settings of the schema, at first or after an update; a note for `health`",
        "let it succeed",
    ),
    kind("trial", "hook-refused", Note, "a lifecycle function needs what a trial has not", "nothing"),
    kind(
        "trial",
        "activity-missing",
        Error,
        "an activity of the manifest is not there",
        "write it, or remove it from the manifest",
    ),
    kind(
        "trial",
        "activity-unknown",
        Error,
        "an activity that is there is not known, or one that is not there is",
        "keep `names` and `call` alike",
    ),
    kind("trial", "error-kind", Warning, "a kind of error that is not in kebab case", "write `invalid-input`"),
    kind("trial", "trial-panicked", Error, "a call panicked", "answer with an error"),
    kind("trial", "trial-trap", Error, "a call trapped", "answer with an error"),
    kind(
        "trial",
        "trial-out-of-memory",
        Error,
        "a call needs more memory than the manifest asks for",
        "raise `memory_mib`",
    ),
    kind("trial", "trial-stack-overflow", Error, "a call used up its stack", "recurse less"),
    kind("trial", "trial-cpu-time", Error, "a call computes longer than the manifest asks for", "raise `cpu_time_ms`"),
    kind("trial", "trial-wall-time", Error, "a call takes longer than the manifest asks for", "raise `wall_time_ms`"),
    kind("trial", "trial-output-too-large", Error, "a result of more than 1 MiB", "return less at once"),
    kind("trial", "trial-invalid-output", Error, "a result that is not JSON", "return one JSON document"),
    kind(
        "trial",
        "trial-unfinished",
        Error,
        "all calls together took longer than `checks.deadline`",
        "do less at the start",
    ),
    kind(
        "trial",
        "settings-not-made",
        Note,
        "no settings could be made up that `config.schema.json` allows",
        "use plainer keywords, or give `default` and `examples`",
    ),
    kind("trial", "trial-shortened", Note, "what was made up could not all be tried in time", "nothing"),
    kind("any", "more", Note, "more than 100 findings: the rest is not listed", "mend the first ones"),
];

/// The list as Markdown.
pub fn markdown() -> String {
    let mut out = String::new();
    let mut check = "";
    for kind in KINDS {
        if kind.check != check {
            check = kind.check;
            out.push_str(&format!("\n### {check}\n\n| code | at most | what | how to mend it |\n|---|---|---|---|\n"));
        }
        out.push_str(&format!("| `{}` | {} | {} | {} |\n", kind.code, kind.severity, kind.what, kind.remedy));
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const DOCUMENT: &str = include_str!("../../../../docs/checks.md");
    const MARK: &str = "<!-- the list: registry/core/src/checks/catalogue.rs -->\n";

    #[test]
    fn the_document_has_the_list() {
        let (_, list) = DOCUMENT.split_once(MARK).expect("docs/checks.md has the mark");
        assert!(list == markdown(), "docs/checks.md is out of date, below its mark stands:\n{}", markdown());
    }

    #[test]
    fn each_code_once() {
        let codes: BTreeSet<_> = KINDS.iter().map(|kind| kind.code).collect();
        assert_eq!(codes.len(), KINDS.len());
    }
}
