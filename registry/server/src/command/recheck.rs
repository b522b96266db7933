//! `adx-registry admin recheck`: what is released is looked over again, by the running server.

use std::str::FromStr;

use adx_registry_core::rechecks::{Begun, recheck_on_the_machine};
use adx_signing::name::ModuleId;
use anyhow::{Context as _, Result, anyhow};
use semver::Version;
use serde_json::json;

use super::{
    admin::{Common, rows_only, show},
    hint::Hint as _,
};
use crate::{checks, config::Config, pipeline};

/// What is looked over again.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A module (namespace/name), or a version of it (namespace/name@1.2.3) [default: everything that is released]
    #[arg(value_name = "MODULE[@VERSION]")]
    released: Option<Released>,
    /// Put into quarantine what a check refuses now for something that was not known when it was released
    #[arg(long)]
    quarantine: bool,
    #[command(flatten)]
    common: Common,
}

/// A module, or a version of it, in one word.
#[derive(Clone)]
struct Released {
    module: ModuleId,
    version: Option<Version>,
}

impl FromStr for Released {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (module, version) = match text.split_once('@') {
            // With `=`, as `adx info` takes it.
            Some((module, version)) => (module, Some(version.strip_prefix('=').unwrap_or(version))),
            None => (text, None),
        };
        let version =
            version.map(|version| version.parse::<Version>().with_context(|| format!("`{version}` is no version")));
        Ok(Self { module: module.parse()?, version: version.transpose()? })
    }
}

pub(super) async fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { released, quarantine, common } = arguments;
    let checks = checks_of(&common.places.load()?)?;
    let ports = rows_only(common).await?;
    let subject = released.as_ref().map(|released| (&released.module, released.version.as_ref()));
    let begun = recheck_on_the_machine(&ports, subject, *quarantine).await;
    ports.store.close().await;
    let Begun { recheck, replaced } = begun.context("nothing is looked over again")?;
    let what = match subject {
        None => "everything that is released".to_owned(),
        Some((module, None)) => format!("what is released of {module}"),
        Some((module, Some(version))) => format!("{module} {version}"),
    };
    let anew = if replaced { ", and from the beginning, for it was under way" } else { "" };
    let comes = if *quarantine { "; what they refuse now is put into quarantine" } else { "; nothing is taken away" };
    let words = format!(
        "the running server looks over {what} again{anew}, by {}{comes}\n\n\
         what was not known is mailed to owners and operators, and stands with the release\n\n\
         next: adx-registry doctor   (says when everything was looked over last)\n",
        checks.join(", ")
    );
    let document = json!({
        "recheck": recheck.id,
        "module": released.as_ref().map(|released| &released.module),
        "version": released.as_ref().and_then(|released| released.version.as_ref()),
        "quarantine": quarantine,
        "checks": checks,
        "replaced": replaced,
    });
    show(common, &document, &words)
}

/// The names of the checks that are run again. Rules that are wrong are refused here, with file and line, and not in the server's log.
fn checks_of(config: &Config) -> Result<Vec<&'static str>> {
    let checks = checks::run_again(config)
        .context("nothing is looked over again")
        .hint("mend what is named; the running server holds nothing against it either")?;
    let names: Vec<_> =
        pipeline::open(config, checks).checks.iter().map(|configured| configured.check.name()).collect();
    if names.is_empty() {
        return Err(anyhow!("nothing is looked over again: every check that is run again is `off`"))
            .hint("set `checks.rules_dir` or `checks.osv_database`, or turn `checks.secrets` on: docs/checks.md");
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_or_a_version_of_it_is_one_word() {
        let read = |text: &str| {
            let released = text.parse::<Released>().map_err(|error| format!("{error:#}"))?;
            Ok::<_, String>((released.module.to_string(), released.version.map(|version| version.to_string())))
        };
        assert_eq!(read("acme/greeter"), Ok(("acme/greeter".to_owned(), None)));
        for text in ["acme/greeter@1.2.3", "acme/greeter@=1.2.3"] {
            assert_eq!(read(text), Ok(("acme/greeter".to_owned(), Some("1.2.3".to_owned()))), "{text}");
        }
        assert!(read("acme/greeter@new").unwrap_err().contains("`new` is no version"));
        assert!(read("greeter@1.2.3").is_err());
    }
}
