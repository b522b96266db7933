//! Deleting a name, and taking that back, on the machine or for its owners. The log keeps what it says of it, and so do the rows: see
//! `docs/decisions/0010-names.md`.

use adx_signing::name::{ModuleId, Namespace};
use thiserror::Error;
use time::OffsetDateTime;

use super::NewName;
use crate::audit::{Act, Deed};
use crate::job::{NewJob, Task};
use crate::leaf;
use crate::members::{Member, MemberState};
use crate::ports::{NewModule, StoreError, Transaction, Written};
use crate::proposal::{Proposal, ProposedAction};
use crate::publisher::Publisher;
use crate::reason::Reason;
use crate::release::Release;
use crate::transfers::TransferState;
use crate::trusted::{PublishingRules, PublishingSwitch};
use crate::{Id, Ports, domains, submissions, webhooks};

/// When a name was deleted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// When.
    pub at: OffsetDateTime,
    /// Why, for operators.
    pub reason: String,
}

/// A publisher whose namespace was deleted and which nobody has taken since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedPublisher {
    /// The publisher.
    pub publisher: Publisher,
    /// When and why.
    pub deletion: Deletion,
    /// Whether it ever had a key: agents remember whose namespace it was.
    pub had_keys: bool,
}

/// Why nothing was deleted, or restored.
#[derive(Debug, Error)]
pub enum DeleteNameError {
    /// Nobody has the name.
    #[error("there is no {kind} `{0}`", kind = kind(.0))]
    Unknown(NewName),
    /// The module is still offered.
    #[error("`{0}` has a version that is neither yanked nor in quarantine")]
    Offered(ModuleId),
    /// The namespace has modules.
    #[error("`{0}` has modules")]
    HasModules(Namespace),
    /// The namespace's owners are about to decide something.
    #[error("`{0}` has proposals that are open or announced")]
    HasProposals(Namespace),
    /// What is to be restored was not deleted, or somebody else has the namespace since.
    #[error("no {kind} `{0}` is deleted", kind = kind(.0))]
    NotDeleted(NewName),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const fn kind(name: &NewName) -> &'static str {
    match name {
        NewName::Namespace(_) => "namespace",
        NewName::Module(_) => "module",
    }
}

/// Deletes a module whose every version is withheld, or a namespace whose every module is deleted, for whoever sits at the machine
/// that holds the database. A module that is deleted already is no error.
///
/// # Errors
/// [`DeleteNameError`]; nothing has changed then.
#[tracing::instrument(name = "name.delete", skip_all, fields(%name))]
pub async fn delete_name_on_the_machine(ports: &Ports, name: &NewName, reason: &Reason) -> Result<(), DeleteNameError> {
    let deletion = Deletion { at: ports.now(), reason: reason.to_string() };
    change(ports, async |transaction| match name {
        NewName::Module(module) => delete_module(ports, transaction, module, &deletion).await,
        NewName::Namespace(namespace) => delete_namespace(ports, transaction, namespace, &deletion).await,
    })
    .await
}

/// Gives a deleted module or namespace back to the publisher that had it. A namespace has neither tokens nor owners then, and trusts
/// nobody.
///
/// # Errors
/// [`DeleteNameError::NotDeleted`], [`DeleteNameError::Store`]; nothing has changed then.
#[tracing::instrument(name = "name.restore", skip_all, fields(%name))]
pub async fn restore_name_on_the_machine(ports: &Ports, name: &NewName) -> Result<(), DeleteNameError> {
    change(ports, async |transaction| match name {
        NewName::Module(module) => restore_module(ports, transaction, module).await,
        NewName::Namespace(namespace) => restore_namespace(ports, transaction, namespace).await,
    })
    .await
}

pub(super) async fn delete_module(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: &ModuleId,
    deletion: &Deletion,
) -> Result<(), DeleteNameError> {
    let unknown = || DeleteNameError::Unknown(NewName::Module(module.clone()));
    let known = transaction.module(module).await?.ok_or_else(unknown)?;
    // A publish has the lock as well: it comes first and is found, or finds the module deleted.
    let new = NewModule { id: known.id, module: known.module, publisher: known.publisher, now: deletion.at };
    let module = transaction.lock_module(&new).await?;
    if module.deleted_at.is_some() {
        return Ok(());
    }
    let releases = transaction.releases_of(module.id, None, u32::MAX).await?;
    if !releases.iter().all(Release::is_withheld) {
        return Err(DeleteNameError::Offered(module.module));
    }
    transaction.set_module_deleted(module.id, Some(deletion)).await?;
    Deed::new(Act::NameDelete).module(module.publisher, &module.module).tell(ports, transaction);
    Ok(update_search(ports, transaction, &module.module).await?)
}

