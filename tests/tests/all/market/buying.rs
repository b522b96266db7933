//! What an owner orders is invoiced, paid and divided.

use adx_registry_core::Id;
use adx_registry_core::actor::Actor;
use adx_registry_core::audit::{Act, AuditFilter, list_audit};
use adx_registry_core::market::coupon::{Coupon, CouponError, Off};
use adx_registry_core::market::entitlement::EntitlementState;
use adx_registry_core::market::ledger::{Account, EntryKind};
use adx_registry_core::market::order::{Order, OrderState, Refused};
use adx_registry_core::market::price::Wish;
use adx_registry_core::market::{
    MAX_COUPONS, MAX_TENANTS, MarketError, NewCoupon, NewOrder, NewTenant, Operation, TenantChange, create_coupon,
    create_tenant, entitled, invoice, look_at_order, operate_on_the_machine, quote_order, statement_of_publisher,
    statement_of_tenant, tenants,
};
use adx_registry_core::owners::invite_owner_on_the_machine;
use adx_registry_core::ports::Written;
use futures::future::join_all;
use time::OffsetDateTime;

use super::world::{Market, euros, notes};
use crate::engines::{Engine, on_every_engine};
use crate::owners::namespace;

on_every_engine!(
    what_is_paid_may_be_used_and_is_divided,
    the_same_key_is_the_same_order,
    what_is_given_back_counts_no_more,
    invoices_are_numbered_without_gaps,
    a_module_is_tried_once,
    a_coupon_is_used_as_often_as_it_may_be,
    no_more_coupons_are_kept_than_are_listed,
    a_tenant_is_whose_it_is,
    nobody_takes_every_name,
);

async fn what_is_paid_may_be_used_and_is_divided(engine: Engine) {
    let market = Market::new(engine).await;
    let ports = &market.ports;
    let office = market.office(None).await;
    let quoted = quote_order(ports, &market.ada, &notes(3)).await.unwrap();
    assert_eq!((quoted.first.due(), quoted.may_buy), (Some(euros(5_700)), true));
    let placed = market.place(&market.ada, &notes(3), "one").await.unwrap();
    let id = placed.order.id;
    assert_eq!(placed.order.state, OrderState::Pending);
    let none = entitled(ports, &market.ada, &office.name, &"shop/notes".parse().unwrap()).await;
    assert!(matches!(none, Err(MarketError::NoLicence { .. })), "{none:?}");
    let subject = "Invoice 2024-000001: 57.00 EUR for shop/notes".to_owned();
    let told = [("ada@example.org", &subject), ("bills@example.org", &subject)];
    assert_eq!(market.letters().await, told.map(|(to, subject)| (to.to_owned(), subject.clone())));
    let page = look_at_order(ports, &market.ada, id).await.unwrap();
    let step = page.next_step.unwrap();
    assert!(step.instructions.contains("57.00 EUR") && step.instructions.contains("2024-000001"), "{step:?}");
    assert_eq!(market.balance(Account::Tenant(office.id)).await, 5_700);
    assert_eq!(market.balance(Account::Publisher(market.shop().id)).await, 0, "nothing is owed that was not paid");

    let wrong = Operation::Paid { reference: "bank 0".parse().unwrap(), amount: Some(euros(5_000)) };
    let wrong = operate_on_the_machine(ports, id, &wrong).await;
    assert!(matches!(wrong, Err(MarketError::Refused(Refused::Amount { .. }))), "{wrong:?}");
    for _ in 0..2 {
        let paid = market.paid(&placed, "bank 1").await.unwrap();
        assert_eq!(paid.order.state, OrderState::Active, "twice is once");
    }
    let again = market.paid(&placed, "bank 2").await;
    assert!(matches!(again, Err(MarketError::Refused(Refused::NothingDue))), "{again:?}");
    let entitled = entitled(ports, &market.ada, &office.name, &"shop/notes".parse().unwrap()).await.unwrap();
    assert_eq!(entitled.entitlement.until, placed_until(&market, id).await);
    assert_eq!(entitled.terms.seats, Some(3));

    let statement = statement_of_tenant(ports, &market.ada, &office.name, None).await.unwrap();
    let moved: Vec<_> = statement.lines.iter().map(|line| (line.kind, line.amount.minor)).collect();
    assert_eq!(moved, [(EntryKind::Invoice, 5_700), (EntryKind::Payment, -5_700)]);
    assert_eq!(statement.balances, [euros(0)]);
    let refused = statement_of_publisher(ports, &market.ada, &"shop".parse().unwrap(), None).await;
    assert!(matches!(refused, Err(MarketError::Denied(_))), "{refused:?}");
    let accounts = [Account::Publisher(market.shop().id), Account::Operator, Account::Bank, Account::Unpaid];
    let mut balances = Vec::new();
    for account in accounts {
        balances.push(market.balance(account).await);
    }
    assert_eq!(balances, [-4_845, -855, 5_700, 0]);
    let log = list_audit(ports, &market.ada, Some(&namespace()), AuditFilter::default(), 0, 1_000).await.unwrap();
    let acts: Vec<_> = log.entries.iter().map(|entry| entry.told.act).collect();
    for act in [Act::TenantCreate, Act::OrderPlace, Act::OrderPay] {
        assert_eq!(acts.iter().filter(|told| **told == act).count(), 1, "{act}: {acts:?}");
    }
}

