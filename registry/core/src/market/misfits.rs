//! What a provider took that does not fit its order: operators are told, look at it, and say that they have.

use super::carry_out::{Told, note};
use super::checkout::Misfit;
use super::end;
use super::error::MarketError;
use super::order::Order;
use crate::audit::Act;
use crate::job::OperatorMatter;
use crate::matters::tell_operators;
use crate::ports::{Reader, StoreError, Transaction, Written};
use crate::reason::Reason;
use crate::{Id, Ports};

/// Most that are listed at once: there are more only where something else is wrong.
const MAX_MISFITS: u32 = 1_000;

/// What no operator has looked at, with its order, the oldest first, at most 1000: for whoever sits at the machine that holds the database.
///
/// # Errors
/// [`StoreError`]
pub async fn misfits_on_the_machine(ports: &Ports) -> Result<Vec<(Id<Order>, Misfit)>, StoreError> {
    ports.store.read().await?.misfits_to_check(MAX_MISFITS).await
}

/// Notes that an operator has looked at what does not fit an order, and what was done about it. It is counted no more; what comes besides
/// is.
///
/// # Errors
/// [`MarketError`]; nothing has changed then.
#[tracing::instrument(name = "order.check", skip_all, fields(order = %id))]
pub async fn check_misfits_on_the_machine(ports: &Ports, id: Id<Order>, reason: &Reason) -> Result<(), MarketError> {
    let mut transaction = ports.store.begin().await?;
    let checked = within(ports, &mut *transaction, id, reason).await;
    end(transaction, Written::Told, checked).await
}

async fn within(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    id: Id<Order>,
    reason: &Reason,
) -> Result<(), MarketError> {
    let placed = transaction.lock_order(id).await?.ok_or(MarketError::NoOrder)?;
    let tenant = transaction.tenant(placed.order.tenant).await?.ok_or(MarketError::NoOrder)?;
    let misfits = transaction.misfits_of(id).await?;
    if misfits.iter().all(|misfit| misfit.is_checked) {
        return Err(MarketError::NoMisfit);
    }
    let checked: Vec<_> = misfits.into_iter().map(|misfit| Misfit { is_checked: true, ..misfit }).collect();
    transaction.put_misfits(id, &checked, ports.now()).await?;
    let told = Told { reason: Some(reason.to_string()), ..Told::new(Act::OrderCheck, "machine".to_owned()) };
    note(ports, transaction, &placed, &tenant, &told).await?;
    Ok(())
}

/// Notes what does not fit, in the place of what did not the last time, and tells operators of what is new.
pub(super) async fn note_misfits(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    order: Id<Order>,
    found: Vec<Misfit>,
) -> Result<(), StoreError> {
    let known = transaction.misfits_of(order).await?;
    let as_known = |misfit: Misfit| {
        let is_same = |known: &&Misfit| known.reference == misfit.reference && known.reason == misfit.reason;
        known.iter().find(is_same).cloned().unwrap_or(misfit)
    };
    let misfits: Vec<_> = found.into_iter().map(as_known).collect();
    if known == misfits {
        return Ok(());
    }
    transaction.put_misfits(order, &misfits, ports.now()).await?;
    let mut has_new = false;
    for Misfit { reference, reason, .. } in misfits.iter().filter(|misfit| !known.contains(misfit)) {
        tracing::error!(%order, reference, reason, "a payment does not fit its order");
        has_new = true;
    }
    if has_new {
        tell_operators(ports, transaction, OperatorMatter::Misfit { order }).await?;
    }
    Ok(())
}

/// Subject and text of a letter to an operator; nothing where all fits by now, or was looked at.
pub(crate) async fn misfit_letter(
    reader: &mut dyn Reader,
    order: Id<Order>,
) -> Result<Option<(String, String)>, StoreError> {
    let misfits = reader.misfits_of(order).await?;
    let line = |misfit: &Misfit| format!("    {}: {}\n", misfit.reference, misfit.reason);
    let lines: String = misfits.iter().filter(|misfit| !misfit.is_checked).map(line).collect();
    if lines.is_empty() {
        return Ok(None);
    }
    let text = format!(
        "The provider of payments has what does not fit the order {order}:\n\n{lines}\nLook at the order and at the provider's page. \
         What is to go back is given back there; what fits by then is noted by itself. Once you have looked, on the registry's machine:\n\n    \
         adx-registry admin order checked {order} --reason TEXT\n"
    );
    Ok(Some(("A payment does not fit its order".to_owned(), text)))
}
