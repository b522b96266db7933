//! The methods of the ports about what is bought and sold, each of which is one query or two.

use adx_registry_core::Id;
use adx_registry_core::account::Account as Person;
use adx_registry_core::market::checkout::{Checkout, CheckoutState, Misfit};
use adx_registry_core::market::coupon::{Coupon, CouponCode};
use adx_registry_core::market::entitlement::Entitlement;
use adx_registry_core::market::invoice::{Invoice, InvoiceNumber, InvoiceState};
use adx_registry_core::market::ledger::{Account, Entry, EntryKind};
use adx_registry_core::market::order::{Order, OrderState};
use adx_registry_core::market::placed::{OrderEvent, PlacedOrder};
use adx_registry_core::market::tenant::{Buyer, Tenant};
use adx_registry_core::money::{Currency, Money};
use adx_registry_core::ports::{MarketReader, MarketWriter, StoreError};
use adx_registry_core::publisher::Publisher;
use adx_signing::name::TenantId;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::session::SqlSession;
use super::{Session, Writing, checkouts, coupons, invoices, ledger, licences, orders, tenants};

#[async_trait]
impl<S: Session> MarketReader for SqlSession<S> {
    async fn tenant(&mut self, id: Id<Tenant>) -> Result<Option<Tenant>, StoreError> {
        tenants::by_id(self.0.connection(), id).await
    }

    async fn tenant_by_name(&mut self, name: &TenantId) -> Result<Option<Tenant>, StoreError> {
        tenants::by_name(self.0.connection(), name).await
    }

    async fn tenants_of(&mut self, buyer: &Buyer) -> Result<Vec<Tenant>, StoreError> {
        tenants::of(self.0.connection(), buyer).await
    }

    async fn order(&mut self, id: Id<Order>) -> Result<Option<PlacedOrder>, StoreError> {
        orders::by_id(self.0.connection(), id).await
    }

    async fn order_by_key(&mut self, tenant: Id<Tenant>, key: &str) -> Result<Option<PlacedOrder>, StoreError> {
        orders::by_key(self.0.connection(), tenant, key).await
    }

    async fn orders_of(
        &mut self,
        tenant: Id<Tenant>,
        before: Option<Id<Order>>,
        limit: u32,
    ) -> Result<Vec<PlacedOrder>, StoreError> {
        orders::of_tenant(self.0.connection(), tenant, before, limit).await
    }

    async fn orders_after(
        &mut self,
        state: OrderState,
        after: Option<Id<Order>>,
        limit: u32,
    ) -> Result<Vec<PlacedOrder>, StoreError> {
        orders::after(self.0.connection(), state, after, limit).await
    }

    async fn orders_due(&mut self, now: OffsetDateTime, limit: u32) -> Result<Vec<Id<Order>>, StoreError> {
        orders::due(self.0.connection(), now, limit).await
    }

    async fn order_events(&mut self, order: Id<Order>) -> Result<Vec<OrderEvent>, StoreError> {
        orders::events_of(self.0.connection(), order).await
    }

    async fn entries_on(
        &mut self,
        account: &Account,
        after: Option<Id<Entry>>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        ledger::on_account(self.0.connection(), account, after, limit).await
    }

    async fn balances_of(&mut self, account: &Account) -> Result<Vec<Money>, StoreError> {
        ledger::balances(self.0.connection(), account).await
    }

    async fn has_entry(&mut self, order: Id<Order>, kind: EntryKind, reference: &str) -> Result<bool, StoreError> {
        ledger::exists(self.0.connection(), order, kind, reference).await
    }

    async fn entries_of(&mut self, order: Id<Order>) -> Result<Vec<Entry>, StoreError> {
        ledger::of_order(self.0.connection(), order).await
    }

    async fn order_paid_by(&mut self, reference: &str) -> Result<Option<Id<Order>>, StoreError> {
        ledger::order_paid_by(self.0.connection(), reference).await
    }

    async fn checkouts_of(&mut self, order: Id<Order>) -> Result<Vec<Checkout>, StoreError> {
        checkouts::of_order(self.0.connection(), order).await
    }

    async fn orders_collected(
        &mut self,
        since: OffsetDateTime,
        after: Option<Id<Order>>,
        limit: u32,
    ) -> Result<Vec<Id<Order>>, StoreError> {
        checkouts::collected(self.0.connection(), since, after, limit).await
    }

    async fn misfits_of(&mut self, order: Id<Order>) -> Result<Vec<Misfit>, StoreError> {
        checkouts::misfits_of(self.0.connection(), order).await
    }

    async fn misfits_to_check(&mut self, limit: u32) -> Result<Vec<(Id<Order>, Misfit)>, StoreError> {
        checkouts::misfits_to_check(self.0.connection(), limit).await
    }

