//! `adx new`: a module to start from.

use std::fs;
use std::path::{Path, PathBuf};

use adx_signing::name::NameError;
use adx_signing::{Name, Namespace};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::App;
use crate::failure::Failure;

/// The namespace put into a manifest when none is known. Nobody can publish under it.
const PLACEHOLDER_PUBLISHER: &str = "example";

/// Start a module in a new folder
#[derive(Args)]
pub(crate) struct New {
    /// The module's name, or publisher/name
    name: String,
    /// What to start from
    #[arg(long, default_value = "hello")]
    template: Template,
    /// The namespace to publish under [default: the one of config.toml, else `example`]
    #[arg(long, value_name = "NAMESPACE")]
    publisher: Option<String>,
    /// Where to make the folder [default: ./NAME]
    #[arg(long, value_name = "FOLDER")]
    path: Option<PathBuf>,
    /// Where the crate that modules link is: `sdk/guest` of a checkout
    #[arg(long, env = "ADX_SDK_PATH", value_name = "FOLDER")]
    sdk: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Template {
    /// Greets people and counts their visits in SQL
    Hello,
}

/// A file of a template: where it goes, and its text.
type File = (&'static str, &'static str);

macro_rules! files {
    ($folder:literal: $($target:literal from $source:literal),* $(,)?) => {
        &[$(($target, include_str!(concat!("../../../templates/", $folder, "/", $source)))),*]
    };
}

// Files that would mean something to cargo or git where they stand are kept under another name.
const HELLO: &[File] = files! { "hello":
    "Cargo.toml" from "Cargo.toml.in",
    ".cargo/config.toml" from "cargo-config.toml.in",
    ".gitignore" from "gitignore.in",
    "module.toml" from "module.toml.in",
    "config.schema.json" from "config.schema.json",
    "src/lib.rs" from "src/lib.rs",
    "migrations/0001_visits.up.sql" from "migrations/0001_visits.up.sql",
    "migrations/0001_visits.down.sql" from "migrations/0001_visits.down.sql",
    "README.md" from "README.md.in",
    "CHANGELOG.md" from "CHANGELOG.md.in",
    "LICENSE" from "LICENSE",
};

impl Template {
    const fn files(self) -> &'static [File] {
        match self {
            Self::Hello => HELLO,
        }
    }
}

impl New {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let (publisher, name) = self.names(app)?;
        let folder = self.path.clone().unwrap_or_else(|| PathBuf::from(name.as_str()));
        let dependency = self.dependency()?;
        refuse_if_occupied(&folder)?;
        let values = [
            ("{{name}}", name.as_str()),
            ("{{publisher}}", publisher.as_str()),
            ("{{adx_module}}", dependency.as_str()),
        ];
        let files = self.template.files();
        for (target, text) in files {
            write(&folder.join(target), &fill(text, &values))?;
        }
        if publisher.as_str() == PLACEHOLDER_PUBLISHER {
            app.output.warn("the publisher is `example`: put your namespace into module.toml before you publish");
        }
        let document = json!({
            "module": format!("{publisher}/{name}"),
            "path": folder,
            "files": files.iter().map(|(target, _)| target).collect::<Vec<_>>(),
        });
        app.output.result(&document, |out| {
            writeln!(out, "{publisher}/{name} is in {}", folder.display())?;
            writeln!(out, "next: cd {} && adx build && adx pack", folder.display())
        })
    }

    fn names(&self, app: &App) -> Result<(Namespace, Name), Failure> {
        let (publisher, name) = match self.name.split_once('/') {
            Some((publisher, name)) => (Some(publisher), name),
            None => (None, self.name.as_str()),
        };
        let publisher = publisher
            .or(self.publisher.as_deref())
            .or(app.settings.chosen().publisher.as_deref())
            .unwrap_or(PLACEHOLDER_PUBLISHER);
        let publisher = publisher.parse().map_err(|error: NameError| {
            Failure::usage(format!("`{publisher}` cannot be a publisher's namespace")).because(&error)
        })?;
        let name = name.parse().map_err(|error: NameError| {
            Failure::usage(format!("`{name}` cannot be a module's name")).because(&error)
        })?;
        Ok((publisher, name))
    }

    /// How the module's Cargo.toml names `adx-module`.
    fn dependency(&self) -> Result<String, Failure> {
        let remedy = "--sdk (or ADX_SDK_PATH) names the folder `sdk/guest` of a checkout";
        let sdk = self.sdk.as_ref().ok_or_else(|| {
            Failure::usage("the crate that modules link is on no package registry yet: where is it?").hint(remedy)
        })?;
        let absolute = fs::canonicalize(sdk)
            .ok()
            .filter(|folder| folder.join("Cargo.toml").is_file())
            .ok_or_else(|| Failure::not_found(format!("there is no crate at {}", sdk.display())).hint(remedy))?;
        let path = toml_edit::Value::from(absolute.to_string_lossy().into_owned());
        Ok(format!("{{ path = {path} }}"))
    }
}

fn fill(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

fn refuse_if_occupied(folder: &Path) -> Result<(), Failure> {
    let occupied = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => folder.exists(),
    };
    if occupied {
        return Err(Failure::refused(format!("{} is there already", folder.display()))
            .hint("choose another name, or another place with --path"));
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| Failure::failed(format!("cannot write {}", path.display())).because(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_to_fill_in() {
        let values = [("{{name}}", "hello"), ("{{publisher}}", "acme"), ("{{adx_module}}", "\"1\"")];
        for (target, text) in HELLO {
            let filled = fill(text, &values);
            assert!(!filled.contains("{{"), "{target} still has a placeholder");
        }
    }

    /// The SDK's README shows the template, and its code is compiled as a documentation test.
    #[test]
    fn the_quickstart_shows_the_template() {
        let readme = include_str!("../../../guest/README.md");
        let (_, source) = HELLO.iter().find(|(target, _)| *target == "src/lib.rs").expect("the template has a source");
        let (_, module) = source.split_once("\n\n").expect("a heading, then the module");
        assert!(readme.contains(module.trim()), "README.md and template differ");
    }
}
