//! A rebuilding that breaks off half-way is made good by the next one.

use adx_registry_core::accounts::{SignUp, WaysIn};
use adx_registry_core::audit::Who;
use adx_registry_core::ports::Written;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adx_index::document::SearchDocument;
use adx_registry::blobs;
use adx_registry::mail::NoMail;
use adx_registry::payments::ByInvoice;
use adx_registry::world::{BoundedBlocking, Commits, FileVault, Progress, SystemClock, TaskOrigins};
use adx_registry_core::Ports;
use adx_registry_core::job::Lane;
use adx_registry_core::ports::{
    NoDomains, NoIssuers, SearchError, SearchIndex, SearchPage, SearchQuery, SearchRebuild, Store,
};
use adx_registry_core::quotas::Quota;
use adx_registry_core::release::Module;
use adx_registry_core::run_jobs::{JobEnd, claim, run_search_jobs};
use adx_registry_core::update_search::{Drift, check_search, rebuild_search, rebuild_search_beside, update_search};
use adx_signing::name::ModuleId;
use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::{Engine, document, on_every_index, words};
use crate::engines::{self, Counting, Samples, Signer};

/// More than the rebuilding reads at once, so that it writes twice.
const MODULES: usize = 230;

on_every_index!(
    a_rebuilding_that_broke_off_is_begun_again,
    a_release_meanwhile_does_not_make_a_begun_index_complete,
    a_document_that_was_outdated_while_it_was_written_is_written_again,
    a_batch_is_one_change_of_the_index,
    a_module_that_the_engine_refuses_holds_up_no_other,
    an_index_is_built_beside_and_shown_when_it_is_whole,
    what_changes_while_an_index_is_built_beside_is_in_both,
    searches_miss_nothing_while_the_index_is_replaced,
    what_differs_from_the_rows_is_put_right,
);

/// Modules in the rows.
struct Rows {
    store: engines::Engine,
    samples: Samples,
    signer: Signer,
}

impl Rows {
    async fn new(modules: usize) -> Self {
        let store = engines::Engine::sqlite().await.unwrap();
        let samples = Samples::default();
        let signer = samples.signer(&*store.store, "acme").await;
        let rows = Self { store, samples, signer };
        let names: Vec<_> = (0..modules).map(|number| format!("module-{number:03}")).collect();
        rows.release(&names, "1.0.0").await;
        rows
    }

    /// Releases a version of each, as `publish` does.
    async fn release(&self, names: &[String], version: &str) {
        let mut transaction = self.store.store.begin().await.unwrap();
        for name in names {
            let release = self.samples.write_release(&mut *transaction, &self.signer, name, version).await.unwrap();
            let module = transaction.lock_module(&self.samples.new_module(&self.signer.publisher, name)).await.unwrap();
            transaction.update_module(&Module { latest: Some(release.version), ..module }).await.unwrap();
        }
        transaction.commit(Written::SAMPLE).await.unwrap();
    }

    fn ports(&self, search: Arc<dyn SearchIndex>) -> Ports {
        let entropy = Arc::new(Counting::default());
        Ports {
            store: Arc::clone(&self.store.store) as Arc<dyn Store>,
            blobs: blobs::open(&"memory:///".parse().unwrap(), [], entropy.clone()).unwrap(),
            search,
            mail: Arc::new(NoMail),
            clock: Arc::new(SystemClock),
            entropy,
            blocking: Arc::new(BoundedBlocking::default()),
            hashing: Arc::new(BoundedBlocking::default()),
            vault: Arc::new(FileVault::of(&[7; 32])),
            identity: None,
            origins: Arc::new(TaskOrigins::otherwise(Who::Machine)),
            workflows: Arc::new(NoIssuers),
            passkeys: None,
            domains: Arc::new(NoDomains),
            progress: Arc::new(Progress::new(Commits::default())),
            sign_up: SignUp::Open,
            ways_in: WaysIn::default(),
            names: Arc::default(),
            quota: Quota::default(),
            webhooks: Arc::default(),
            pipeline: Arc::default(),
            market: Arc::default(),
            payments: Arc::new(ByInvoice::new(String::new(), None)),
            public_url: None,
        }
    }
}

/// Given how many upserts came before, and of which modules the documents are.
type Disturb = dyn Fn(usize, Vec<ModuleId>) -> BoxFuture<'static, Result<(), SearchError>> + Send + Sync;

/// An index to which something happens each time it is about to take documents.
struct Disturbed {
    index: Arc<dyn SearchIndex>,
    upserts: AtomicUsize,
    disturb: Box<Disturb>,
}