    async fn asked_since(
        &mut self,
        tenant: Id<Tenant>,
        currency: Currency,
        since: OffsetDateTime,
    ) -> Result<i64, StoreError> {
        invoices::asked_since(self.0.connection(), tenant, currency, since).await
    }

    async fn invoice(&mut self, number: InvoiceNumber) -> Result<Option<Invoice>, StoreError> {
        invoices::by_number(self.0.connection(), number).await
    }

    async fn invoices_of(&mut self, order: Id<Order>) -> Result<Vec<Invoice>, StoreError> {
        invoices::of_order(self.0.connection(), order).await
    }

    async fn coupons_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<Coupon>, StoreError> {
        coupons::of(self.0.connection(), publisher).await
    }

    async fn entitlement_of(&mut self, order: Id<Order>) -> Result<Option<Entitlement>, StoreError> {
        licences::of_order(self.0.connection(), order).await
    }

    async fn entitlements_of(&mut self, tenant: Id<Tenant>) -> Result<Vec<Entitlement>, StoreError> {
        licences::of_tenant(self.0.connection(), tenant).await
    }
}

#[async_trait]
impl MarketWriter for SqlSession<Writing> {
    async fn insert_tenant(&mut self, tenant: &Tenant) -> Result<(), StoreError> {
        tenants::insert(self.0.connection(), tenant).await
    }

    async fn update_tenant(&mut self, tenant: &Tenant) -> Result<(), StoreError> {
        tenants::update(self.0.connection(), tenant).await
    }

    async fn lock_tenant(&mut self, id: Id<Tenant>) -> Result<Option<Tenant>, StoreError> {
        tenants::lock(self.0.connection(), id).await
    }

    async fn erase_bills_to(&mut self, account: Id<Person>) -> Result<(), StoreError> {
        tenants::erase_bills_to(self.0.connection(), account).await
    }

    async fn insert_order(&mut self, order: &PlacedOrder) -> Result<(), StoreError> {
        orders::insert(self.0.connection(), order).await
    }

    async fn lock_order(&mut self, id: Id<Order>) -> Result<Option<PlacedOrder>, StoreError> {
        orders::lock(self.0.connection(), id).await
    }

    async fn update_order(&mut self, order: &Order) -> Result<(), StoreError> {
        orders::update(self.0.connection(), order).await
    }

    async fn insert_order_event(&mut self, event: &OrderEvent) -> Result<(), StoreError> {
        orders::insert_event(self.0.connection(), event).await
    }

    async fn insert_entry(&mut self, entry: &Entry) -> Result<(), StoreError> {
        ledger::insert(self.0.connection(), entry).await
    }

    async fn next_invoice(&mut self, year: u32) -> Result<InvoiceNumber, StoreError> {
        invoices::next(self.0.connection(), year).await
    }

    async fn insert_invoice(&mut self, invoice: &Invoice) -> Result<(), StoreError> {
        invoices::insert(self.0.connection(), invoice).await
    }

    async fn settle_invoice(&mut self, order: Id<Order>, period: u32, state: InvoiceState) -> Result<(), StoreError> {
        invoices::settle(self.0.connection(), order, period, state).await
    }

    async fn insert_coupon(&mut self, coupon: &Coupon) -> Result<(), StoreError> {
        coupons::insert(self.0.connection(), coupon).await
    }

    async fn lock_coupon(&mut self, publisher: Id<Publisher>, code: &CouponCode) -> Result<Option<Coupon>, StoreError> {
        coupons::lock(self.0.connection(), publisher, code).await
    }

    async fn use_coupon(&mut self, coupon: Id<Coupon>) -> Result<(), StoreError> {
        coupons::note_use(self.0.connection(), coupon).await
    }

    async fn put_entitlement(&mut self, entitlement: &Entitlement) -> Result<(), StoreError> {
        licences::put(self.0.connection(), entitlement).await
    }

    async fn insert_checkout(&mut self, checkout: &Checkout) -> Result<(), StoreError> {
        checkouts::insert(self.0.connection(), checkout).await
    }

    async fn set_checkout_state(&mut self, handle: &str, state: CheckoutState) -> Result<(), StoreError> {
        checkouts::set_state(self.0.connection(), handle, state).await
    }

    async fn note_payment_event(&mut self, id: &str, kind: &str, at: OffsetDateTime) -> Result<bool, StoreError> {
        checkouts::note_event(self.0.connection(), id, kind, at).await
    }

    async fn forget_payment_events(&mut self, before: OffsetDateTime) -> Result<(), StoreError> {
        checkouts::forget_events(self.0.connection(), before).await
    }

    async fn put_misfits(
        &mut self,
        order: Id<Order>,
        misfits: &[Misfit],
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        checkouts::put_misfits(self.0.connection(), order, misfits, at).await
    }
}
