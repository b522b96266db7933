//! `adx yank`: withdraw a version.

use adx_signing::ModuleId;
use clap::Args;
use reqwest::Method;
use semver::Version;
use serde_json::json;

use crate::App;
use crate::failure::Failure;
use crate::module_ref::segments;

/// Withdraw a published version from new installations, or take that back
///
/// Whoever has it installed keeps it. Yanking what is yanked is harmless.
#[derive(Args)]
pub(crate) struct Yank {
    /// The module: ns/name
    module: ModuleId,
    /// The version, such as 1.2.3
    version: Version,
    /// Why, in one line that clients show
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Offer it again
    #[arg(long)]
    undo: bool,
}

impl Yank {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let [namespace, name] = segments(&self.module);
        let version = self.version.to_string();
        let verb = if self.undo { "unyank" } else { "yank" };
        let path = ["api", "v1", "modules", namespace, name, "versions", &version, verb];
        let (_, document) = app
            .registry_of(&self.module.namespace)?
            .send_repeatable(Method::POST, &path, |request| match &self.reason {
                Some(reason) => request.json(&json!({ "reason": reason })),
                None => request,
            })
            .await
            .map_err(|failure| failure.hint_for("not-found", format!("run `adx info {}`", self.module)))?;
        app.output.result(&document, |out| {
            let done = if self.undo { "is offered again" } else { "is yanked" };
            writeln!(out, "{} {version} {done}", self.module)?;
            writeln!(out, "next: adx info {}", self.module)
        })
    }
}
