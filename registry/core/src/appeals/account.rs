//! Appeals of a person whose wished-for namespace an operator refused.

use adx_signing::name::Namespace;

use super::subject::describe;
use super::{Appeal, AppealError, AppealState, AppealSubject, Appellant, MAX_APPEALS, MAX_OF_SUBJECT};
use crate::actor::Actor;
use crate::audit::Act;
use crate::job::OperatorMatter;
use crate::matters::tell_operators;
use crate::members::{MemberError, signed_in};
use crate::names::{HeldState, NewName};
use crate::ports::{Constraint, StoreError, Transaction, Written};
use crate::submissions::Remark;
use crate::{Id, Ports};

/// Appeals against the refusal of a namespace, for the person who asked for it. The operators are told by mail.
///
/// # Errors
/// [`AppealError`]; nothing is kept then.
#[tracing::instrument(name = "appeal.open", skip_all, fields(%namespace))]
pub async fn open_account_appeal(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    text: &Remark,
) -> Result<Appeal, AppealError> {
    actor.person()?;
    let mut transaction = ports.store.begin().await?;
    match insert(ports, &mut *transaction, actor, namespace, text).await {
        Ok(appeal) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(appeal = %appeal.id, "an appeal of a person");
            Ok(appeal)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(match refused {
                AppealError::Store(StoreError::Violated(Constraint::OpenAppeal)) => {
                    AppealError::Again(format!("the name `{namespace}`"))
                }
                other => other,
            })
        }
    }
}

async fn insert(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    text: &Remark,
) -> Result<Appeal, AppealError> {
    let account = signed_in(transaction, actor).await.map_err(|error| match error {
        MemberError::Store(error) => AppealError::Store(error),
        // Whoever is not signed in any more is told nothing else.
        _ => AppealError::Denied(crate::actor::Denied::Unauthenticated),
    })?;
    let not_asked = || AppealError::NotAsked(namespace.clone());
    let held = transaction.held_name_of(&NewName::Namespace(namespace.clone())).await?.ok_or_else(not_asked)?;
    if transaction.asker_of(held.id).await? != Some(account.id) {
        return Err(not_asked());
    }
    let subject = AppealSubject::Name(held.id);
    if held.state != HeldState::Refused {
        return Err(AppealError::NothingDecided(describe(transaction, &subject).await?));
    }
    if transaction.appeals_about(&subject).await?.len() >= MAX_OF_SUBJECT {
        return Err(AppealError::TooMany(describe(transaction, &subject).await?));
    }
    let opened_at = ports.now();
    let appeal = Appeal {
        id: Id::new(opened_at, &*ports.entropy),
        appellant: Appellant::Account(account.id),
        subject,
        text: text.to_string(),
        state: AppealState::Open,
        opened_by: format!("account:{}", account.id),
        opened_at,
        decided: None,
    };
    transaction.insert_appeal(&appeal).await?;
    appeal.deed(Act::AppealOpen, None).tell(ports, transaction);
    tell_operators(ports, transaction, OperatorMatter::Appeal { appeal: appeal.id }).await?;
    Ok(appeal)
}

/// The appeals of whoever is signed in, the last one first, at most [`MAX_APPEALS`].
///
/// # Errors
/// [`AppealError`]
pub async fn appeals_of_account(ports: &Ports, actor: &Actor) -> Result<Vec<Appeal>, AppealError> {
    let (account, _) = actor.person()?;
    Ok(ports.store.read().await?.appeals_of_account(account.id, MAX_APPEALS).await?)
}
