//! Allowing callers more, and telling what is allowed whom: for whoever sits at the machine that holds the database, the `admin` command.

use serde_json::{Value, json};

use super::{Action, Caller, NamedCaller, RateAllowance, RateError, counted_as};
use crate::Ports;
use crate::audit::{Act, Deed, network_hash};
use crate::ports::{Reader, Transaction, Written};
use crate::quotas::{Limits, allow_on_the_machine, quota_of_on_the_machine};
use crate::reason::Reason;

/// What is allowed whom, as operators read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldAllowance {
    /// Whom; `None` for an account that is erased, or a namespace that is deleted.
    pub caller: Option<NamedCaller>,
    /// What.
    pub allowance: RateAllowance,
}

/// Lets a caller do something so many times as often as all; everything that has no allowance of its own without an `action`.
///
/// # Errors
/// [`RateError`]; nothing has changed then.
pub async fn allow_rate_on_the_machine(
    ports: &Ports,
    named: &NamedCaller,
    action: Option<Action>,
    factor: u64,
    reason: Reason,
) -> Result<(), RateError> {
    if let (NamedCaller::Publisher(namespace), None) = (named, action) {
        let allowed = quota_of_on_the_machine(ports, namespace).await?.allowance;
        let limits = allowed.map(|allowance| allowance.limits).unwrap_or_default();
        let limits = Limits { rate_factor: Some(factor), ..limits };
        allow_on_the_machine(ports, namespace, Some((limits, reason))).await?;
        return Ok(());
    }
    let mut transaction = ports.store.begin().await?;
    let caller = match find(&mut *transaction, named).await {
        Ok(caller) => caller,
        Err(error) => {
            transaction.rollback().await?;
            return Err(error);
        }
    };
    let (by, at) = ("machine".to_owned(), ports.now());
    let allowance = RateAllowance { caller, action, factor, reason: reason.to_string(), by, at };
    transaction.set_rate_allowance(&allowance).await?;
    tell(ports, &mut *transaction, caller, action, Some(factor)).await?;
    transaction.commit(Written::Told).await?;
    tracing::info!(caller = caller.kind(), action = word(action), factor, "a caller may do more");
    Ok(())
}

/// Lets a caller do something as often as all again; everything without an `action`. With one, the caller's factor for everything
/// holds of it from now on, if there is one: that is the answer.
///
/// # Errors
/// [`RateError`]; nothing has changed then.
pub async fn reset_rate_on_the_machine(
    ports: &Ports,
    named: &NamedCaller,
    action: Option<Action>,
) -> Result<Option<u64>, RateError> {
    let mut is_reset = false;
    if let (NamedCaller::Publisher(namespace), None) = (named, action)
        && let Some(allowance) = quota_of_on_the_machine(ports, namespace).await?.allowance
        && allowance.limits.rate_factor.is_some()
    {
        let limits = Limits { rate_factor: None, ..allowance.limits };
        // The reason of what is left was one before.
        let reason = allowance.reason.parse::<Reason>().ok().filter(|_| limits != Limits::default());
        allow_on_the_machine(ports, namespace, reason.map(|reason| (limits, reason))).await?;
        is_reset = true;
    }
    let mut transaction = ports.store.begin().await?;
    let removed = async {
        let caller = find(&mut *transaction, named).await?;
        let is_removed = transaction.remove_rate_allowances(caller, action).await?;
        if is_removed {
            tell(ports, &mut *transaction, caller, action, None).await?;
        }
        let left = transaction.rate_allowances().await?;
        let of_everything = left.into_iter().find(|left| left.caller == caller && left.action.is_none());
        let holds = of_everything.map(|allowance| allowance.factor);
        if is_removed || is_reset {
            return Ok(holds);
        }
        Err(RateError::NotAllowed { caller: named.clone(), action, holds })
    }
    .await;
    match removed {
        Ok(_) => transaction.commit(Written::ToldIfChanged).await?,
        Err(_) => transaction.rollback().await?,
    }
    removed
}

/// What is allowed whom, publishers' factors for everything among it.
///
/// # Errors
/// [`RateError::Store`]
pub async fn list_rates_on_the_machine(ports: &Ports) -> Result<Vec<ToldAllowance>, RateError> {
    let mut reader = ports.store.read().await?;
    let mut told = Vec::new();
    for allowance in reader.rate_allowances().await? {
        let caller = match allowance.caller {
            Caller::Publisher(id) => {
                reader.publisher(id).await?.map(|publisher| NamedCaller::Publisher(publisher.namespace))
            }
            Caller::Account(id) => {
                let account = reader.account(id).await?;
                account.and_then(|account| account.email).map(NamedCaller::Account)
            }
            Caller::Address(address) => Some(NamedCaller::Address(address)),
        };
        told.push(ToldAllowance { caller, allowance });
    }
    Ok(told)
}

async fn find<R: Reader + ?Sized>(reader: &mut R, named: &NamedCaller) -> Result<Caller, RateError> {
    Ok(match named {
        NamedCaller::Publisher(namespace) => {
            let publisher = reader.publisher_by_namespace(namespace).await?;
            Caller::Publisher(publisher.ok_or_else(|| RateError::NoPublisher(namespace.clone()))?.id)
        }
        NamedCaller::Account(address) => {
            let account = reader.account_by_address(address).await?;
            Caller::Account(account.ok_or_else(|| RateError::NoAccount(address.clone()))?.id)
        }
        NamedCaller::Address(address) => Caller::Address(counted_as(*address)),
    })
}

async fn tell(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    caller: Caller,
    action: Option<Action>,
    factor: Option<u64>,
) -> Result<(), RateError> {
    let deed = Deed::new(Act::RateChange);
    let mut detail = json!({ "caller": caller.kind(), "action": word(action), "factor": factor });
    let deed = match caller {
        Caller::Publisher(id) => match transaction.publisher(id).await? {
            Some(publisher) => deed.of(&publisher),
            None => deed,
        },
        Caller::Account(id) => deed.id(id),
        Caller::Address(address) => {
            // As entries of the log tell from where: addresses do not stand there.
            detail["network"] = Value::from(network_hash(&*ports.vault, &address.to_string()));
            deed
        }
    };
    deed.with(detail).tell(ports, transaction);
    Ok(())
}

fn word(action: Option<Action>) -> &'static str {
    action.map_or("all", Action::as_str)
}