async fn placed_until(market: &Market, id: Id<Order>) -> Option<OffsetDateTime> {
    market.order(id).await.order.course.period.unwrap().until
}

async fn the_same_key_is_the_same_order(engine: Engine) {
    let market = Market::new(engine).await;
    market.office(None).await;
    let (one, two) = (notes(3), notes(3));
    let both = join_all([&one, &two].map(|new| market.place(&market.ada, new, "one"))).await;
    let ids: Vec<_> = both.into_iter().map(|placed| placed.unwrap().order.id).collect();
    assert_eq!(ids[0], ids[1]);
    let other = market.place(&market.ada, &notes(4), "one").await;
    assert!(matches!(other, Err(MarketError::KeyReused)), "{other:?}");
    assert_ne!(market.place(&market.ada, &notes(3), "two").await.unwrap().order.id, ids[0]);
}

async fn what_is_given_back_counts_no_more(engine: Engine) {
    let market = Market::new(engine).await;
    let bought = market.bought().await;
    let reason = "it does not do what it says".parse().unwrap();
    let refund = Operation::Refund { reference: "bank 2".parse().unwrap(), reason };
    for _ in 0..2 {
        let refunded = operate_on_the_machine(&market.ports, bought.order.id, &refund).await.unwrap();
        assert_eq!(refunded.order.state, OrderState::Refunded, "twice is once");
    }
    let entitlement = market.ports.store.read().await.unwrap().entitlement_of(bought.order.id).await.unwrap();
    assert_eq!(entitlement.unwrap().state, EntitlementState::Revoked);
    for account in [Account::Publisher(market.shop().id), Account::Operator, Account::Bank, Account::Unpaid] {
        assert_eq!(market.balance(account).await, 0, "{account}");
    }
}

async fn invoices_are_numbered_without_gaps(engine: Engine) {
    let market = Market::new(engine).await;
    market.office(None).await;
    let news: Vec<_> = (1..=6).map(|seats| (notes(seats), format!("key {seats}"))).collect();
    let placed = join_all(news.iter().map(|(new, key)| market.place(&market.ada, new, key))).await;
    // What fails after its number was taken leaves no gap.
    let mut transaction = market.ports.store.begin().await.unwrap();
    assert_eq!(transaction.next_invoice(2024).await.unwrap().number, 7);
    transaction.rollback().await.unwrap();
    let last = market.place(&market.ada, &notes(7), "key 7").await.unwrap();
    let mut numbers = Vec::new();
    let mut reader = market.ports.store.read().await.unwrap();
    for id in placed.into_iter().map(|placed| placed.unwrap().order.id).chain([last.order.id]) {
        numbers.extend(reader.invoices_of(id).await.unwrap().into_iter().map(|invoice| invoice.number.number));
    }
    drop(reader);
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    let seen = invoice(&market.ports, &market.ada, "2024-000007".parse().unwrap()).await.unwrap();
    assert_eq!(
        (seen.total, seen.seller.as_str(), seen.bill_to.as_str()),
        (euros(13_300), "ADX\nHafen 1", "Acme\nKai 2")
    );
    assert_eq!(seen.cost_centre.as_deref(), Some("4711"));
}

async fn a_module_is_tried_once(engine: Engine) {
    let market = Market::new(engine).await;
    market.office(None).await;
    let trial = NewOrder { wish: Wish { trial: true, seats: None }, ..notes(1) };
    let tried = market.place(&market.ada, &trial, "one").await.unwrap();
    assert_eq!(tried.order.state, OrderState::Active);
    let again = market.place(&market.ada, &trial, "two").await;
    assert!(matches!(again, Err(MarketError::Tried(_))), "{again:?}");
    market.pass(14).await;
    assert_eq!(market.state(tried.order.id).await, OrderState::Expired);
    let again = market.place(&market.ada, &trial, "three").await;
    assert!(matches!(again, Err(MarketError::Tried(_))), "{again:?}");
}

/// Sue, who owns the shop.
pub(super) async fn owner_of_shop(market: &Market) -> Actor {
    let (name, address) = ("Sue".parse().unwrap(), "sue@example.org".parse().unwrap());
    invite_owner_on_the_machine(&market.ports, &"shop".parse().unwrap(), name, address).await.unwrap();
    market.world.acme.work().await;
    market.world.acme.accept("sue").await
}

/// Takes something off the first month of one order.
pub(super) fn coupon(code: &str, part: u16) -> NewCoupon {
    NewCoupon {
        code: code.parse().unwrap(),
        module: Some("notes".parse().unwrap()),
        off: Off::Part(part),
        periods: Some(1),
        most: Some(1),
        expires_at: None,
    }
}

