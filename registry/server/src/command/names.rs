//! `adx-registry admin names`: new names that resemble others, and names that are deleted.

use std::fmt::Write as _;

use adx_registry_core::{
    Id,
    account::Contact,
    names::{
        HeldName, HeldState, NewName, Verdict, WantedName, decide_name_on_the_machine, delete_name_on_the_machine,
        held_names_on_the_machine, restore_name_on_the_machine, who_wants, who_wants_each,
    },
    reason::Reason,
};
use adx_signing::UtcSecond;
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use super::admin::{Common, contact, rows_only, show};

#[derive(Subcommand)]
pub(super) enum NamesCommand {
    /// List the names that are held, or those of another state
    List {
        /// held, allowed or refused
        #[arg(long, value_name = "STATE", default_value = "held")]
        state: HeldState,
        #[command(flatten)]
        common: Common,
    },
    /// Let a name be taken by who asked for it
    Allow {
        /// The id of the name, as `list` prints it
        #[arg(value_name = "NAME-ID")]
        name: Id<HeldName>,
        #[command(flatten)]
        common: Common,
    },
    /// Delete a module whose every version is withheld, or a namespace without modules; `restore` undoes it
    Delete {
        /// The name: ns/name, or a namespace
        #[arg(value_name = "NAME")]
        name: NewName,
        /// Why, in one line for operators
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        #[command(flatten)]
        common: Common,
    },
    /// Give a deleted name back to the publisher that had it
    Restore {
        /// The name: ns/name, or a namespace
        #[arg(value_name = "NAME")]
        name: NewName,
        #[command(flatten)]
        common: Common,
    },
    /// Keep a name from being taken
    Refuse {
        /// The id of the name, as `list` prints it
        #[arg(value_name = "NAME-ID")]
        name: Id<HeldName>,
        /// Why, in one line for whoever asked for it
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) async fn run(command: NamesCommand) -> Result<()> {
    match command {
        NamesCommand::List { state, common } => list(state, &common).await,
        NamesCommand::Allow { name, common } => decide(name, Verdict::Allow, &common).await,
        NamesCommand::Delete { name, reason, common } => delete(&name, &reason, &common).await,
        NamesCommand::Restore { name, common } => restore(&name, &common).await,
        NamesCommand::Refuse { name, reason, common } => decide(name, Verdict::Refuse(reason), &common).await,
    }
}

async fn list(state: HeldState, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = held_names_on_the_machine(&ports, state, after).await.context("the names cannot be read")?;
        names.extend(who_wants_each(&ports, page.names).await.context("who wants the names cannot be read")?);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ports.store.close().await;
    let mut text = String::new();
    for WantedName { held, publisher, person } in &names {
        let HeldName { id, name, likeness, resembles, asked_at, .. } = held;
        let asked = UtcSecond::from(*asked_at);
        let _ = write!(text, "{id}  {name}  {likeness} {resembles}, asked for {asked}");
        if let Some(publisher) = publisher {
            let _ = write!(text, " by {publisher}");
        }
        if let Some(Contact { name, email }) = person {
            let _ = write!(text, " by {name} <{}>", email.as_str());
        }
        if let Some(reason) = &held.reason {
            let _ = write!(text, ": {reason}");
        }
        text.push('\n');
    }
    match (names.is_empty(), state) {
        (true, _) => {
            let _ = writeln!(text, "none is {}", state.as_str());
        }
        (false, HeldState::Held) => {
            text.push_str("\nnext: adx-registry admin names allow NAME-ID, or … refuse NAME-ID --reason TEXT\n");
        }
        (false, _) => {}
    }
    show(common, &json!({ "names": names.iter().map(document).collect::<Vec<_>>() }), &text)
}

async fn decide(name: Id<HeldName>, verdict: Verdict, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let decided = decide_name_on_the_machine(&ports, name, verdict).await;
    let wanted = match decided.context("nothing was decided") {
        Ok(held) => who_wants(&ports, held).await.context("it is decided, but who wants the name cannot be read"),
        Err(error) => Err(error),
    };
    ports.store.close().await;
    let wanted = wanted?;
    let held = &wanted.held;
    let words = if held.state == HeldState::Allowed { "may be taken by who asked for it" } else { "is refused" };
    show(
        common,
        &document(&wanted),
        &format!("{} {words}\n\nthe running server mails that to whoever asked for it\n", held.name),
    )
}

async fn delete(name: &NewName, reason: &Reason, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let deleted = delete_name_on_the_machine(&ports, name, reason).await;
    ports.store.close().await;
    deleted.with_context(|| format!("{name} is as it was"))?;
    let words = match name {
        NewName::Module(_) => "nobody finds it, and nothing is published under it; its versions stay taken",
        NewName::Namespace(_) => "its tokens count no more, and its owners' addresses are erased",
    };
    show(
        common,
        &json!({ "name": name.to_string() }),
        &format!("{name} is deleted: {words}\n\nundone by: adx-registry admin names restore {name}\n"),
    )
}

async fn restore(name: &NewName, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let restored = restore_name_on_the_machine(&ports, name).await;
    ports.store.close().await;
    restored.with_context(|| format!("{name} is as it was"))?;
    let next = match name {
        NewName::Module(_) => "its versions are withheld as they were".to_owned(),
        NewName::Namespace(namespace) => format!(
            "it has neither token nor owner; next: adx-registry admin token renew {namespace}, and adx-registry admin owner \
             invite --help"
        ),
    };
    show(common, &json!({ "name": name.to_string() }), &format!("{name} is back with its publisher\n\n{next}\n"))
}

fn document(wanted: &WantedName) -> Value {
    let WantedName { held, publisher, person } = wanted;
    json!({
        "id": held.id,
        "name": held.name.to_string(),
        "resembles": held.resembles.to_string(),
        "likeness": held.likeness.as_str(),
        "state": held.state.as_str(),
        "asked_at": UtcSecond::from(held.asked_at),
        "decided_at": held.decided.as_ref().map(|decided| UtcSecond::from(decided.at)),
        "decided_by": held.decided.as_ref().map(|decided| &decided.by),
        "reason": held.reason,
        "publisher": publisher,
        "asked_by": person.as_ref().map(contact),
    })
}