async fn restore_module(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: &ModuleId,
) -> Result<(), DeleteNameError> {
    let not_deleted = || DeleteNameError::NotDeleted(NewName::Module(module.clone()));
    let known = transaction.module(module).await?.filter(|known| known.deleted_at.is_some()).ok_or_else(not_deleted)?;
    // One of a namespace that is deleted itself would be found by nobody.
    transaction.publisher(known.publisher).await?.ok_or_else(not_deleted)?;
    transaction.set_module_deleted(known.id, None).await?;
    Deed::new(Act::NameRestore).module(known.publisher, &known.module).tell(ports, transaction);
    Ok(update_search(ports, transaction, &known.module).await?)
}

async fn update_search(ports: &Ports, transaction: &mut dyn Transaction, module: &ModuleId) -> Result<(), StoreError> {
    let now = ports.now();
    let task = Task::UpdateSearch { module: module.clone() };
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await
}

async fn delete_namespace(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    namespace: &Namespace,
    deletion: &Deletion,
) -> Result<(), DeleteNameError> {
    // Whatever belongs to the namespace is written under this lock, but for tokens, which count for nothing afterwards.
    transaction.lock_leaves().await?;
    let unknown = || DeleteNameError::Unknown(NewName::Namespace(namespace.clone()));
    let publisher = transaction.publisher_by_namespace(namespace).await?.ok_or_else(unknown)?;
    can_give_up(transaction, &publisher, deletion.at).await?;
    delete_publisher(ports, transaction, &publisher, deletion).await
}

/// Refuses to delete a namespace that has modules, or whose owners are about to decide something else. The leaves are locked.
pub(crate) async fn can_give_up(
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    now: OffsetDateTime,
) -> Result<(), DeleteNameError> {
    if transaction.has_modules(publisher.id).await? {
        return Err(DeleteNameError::HasModules(publisher.namespace.clone()));
    }
    let live = transaction.live_proposals_of(publisher.id).await?;
    let is_other = |proposal: &Proposal| proposal.is_live(now) && proposal.action != ProposedAction::GiveUp;
    if live.iter().any(is_other) {
        return Err(DeleteNameError::HasProposals(publisher.namespace.clone()));
    }
    Ok(())
}

/// Deletes a namespace since its owners decided so. The leaves are locked.
pub(crate) async fn give_up(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
) -> Result<(), DeleteNameError> {
    let deletion = Deletion { at: ports.now(), reason: "its owners gave it up".to_owned() };
    delete_publisher(ports, transaction, publisher, &deletion).await
}

async fn delete_publisher(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    deletion: &Deletion,
) -> Result<(), DeleteNameError> {
    for owner in transaction.members_of(publisher.id).await? {
        let removed = Member { state: MemberState::Removed, email: None, ..owner };
        transaction.update_member(&removed).await?;
        transaction.set_invitation(removed.id, None).await?;
        transaction.revoke_owner_tokens(removed.id, deletion.at).await?;
    }
    for token in transaction.tokens_of(publisher.id, deletion.at).await? {
        transaction.revoke_token(publisher.id, token.id, deletion.at).await?;
    }
    for trusted in transaction.trusted_publishers_of(publisher.id).await? {
        transaction.remove_trusted_publisher(trusted.id, deletion.at).await?;
    }
    submissions::withdraw_all(ports, transaction, publisher.id, "the namespace was deleted").await?;
    domains::do_without(ports, transaction, publisher).await?;
    webhooks::remove_all(ports, transaction, publisher).await?;
    // Nobody could turn off what is asked of releases once it is restored; nor is what was announced of it to hold of that.
    transaction.set_publishing_rules(publisher.id, PublishingRules::default()).await?;
    for switch in PublishingSwitch::ALL {
        transaction.remove_loosening(publisher.id, switch).await?;
    }
    if let Some(offer) = transaction.offered_transfer(publisher.id).await? {
        transaction.update_transfer(&offer.ended(TransferState::Withdrawn, deletion.at)).await?;
    }
    leaf::append_owners(transaction, &*ports.entropy, publisher, deletion.at, &[]).await?;
    Deed::new(Act::NameDelete).of(publisher).tell(ports, transaction);
    Ok(transaction.set_publisher_deleted(publisher.id, Some(deletion)).await?)
}

async fn restore_namespace(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    namespace: &Namespace,
) -> Result<(), DeleteNameError> {
    transaction.lock_leaves().await?;
    let not_deleted = || DeleteNameError::NotDeleted(NewName::Namespace(namespace.clone()));
    let publisher = transaction.deleted_publisher(namespace).await?.ok_or_else(not_deleted)?.publisher;
    transaction.set_publisher_deleted(publisher.id, None).await?;
    Deed::new(Act::NameRestore).of(&publisher).tell(ports, transaction);
    leaf::append_owners(transaction, &*ports.entropy, &publisher, ports.now(), &[publisher.id.to_string()]).await?;
    Ok(())
}

async fn change(
    ports: &Ports,
    work: impl AsyncFnOnce(&mut dyn Transaction) -> Result<(), DeleteNameError>,
) -> Result<(), DeleteNameError> {
    let mut transaction = ports.store.begin().await?;
    match work(&mut *transaction).await {
        Ok(()) => {
            transaction.commit(Written::ToldIfChanged).await?;
            ports.progress.logged();
            Ok(())
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}
