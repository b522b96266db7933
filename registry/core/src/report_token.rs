//! A token that somebody found where it should not be: whoever can show its text has it, so that it is revoked at once.

use adx_signing::token::Token as TokenText;
use serde_json::json;

use crate::Ports;
use crate::audit::{Act, Deed};
use crate::issue_token::revoke_tree;
use crate::job::Notice;
use crate::ports::{StoreError, Transaction, Written};
use crate::proposals::notify_owners;
use crate::token::{Token, TokenOwner};

/// Revokes the token with that text and all that were made with it, and with those: whoever found it may have made them. Tells the owners
/// of the namespace by mail; of an operator's token, the registry's log. `false` where the text is that of no token of this registry
/// that counts, and nothing counts that was made with it.
///
/// # Errors
/// [`StoreError`]; the tokens count as before then.
#[tracing::instrument(name = "token.report", skip_all)]
pub async fn report_token(ports: &Ports, text: &str) -> Result<bool, StoreError> {
    let Ok(text) = TokenText::parse(text.trim()) else { return Ok(false) };
    // Texts that are nobody's must not keep those waiting who write.
    let mut reader = ports.store.read().await?;
    let Some(token) = reader.token_by_hash(&text.hash()).await? else { return Ok(false) };
    let now = ports.now();
    let tree = reader.token_tree(token.id).await?;
    drop(reader);
    if tree.iter().all(|token| token.expires_at.is_some_and(|expires_at| expires_at <= now)) {
        return Ok(false);
    }
    let mut transaction = ports.store.begin().await?;
    match revoke(ports, &mut *transaction, &token).await {
        Ok(revoked) => {
            transaction.commit(Written::ToldIfChanged).await?;
            Ok(revoked)
        }
        Err(error) => {
            transaction.rollback().await?;
            Err(error)
        }
    }
}

async fn revoke(ports: &Ports, transaction: &mut dyn Transaction, token: &Token) -> Result<bool, StoreError> {
    // What is written with it comes before, or finds it revoked.
    transaction.lock_leaves().await?;
    let revoked = revoke_tree(transaction, token.id, ports.now()).await?;
    if revoked.is_empty() {
        return Ok(false);
    }
    tracing::warn!(token = %token.id, "a token was found by somebody, and is revoked");
    let publisher = match token.owner {
        TokenOwner::Publisher(publisher) | TokenOwner::Workflow(publisher) => Some(publisher),
        TokenOwner::Owner(owner) => transaction.member(owner).await?.map(|owner| owner.publisher),
        TokenOwner::Operator(_) => None,
    };
    let publisher = match publisher {
        Some(publisher) => transaction.publisher(publisher).await?,
        None => None,
    };
    let descendants: Vec<_> = revoked.iter().filter(|revoked| **revoked != token.id).collect();
    let mut deed = Deed::new(Act::TokenReport).id(token.id).with(json!({ "descendants": descendants }));
    if let Some(publisher) = publisher {
        deed = deed.of(&publisher);
        notify_owners(ports, transaction, &publisher, Notice::TokenReported { token: token.id }).await?;
    }
    deed.tell(ports, transaction);
    Ok(true)
}
