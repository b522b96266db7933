//! A namespace with owners, a clock that is set by hand, and everybody's mail.

use adx_registry_core::accounts::{SignUp, WaysIn};
use adx_registry_core::audit::Who;
use adx_registry_core::job::Lane;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use adx_index::document::SearchDocument;
use adx_registry::blobs;
use adx_registry::passkeys;
use adx_registry::payments::ByInvoice;
use adx_registry::world::{BoundedBlocking, Commits, FileVault, Progress, SystemEntropy, TaskOrigins};
use adx_registry_core::actor::Actor;
use adx_registry_core::authenticate::authenticate;
use adx_registry_core::change_keys::{AddKeyRequest, add_key, last_change, publisher_and_keys};
use adx_registry_core::create_publisher::create_publisher_on_the_machine;
use adx_registry_core::owners::{Accepted, OwnerError, accept_invitation, invite_owner_on_the_machine};
use adx_registry_core::ports::{
    Clock, Mail, MailError, Message, NoDomains, NoIssuers, Reader, SearchError, SearchIndex, SearchPage, SearchQuery,
    SearchRebuild, Store,
};
use adx_registry_core::proposal::{Proposal, ProposalState, ProposedAction};
use adx_registry_core::proposals::{
    ProposalError, Proposals, approve_proposal, cancel_proposal, open_proposal, read_proposal,
};
use adx_registry_core::publisher::PublisherKey;
use adx_registry_core::quotas::Quota;
use adx_registry_core::run_jobs::{JobEnd, claim, run_job};
use adx_registry_core::{Id, Ports};
use adx_signing::key::{KeyPurpose, SecretKey};
use adx_signing::key_change::{Change, KeyChange, NewKey};
use adx_signing::log::{Event, Leaf};
use adx_signing::name::{ModuleId, Namespace};
use adx_signing::tuf::control::{PublisherKeys, RegisteredKey};
use adx_signing::tuf::key_history::KeyHistoryError;
use adx_signing::version::V1;
use async_trait::async_trait;
use futures::future::BoxFuture;
use time::{Duration, OffsetDateTime};

use crate::engines::{Counting, Engine, Samples};

/// More than any round of jobs has.
const MANY_JOBS: u32 = 1_000;

pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) ports: Ports,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) mail: Arc<Mailbox>,
    pub(crate) publisher: Actor,
    pub(crate) key: SecretKey,
}

impl World {
    /// The namespace `acme`, with one key that its publisher's token registered.
    pub(crate) async fn new(engine: Engine) -> Self {
        let clock = Arc::new(SetClock::at(Samples::now()));
        let mail = Arc::new(Mailbox::default());
        let ports = ports(Arc::clone(&engine.store), &clock, &mail);
        let (_, issued) = create_publisher_on_the_machine(&ports, namespace(), "Acme").await.unwrap();
        let publisher = authenticate(&ports, Some(issued.text.expose())).await.unwrap();
        let key = secret(0);
        let request = AddKeyRequest { key: key.public(), purposes: both(), not_after: None, envelope: None };
        add_key(&ports, &publisher, &namespace(), request).await.unwrap();
        Self { engine, ports, clock, mail, publisher, key }
    }

    /// The same with owners who have accepted, and their letters thrown away.
    pub(crate) async fn with_owners<const N: usize>(engine: Engine, names: [&str; N]) -> (Self, [Actor; N]) {
        let world = Self::new(engine).await;
        for name in names {
            world.invite(name).await.unwrap();
        }
        world.work().await;
        let mut owners = Vec::new();
        for name in names {
            owners.push(world.accept(name).await);
        }
        world.mail.take();
        (world, owners.try_into().unwrap_or_else(|_| unreachable!("one for each name")))
    }

    pub(crate) async fn invite(&self, name: &str) -> Result<(), OwnerError> {
        // So that one comes after the other.
        self.clock.pass(Duration::MILLISECOND);
        let (name, email) = (name.parse().unwrap(), address(name).parse().unwrap());
        invite_owner_on_the_machine(&self.ports, &namespace(), name, email).await.map(drop)
    }

    /// Accepts with the code of the last letter, and shows the token.
    pub(crate) async fn accept(&self, name: &str) -> Actor {
        let Accepted { issued, .. } = accept_invitation(&self.ports, &self.mail.code(name)).await.unwrap();
        self.actor(issued.text.expose()).await
    }

    pub(crate) async fn actor(&self, token: &str) -> Actor {
        authenticate(&self.ports, Some(token)).await.unwrap()
    }

    /// Another server on the same rows, with the same clock.
    pub(crate) async fn another_server(&self) -> Ports {
        ports(self.engine.another().await, &self.clock, &self.mail)
    }

