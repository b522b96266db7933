//! From what a CI system says of a run to a token for that run.

use adx_signing::name::Namespace;
use serde_json::json;
use thiserror::Error;
use time::Duration;

use super::claims::{BadClaims, LEEWAY, Run};
use super::{Provenance, TrustedPublisher};
use crate::Ports;
use crate::audit::{Act, Deed, Who};
use crate::issue_token::{IssuedToken, make};
use crate::ports::{Constraint, ExchangeStep, SignedClaims, StoreError, Transaction, WorkflowTokenError, Written};
use crate::publisher::Publisher;
use crate::token::{Action, Scope, TokenOwner};

/// How long the token of a run is good.
pub const WORKFLOW_TOKEN_LASTS: Duration = Duration::minutes(30);
/// How long the token of a run is kept after its end, with what is known of the run, where nothing came of it: somebody may ask what
/// a run did that they do not know.
pub const ENDED_WORKFLOW_TOKEN_KEPT: Duration = Duration::days(30);
/// How long it is remembered that a token was used, after it has ended: clocks of servers may differ.
const REMEMBERED_FOR: Duration = Duration::hours(1);

/// The token of a run, at the only moment its secret is known.
#[derive(Debug)]
pub struct Exchanged {
    /// The token.
    pub issued: IssuedToken,
    /// Whose modules it publishes.
    pub publisher: Publisher,
}

/// Why there is no token.
#[derive(Debug, Error)]
pub enum ExchangeError {
    /// A token for this registry names its address, and nobody said which that is.
    #[error("this registry does not know its public address, so that no token can be for it")]
    NoAudience,
    /// The issuer says something else, or it was not the issuer who said it.
    #[error(transparent)]
    Token(#[from] WorkflowTokenError),
    /// What the issuer says is not taken.
    #[error(transparent)]
    Claims(#[from] BadClaims),
    /// Somebody had a token for it.
    #[error("this token was exchanged before; a run asks its CI system for another one")]
    Replayed,
    /// Nobody trusts such a run.
    #[error(
        "no trusted publisher of `{namespace}` fits: repository {} ({}), workflow {}, environment {}, ref {}",
        run.repository_id, run.repository, run.workflow, run.environment.as_deref().unwrap_or("none"), run.git_ref
    )]
    NotTrusted {
        /// Where it wants to publish.
        namespace: Namespace,
        /// What it is.
        run: Box<Run>,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Exchanges what a CI system says of a run for a token that publishes in `namespace` what the run may. Each of the system's tokens is
/// good for one.
///
/// # Errors
/// [`ExchangeError`]; nothing has changed then, and the CI system's token may be shown again.
#[tracing::instrument(name = "workflow.exchange", skip_all, fields(%namespace))]
pub async fn exchange(ports: &Ports, namespace: &Namespace, token: &str) -> Result<Exchanged, ExchangeError> {
    let audience = ports.audience().ok_or(ExchangeError::NoAudience)?;
    let signed = ports.workflows.verify(token, &audience).await?;
    let run = Run::read(signed.provider, &signed.claims, &audience, ports.now())?;
    let mut transaction = ports.store.begin().await?;
    match record(ports, &mut *transaction, namespace, &signed, run).await {
        Ok(exchanged) => {
            ports.progress.exchanged(ExchangeStep::Recorded);
            transaction.commit(Written::Told).await?;
            ports.progress.exchanged(ExchangeStep::Committed);
            tracing::info!(token = %exchanged.issued.token.id, "a run has a token");
            Ok(exchanged)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

/// That the CI system's token was used, and the token that it was used for: both or none.
async fn record(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    namespace: &Namespace,
    signed: &SignedClaims,
    run: Run,
) -> Result<Exchanged, ExchangeError> {
    // Whoever takes the trust away comes before, or finds the token to revoke.
    transaction.lock_leaves().await?;
    let now = ports.now();
    let not_trusted = |run: Run| ExchangeError::NotTrusted { namespace: namespace.clone(), run: Box::new(run) };
    // That there is no such publisher is not said in other words.
    let Some(publisher) = transaction.publisher_by_namespace(namespace).await? else { return Err(not_trusted(run)) };
    let trusted = transaction.trusted_publishers_of(publisher.id).await?;
    let is_of_run = |trusted: &TrustedPublisher| {
        trusted.workflow.issuer == signed.issuer
            && trusted.workflow.provider == signed.provider
            && run.is_of(&trusted.workflow)
    };
    let admitting: Vec<_> = trusted.into_iter().filter(is_of_run).collect();
    if admitting.is_empty() {
        return Err(not_trusted(run));
    }
    transaction.forget_workflow_tokens(now - REMEMBERED_FOR).await?;
    transaction.use_workflow_token(&signed.issuer, &run.jti, run.expires_at + LEEWAY).await.map_err(
        |error| match error {
            StoreError::Violated(Constraint::WorkflowToken) => ExchangeError::Replayed,
            other => other.into(),
        },
    )?;
    ports.progress.exchanged(ExchangeStep::Used);
    let mut scopes: Vec<Scope> = Vec::new();
    for trusted in &admitting {
        let scope = Scope { action: Action::Publish, modules: trusted.workflow.modules.clone() };
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    let label = format!("{} of {}, run {}", run.workflow, run.repository, run.run_id);
    let label: String =
        label.chars().filter(|sign| !sign.is_control()).take(crate::issue_token::MAX_LABEL_CHARS).collect();
    let issued = make(ports, TokenOwner::Workflow(publisher.id), &label, scopes, Some(now + WORKFLOW_TOKEN_LASTS));
    transaction.insert_token(&issued.token).await?;
    let admitted_by: Vec<_> = admitting.iter().map(|trusted| trusted.id).collect();
    // The run itself stands with the token: its repository may name somebody.
    let deed = Deed::new(Act::TokenExchange).of(&publisher).id(issued.token.id).by(Who::Token(issued.token.id));
    deed.with(json!({ "trusted_publishers": admitted_by })).tell(ports, transaction);
    let provenance = Provenance::of(run, &signed.issuer, admitted_by, now);
    transaction.insert_provenance(issued.token.id, &provenance).await?;
    Ok(Exchanged { issued, publisher })
}
