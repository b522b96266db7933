//! `adx-registry admin token`: tokens that are lost or stolen.

use std::fmt::Write as _;

use adx_registry_core::{
    Id,
    renew_tokens::{
        list_operator_tokens_on_the_machine, list_tokens_on_the_machine, renew_publisher_token_on_the_machine,
        revoke_token_on_the_machine,
    },
    token::{Token, TokenOwner},
};
use adx_signing::{UtcSecond, name::Namespace};
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use super::admin::{Common, rows_only, show, words};

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// List the tokens of a publisher, or the operators'; their secrets are not kept
    List {
        /// The publisher's namespace [default: those of the operators]
        namespace: Option<Namespace>,
        #[command(flatten)]
        common: Common,
    },
    /// Revoke a token, and those that were made with it
    Revoke {
        /// The token's id, as `list` prints it
        #[arg(value_name = "TOKEN-ID")]
        token: Id<Token>,
        #[command(flatten)]
        common: Common,
    },
    /// Issue a publisher a token for everything in the place of all that it has; prints it, once
    Renew {
        /// The namespace
        namespace: Namespace,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) async fn run(command: TokenCommand) -> Result<()> {
    match command {
        TokenCommand::List { namespace, common } => list(namespace.as_ref(), &common).await,
        TokenCommand::Revoke { token, common } => revoke(token, &common).await,
        TokenCommand::Renew { namespace, common } => renew(&namespace, &common).await,
    }
}

async fn list(namespace: Option<&Namespace>, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let tokens = match namespace {
        Some(namespace) => list_tokens_on_the_machine(&ports, namespace).await,
        None => list_operator_tokens_on_the_machine(&ports).await.map_err(Into::into),
    };
    ports.store.close().await;
    let tokens = tokens.context("no tokens were listed")?;
    let mut text = String::new();
    for token in &tokens {
        let scopes = match token.owner {
            TokenOwner::Operator(scopes) => scopes.to_string(),
            _ => token.scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        };
        let _ = write!(text, "{}  {}  {scopes}, made {}", token.id, token.label, UtcSecond::from(token.created_at));
        if let Some(used) = token.last_used_at {
            let _ = write!(text, ", last used {}", UtcSecond::from(used));
        }
        if let Some(expires) = token.expires_at {
            let _ = write!(text, ", until {}", UtcSecond::from(expires));
        }
        text.push('\n');
    }
    if tokens.is_empty() {
        text.push_str("none that counts\n");
    } else {
        text.push_str("\nnext, for one that is lost or stolen: adx-registry admin token revoke TOKEN-ID\n");
    }
    show(common, &json!({ "tokens": tokens.iter().map(document).collect::<Vec<_>>() }), &text)
}

fn document(token: &Token) -> Value {
    let operator_scopes = match token.owner {
        TokenOwner::Operator(scopes) => words(scopes),
        _ => Value::Null,
    };
    json!({
        "id": token.id,
        "label": token.label,
        "scopes": token.scopes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "operator_scopes": operator_scopes,
        "created_at": UtcSecond::from(token.created_at),
        "last_used_at": token.last_used_at.map(UtcSecond::from),
        "expires_at": token.expires_at.map(UtcSecond::from),
    })
}

async fn revoke(token: Id<Token>, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let revoked = revoke_token_on_the_machine(&ports, token).await;
    ports.store.close().await;
    let revoked = revoked.context("nothing was revoked")?;
    let mut text = format!("the token {token} counts no more\n");
    for descendant in revoked.iter().filter(|revoked| **revoked != token) {
        let _ = writeln!(text, "nor does {descendant}, which was made with it");
    }
    show(common, &json!({ "id": token, "revoked": revoked }), &text)
}

async fn renew(namespace: &Namespace, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let renewed = renew_publisher_token_on_the_machine(&ports, namespace).await;
    ports.store.close().await;
    let (issued, revoked) = renewed.context("every token counts as before")?;
    let token = issued.text.expose();
    show(
        common,
        &json!({ "id": issued.token.id, "namespace": namespace, "revoked": revoked, "token": token }),
        &format!(
            "{revoked} of the tokens of {namespace} count no more; in their place, shown this once:\n\n    {token}\n\n\
             next, whoever publishes: adx login\n"
        ),
    )
}
