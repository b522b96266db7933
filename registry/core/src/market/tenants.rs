//! Making and changing tenants, and looking at them.

use adx_signing::name::{Namespace, TenantId};
use serde_json::json;

use super::access::{has, role_of, tenant_to_see};
use super::carry_out::tell;
use super::end;
use super::error::{MAX_BILL_CHARS, MAX_BILL_LINES, MarketError};
use super::tenant::{Buyer, Tenant};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::members::Right;
use crate::money::Money;
use crate::ports::{Address, Constraint, StoreError, Transaction, Written};
use crate::reason::is_of_one_line;
use crate::{Id, Ports};

/// Most tenants of a buyer: a name is there once, and nobody takes them all.
pub const MAX_TENANTS: usize = 100;

/// A tenant to be made.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// What agents call it.
    pub name: TenantId,
    /// The organisation that buys for it; whoever asks does if none is named.
    pub namespace: Option<Namespace>,
    /// The rest.
    pub change: TenantChange,
}

/// What can be changed of a tenant.
#[derive(Debug, Clone)]
pub struct TenantChange {
    /// What invoices are made out to.
    pub bill_to: String,
    /// Where invoices go besides.
    pub bill_mail: Option<Address>,
    /// What may be spent in a month without an owner.
    pub cap: Option<Money>,
}

/// Makes a tenant of whoever asks, or of an organisation whose owner asks.
///
/// # Errors
/// [`MarketError`]; nothing was made then.
#[tracing::instrument(name = "tenant.create", skip_all, fields(tenant = %new.name))]
pub async fn create_tenant(ports: &Ports, actor: &Actor, new: NewTenant) -> Result<Tenant, MarketError> {
    let buyer = match &new.namespace {
        Some(namespace) => {
            let (_, publisher) = actor.owner_of(namespace)?;
            Buyer::Organisation(publisher.id)
        }
        None => Buyer::Account(actor.person()?.0.id),
    };
    let TenantChange { bill_to, bill_mail, cap } = sound(new.change)?;
    let created_at = ports.now();
    let id = Id::new(created_at, &*ports.entropy);
    let tenant = Tenant { id, name: new.name, buyer, bill_to, bill_mail, cap, created_at };
    let mut transaction = ports.store.begin().await?;
    let made = insert(ports, &mut *transaction, actor, tenant).await;
    end(transaction, Written::Told, made).await
}

async fn insert(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    tenant: Tenant,
) -> Result<Tenant, MarketError> {
    // Looked up anew: somebody may have left meanwhile.
    let role = role_of(transaction, actor, &tenant).await?;
    has(role.ok_or_else(|| MarketError::NoTenant(tenant.name.clone()))?, Right::Decide)?;
    if transaction.tenants_of(&tenant.buyer).await?.len() >= MAX_TENANTS {
        return Err(MarketError::TooMany { what: "tenants", most: MAX_TENANTS });
    }
    transaction.insert_tenant(&tenant).await.map_err(|error| match error {
        StoreError::Violated(Constraint::TenantName) => MarketError::TenantExists(tenant.name.clone()),
        other => other.into(),
    })?;
    let deed = Deed::new(Act::TenantCreate).id(tenant.id).with(json!({ "tenant": tenant.name }));
    tell(ports, transaction, &tenant, deed).await?;
    Ok(tenant)
}

/// Changes to whom invoices are made out, and what may be spent: for whoever it is, and an organisation's owners.
///
/// # Errors
/// [`MarketError`]; nothing has changed then.
#[tracing::instrument(name = "tenant.change", skip_all, fields(tenant = %name))]
pub async fn change_tenant(
    ports: &Ports,
    actor: &Actor,
    name: &TenantId,
    change: TenantChange,
) -> Result<Tenant, MarketError> {
    actor.somebody()?;
    let change = sound(change);
    let mut transaction = ports.store.begin().await?;
    let changed = rewrite(ports, &mut *transaction, actor, name, change).await;
    end(transaction, Written::Told, changed).await
}

async fn rewrite(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    name: &TenantId,
    change: Result<TenantChange, MarketError>,
) -> Result<Tenant, MarketError> {
    let (found, _) = super::access::tenant_for(transaction, actor, name, Right::Decide).await?;
    let TenantChange { bill_to, bill_mail, cap } = change?;
    let locked = transaction.lock_tenant(found.id).await?;
    let locked = locked.ok_or_else(|| MarketError::NoTenant(name.clone()))?;
    let tenant = Tenant { bill_to, bill_mail, cap, ..locked };
    transaction.update_tenant(&tenant).await?;
    let detail = json!({ "tenant": tenant.name, "spending_cap": tenant.cap.map(|cap| cap.to_string()) });
    tell(ports, transaction, &tenant, Deed::new(Act::TenantChange).id(tenant.id).with(detail)).await?;
    Ok(tenant)
}

/// The tenants that whoever asks may see: the own ones, and those of the organisations it is a member of. A publisher's or operator's token
/// buys for nobody.
///
/// # Errors
/// [`MarketError`]
pub async fn tenants(ports: &Ports, actor: &Actor) -> Result<Vec<Tenant>, MarketError> {
    actor.somebody()?;
    let buyers: Vec<_> = match actor {
        Actor::Person { account, memberships, .. } => {
            let organisations = memberships.iter().map(|membership| Buyer::Organisation(membership.publisher.id));
            std::iter::once(Buyer::Account(account.id)).chain(organisations).collect()
        }
        Actor::Owner { publisher, .. } => vec![Buyer::Organisation(publisher.id)],
        Actor::Publisher { .. } | Actor::Operator { .. } | Actor::Anonymous => Vec::new(),
    };
    let mut reader = ports.store.read().await?;
    let mut tenants = Vec::new();
    for buyer in buyers {
        tenants.extend(reader.tenants_of(&buyer).await?);
    }
    Ok(tenants)
}

/// One of them; for operators any.
///
/// # Errors
/// [`MarketError`]
pub async fn tenant(ports: &Ports, actor: &Actor, name: &TenantId) -> Result<Tenant, MarketError> {
    actor.somebody()?;
    tenant_to_see(&mut *ports.store.read().await?, actor, name, Right::AskToBuy).await
}

/// What stands on invoices is plain text of a few lines.
fn sound(change: TenantChange) -> Result<TenantChange, MarketError> {
    let bill_to = change.bill_to.replace("\r\n", "\n").trim().to_owned();
    let fits = (1..=MAX_BILL_CHARS).contains(&bill_to.chars().count()) && bill_to.lines().count() <= MAX_BILL_LINES;
    if !fits || !bill_to.split('\n').all(is_of_one_line) {
        return Err(MarketError::BadBillTo);
    }
    if change.cap.is_some_and(|cap| cap.minor < 0) {
        return Err(MarketError::BadCap);
    }
    Ok(TenantChange { bill_to, ..change })
}
