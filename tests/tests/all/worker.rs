//! What a search index does to the worker: one that panics or hangs ends nothing but its own work.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::web::Data;
use adx_index::document::SearchDocument;
use adx_registry::config::Loader;
use adx_registry::http::{CacheLimits, FileCache, Metrics, State, serve};
use adx_registry::worker::Worker;
use adx_registry::world::Commits;
use adx_registry_core::Ports;
use adx_registry_core::ports::{SearchError, SearchIndex, SearchPage, SearchQuery, SearchRebuild, Written};
use adx_signing::name::ModuleId;
use async_trait::async_trait;

use crate::engines::{Engine, Samples};
use crate::lock_order::ports;

/// Takes every module but `adx/poison`, of which it panics; hangs when it is asked what it has.
#[derive(Default)]
struct Bad {
    taken: Mutex<BTreeSet<String>>,
}

impl Bad {
    fn take(&self, modules: impl Iterator<Item = ModuleId>) {
        let modules: Vec<_> = modules.map(|module| module.to_string()).collect();
        assert!(!modules.contains(&"adx/poison".to_owned()), "it was made to panic");
        self.taken.lock().unwrap().extend(modules);
    }
}

#[async_trait]
impl SearchIndex for Bad {
    async fn upsert(&self, documents: &[SearchDocument]) -> Result<(), SearchError> {
        self.take(documents.iter().map(|document| document.id.clone()));
        Ok(())
    }
    async fn remove(&self, modules: &[ModuleId]) -> Result<(), SearchError> {
        self.take(modules.iter().cloned());
        Ok(())
    }
    async fn rebuild(&self) -> Result<Box<dyn SearchRebuild>, SearchError> {
        unreachable!("nothing is rebuilt")
    }
    async fn documents(&self, _: &[ModuleId]) -> Result<Vec<SearchDocument>, SearchError> {
        std::future::pending().await
    }
    async fn complete(&self, _: u64) -> Result<(), SearchError> {
        Ok(())
    }
    async fn query(&self, _: &SearchQuery) -> Result<SearchPage, SearchError> {
        unreachable!("nothing is searched")
    }
    async fn generation(&self) -> Result<Option<u64>, SearchError> {
        Ok(None)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_panics_and_hangs_ends_neither_the_worker_nor_what_others_wait_for() {
    let engine = Engine::sqlite().await.unwrap();
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut transaction = engine.store.begin().await.unwrap();
    for name in ["one", "poison", "two"] {
        samples.write_release(&mut *transaction, &signer, name, "1.0.0").await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();

    let index = Arc::new(Bad::default());
    let ports = Ports { search: index.clone(), ..ports(Arc::clone(&engine.store)) };
    let settings = "[server]\nworkers = 1\n[worker]\npoll = \"100ms\"\nsweep_every = \"200ms\"\n";
    let config = Arc::new(Loader::new().text("a.toml", settings).unwrap().load().unwrap());
    let (commits, metrics) = (Commits::default(), Metrics::new().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let files = Arc::new(FileCache::new(CacheLimits {
        index_bytes: 0,
        package_bytes: 0,
        largest_bytes: 0,
        revalidate: std::time::Duration::ZERO,
    }));
    let state = State::new(ports.clone(), Arc::clone(&config), commits.clone(), files, metrics.clone());
    let stopping = state.stopping.clone();
    let server = serve(&Data::new(state), listener).unwrap();
    let handle = server.handle();
    tokio::spawn(server);
    let worker = tokio::spawn(Worker { ports, config, commits, metrics, stopping: stopping.clone() }.run());

    let count = async |kind: &str, outcome: &str| {
        let text = reqwest::get(&url).await.unwrap().text().await.unwrap();
        let figure = format!("adx_jobs_total{{kind=\"{kind}\",outcome=\"{outcome}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&figure)).map_or(0, |count| count.parse::<u64>().unwrap())
    };
    adx_tests::eventually("all but one are indexed, and that one fails by itself", async || {
        count("update_search", "done").await == 2 && count("update_search", "retried").await >= 2
    })
    .await;
    let taken: Vec<_> = index.taken.lock().unwrap().iter().cloned().collect();
    assert_eq!(taken, ["adx/one", "adx/two"]);
    adx_tests::eventually("sweeps go on while the index is asked what it has", async || {
        count("sweep_accounts", "done").await >= 3
    })
    .await;
    assert_eq!(count("check_search", "done").await, 0, "it hangs");
    assert!(count("rebuild_search", "unnoted").await >= 1);
    stopping.cancel();
    worker.await.expect("the worker ends when it is told to");
    handle.stop(false).await;
}
