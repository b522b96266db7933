//! `adx deprecate`: advise against a module.

use adx_signing::ModuleId;
use clap::Args;
use reqwest::Method;
use serde_json::json;

use crate::App;
use crate::failure::Failure;
use crate::module_ref::{ModuleRef, segments};

/// Advise against a module of yours, or some of its versions, or take that back
///
/// Nothing is withheld: whoever installs it is told, and searches show others first.
#[derive(Args)]
pub(crate) struct Deprecate {
    /// The module: ns/name, or ns/name@REQUIREMENT for some of its versions, such as ns/name@<2
    module: ModuleRef,
    /// Why, in one line that clients show
    #[arg(long, value_name = "TEXT", required_unless_present = "undo", conflicts_with = "undo")]
    message: Option<String>,
    /// The module to use in its stead
    #[arg(long, value_name = "MODULE", conflicts_with = "undo")]
    replacement: Option<ModuleId>,
    /// Take it back
    #[arg(long)]
    undo: bool,
}

impl Deprecate {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let ModuleRef { module, requirement } = &self.module;
        let [namespace, name] = segments(module);
        let path = ["api", "v1", "modules", namespace, name, "deprecation"];
        let registry = app.registry_of(&module.namespace)?;
        let advise = |failure: Failure| failure.hint_for("not-found", format!("run `adx search {name}`"));
        if self.undo {
            registry.send_repeatable(Method::DELETE, &path, |request| request).await.map_err(advise)?;
            return app.output.result(&json!({ "module": module, "deprecated": false }), |out| {
                writeln!(out, "{module} is not deprecated any more")
            });
        }
        let body = json!({
            "message": self.message,
            "versions": requirement.as_ref().map(ToString::to_string),
            "replacement": self.replacement,
        });
        let sent = registry.send_repeatable(Method::PUT, &path, |request| request.json(&body)).await;
        let (_, document) = sent.map_err(advise)?;
        app.output.result(&document, |out| {
            let versions = requirement.as_ref().map(|requirement| format!(" {requirement}")).unwrap_or_default();
            writeln!(out, "{module}{versions} is deprecated")?;
            writeln!(out, "next: adx info {module}")
        })
    }
}
