//! Tenants as the registry knows them: for whom modules are bought.

use adx_signing::name::TenantId;
use time::OffsetDateTime;

use crate::Id;
use crate::account::Account;
use crate::money::Money;
use crate::ports::Address;
use crate::publisher::Publisher;

/// Who buys for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buyer {
    /// A person.
    Account(Id<Account>),
    /// An organisation, by its members' roles.
    Organisation(Id<Publisher>),
}

/// For whom modules are bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its identifier.
    pub id: Id<Tenant>,
    /// What agents call it; one registry has it once.
    pub name: TenantId,
    /// Who buys for it.
    pub buyer: Buyer,
    /// What invoices are made out to: a name and an address, a few lines. Personal where a person buys.
    pub bill_to: String,
    /// Where invoices go besides the people who may buy.
    pub bill_mail: Option<Address>,
    /// What may be spent in a calendar month without an owner; as much as anybody likes if nothing says.
    pub cap: Option<Money>,
    /// When it was created.
    pub created_at: OffsetDateTime,
}
