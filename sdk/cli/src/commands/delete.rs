//! `adx delete`: a module, or a namespace without any, as an owner.

use adx_signing::{ModuleId, Namespace};
use clap::Args;
use reqwest::Method;
use serde_json::json;

use super::proposal::{AsOwner, report};
use crate::App;
use crate::failure::Failure;
use crate::module_ref::segments;

/// Delete a module of yours, or propose to give up a namespace without modules
///
/// With the token of an owner. A module goes within 72 hours of its first release, and later if no other module depends on it; never while
/// orders of it have not ended. Every version is yanked: whoever has one keeps it. A namespace goes three days after enough owners have
/// approved. Only an operator of the registry gives either back.
#[derive(Args)]
pub(crate) struct Delete {
    /// The module: ns/name; or the namespace alone
    #[arg(value_parser = parse_name)]
    name: Name,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// What goes.
#[derive(Clone, Debug)]
enum Name {
    Module(ModuleId),
    Namespace(Namespace),
}

impl Delete {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self.name {
            Name::Module(module) => {
                agree(app, self.yes, &module.to_string(), "Nobody finds it then, and only an operator gives it back.")?;
                delete(app, &module).await
            }
            Name::Namespace(namespace) => {
                let what_comes = "It is proposed to its owners; once it is done, only an operator gives it back.";
                agree(app, self.yes, namespace.as_str(), what_comes)?;
                give_up(app, namespace).await
            }
        }
    }
}

/// Asks, unless that was said on the command line.
fn agree(app: &App, yes: bool, name: &str, what_comes: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !app.output.can_ask() {
        return Err(Failure::usage("deleting must be confirmed").hint(format!("run `adx delete {name} --yes`")));
    }
    if app.output.confirm(&format!("Delete {name}? {what_comes}"))? {
        Ok(())
    } else {
        Err(Failure::refused("you did not agree, and nothing was deleted"))
    }
}

async fn delete(app: &App, module: &ModuleId) -> Result<(), Failure> {
    let owner = AsOwner::open(app, Some(module.namespace.clone()))?;
    let [namespace, name] = segments(module);
    let deleted = owner.send_elsewhere(Method::DELETE, &["api", "v1", "modules", namespace, name]).await;
    deleted.map_err(|failure| {
        failure
            .hint_for("module-needed", format!("advise against it instead: `adx deprecate {module} --message TEXT`"))
            .hint_for("module-withheld", format!("run `adx appeal open module {module} --text TEXT`"))
            .hint_for("not-found", format!("run `adx search --publisher {namespace}`"))
    })?;
    app.output.result(&json!({ "module": module, "deleted": true }), |out| {
        writeln!(out, "{module} is deleted: nobody finds it, and its versions stay taken")
    })
}

async fn give_up(app: &App, namespace: Namespace) -> Result<(), Failure> {
    let owner = AsOwner::open(app, Some(namespace))?;
    let proposal = owner.propose(json!({ "kind": "give-up" })).await.map_err(|failure| {
        let each = format!("run `adx delete {}/NAME` for each of them first", owner.publisher);
        let proposals = format!("run `adx proposal list {}`", owner.publisher);
        failure.hint_for("namespace-has-modules", each).hint_for("namespace-has-proposals", proposals)
    })?;
    app.output.result(&proposal, |out| report(out, &owner.publisher, &proposal))
}

fn parse_name(text: &str) -> Result<Name, String> {
    if text.contains('/') {
        return text.parse().map(Name::Module).map_err(|error| format!("{error}"));
    }
    text.parse().map(Name::Namespace).map_err(|error| format!("{error}"))
}
