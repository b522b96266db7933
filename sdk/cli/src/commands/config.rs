//! `adx config`: a tenant's settings of a module.

use std::fs;
use std::path::PathBuf;

use adx_signing::ModuleId;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::App;
use crate::failure::Failure;
use crate::module_ref::segments;

/// Read or change a tenant's settings of a module
#[derive(Subcommand)]
pub(crate) enum Config {
    /// Show the settings that the module sees, or one of them
    Get(Get),
    /// Change settings
    Set(Set),
}

/// Show settings
#[derive(Args)]
pub(crate) struct Get {
    /// The module: ns/name
    module: ModuleId,
    /// Only this one
    key: Option<String>,
}

/// Change settings
#[derive(Args)]
pub(crate) struct Set {
    /// The module: ns/name
    module: ModuleId,
    /// key=value; the value is JSON, or text when it is not
    #[arg(value_name = "KEY=VALUE", required_unless_present = "file")]
    values: Vec<String>,
    /// Replace all settings by this JSON file
    #[arg(long, value_name = "FILE", conflicts_with = "values")]
    file: Option<PathBuf>,
}

impl Config {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::Get(command) => command.run(app).await,
            Self::Set(command) => command.run(app).await,
        }
    }
}

async fn fetch(app: &App, module: &ModuleId) -> Result<Value, Failure> {
    let tenant = app.settings.tenant()?;
    let [namespace, name] = segments(module);
    let path = ["api", "v1", "tenants", tenant, "installations", namespace, name, "config"];
    let document = app.agent(Some(tenant))?.get(&path, &[]).await;
    document.map_err(|failure| failure.hint_for("not-found", "run `adx list` to see what is installed"))
}

impl Get {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let document = fetch(app, &self.module).await?;
        let Some(key) = &self.key else {
            return app.output.result(&document, |out| writeln!(out, "{:#}", document["effective"]));
        };
        let value = document["effective"].get(key).ok_or_else(|| {
            Failure::not_found(format!("{} has no setting `{key}`", self.module))
                .hint(format!("run `adx config get {}` to see all", self.module))
        })?;
        app.output.result(value, |out| match value {
            Value::String(text) => writeln!(out, "{text}"),
            other => writeln!(out, "{other:#}"),
        })
    }
}

impl Set {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let settings = if let Some(file) = &self.file {
            read(file)?
        } else {
            let present = fetch(app, &self.module).await?;
            let mut object = present["config"].as_object().cloned().unwrap_or_default();
            merge(&mut object, &self.values)?;
            Value::Object(object)
        };
        let tenant = app.settings.tenant()?;
        let [namespace, name] = segments(&self.module);
        let path = ["api", "v1", "tenants", tenant, "installations", namespace, name, "config"];
        let body = json!({ "config": settings });
        let document = app.agent(Some(tenant))?.send(Method::PUT, &path, Some(&body)).await?;
        app.output.result(&document, |out| writeln!(out, "{:#}", document["effective"]))
    }
}

fn read(file: &PathBuf) -> Result<Value, Failure> {
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::not_found(format!("cannot read {}", file.display())).because(&error))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("{} is not JSON", file.display())).because(&error))
}

fn merge(object: &mut Map<String, Value>, values: &[String]) -> Result<(), Failure> {
    for pair in values {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("`{pair}` is not KEY=VALUE")).hint("for example greeting=Hi"))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        object.insert(key.to_owned(), value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_json_or_text() {
        let mut object = Map::new();
        let pairs = ["greeting=Hi".to_owned(), "limit=3".to_owned(), "a=\"1\"".to_owned()];
        merge(&mut object, &pairs).expect("pairs");
        assert_eq!(Value::Object(object.clone()), json!({"greeting": "Hi", "limit": 3, "a": "1"}));
        assert!(merge(&mut object, &["greeting".to_owned()]).is_err());
    }
}
