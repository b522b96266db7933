//! Telling every owner what happened: one job for each, which holds identifiers only.

use crate::job::{NewJob, Notice, ProposalStep, Task};
use crate::members::Member;
use crate::ports::{Message, StoreError, Transaction};
use crate::proposal::Proposal;
use crate::publisher::Publisher;
use crate::run_jobs::JobError;
use crate::submissions::letter;
use crate::{Id, Ports, appeals, domains, rechecks, transfers, trusted, withhold};

use super::letters;

/// Puts a letter to every accepted owner into the outbox.
pub(crate) async fn notify_owners(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    notice: Notice,
) -> Result<(), StoreError> {
    let now = ports.now();
    let owners = transaction.members_of(publisher.id).await?;
    for owner in owners.iter().filter(|owner| owner.is_owner()) {
        let task = Task::Notify { owner: owner.id, notice: notice.clone() };
        transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
    }
    Ok(())
}

/// The same, of a proposal.
pub(super) async fn tell(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    proposal: Id<Proposal>,
    step: ProposalStep,
) -> Result<(), StoreError> {
    notify_owners(ports, transaction, publisher, Notice::Proposal { proposal, step }).await
}

/// Writes and sends one letter. Whoever is an owner no more gets none.
#[tracing::instrument(name = "owner.notify", skip_all, fields(%owner))]
pub(crate) async fn notify(ports: &Ports, owner: Id<Member>, notice: &Notice) -> Result<(), JobError> {
    let mut reader = ports.store.read().await?;
    let Some(owner) = reader.member(owner).await?.filter(Member::is_owner) else { return Ok(()) };
    let Some(publisher) = reader.publisher(owner.publisher).await? else { return Ok(()) };
    let Some(to) = owner.email else { return Ok(()) };
    let (subject, text) = match notice {
        Notice::Proposal { proposal, step } => {
            let Some(proposal) = reader.proposal(*proposal).await? else { return Ok(()) };
            let owners = reader.members_of(publisher.id).await?;
            let page = ports.page(&format!("account/publishers/{}", publisher.namespace));
            letters::of_proposal(&publisher.namespace, &proposal, &owners, *step, &ports.registry_flag(), &page)
        }
        Notice::NameDecided { name, .. } => {
            let Some(name) = reader.held_name(*name).await? else { return Ok(()) };
            letters::of_name(&publisher.namespace, &name, &ports.registry_flag())
        }
        Notice::WebhookDisabled { webhook } => {
            let Some(webhook) = reader.webhook(*webhook).await? else { return Ok(()) };
            letters::of_webhook(&publisher.namespace, &webhook)
        }
        Notice::Submission { submission, step } => {
            let Some(submission) = reader.submission(*submission).await? else { return Ok(()) };
            letter(&submission, *step, &ports.registry_flag(), &ports.page(&format!("submissions/{}", submission.id)))
        }
        Notice::TransferEnded { declined, .. } => transfers::note_told(&publisher.namespace, *declined),
        Notice::DomainMissing { domain } => {
            let Some(claim) = reader.domain_of(publisher.id).await? else { return Ok(()) };
            let Some(words) = domains::note_missing(&publisher.namespace, domain, &claim) else { return Ok(()) };
            words
        }
        Notice::DomainLost { domain } => domains::note_lost(&publisher.namespace, domain),
        Notice::OwnerLeft { owner } => {
            let Some(left) = reader.member(*owner).await? else { return Ok(()) };
            letters::of_owner_that_left(&publisher.namespace, &left.name)
        }
        Notice::ModuleDeleted { module } => letters::of_module_deleted(&publisher.namespace, module),
        Notice::KeyAdded { key } => letters::of_key(&publisher.namespace, &format!("the key {key} was added")),
        Notice::TokenReported { token } => {
            let Some(token) = reader.token(*token).await? else { return Ok(()) };
            trusted::of_reported_token(&publisher.namespace, &token)
        }
        Notice::TrustedPublisherRemoved { trusted } => {
            let Some(removed) = reader.trusted_publisher(*trusted).await? else { return Ok(()) };
            trusted::of_removed_workflow(&publisher.namespace, &removed)
        }
        Notice::Withheld { module, version, step } => {
            let letter = withhold::letter(&mut *reader, module, version.as_ref(), *step).await?;
            let Some(letter) = letter else { return Ok(()) };
            letter
        }
        Notice::Rechecked { module, submissions, more, .. } => {
            let (registry, page) = (ports.registry_flag(), ports.page("account/submissions"));
            let letter = rechecks::of_owners(&mut *reader, module, submissions, *more, &registry, &page).await?;
            let Some(letter) = letter else { return Ok(()) };
            letter
        }
        Notice::AppealDecided { appeal } => {
            let Some(letter) = appeals::of_owners(&mut *reader, *appeal).await? else { return Ok(()) };
            letter
        }
        Notice::PublishingTightened { switch } => {
            let owners = reader.members_of(publisher.id).await?.into_iter().filter(Member::is_owner).count();
            trusted::of_switch(&publisher.namespace, *switch, owners)
        }
        Notice::PublishingLoosening { switch, step } => {
            let announced = reader.loosenings_of(publisher.id).await?;
            let announced = announced.iter().find(|loosening| loosening.switch == *switch);
            let registry = ports.registry_flag();
            let letter = trusted::of_loosening(&publisher.namespace, *switch, *step, announced, &registry);
            let Some(letter) = letter else { return Ok(()) };
            letter
        }
        Notice::KeyRevoked { key } => {
            let list = reader.revocations().await?;
            // Taken back meanwhile: that is what is told then.
            let Some(revoked) = list.keys.get(key) else { return Ok(()) };
            letters::of_revoked_key(&publisher.namespace, *key, revoked, &ports.registry_flag())
        }
        Notice::KeyUnrevoked { key } => letters::of_unrevoked_key(&publisher.namespace, *key),
        Notice::KeyRemoved { key } => letters::of_key(&publisher.namespace, &format!("the key {key} was removed")),
    };
    drop(reader);
    ports.mail.send(&Message { to, subject, text }).await?;
    Ok(())
}
