//! `adx report`: tell a registry's operators what is wrong with a module.

use adx_signing::ModuleId;
use clap::{Args, ValueEnum};
use reqwest::Method;
use semver::Version;
use serde_json::json;

use crate::App;
use crate::failure::Failure;
use crate::module_ref::segments;

/// Tell the operators of the registry what is wrong with a module
///
/// Only they see it. The address is for their questions; it is erased once they have decided. Whoever wants to be told what they made
/// of it reports it on the module's page, signed in.
#[derive(Args)]
pub(crate) struct Report {
    /// The module: ns/name
    module: ModuleId,
    /// The version, such as 1.2.3, if it is about one
    version: Option<Version>,
    /// What kind of thing is wrong
    #[arg(long, value_name = "CATEGORY", value_enum)]
    category: Category,
    /// What is wrong: plain text, of several lines if need be
    #[arg(long, value_name = "TEXT")]
    text: String,
    /// Where the operators can ask
    #[arg(long, value_name = "ADDRESS")]
    email: String,
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, ValueEnum)]
enum Category {
    /// It harms whoever runs it
    Malware,
    /// It pretends to be somebody else's
    Impersonation,
    /// It is not what a registry of modules is for
    Spam,
    /// The law forbids it, or it belongs to somebody else
    Unlawful,
    /// Something else
    Other,
}

impl Category {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Malware => "malware",
            Self::Impersonation => "impersonation",
            Self::Spam => "spam",
            Self::Unlawful => "unlawful",
            Self::Other => "other",
        }
    }
}

impl Report {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let [namespace, name] = segments(&self.module);
        let body = json!({
            "category": self.category.as_str(),
            "text": self.text,
            "version": self.version,
            "email": self.email,
        });
        let path = ["api", "v1", "modules", namespace, name, "report"];
        let document = app
            .registry()?
            .send(Method::POST, &path, Some(&body))
            .await
            .map_err(|failure| failure.hint_for("not-found", format!("run `adx info {}`", self.module)))?;
        app.output.result(&document, |out| {
            writeln!(out, "{} is reported", self.module)?;
            writeln!(out, "an operator looks at it; until then: adx info {}", self.module)
        })
    }
}
