//! `adx call`: call an activity.

use std::io::{self, Read as _};

use adx_signing::ModuleId;
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::failure::Failure;
use crate::module_ref::segments;
use crate::operation;

/// Call an activity of an installed module
#[derive(Args)]
pub(crate) struct Call {
    /// The module: ns/name
    module: ModuleId,
    /// The activity; `adx info ns/name` lists those of an installed module
    activity: String,
    /// Its input as JSON; `-` reads it from stdin
    #[arg(default_value = "{}", value_name = "JSON")]
    input: String,
}

impl Call {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let tenant = app.settings.tenant()?;
        let input = self.input()?;
        let [namespace, name] = segments(&self.module);
        let path = ["api", "v1", "tenants", tenant, "installations", namespace, name, "activities", &self.activity];
        let module = &self.module;
        let answer = app.agent(Some(tenant))?.send(Method::POST, &path, Some(&input)).await.map_err(|failure| {
            failure
                .hint_for("not-found", "run `adx list` to see what is installed")
                .hint_for(
                    "quarantined",
                    format!(
                        "run `adx update {module}` for a version that was not called back, `adx rollback {module}` where the one \
                         before was not, or `adx uninstall {module}`"
                    ),
                )
                .hint_for("not-licensed", operation::LICENCE_HINT)
                .hint_for("not-active", format!("run `adx activate {module}`"))
                .hint_for("not-granted", format!("run `adx grants {module} --grant PERMISSION`"))
        })?;
        app.output.result(&answer, |out| {
            let output = &answer["output"];
            writeln!(out, "{output:#}")
        })
    }

    fn input(&self) -> Result<Value, Failure> {
        let mut text = self.input.clone();
        if text == "-" {
            text.clear();
            io::stdin()
                .lock()
                .read_to_string(&mut text)
                .map_err(|error| Failure::failed("cannot read the input").because(&error))?;
        }
        serde_json::from_str(&text).map_err(|error| {
            Failure::usage("the input is not JSON").because(&error).hint(format!(
                "quote it for the shell: adx call {} {} '{}'",
                self.module,
                self.activity,
                json!({ "name": "Ada" })
            ))
        })
    }
}
