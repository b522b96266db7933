//! A shop that sells `shop/notes`, and the organisation `acme` with people who buy for the tenant `office`.

use adx_registry_core::accounts::set_operator_on_the_machine;
use adx_registry_core::actor::Actor;
use adx_registry_core::job::Task;
use adx_registry_core::licences::adopt_key;
use adx_registry_core::market::ledger::Account;
use adx_registry_core::market::order::{Order, OrderState};
use adx_registry_core::market::placed::PlacedOrder;
use adx_registry_core::market::price::Wish;
use adx_registry_core::market::tenant::Tenant;
use adx_registry_core::market::{
    MarketError, MarketRules, NewOrder, NewTenant, Operation, TenantChange, create_tenant, operate_on_the_machine,
    place_order,
};
use adx_registry_core::money::Money;
use adx_registry_core::ports::{NewRelease, Payments, Written};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::release::{Change, ChangeKind, ReleaseTexts};
use adx_registry_core::run_jobs::enqueue;
use adx_registry_core::{Id, Ports};
use std::sync::Arc;
use time::Duration;

use crate::engines::{Engine, Samples, Signer, texts};
use crate::members::world::World;
use crate::owners::namespace;

pub(super) struct Market {
    pub(super) world: World,
    /// With the operator's share.
    pub(super) ports: Ports,
    pub(super) ada: Actor,
    samples: Samples,
    signer: Signer,
}

impl Market {
    /// Notes cost 19 euros a month for each seat, and can be tried for two weeks.
    pub(super) async fn new(engine: Engine) -> Self {
        let world = World::new(engine).await;
        let rules = MarketRules { seller: "ADX\nHafen 1".to_owned(), share: 1_500 };
        let ports = Ports { market: Arc::new(rules), ..world.ports().clone() };
        adopt_key(&ports, &"registry.test/log".parse().unwrap()).await.unwrap();
        let samples = Samples::default();
        let signer = samples.signer(&*ports.store, "shop").await;
        let ada = world.ada.actor(&ports).await;
        let market = Self { world, ports, ada, samples, signer };
        market.release("1.0.0", 1_900).await;
        market
    }

    pub(super) fn shop(&self) -> &Publisher {
        &self.signer.publisher
    }

    pub(super) async fn release(&self, version: &str, amount: u32) {
        let manifest = format!(
            "[module]\npublisher = \"shop\"\nname = \"notes\"\nversion = \"{version}\"\ndescription = \"Notes.\"\n\
             authors = [\"Shop\"]\nlicense = \"MIT\"\n[module.compatibility]\nadx_core_version = \">=1.0, <2\"\n\
             world = \"adx:module/module@1.0.0\"\n[module.marketplace]\ntrial_days = 14\n\
             [module.marketplace.pricing]\nmodel = \"subscription\"\namount_minor = {amount}\ncurrency = \"EUR\"\n\
             interval = \"month\"\nper = \"seat\"\n"
        );
        let mut transaction = self.ports.store.begin().await.unwrap();
        let new = self.samples.new_module(&self.signer.publisher, "notes");
        let mut module = transaction.lock_module(&new).await.unwrap();
        let seq = transaction.next_seq().await.unwrap();
        let release = self.samples.release(&module, version, &self.signer, seq);
        module.latest = Some(release.version.clone());
        let change = Change {
            seq,
            kind: ChangeKind::Release,
            module: release.module.clone(),
            version: release.version.clone(),
            sha256: release.sha256,
            at: Samples::now(),
        };
        let job = self.samples.job(Task::UpdateSearch { module: release.module.clone() });
        let texts = ReleaseTexts { manifest, ..texts() };
        let new = NewRelease { release: &release, texts: &texts, change: &change, module: &module, job: &job };
        transaction.insert_release(&new).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
    }