    /// Runs every job that is due, and says how they ended.
    pub(crate) async fn work(&self) -> Vec<JobEnd> {
        let mut ends = Vec::new();
        loop {
            let jobs = claim(&self.ports, Lane::Others, MANY_JOBS).await.unwrap();
            if jobs.is_empty() {
                return ends;
            }
            for job in jobs {
                ends.push(run_job(&self.ports, &job).await.unwrap().end);
            }
        }
    }

    pub(crate) async fn open(&self, actor: &Actor, action: ProposedAction) -> Result<Proposal, ProposalError> {
        open_proposal(&self.ports, actor, &namespace(), action).await.map(only)
    }

    pub(crate) async fn approve(&self, actor: &Actor, id: Id<Proposal>) -> Result<Proposal, ProposalError> {
        approve_proposal(&self.ports, actor, &namespace(), id).await.map(only)
    }

    pub(crate) async fn cancel(&self, actor: &Actor, id: Id<Proposal>) -> Result<Proposal, ProposalError> {
        cancel_proposal(&self.ports, actor, &namespace(), id).await.map(only)
    }

    pub(crate) async fn read(&self, id: Id<Proposal>) -> Proposal {
        only(read_proposal(&self.ports, &self.publisher, &namespace(), id).await.unwrap())
    }

    /// A change of keys that two owners approved.
    pub(crate) async fn announce(&self, one: &Actor, other: &Actor, change: Change) -> Proposal {
        let opened = self.open(one, ProposedAction::Keys(change)).await.unwrap();
        assert_eq!(opened.state, ProposalState::Open);
        let announced = self.approve(other, opened.id).await.unwrap();
        assert_eq!(announced.state, ProposalState::Announced);
        announced
    }

    pub(crate) async fn keys(&self) -> Vec<PublisherKey> {
        publisher_and_keys(&self.ports, &namespace()).await.unwrap().unwrap().1
    }

    /// A change signed by a key of the namespace, as the next one.
    pub(crate) async fn signed(&self, change: Change, by: &SecretKey) -> String {
        let follows = last_change(&self.keys().await).unwrap();
        KeyChange { change, follows, namespace: namespace(), v: V1 }.sign(by).to_json()
    }

    /// Every leaf, by its number.
    pub(crate) async fn leaves(&self) -> BTreeMap<u64, Leaf> {
        let leaves = self.ports.store.read().await.unwrap().leaves_from(0, u32::MAX).await.unwrap();
        (0..).zip(leaves.iter().map(|leaf| Leaf::parse(leaf).unwrap())).collect()
    }

    /// How many leaves tell of something.
    pub(crate) async fn count(&self, tells: impl Fn(&Event) -> bool) -> usize {
        self.leaves().await.values().filter(|leaf| tells(&leaf.event)).count()
    }

    /// What an agent says of the keys that the registry lists, with the leaves that it asks for.
    pub(crate) async fn checked_by_agents(&self) -> Result<(), KeyHistoryError> {
        let leaves = self.leaves().await;
        let mut reader = self.ports.store.read().await.unwrap();
        let keys = listed_keys(&mut *reader, leaves.len() as u64).await;
        let asked: BTreeMap<_, _> =
            keys.history_leaves(&namespace()).into_iter().map(|leaf| (leaf, leaves[&leaf].clone())).collect();
        keys.check_history(&namespace(), &asked, &reader.revocations().await.unwrap()).map(drop)
    }
}

/// The list of all publishers' keys, as the first leaves have them.
pub(crate) async fn listed_keys(reader: &mut dyn Reader, leaves: u64) -> PublisherKeys {
    let mut namespaces: BTreeMap<Namespace, Vec<RegisteredKey>> = BTreeMap::new();
    for (namespace, key) in reader.logged_keys(leaves).await.unwrap() {
        namespaces.entry(namespace).or_default().push(RegisteredKey {
            public: key.public_key,
            purposes: key.purposes,
            added_by: key.added_by.unwrap(),
            added_at_leaf: key.leaf.unwrap(),
            removed_at_leaf: key.removed.as_ref().map(|removed| removed.leaf),
            removed_by: key.removed.map(|removed| removed.by),
            not_after: key.not_after,
        });
    }
    PublisherKeys { v: V1, namespaces }
}

/// Where the world reaches the registry.
pub(crate) const REGISTRY: &str = "https://registry.example.org";

