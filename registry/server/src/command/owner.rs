//! `adx-registry admin owner`: the first owners of a namespace.

use adx_registry_core::{owner::OwnerName, owners::invite_owner_on_the_machine, ports::Address};
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
}

pub(super) async fn run(command: OwnerCommand) -> Result<()> {
    let OwnerCommand::Invite { namespace, name, email, common } = command;
    let ports = rows_only(&common).await?;
    let invited = invite_owner_on_the_machine(&ports, &namespace, name, email).await;
    ports.store.close().await;
    let owner = invited.context("nobody was invited")?;
    show(
        &common,
        &json!({ "id": owner.id, "name": owner.name, "namespace": namespace }),
        &format!(
            "invited {} to be an owner of {namespace}\n\nthe running server mails the code; it is good for seven days\n",
            owner.name
        ),
    )
}
