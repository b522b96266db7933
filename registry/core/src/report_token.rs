//! A token that somebody found where it should not be: whoever can show its text has it, so that it is revoked at once.

use adx_signing::token::Token as TokenText;

use crate::Ports;
use crate::audit::{Act, Deed};
use crate::job::Notice;
use crate::ports::{StoreError, Transaction, Written};
use crate::proposals::notify_owners;
use crate::token::{Token, TokenOwner};

/// Revokes the token with that text, and tells the owners of the namespace by mail; of an operator's token, the registry's log. `false`
/// where the text is that of no token of this registry that counts.
///
/// # Errors
/// [`StoreError`]; the token counts as before then.
#[tracing::instrument(name = "token.report", skip_all)]
pub async fn report_token(ports: &Ports, text: &str) -> Result<bool, StoreError> {
    let Ok(text) = TokenText::parse(text.trim()) else { return Ok(false) };
    let counts = |token: &Token| {
        token.revoked_at.is_none() && token.expires_at.is_none_or(|expires_at| ports.now() < expires_at)
    };
    // Texts that are nobody's must not keep those waiting who write.
    let found = ports.store.read().await?.token_by_hash(&text.hash()).await?;
    let Some(token) = found.filter(counts) else { return Ok(false) };
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
    if !transaction.revoke_any_token(token.id, ports.now()).await? {
        return Ok(false);
    }
    tracing::warn!(token = %token.id, "a token was found by somebody, and is revoked");
    let publisher = match token.owner {
        TokenOwner::Publisher(publisher) | TokenOwner::Workflow(publisher) => Some(publisher),
        TokenOwner::Owner(owner) => transaction.member(owner).await?.map(|owner| owner.publisher),
        TokenOwner::Operator => None,
    };
    let publisher = match publisher {
        Some(publisher) => transaction.publisher(publisher).await?,
        None => None,
    };
    let mut deed = Deed::new(Act::TokenReport).id(token.id);
    if let Some(publisher) = publisher {
        deed = deed.of(&publisher);
        notify_owners(ports, transaction, &publisher, Notice::TokenReported { token: token.id }).await?;
    }
    deed.tell(ports, transaction);
    Ok(true)
}