impl Disturbed {
    fn new<F>(engine: &Engine, disturb: impl Fn(usize, Vec<ModuleId>) -> F + Send + Sync + 'static) -> Arc<Self>
    where
        F: Future<Output = Result<(), SearchError>> + Send + 'static,
    {
        let disturb = Box::new(move |before, modules| disturb(before, modules).boxed());
        Arc::new(Self { index: Arc::clone(&engine.index), upserts: AtomicUsize::new(0), disturb })
    }
}

#[async_trait]
impl SearchIndex for Disturbed {
    async fn upsert(&self, documents: &[SearchDocument]) -> Result<(), SearchError> {
        let modules = documents.iter().map(|document| document.id.clone()).collect();
        (self.disturb)(self.upserts.fetch_add(1, Ordering::Relaxed), modules).await?;
        self.index.upsert(documents).await
    }
    async fn remove(&self, modules: &[ModuleId]) -> Result<(), SearchError> {
        self.index.remove(modules).await
    }
    async fn rebuild(&self) -> Result<Box<dyn SearchRebuild>, SearchError> {
        self.index.rebuild().await
    }
    async fn documents(&self, modules: &[ModuleId]) -> Result<Vec<SearchDocument>, SearchError> {
        self.index.documents(modules).await
    }
    async fn complete(&self, generation: u64) -> Result<(), SearchError> {
        self.index.complete(generation).await
    }
    async fn query(&self, query: &SearchQuery) -> Result<SearchPage, SearchError> {
        self.index.query(query).await
    }
    async fn generation(&self) -> Result<Option<u64>, SearchError> {
        self.index.generation().await
    }
}

async fn found(engine: &Engine) -> u64 {
    engine.page(words("")).await.total
}

async fn a_rebuilding_that_broke_off_is_begun_again(engine: Engine) {
    let rows = Rows::new(MODULES).await;
    let breaking = Disturbed::new(&engine, |before, _| async move {
        if before == 0 { Ok(()) } else { Err(SearchError::Engine("it is gone".into())) }
    });
    let broken = rebuild_search(&rows.ports(breaking)).await;
    assert!(broken.is_err(), "{broken:?}");
    let begun = found(&engine).await;
    assert!((1..MODULES as u64).contains(&begun), "some of it stands in the index: {begun}");

    let engine = engine.reopened().await;
    let ports = rows.ports(Arc::clone(&engine.index));
    assert_eq!(rebuild_search(&ports).await.unwrap(), MODULES as u64);
    assert_eq!(found(&engine).await, MODULES as u64);
    assert_eq!(engine.index.generation().await.unwrap(), Some(MODULES as u64), "one release each");
    assert_eq!(rebuild_search(&ports).await.unwrap(), 0, "once is enough");
}

async fn a_release_meanwhile_does_not_make_a_begun_index_complete(engine: Engine) {
    let rows = Rows::new(3).await;
    // The job of a release runs before anything was rebuilt, and then the process ends.
    update_search(&rows.ports(Arc::clone(&engine.index)), &["acme/module-001".parse().unwrap()]).await.unwrap();
    assert_eq!(engine.find("").await, ["acme/module-001"]);
    let engine = engine.reopened().await;
    assert_eq!(rebuild_search(&rows.ports(Arc::clone(&engine.index))).await.unwrap(), 3);
    assert_eq!(found(&engine).await, 3);
}

async fn a_document_that_was_outdated_while_it_was_written_is_written_again(engine: Engine) {
    let rows = Arc::new(Rows::new(3).await);
    let (overtaker, index) = (Arc::clone(&rows), Arc::clone(&engine.index));
    // A version is released, and its job run, after the rebuilding has read and before it writes.
    let overtaken = Disturbed::new(&engine, move |before, _| {
        let (rows, ports) = (Arc::clone(&overtaker), overtaker.ports(Arc::clone(&index)));
        async move {
            if before == 0 {
                rows.release(&["module-001".to_owned()], "2.0.0").await;
                update_search(&ports, &["acme/module-001".parse().unwrap()]).await.unwrap();
            }
            Ok(())
        }
    });
    rebuild_search(&rows.ports(overtaken)).await.unwrap();
    let page = engine.page(words("module-001")).await;
    assert_eq!(page.hits[0].latest, "2.0.0".parse().unwrap());
}

async fn a_batch_is_one_change_of_the_index(engine: Engine) {
    let rows = Rows::new(3).await;
    let counting = Disturbed::new(&engine, |_, _| async { Ok(()) });
    let ports = rows.ports(Arc::clone(&counting) as Arc<dyn SearchIndex>);
    let jobs = claim(&ports, Lane::Search, 10).await.unwrap();
    assert_eq!(run_search_jobs(&ports, &jobs).await.unwrap(), [JobEnd::Done; 3]);
    assert_eq!(counting.upserts.load(Ordering::Relaxed), 1);
    assert_eq!(found(&engine).await, 3);
    assert!(claim(&ports, Lane::Search, 10).await.unwrap().is_empty());
}

async fn a_module_that_the_engine_refuses_holds_up_no_other(engine: Engine) {
    let rows = Rows::new(3).await;
    let refused: ModuleId = "acme/module-001".parse().unwrap();
    let poison = refused.clone();
    let refusing = Disturbed::new(&engine, move |_, modules| {
        let is_refused = modules.contains(&poison);
        async move { if is_refused { Err(SearchError::Engine("not that one".into())) } else { Ok(()) } }
    });
    let ports = rows.ports(refusing);
    let jobs = claim(&ports, Lane::Search, 10).await.unwrap();
    let ends = run_search_jobs(&ports, &jobs).await.unwrap();
    for (job, end) in jobs.iter().zip(ends) {
        let is_refused = job.task.module_to_index() == Some(&refused);
        assert_eq!(end, if is_refused { JobEnd::Retried } else { JobEnd::Done }, "{:?}", job.task);
    }
    assert_eq!(jobs.len(), 3);
    assert_eq!(found(&engine).await, 2);
}

async fn an_index_is_built_beside_and_shown_when_it_is_whole(engine: Engine) {
    let engine = engine.holding(&[document("acme/old")]).await;
    engine.index.complete(1).await.unwrap();
    let given_up = engine.index.rebuild().await.unwrap();
    given_up.upsert(&[document("acme/given-up")]).await.unwrap();
    assert_eq!(engine.find("").await, ["acme/old"]);
    drop(given_up);
    let beside = engine.index.rebuild().await.unwrap();
    beside.upsert(&[document("acme/new"), document("acme/newer")]).await.unwrap();
    beside.remove(&["acme/newer".parse().unwrap()]).await.unwrap();
    assert_eq!(engine.find("").await, ["acme/old"], "it is not whole yet");
    assert_eq!(engine.index.generation().await.unwrap(), Some(1));
    beside.finish(7).await.unwrap();
    assert_eq!(engine.find("").await, ["acme/new"]);
    assert_eq!(engine.index.generation().await.unwrap(), Some(7));
    let engine = engine.reopened().await;
    assert_eq!(engine.find("").await, ["acme/new"]);
    assert_eq!(engine.index.generation().await.unwrap(), Some(7));
    engine.index.upsert(&[document("acme/next")]).await.unwrap();
    assert_eq!(engine.find("").await.len(), 2, "and it takes changes");
}

async fn what_changes_while_an_index_is_built_beside_is_in_both(engine: Engine) {
    let engine = engine.holding(&[document("acme/one"), document("acme/two")]).await;
    let beside = engine.index.rebuild().await.unwrap();
    beside.upsert(&[document("acme/one"), document("acme/two")]).await.unwrap();
    engine.index.upsert(&[document("acme/three")]).await.unwrap();
    engine.index.remove(&["acme/one".parse().unwrap()]).await.unwrap();
    assert_eq!(engine.find("").await, ["acme/three", "acme/two"]);
    beside.finish(1).await.unwrap();
    assert_eq!(engine.find("").await, ["acme/three", "acme/two"]);
}

async fn searches_miss_nothing_while_the_index_is_replaced(engine: Engine) {
    let rows = Rows::new(MODULES).await;
    let ports = rows.ports(Arc::clone(&engine.index));
    rebuild_search(&ports).await.unwrap();
    let rebuilding = tokio::spawn(async move { rebuild_search_beside(&ports).await.unwrap() });
    let mut searches = 0;
    while !rebuilding.is_finished() {
        assert_eq!(found(&engine).await, MODULES as u64, "search {searches}");
        searches += 1;
    }
    assert_eq!(rebuilding.await.unwrap(), MODULES as u64);
    assert!(searches > 1, "it was searched meanwhile");
    assert_eq!(found(&engine).await, MODULES as u64);
}

async fn what_differs_from_the_rows_is_put_right(engine: Engine) {
    let rows = Rows::new(5).await;
    let ports = rows.ports(Arc::clone(&engine.index));
    rebuild_search(&ports).await.unwrap();
    assert_eq!(check_search(&ports).await.unwrap(), Drift { modules: 5, different: 0 });
    let ids: [ModuleId; 2] = ["acme/module-001", "acme/module-002"].map(|id| id.parse().unwrap());
    engine.index.remove(&ids[..1]).await.unwrap();
    let known = engine.index.documents(&ids).await.unwrap();
    assert_eq!(known.iter().map(|known| &known.id).collect::<Vec<_>>(), [&ids[1]]);
    let outdated = SearchDocument { description: "It is not so.".to_owned(), ..known[0].clone() };
    let aged = SearchDocument {
        quality: 1,
        ..engine.index.documents(&["acme/module-003".parse().unwrap()]).await.unwrap().remove(0)
    };
    engine.index.upsert(&[outdated, aged]).await.unwrap();
    assert_eq!(check_search(&ports).await.unwrap(), Drift { modules: 5, different: 2 }, "age is no difference");
    assert_eq!(check_search(&ports).await.unwrap(), Drift { modules: 5, different: 0 });
    assert_eq!(found(&engine).await, 5);
    assert!(engine.find("not so").await.is_empty());
}
