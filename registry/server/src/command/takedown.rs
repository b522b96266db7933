//! `adx-registry admin takedown`: what is not served because the law says so.

use std::fmt::Write as _;

use adx_registry_core::{
    reason::Reason,
    takedown::{
        NewTakedown, Reference, Takedown, lift_on_the_machine, take_down_on_the_machine, takedowns_on_the_machine,
    },
};
use adx_signing::utc::UtcSecond;
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use super::admin::{Common, ModuleOrVersion, rows_only, show};

#[derive(Subcommand)]
pub(super) enum TakedownCommand {
    /// List what was taken down, what was given back too
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Take a version, or a whole module, down: it is neither offered nor served any more
    Put {
        #[command(flatten)]
        subject: ModuleOrVersion,
        /// Why, in one line that is shown to people
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        /// What it rests on: the number of a case, or an address
        #[arg(long, value_name = "TEXT")]
        reference: Reference,
        /// Erase the bytes as well: nothing brings them back but a backup
        #[arg(long)]
        erase: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Give back what was taken down and not erased
    Lift {
        #[command(flatten)]
        subject: ModuleOrVersion,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) async fn run(command: TakedownCommand) -> Result<()> {
    match command {
        TakedownCommand::List { common } => list(&common).await,
        TakedownCommand::Put { subject, reason, reference, erase, common } => {
            put(&subject, &NewTakedown { reason, reference, erase }, &common).await
        }
        TakedownCommand::Lift { subject, common } => lift(&subject, &common).await,
    }
}

async fn list(common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = takedowns_on_the_machine(&ports, after).await.context("the takedowns cannot be read")?;
        found.extend(page.takedowns);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ports.store.close().await;
    let mut text = String::new();
    for Takedown { module, version, reason, reference, erased, taken_at, lifted, .. } in &found {
        let version = version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let mark = match (erased, lifted) {
            (_, Some(_)) => " (given back)",
            (true, None) => " (erased)",
            (false, None) => "",
        };
        let _ = writeln!(text, "{}  {module}{version}{mark}  {reason} ({reference})", UtcSecond::from(*taken_at));
    }
    if found.is_empty() {
        text.push_str("nothing was taken down\n");
    }
    show(common, &json!({ "takedowns": found.iter().map(document).collect::<Vec<_>>() }), &text)
}

async fn put(subject: &ModuleOrVersion, wanted: &NewTakedown, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let taken = take_down_on_the_machine(&ports, &subject.module, subject.which.as_ref(), wanted).await;
    ports.store.close().await;
    let words = subject.in_words();
    let taken = taken.with_context(|| format!("{words} is as it was"))?;
    let bytes = if taken.erased {
        "the running server erases its bytes; older backups hold them still"
    } else {
        "its bytes are kept, and served to nobody"
    };
    show(
        common,
        &document(&taken),
        &format!("{words} is taken down: {bytes}\n\nthe running server signs that within a second\n"),
    )
}

async fn lift(subject: &ModuleOrVersion, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let lifted = lift_on_the_machine(&ports, &subject.module, subject.which.as_ref()).await;
    ports.store.close().await;
    let words = subject.in_words();
    let lifted = lifted.with_context(|| format!("{words} is as it was"))?;
    show(common, &document(&lifted), &format!("{words} is given back; the running server signs that within a second\n"))
}

fn document(takedown: &Takedown) -> Value {
    json!({
        "id": takedown.id,
        "module": takedown.module,
        "version": takedown.version,
        "reason": takedown.reason,
        "reference": takedown.reference,
        "erased": takedown.erased,
        "taken_at": UtcSecond::from(takedown.taken_at),
        "taken_by": takedown.taken_by,
        "lifted_at": takedown.lifted.as_ref().map(|lifted| UtcSecond::from(lifted.at)),
        "lifted_by": takedown.lifted.as_ref().map(|lifted| &lifted.by),
    })
}
