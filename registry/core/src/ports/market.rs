use adx_signing::name::TenantId;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::StoreError;
use crate::Id;
use crate::market::checkout::{Checkout, CheckoutState, Misfit};
use crate::market::coupon::{Coupon, CouponCode};
use crate::market::entitlement::Entitlement;
use crate::market::invoice::{Invoice, InvoiceNumber, InvoiceState};
use crate::market::ledger::{Account, Entry, EntryKind};
use crate::market::order::{Order, OrderState};
use crate::market::placed::{OrderEvent, PlacedOrder};
use crate::market::tenant::{Buyer, Tenant};
use crate::money::{Currency, Money};
use crate::publisher::Publisher;

/// Lookups of what is bought and sold. What is not there is `None`, never an error.
#[async_trait]
pub trait MarketReader: Send {
    /// A tenant.
    async fn tenant(&mut self, id: Id<Tenant>) -> Result<Option<Tenant>, StoreError>;

    /// The tenant whose name has the same canonical form.
    async fn tenant_by_name(&mut self, name: &TenantId) -> Result<Option<Tenant>, StoreError>;

    /// The tenants that somebody buys for, by name.
    async fn tenants_of(&mut self, buyer: &Buyer) -> Result<Vec<Tenant>, StoreError>;

    /// An order.
    async fn order(&mut self, id: Id<Order>) -> Result<Option<PlacedOrder>, StoreError>;

    /// The order that a tenant sent under a key.
    async fn order_by_key(&mut self, tenant: Id<Tenant>, key: &str) -> Result<Option<PlacedOrder>, StoreError>;

    /// The orders of a tenant, the last one first; those before `before`, at most `limit`.
    async fn orders_of(
        &mut self,
        tenant: Id<Tenant>,
        before: Option<Id<Order>>,
        limit: u32,
    ) -> Result<Vec<PlacedOrder>, StoreError>;

    /// Orders of a state in the order they were placed, those after `after`, at most `limit`.
    async fn orders_after(
        &mut self,
        state: OrderState,
        after: Option<Id<Order>>,
        limit: u32,
    ) -> Result<Vec<PlacedOrder>, StoreError>;

    /// Orders that time changes by `now`, the longest due first, at most `limit`.
    async fn orders_due(&mut self, now: OffsetDateTime, limit: u32) -> Result<Vec<Id<Order>>, StoreError>;

    /// What happened to an order, in the order it happened.
    async fn order_events(&mut self, order: Id<Order>) -> Result<Vec<OrderEvent>, StoreError>;

    /// Entries of the ledger that touch an account, in the order they were written; those after `after`, at most `limit`.
    async fn entries_on(
        &mut self,
        account: &Account,
        after: Option<Id<Entry>>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError>;

    /// What the postings on an account add up to, of each currency.
    async fn balances_of(&mut self, account: &Account) -> Result<Vec<Money>, StoreError>;

    /// Whether an order has an entry of a kind with a reference.
    async fn has_entry(&mut self, order: Id<Order>, kind: EntryKind, reference: &str) -> Result<bool, StoreError>;

    /// The entries of an order, in the order they were written.
    async fn entries_of(&mut self, order: Id<Order>) -> Result<Vec<Entry>, StoreError>;

    /// The order that has a payment of that reference.
    async fn order_paid_by(&mut self, reference: &str) -> Result<Option<Id<Order>>, StoreError>;

    /// The pages that were opened for an order, in the order they were opened.
    async fn checkouts_of(&mut self, order: Id<Order>) -> Result<Vec<Checkout>, StoreError>;

    /// Orders with pages that are to be compared with what the provider took, in the order of their identifiers, those after `after`, at
    /// most `limit`: all that something is to happen to, and others that a page was opened for since `since`.
    async fn orders_collected(
        &mut self,
        since: OffsetDateTime,
        after: Option<Id<Order>>,
        limit: u32,
    ) -> Result<Vec<Id<Order>>, StoreError>;

    /// What the provider took for an order that does not fit it, as it was noted.
    async fn misfits_of(&mut self, order: Id<Order>) -> Result<Vec<Misfit>, StoreError>;

    /// What no operator has looked at of that, of all orders, the oldest first, at most `limit`.
    async fn misfits_to_check(&mut self, limit: u32) -> Result<Vec<(Id<Order>, Misfit)>, StoreError>;

    /// What a tenant was asked for in a currency since a time, in the minor unit: invoices that are not void.
    async fn asked_since(
        &mut self,
        tenant: Id<Tenant>,
        currency: Currency,
        since: OffsetDateTime,
    ) -> Result<i64, StoreError>;

    /// An invoice.
    async fn invoice(&mut self, number: InvoiceNumber) -> Result<Option<Invoice>, StoreError>;

    /// The invoices of an order, in the order they were written.
    async fn invoices_of(&mut self, order: Id<Order>) -> Result<Vec<Invoice>, StoreError>;

    /// The coupons of a publisher, by code.
    async fn coupons_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<Coupon>, StoreError>;

    /// What an order entitles to.
    async fn entitlement_of(&mut self, order: Id<Order>) -> Result<Option<Entitlement>, StoreError>;

    /// What a tenant is entitled to, or was, the last one first.
    async fn entitlements_of(&mut self, tenant: Id<Tenant>) -> Result<Vec<Entitlement>, StoreError>;
}

/// Changes of what is bought and sold. A tenant is locked before its orders, and a coupon after them.
#[async_trait]
pub trait MarketWriter: Send {
    /// A new tenant.
    ///
    /// # Errors
    /// [`Constraint::TenantName`](super::Constraint::TenantName)
    async fn insert_tenant(&mut self, tenant: &Tenant) -> Result<(), StoreError>;