pub(crate) fn ports(store: Arc<dyn Store>, clock: &Arc<SetClock>, mail: &Arc<Mailbox>) -> Ports {
    Ports {
        store,
        blobs: blobs::open(&"memory:///".parse().unwrap(), [], Arc::new(Counting::default())).unwrap(),
        search: Arc::new(NoSearch),
        mail: Arc::clone(mail) as Arc<dyn Mail>,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        // Two servers must not make the same identifiers.
        entropy: Arc::new(SystemEntropy),
        blocking: Arc::new(BoundedBlocking::default()),
        hashing: Arc::new(BoundedBlocking::default()),
        vault: Arc::new(FileVault::of(&[7; 32])),
        identity: None,
        origins: Arc::new(TaskOrigins::otherwise(Who::Machine)),
        workflows: Arc::new(NoIssuers),
        passkeys: passkeys::open(Some(&REGISTRY.parse().unwrap())).unwrap(),
        domains: Arc::new(NoDomains),
        progress: Arc::new(Progress::new(Commits::default())),
        sign_up: SignUp::Open,
        ways_in: WaysIn::default(),
        names: Arc::default(),
        quota: Quota::default(),
        webhooks: Arc::default(),
        pipeline: Arc::default(),
        market: Arc::default(),
        payments: Arc::new(ByInvoice::new(String::new(), Some(REGISTRY.parse().unwrap()))),
        public_url: Some(REGISTRY.parse().unwrap()),
    }
}

pub(crate) fn namespace() -> Namespace {
    "acme".parse().unwrap()
}

pub(crate) fn address(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase())
}

pub(crate) fn secret(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

pub(crate) fn both() -> std::collections::BTreeSet<KeyPurpose> {
    [KeyPurpose::Release, KeyPurpose::KeyChange].into()
}

pub(crate) fn added(number: u8) -> Change {
    Change::Add(NewKey { not_after: None, public: secret(number).public(), purposes: both() })
}

pub(crate) fn removed(key: &SecretKey) -> Change {
    Change::Remove { keyid: key.public().id() }
}

pub(crate) fn invite(name: &str) -> ProposedAction {
    ProposedAction::InviteOwner { name: name.parse().unwrap(), email: Some(address(name).parse().unwrap()) }
}

pub(crate) fn remove(owner: &Actor) -> ProposedAction {
    let Actor::Owner { owner, .. } = owner else { panic!("not an owner") };
    ProposedAction::RemoveOwner { owner: owner.id }
}

fn only(found: Proposals) -> Proposal {
    assert_eq!(found.proposals.len(), 1);
    found.proposals.into_iter().next().unwrap()
}

/// A clock that stands where it is set.
pub(crate) struct SetClock(Mutex<OffsetDateTime>);

impl SetClock {
    pub(crate) fn at(time: OffsetDateTime) -> Self {
        Self(Mutex::new(time))
    }

    pub(crate) fn set(&self, to: OffsetDateTime) {
        *self.0.lock().unwrap() = to;
    }

    pub(crate) fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for SetClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, _: std::time::Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// Everybody's letters.
#[derive(Default)]
pub(crate) struct Mailbox {
    letters: Mutex<Vec<Message>>,
    is_down: AtomicBool,
}

impl Mailbox {
    /// The letters since the last time.
    pub(crate) fn take(&self) -> Vec<Message> {
        std::mem::take(&mut *self.letters.lock().unwrap())
    }

    /// Whether some letter holds a text.
    pub(crate) fn sent(&self, text: &str) -> bool {
        self.letters.lock().unwrap().iter().any(|letter| letter.text.contains(text))
    }

    /// Nothing is taken from now on, or everything.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    /// The code of the last invitation of somebody.
    pub(crate) fn code(&self, name: &str) -> String {
        let letters = self.letters.lock().unwrap();
        let mut to_them = letters.iter().rev().filter(|letter| letter.to.as_str() == address(name));
        let code = to_them.find_map(|letter| letter.text.split_once("adx owner accept "));
        code.expect("an invitation").1.split_whitespace().next().unwrap().to_owned()
    }
}

#[async_trait]
impl Mail for Mailbox {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        // Taken even so: an answer may be lost after that.
        self.letters.lock().unwrap().push(message.clone());
        if self.is_down.load(Ordering::Relaxed) {
            return Err(MailError::Unreachable("down".into()));
        }
        Ok(())
    }
}

/// For tests that run no job about search.
pub(crate) struct NoSearch;

#[async_trait]
impl SearchIndex for NoSearch {
    async fn upsert(&self, _: &[SearchDocument]) -> Result<(), SearchError> {
        unreachable!("nothing is released")
    }
    async fn remove(&self, _: &[ModuleId]) -> Result<(), SearchError> {
        unreachable!("nothing is released")
    }
    async fn rebuild(&self) -> Result<Box<dyn SearchRebuild>, SearchError> {
        unreachable!("nothing is rebuilt")
    }
    async fn documents(&self, _: &[ModuleId]) -> Result<Vec<SearchDocument>, SearchError> {
        unreachable!("nothing is rebuilt")
    }
    async fn complete(&self, _: u64) -> Result<(), SearchError> {
        unreachable!("nothing is released")
    }
    async fn query(&self, _: &SearchQuery) -> Result<SearchPage, SearchError> {
        unreachable!("nothing is searched")
    }
    async fn generation(&self) -> Result<Option<u64>, SearchError> {
        unreachable!("nothing is rebuilt")
    }
}
