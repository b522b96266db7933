//! Appealing.

use adx_signing::name::Namespace;

use super::subject::{Found, describe, find};
use super::{Appeal, AppealError, AppealState, AppealSubject, Appellant};
use crate::actor::Actor;
use crate::audit::Act;
use crate::job::OperatorMatter;
use crate::matters::tell_operators;
use crate::members::Right;
use crate::ports::{Constraint, StoreError, Transaction, Written};
use crate::submissions::{Remark, by};
use crate::{Id, Ports};

/// Most appeals about one thing, one after the other: stops a publisher who does not take no for an answer.
pub const MAX_OF_SUBJECT: usize = 5;

/// Appeals against an operator's decision, for an owner or maintainer of the namespace or a token that may publish the module. The operators are told
/// by mail.
///
/// # Errors
/// [`AppealError`]; nothing is kept then.
#[tracing::instrument(name = "appeal.open", skip_all, fields(%namespace))]
pub async fn open_appeal(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    subject: AppealSubject,
    text: &Remark,
) -> Result<Appeal, AppealError> {
    // Strangers are not told what there is.
    actor.may_see(namespace, Right::SeeSubmissions)?;
    let mut transaction = ports.store.begin().await?;
    match insert(ports, &mut *transaction, actor, namespace, subject.clone(), text).await {
        Ok(appeal) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(appeal = %appeal.id, kind = appeal.subject.kind(), "an appeal");
            Ok(appeal)
        }
        Err(AppealError::Store(StoreError::Violated(Constraint::OpenAppeal))) => {
            transaction.rollback().await?;
            let words = describe(&mut *ports.store.read().await?, &subject).await?;
            Err(AppealError::Again(words))
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn insert(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    subject: AppealSubject,
    text: &Remark,
) -> Result<Appeal, AppealError> {
    let opened_at = ports.now();
    let publisher = transaction.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| AppealError::NoPublisher(namespace.clone()))?;
    let Found { subject, module } = find(transaction, &publisher, subject, opened_at).await?;
    if actor.owner_of(namespace).is_err() {
        actor.speaks_for(namespace, &module)?;
    }
    if transaction.appeals_about(&subject).await?.len() >= MAX_OF_SUBJECT {
        return Err(AppealError::TooMany(describe(transaction, &subject).await?));
    }
    let appeal = Appeal {
        id: Id::new(opened_at, &*ports.entropy),
        appellant: Appellant::Publisher(publisher.id),
        subject,
        text: text.to_string(),
        state: AppealState::Open,
        opened_by: by(actor)?,
        opened_at,
        decided: None,
    };
    transaction.insert_appeal(&appeal).await?;
    appeal.deed(Act::AppealOpen, Some(&publisher)).tell(ports, transaction);
    tell_operators(ports, transaction, OperatorMatter::Appeal { appeal: appeal.id }).await?;
    Ok(appeal)
}