    /// Rewrites to whom invoices are made out, and what may be spent.
    async fn update_tenant(&mut self, tenant: &Tenant) -> Result<(), StoreError>;

    /// The tenant, locked until the transaction ends: one order is placed after the other.
    async fn lock_tenant(&mut self, id: Id<Tenant>) -> Result<Option<Tenant>, StoreError>;

    /// Forgets to whom the invoices of a person's tenants are made out; those that were written keep it.
    async fn erase_bills_to(&mut self, account: Id<crate::account::Account>) -> Result<(), StoreError>;

    /// A new order.
    ///
    /// # Errors
    /// [`Constraint::OrderKey`](super::Constraint::OrderKey) for a key that was used,
    /// [`Constraint::Trial`](super::Constraint::Trial) for a second trial.
    async fn insert_order(&mut self, order: &PlacedOrder) -> Result<(), StoreError>;

    /// The order, locked until the transaction ends: one thing happens after the other.
    async fn lock_order(&mut self, id: Id<Order>) -> Result<Option<PlacedOrder>, StoreError>;

    /// Rewrites how far an order has come.
    async fn update_order(&mut self, order: &Order) -> Result<(), StoreError>;

    /// Notes what happened to an order.
    async fn insert_order_event(&mut self, event: &OrderEvent) -> Result<(), StoreError>;

    /// Writes to the ledger.
    ///
    /// # Errors
    /// [`Constraint::LedgerReference`](super::Constraint::LedgerReference) for a reference that the order has.
    async fn insert_entry(&mut self, entry: &Entry) -> Result<(), StoreError>;

    /// The next number of a year. Whoever takes one keeps others waiting until the transaction ends, and one that was rolled back is
    /// taken again: there are no gaps.
    async fn next_invoice(&mut self, year: u32) -> Result<InvoiceNumber, StoreError>;

    /// A new invoice under a number taken by [`next_invoice`](Self::next_invoice).
    async fn insert_invoice(&mut self, invoice: &Invoice) -> Result<(), StoreError>;

    /// Notes what became of an order's open invoice of a period.
    async fn settle_invoice(&mut self, order: Id<Order>, period: u32, state: InvoiceState) -> Result<(), StoreError>;

    /// A new coupon.
    ///
    /// # Errors
    /// [`Constraint::CouponCode`](super::Constraint::CouponCode)
    async fn insert_coupon(&mut self, coupon: &Coupon) -> Result<(), StoreError>;

    /// The coupon of a publisher, locked until the transaction ends.
    async fn lock_coupon(&mut self, publisher: Id<Publisher>, code: &CouponCode) -> Result<Option<Coupon>, StoreError>;

    /// Notes that it was used once more.
    async fn use_coupon(&mut self, coupon: Id<Coupon>) -> Result<(), StoreError>;

    /// Writes what an order entitles to, or rewrites it.
    async fn put_entitlement(&mut self, entitlement: &Entitlement) -> Result<(), StoreError>;

    /// A page that was opened. One that is known is left as it is: it is the same.
    async fn insert_checkout(&mut self, checkout: &Checkout) -> Result<(), StoreError>;

    /// Notes what became of a page.
    async fn set_checkout_state(&mut self, handle: &str, state: CheckoutState) -> Result<(), StoreError>;

    /// Notes that the provider of payments told something; `false` if it did before.
    async fn note_payment_event(&mut self, id: &str, kind: &str, at: OffsetDateTime) -> Result<bool, StoreError>;

    /// Forgets what the provider of payments told before a time.
    async fn forget_payment_events(&mut self, before: OffsetDateTime) -> Result<(), StoreError>;

    /// Notes what does not fit an order, in the place of all that did not before.
    async fn put_misfits(&mut self, order: Id<Order>, misfits: &[Misfit], at: OffsetDateTime)
    -> Result<(), StoreError>;
}