async fn a_coupon_is_used_as_often_as_it_may_be(engine: Engine) {
    let market = Market::new(engine).await;
    market.office(None).await;
    let (ports, sue) = (&market.ports, owner_of_shop(&market).await);
    let shop = "shop".parse().unwrap();
    let refused = create_coupon(ports, &market.ada, &shop, coupon("SPRING", 2_500)).await;
    assert!(matches!(refused, Err(MarketError::Denied(_))), "{refused:?}");
    let refused = create_coupon(ports, &sue, &shop, coupon("SPRING", 10_001)).await;
    assert!(matches!(refused, Err(MarketError::BadOff)), "{refused:?}");
    create_coupon(ports, &sue, &shop, coupon("SPRING", 2_500)).await.unwrap();
    let twice = create_coupon(ports, &sue, &shop, coupon("spring", 2_500)).await;
    assert!(matches!(twice, Err(MarketError::CouponExists(_))), "{twice:?}");
    let cheaper = NewOrder { coupon: Some("spring".parse().unwrap()), ..notes(2) };
    let placed = market.place(&market.ada, &cheaper, "one").await.unwrap();
    assert_eq!(placed.order.course.due.unwrap().total, euros(2_850));
    let again = market.place(&market.ada, &cheaper, "two").await;
    assert!(matches!(again, Err(MarketError::Coupon(CouponError::Used(_)))), "{again:?}");
}

async fn no_more_coupons_are_kept_than_are_listed(engine: Engine) {
    let market = Market::new(engine).await;
    let (ports, sue, shop) = (&market.ports, owner_of_shop(&market).await, "shop".parse().unwrap());
    let one = create_coupon(ports, &sue, &shop, coupon("ONE", 1)).await.unwrap();
    let mut transaction = ports.store.begin().await.unwrap();
    for number in 2..MAX_COUPONS {
        let id = Id::new(one.created_at, &*ports.entropy);
        let code = format!("CODE-{number}").parse().unwrap();
        transaction.insert_coupon(&Coupon { id, code, ..one.clone() }).await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    create_coupon(ports, &sue, &shop, coupon("LAST", 1)).await.unwrap();
    let refused = create_coupon(ports, &sue, &shop, coupon("BEYOND", 1)).await;
    assert!(matches!(refused, Err(MarketError::TooMany { what: "coupons", .. })), "{refused:?}");
}

async fn nobody_takes_every_name(engine: Engine) {
    let market = Market::new(engine).await;
    let eve = market.world.person("eve").await.actor(&market.ports).await;
    let make = async |name: String, cap| {
        let change = TenantChange { bill_to: "Eve".to_owned(), bill_mail: None, cap };
        create_tenant(&market.ports, &eve, NewTenant { name: name.parse().unwrap(), namespace: None, change }).await
    };
    let refused = make("eve".to_owned(), Some(euros(-1))).await;
    assert!(matches!(refused, Err(MarketError::BadCap)), "{refused:?}");
    for number in 1..=MAX_TENANTS {
        make(format!("eve-{number}"), Some(euros(0))).await.unwrap();
    }
    let refused = make("eve".to_owned(), None).await;
    assert!(matches!(refused, Err(MarketError::TooMany { what: "tenants", .. })), "{refused:?}");
    market.office(None).await;
}

async fn a_tenant_is_whose_it_is(engine: Engine) {
    let market = Market::new(engine).await;
    let ports = &market.ports;
    market.office(None).await;
    let eve = market.world.person("eve").await.actor(ports).await;
    let change = || TenantChange { bill_to: "Eve".to_owned(), bill_mail: None, cap: None };
    let of_acme = NewTenant { name: "shed".parse().unwrap(), namespace: Some(namespace()), change: change() };
    let refused = create_tenant(ports, &eve, of_acme).await;
    assert!(matches!(refused, Err(MarketError::Denied(_))), "{refused:?}");
    let taken = NewTenant { name: "office".parse().unwrap(), namespace: None, change: change() };
    let taken = create_tenant(ports, &eve, taken).await;
    assert!(matches!(taken, Err(MarketError::TenantExists(_))), "{taken:?}");
    let own = NewTenant { name: "eves".parse().unwrap(), namespace: None, change: change() };
    create_tenant(ports, &eve, own).await.unwrap();
    let names = async |actor| {
        let found = tenants(ports, actor).await.unwrap();
        found.into_iter().map(|tenant| tenant.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!((names(&eve).await, names(&market.ada).await), (vec!["eves".to_owned()], vec!["office".to_owned()]));
    let refused = market.place(&eve, &notes(1), "one").await;
    assert!(matches!(refused, Err(MarketError::NoTenant(_))), "{refused:?}");
    let placed = market.place(&market.ada, &notes(1), "one").await.unwrap();
    let refused = look_at_order(ports, &eve, placed.order.id).await.map(drop);
    assert!(matches!(refused, Err(MarketError::NoOrder)), "{refused:?}");
    let refused = invoice(ports, &eve, "2024-000001".parse().unwrap()).await;
    assert!(matches!(refused, Err(MarketError::NoInvoice(_))), "{refused:?}");
}
