//! A registry on real engines, each behind a wire.

use std::net::SocketAddr;

use adx_tests::meilisearch::Meilisearch;
use adx_tests::moto::Moto;
use adx_tests::postgres::Cluster;
use adx_tests::stage::Registry;
use adx_tests::wire::{End, Wire};

/// A part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Database,
    Storage,
    Search,
}

impl Part {
    /// What `/readyz` calls it.
    pub(super) const fn member(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Storage => "storage",
            Self::Search => "search",
        }
    }
}

/// A registry, and the wires that its parts hang on.
pub(super) struct Parts {
    pub(super) registry: Registry,
    database: Wire,
    storage: Wire,
    search: Wire,
}

impl Parts {
    /// `None` where an engine is not on this machine.
    pub(super) async fn new() -> Option<Self> {
        Self::on(Cluster::shared()?).await
    }

    /// The same on a cluster of the test's own.
    pub(super) async fn on(cluster: &Cluster) -> Option<Self> {
        let moto = Moto::shared()?;
        let meilisearch = Meilisearch::shared();
        let (name, _) = cluster.create_database(None);
        let bucket = moto.make_bucket().await;

        let database = Wire::to(End::Unix(cluster.socket())).await;
        let storage = Wire::to(End::Tcp(address(moto.endpoint()))).await;
        let search = Wire::to(End::Tcp(address(meilisearch.url()))).await;
        let mut environment = Moto::settings(&format!("http://{}", storage.address()), &bucket);
        let mut set = |key: &str, value: String| environment.push((format!("ADX_REGISTRY__{key}"), value));
        set("DATABASE__URL", format!("postgres://postgres@{}/{name}?sslmode=disable", database.address()));
        set("SEARCH__URL", format!("http://{}", search.address()));
        set("SEARCH__INDEX", bucket);
        if let Some(key) = meilisearch.key() {
            set("SEARCH__API_KEY", key.to_owned());
        }
        let registry = Registry::with_environment(environment);
        Some(Self { registry, database, storage, search })
    }

    /// The search engine, over its wire.
    pub(super) fn search_url(&self) -> String {
        format!("http://{}", self.search.address())
    }

    /// The wire that a part hangs on.
    pub(super) const fn wire(&self, part: Part) -> &Wire {
        match part {
            Part::Database => &self.database,
            Part::Storage => &self.storage,
            Part::Search => &self.search,
        }
    }
}

fn address(url: &str) -> SocketAddr {
    let url = url::Url::parse(url).unwrap();
    let found = url.socket_addrs(|| None).unwrap();
    found.into_iter().find(SocketAddr::is_ipv4).unwrap()
}
