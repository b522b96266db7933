//! `adx-registry admin appeal`: what publishers say against operators' decisions.

use std::fmt::Write as _;

use adx_registry_core::{
    Id,
    account::Contact,
    appeals::{
        Appeal, AppealState, ToldAppeal, appeals_on_the_machine, decide_appeal_on_the_machine, tell_appeal,
        tell_appeals,
    },
    reason::Reason,
};
use adx_signing::utc::UtcSecond;
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use super::admin::{Common, contact, rows_and_blobs, rows_only, show};

#[derive(Subcommand)]
pub(super) enum AppealCommand {
    /// List the appeals that wait, or were decided
    List {
        /// open, granted or denied
        #[arg(long, value_name = "STATE", default_value = "open")]
        state: AppealState,
        #[command(flatten)]
        common: Common,
    },
    /// Grant an appeal: what it is about is undone
    Grant {
        #[command(flatten)]
        answer: AnswerArguments,
    },
    /// Deny an appeal: what was decided stays
    Deny {
        #[command(flatten)]
        answer: AnswerArguments,
    },
}

#[derive(clap::Args)]
pub(super) struct AnswerArguments {
    /// The appeal's id
    #[arg(value_name = "APPEAL-ID")]
    appeal: Id<Appeal>,
    /// Why, in one line for the owners of the namespace
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn run(command: AppealCommand) -> Result<()> {
    match command {
        AppealCommand::List { state, common } => list(state, &common).await,
        AppealCommand::Grant { answer } => decide(&answer, true).await,
        AppealCommand::Deny { answer } => decide(&answer, false).await,
    }
}

async fn list(state: AppealState, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = appeals_on_the_machine(&ports, state, after).await.context("the appeals cannot be read")?;
        found.extend(tell_appeals(&ports, page.appeals).await.context("what they are about cannot be read")?);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ports.store.close().await;
    let mut text = String::new();
    for ToldAppeal { appeal, about, publisher, person, opener } in &found {
        let _ = write!(text, "{}  about {about}", appeal.id);
        if let Some(publisher) = publisher {
            let _ = write!(text, ", by {publisher}");
        }
        if let Some(opener) = opener {
            let _ = write!(text, " ({opener})");
        }
        if let Some(Contact { name, email }) = person {
            let _ = write!(text, ", by {name} <{}>", email.as_str());
        }
        let _ = writeln!(text, "\n    {}", appeal.text.replace('\n', "\n    "));
    }
    match (found.is_empty(), state) {
        (true, _) => {
            let _ = writeln!(text, "none is {state}");
        }
        (false, AppealState::Open) => {
            text.push_str(
                "\nnext: adx-registry admin appeal grant APPEAL-ID --reason TEXT, or … deny APPEAL-ID --reason TEXT\n",
            );
        }
        (false, _) => {}
    }
    show(common, &json!({ "appeals": found.iter().map(document).collect::<Vec<_>>() }), &text)
}

async fn decide(answer: &AnswerArguments, grant: bool) -> Result<()> {
    let AnswerArguments { appeal, reason, common } = answer;
    // A submission waits again only where its bytes are kept.
    let ports = rows_and_blobs(common.places.load()?).await?;
    let decided = decide_appeal_on_the_machine(&ports, *appeal, grant, reason).await;
    let told = match decided.context("nothing was decided") {
        Ok(decided) => tell_appeal(&ports, decided).await.context("it is decided, but what it is about cannot be read"),
        Err(error) => Err(error),
    };
    ports.store.close().await;
    let told = told?;
    let (about, state) = (&told.about, told.appeal.state);
    show(
        common,
        &document(&told),
        &format!("the appeal about {about} is {state}; the running server mails that to whoever appealed\n"),
    )
}

fn document(told: &ToldAppeal) -> Value {
    let ToldAppeal { appeal, about, publisher, person, opener } = told;
    json!({
        "id": appeal.id,
        "kind": appeal.subject.kind(),
        "subject": appeal.subject.key(),
        "about": about,
        "publisher": publisher,
        "person": person.as_ref().map(contact),
        "text": appeal.text,
        "state": appeal.state.as_str(),
        "opened_by": appeal.opened_by,
        "opened_by_name": opener,
        "opened_at": UtcSecond::from(appeal.opened_at),
        "decided_at": appeal.decided.as_ref().map(|decided| UtcSecond::from(decided.at)),
        "decided_by": appeal.decided.as_ref().map(|decided| &decided.by),
        "reason": appeal.decided.as_ref().map(|decided| &decided.reason),
    })
}
