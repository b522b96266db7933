//! `adx-registry admin owner`: the first owners of a namespace, and owners who lost their tokens.

use adx_registry_core::{
    Id,
    members::Member,
    owner::OwnerName,
    owners::invite_owner_on_the_machine,
    ports::Address,
    renew_tokens::{list_owners_on_the_machine, renew_owner_token_on_the_machine},
};
use adx_signing::name::Namespace;
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::json;

use super::admin::{Common, rows_only, show};

#[derive(Subcommand)]
pub(super) enum OwnerCommand {
    /// Invite one of the first owners; the running server mails the code
    Invite {
        /// The namespace
        namespace: Namespace,
        /// What the other owners read
        #[arg(long, value_name = "NAME")]
        name: OwnerName,
        /// Where the invitation goes
        #[arg(long, value_name = "ADDRESS")]
        email: Address,
        #[command(flatten)]
        common: Common,
    },
    /// List the owners who accepted
    List {
        /// The namespace
        namespace: Namespace,
        #[command(flatten)]
        common: Common,
    },
    /// Issue an owner a token in the place of a lost or stolen one; prints it, once
    RenewToken {
        /// The namespace
        namespace: Namespace,
        /// The owner's id, as `list` prints it
        #[arg(value_name = "OWNER-ID")]
        owner: Id<Member>,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) async fn run(command: OwnerCommand) -> Result<()> {
    match command {
        OwnerCommand::Invite { namespace, name, email, common } => invite(namespace, name, email, &common).await,
        OwnerCommand::List { namespace, common } => list(&namespace, &common).await,
        OwnerCommand::RenewToken { namespace, owner, common } => renew_token(&namespace, owner, &common).await,
    }
}

async fn invite(namespace: Namespace, name: OwnerName, email: Address, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let invited = invite_owner_on_the_machine(&ports, &namespace, name, email).await;
    ports.store.close().await;
    let owner = invited.context("nobody was invited")?;
    show(
        common,
        &json!({ "id": owner.id, "name": owner.name, "namespace": namespace }),
        &format!(
            "invited {} to be an owner of {namespace}\n\nthe running server mails the code; it is good for seven days\n",
            owner.name
        ),
    )
}

async fn list(namespace: &Namespace, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let owners = list_owners_on_the_machine(&ports, namespace).await;
    ports.store.close().await;
    let owners = owners.context("no owners were listed")?;
    let lines: Vec<_> = owners.iter().map(|owner| format!("{}  {}\n", owner.id, owner.name)).collect();
    let text = if lines.is_empty() { format!("nobody has accepted to own {namespace} yet\n") } else { lines.concat() };
    let documents: Vec<_> = owners.iter().map(|owner| json!({ "id": owner.id, "name": owner.name })).collect();
    show(common, &json!({ "owners": documents }), &text)
}

async fn renew_token(namespace: &Namespace, owner: Id<Member>, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let renewed = renew_owner_token_on_the_machine(&ports, namespace, owner).await;
    ports.store.close().await;
    let (owner, issued) = renewed.context("every token counts as before")?;
    let token = issued.text.expose();
    show(
        common,
        &json!({ "id": owner.id, "name": owner.name, "namespace": namespace, "token": token }),
        &format!(
            "the token of {} counts no more; in its place, shown this once:\n\n    {token}\n\n\
             make sure that it reaches {} and nobody else\nnext, there: adx login\n",
            owner.name, owner.name
        ),
    )
}
