//! An offer: decided by the owners, and sent with a code.

use adx_signing::digest::Digest;
use adx_signing::name::Namespace;
use adx_signing::utc::UtcSecond;

use super::{TRANSFER_EXPIRES, Transfer, TransferError, TransferState};
use crate::accounts::{Code, letter_waits};
use crate::audit::{Act, Deed};
use crate::job::{NewJob, Task};
use crate::owner::OwnerName;
use crate::ports::{Address, Message, StoreError, SystemWrite, Transaction, Written};
use crate::publisher::Publisher;
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// Whether a publisher can be offered. The leaves are locked.
pub(crate) async fn can_offer(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
) -> Result<(), TransferError> {
    match transaction.offered_transfer(publisher.id).await? {
        Some(open) if open.is_live(ports.now()) => Err(TransferError::Offered(publisher.namespace.clone())),
        _ => Ok(()),
    }
}

/// Writes that a publisher is offered. The leaves are locked.
pub(crate) async fn offer(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    name: OwnerName,
    email: Address,
) -> Result<(), TransferError> {
    let now = ports.now();
    if let Some(expired) = transaction.offered_transfer(publisher.id).await? {
        transaction.update_transfer(&expired.ended(TransferState::Withdrawn, now)).await?;
    }
    let transfer = Transfer {
        id: Id::new(now, &*ports.entropy),
        publisher: publisher.id,
        state: TransferState::Offered,
        name: Some(name),
        email: Some(email),
        offered_at: now,
        expires_at: now + TRANSFER_EXPIRES,
        ended_at: None,
    };
    transaction.insert_transfer(&transfer).await?;
    Deed::new(Act::TransferOffer).of(publisher).id(transfer.id).tell(ports, transaction);
    let task = Task::SendTransferOffer { transfer: transfer.id };
    Ok(transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?)
}

/// Makes the code and sends it. It is made here, so that it stands in no row: only its hash does.
#[tracing::instrument(name = "transfer.send_offer", skip_all, fields(%transfer))]
pub(crate) async fn send_offer(ports: &Ports, transfer: Id<Transfer>) -> Result<(), JobError> {
    let mut transaction = ports.store.begin().await?;
    let Some((transfer, to, namespace)) = offered(ports, &mut *transaction, transfer).await? else {
        transaction.rollback().await?;
        return Ok(());
    };
    if let Some(until) = letter_waits(ports, &mut *transaction, &to).await? {
        let task = Task::SendTransferOffer { transfer: transfer.id };
        let job = NewJob { id: Id::new(ports.now(), &*ports.entropy), task, run_at: until };
        transaction.enqueue(&job).await?;
        transaction.commit(Written::System(SystemWrite::Attempts)).await?;
        return Ok(());
    }
    let code = Code::new(&*ports.entropy);
    transaction.set_transfer_code(transfer.id, Digest::of(code.expose().as_bytes())).await?;
    // First: a letter whose code is not known yet would be of no use.
    transaction.commit(Written::System(SystemWrite::LetterCode)).await?;
    let until = UtcSecond::from(transfer.expires_at);
    let text = format!(
        "The owners of the namespace `{namespace}` want to give it to you: its modules, its keys as they are, and\n\
         all that is published there from then on. They and everybody else lose it when you accept, and so do their\n\
         tokens. If you did not expect this, do nothing, or decline.\n\
         \n\
         To accept or decline, until {until}, with an account of this registry:\n\
         \n    {page}\n\
         \n\
         The code is good once. Give it to nobody.\n",
        page = ports.page_with_code("transfer", &code),
    );
    ports.mail.send(&Message { to, subject: format!("`{namespace}` is offered to you"), text }).await?;
    Ok(())
}

async fn offered(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    id: Id<Transfer>,
) -> Result<Option<(Transfer, Address, Namespace)>, StoreError> {
    transaction.lock_leaves().await?;
    let Some(transfer) = transaction.transfer(id).await? else { return Ok(None) };
    let Some(publisher) = transaction.publisher(transfer.publisher).await? else { return Ok(None) };
    let to = transfer.email.clone().filter(|_| transfer.is_live(ports.now()));
    Ok(to.map(|to| (transfer, to, publisher.namespace)))
}