    /// The tenant `office` of `acme`, which may spend so much in a month.
    pub(super) async fn office(&self, cap: Option<i64>) -> Tenant {
        let change = TenantChange {
            bill_to: "Acme\nKai 2".to_owned(),
            bill_mail: Some("bills@example.org".parse().unwrap()),
            cap: cap.map(euros),
        };
        let new = NewTenant { name: "office".parse().unwrap(), namespace: Some(namespace()), change };
        create_tenant(&self.ports, &self.ada, new).await.unwrap()
    }

    pub(super) async fn place(&self, actor: &Actor, new: &NewOrder, key: &str) -> Result<PlacedOrder, MarketError> {
        self.tick();
        place_order(&self.ports, actor, new, key.parse().unwrap()).await
    }

    pub(super) async fn paid(&self, order: &PlacedOrder, reference: &str) -> Result<PlacedOrder, MarketError> {
        self.tick();
        let paid = Operation::Paid { reference: reference.parse().unwrap(), amount: None };
        operate_on_the_machine(&self.ports, order.order.id, &paid).await
    }

    /// An active order of three seats, paid at the first of its months.
    pub(super) async fn bought(&self) -> PlacedOrder {
        self.office(None).await;
        let placed = self.place(&self.ada, &notes(3), "one").await.unwrap();
        self.paid(&placed, "bank 1").await.unwrap()
    }

    /// Lets somebody else take the money.
    pub(super) fn pay_by(&mut self, payments: Arc<dyn Payments>) {
        self.ports.payments = Arc::clone(&payments);
        self.world.acme.ports.payments = payments;
    }

    /// Does what is due.
    pub(super) async fn work(&self) {
        self.world.acme.work().await;
    }

    /// Compares everything with what a provider took.
    pub(super) async fn reconcile(&self) {
        enqueue(&self.ports, Task::ReconcilePayments).await.unwrap();
        self.work().await;
    }

    /// Grace, who is an operator.
    pub(super) async fn operator(&self) {
        let grace = self.world.person("grace").await.actor(&self.ports).await;
        let Actor::Person { account, .. } = grace else { panic!("not a person") };
        set_operator_on_the_machine(&self.ports, account.id, true).await.unwrap();
        self.letters().await;
    }

    /// So that one comes after the other.
    pub(super) fn tick(&self) {
        self.world.acme.clock.pass(Duration::MILLISECOND);
    }

    /// Lets days pass, and does what they do.
    pub(super) async fn pass(&self, days: i64) {
        for _ in 0..days {
            self.world.acme.clock.pass(Duration::DAY);
            enqueue(&self.ports, Task::TurnOrders).await.unwrap();
            self.world.acme.work().await;
        }
    }

    pub(super) async fn order(&self, id: Id<Order>) -> PlacedOrder {
        self.ports.store.read().await.unwrap().order(id).await.unwrap().unwrap()
    }

    pub(super) async fn state(&self, id: Id<Order>) -> OrderState {
        self.order(id).await.order.state
    }

    /// What is left on an account, in euros.
    pub(super) async fn balance(&self, account: Account) -> i64 {
        let balances = self.ports.store.read().await.unwrap().balances_of(&account).await.unwrap();
        balances.iter().map(|balance| balance.minor).sum()
    }

    /// Subjects of the letters since the last time, each once, with to whom they went.
    pub(super) async fn letters(&self) -> Vec<(String, String)> {
        self.world.acme.work().await;
        let letters = self.world.acme.mail.take();
        let mut told: Vec<_> =
            letters.into_iter().map(|letter| (letter.to.as_str().to_owned(), letter.subject)).collect();
        told.sort();
        told
    }
}

pub(super) fn euros(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

/// So many seats of notes for the office.
pub(super) fn notes(seats: u32) -> NewOrder {
    NewOrder {
        tenant: "office".parse().unwrap(),
        module: "shop/notes".parse().unwrap(),
        wish: Wish { trial: false, seats: Some(seats) },
        coupon: None,
        cost_centre: Some("4711".parse().unwrap()),
    }
}
