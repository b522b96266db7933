//! Who may buy for a tenant, and who may look.

use adx_signing::name::TenantId;

use super::error::MarketError;
use super::order::Order;
use super::placed::PlacedOrder;
use super::tenant::{Buyer, Tenant};
use crate::Id;
use crate::actor::Actor;
use crate::members::{Member, Right, Role};
use crate::operator_scope::OperatorScope;
use crate::ports::{Reader, StoreError};

/// As what somebody acts for a tenant, looked up anew: a person for the own ones is as an owner. Nobody acts by a publisher's token, which
/// is what is stolen first.
pub(super) async fn role_of(
    reader: &mut dyn Reader,
    actor: &Actor,
    tenant: &Tenant,
) -> Result<Option<Role>, StoreError> {
    let publisher = match (tenant.buyer, actor) {
        (Buyer::Account(buyer), Actor::Person { account, .. }) => {
            return Ok((buyer == account.id).then_some(Role::Owner));
        }
        (Buyer::Organisation(publisher), Actor::Person { .. } | Actor::Owner { .. }) => publisher,
        _ => return Ok(None),
    };
    let is_asking = |member: &&Member| match actor {
        Actor::Person { account, .. } => member.is_accepted() && member.account == Some(account.id),
        Actor::Owner { owner, .. } => member.is_owner() && member.id == owner.id,
        _ => false,
    };
    let members = reader.members_of(publisher).await?;
    Ok(members.iter().find(is_asking).map(|member| member.role))
}

/// The tenant, and as what somebody acts for it who has a right there. Strangers are not told whether it is there.
pub(super) async fn tenant_for(
    reader: &mut dyn Reader,
    actor: &Actor,
    name: &TenantId,
    right: Right,
) -> Result<(Tenant, Role), MarketError> {
    actor.somebody()?;
    let unknown = || MarketError::NoTenant(name.clone());
    let tenant = reader.tenant_by_name(name).await?.ok_or_else(unknown)?;
    let role = role_of(reader, actor, &tenant).await?.ok_or_else(unknown)?;
    Ok((tenant, has(role, right)?))
}

/// The tenant for whoever may look at what is not about money: its people, and operators.
pub(super) async fn tenant_to_see(
    reader: &mut dyn Reader,
    actor: &Actor,
    name: &TenantId,
    right: Right,
) -> Result<Tenant, MarketError> {
    if actor.operator_sees(OperatorScope::Orders).is_ok() {
        let tenant = reader.tenant_by_name(name).await?;
        return tenant.ok_or_else(|| MarketError::NoTenant(name.clone()));
    }
    tenant_for(reader, actor, name, right).await.map(|(tenant, _)| tenant)
}

/// An order, its tenant, and as what somebody acts for it.
pub(super) async fn order_for(
    reader: &mut dyn Reader,
    actor: &Actor,
    id: Id<Order>,
) -> Result<(PlacedOrder, Tenant, Role), MarketError> {
    actor.somebody()?;
    let placed = reader.order(id).await?.ok_or(MarketError::NoOrder)?;
    let tenant = reader.tenant(placed.order.tenant).await?.ok_or(MarketError::NoOrder)?;
    let role = role_of(reader, actor, &tenant).await?.ok_or(MarketError::NoOrder)?;
    Ok((placed, tenant, role))
}

/// An order for whoever may look at it: its tenant's people, and operators.
pub(super) async fn order_to_see(
    reader: &mut dyn Reader,
    actor: &Actor,
    id: Id<Order>,
) -> Result<(PlacedOrder, Tenant), MarketError> {
    if actor.operator_sees(OperatorScope::Orders).is_ok() {
        let placed = reader.order(id).await?.ok_or(MarketError::NoOrder)?;
        let tenant = reader.tenant(placed.order.tenant).await?.ok_or(MarketError::NoOrder)?;
        return Ok((placed, tenant));
    }
    order_for(reader, actor, id).await.map(|(placed, tenant, _)| (placed, tenant))
}

/// The role, if it has a right.
pub(super) fn has(role: Role, right: Right) -> Result<Role, MarketError> {
    if role.has(right) { Ok(role) } else { Err(MarketError::Role { role, right }) }
}
