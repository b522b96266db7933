//! `adx-registry admin`: for whoever sits at the machine that holds the database. The server may be running meanwhile.

use std::sync::Arc;

use adx_index::document::SearchDocument;
use adx_registry_core::{
    Ports,
    create_publisher::create_publisher_on_the_machine,
    issue_token::issue_operator_token_on_the_machine,
    ports::{SearchError, SearchIndex, SearchPage, SearchQuery},
};
use adx_signing::name::{ModuleId, Namespace};
use anyhow::{Context as _, Result};
use async_trait::async_trait;
use clap::Subcommand;
use serde_json::{Value, json};
use url::Url;

use super::{Places, print};
use crate::{
    blobs, parts,
    world::{BoundedBlocking, Commits, Progress, SystemClock, SystemEntropy},
};

#[derive(Subcommand)]
pub(super) enum Admin {
    /// Create a publisher; prints the token it begins with, once
    CreatePublisher {
        /// The namespace it owns
        namespace: Namespace,
        /// The name people read [default: the namespace]
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Issue an operator's token, which may create publishers over HTTP; prints it, once
    CreateOperatorToken {
        /// What the token is called
        label: String,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(clap::Args)]
pub(super) struct Common {
    #[command(flatten)]
    places: Places,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(admin: Admin) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match admin {
            Admin::CreatePublisher { namespace, display_name, common } => {
                create_publisher(namespace, display_name, &common).await
            }
            Admin::CreateOperatorToken { label, common } => create_operator_token(&label, &common).await,
        }
    })
}

async fn create_publisher(namespace: Namespace, display_name: Option<String>, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let display_name = display_name.unwrap_or_else(|| namespace.to_string());
    let created = create_publisher_on_the_machine(&ports, namespace, &display_name).await;
    ports.store.close().await;
    let (publisher, issued) = created.context("the publisher was not created")?;
    let token = issued.text.expose();
    show(
        common,
        &json!({ "namespace": publisher.namespace, "display_name": publisher.display_name, "token": token }),
        &format!(
            "created the publisher {}\n\ntoken, shown this once:\n\n    {token}\n\nnext: adx login\n",
            publisher.namespace
        ),
    )
}

async fn create_operator_token(label: &str, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let issued = issue_operator_token_on_the_machine(&ports, label).await;
    ports.store.close().await;
    let issued = issued.context("the token was not issued")?;
    let token = issued.text.expose();
    show(
        common,
        &json!({ "label": issued.token.label, "token": token }),
        &format!("operator's token, shown this once:\n\n    {token}\n"),
    )
}

fn show(common: &Common, document: &Value, words: &str) -> Result<()> {
    print(&if common.json { format!("{document}\n") } else { words.to_owned() })
}

/// Ports whose rows are real and which have no more than that: a running server holds the rest.
async fn rows_only(common: &Common) -> Result<Ports> {
    let config = common.places.load()?;
    let entropy = Arc::new(SystemEntropy);
    Ok(Ports {
        store: parts::open_store(&config).await?,
        blobs: blobs::open(&Url::parse("memory:///")?, [], entropy.clone())?,
        search: Arc::new(NoSearch),
        clock: Arc::new(SystemClock),
        entropy,
        blocking: Arc::new(BoundedBlocking::default()),
        progress: Arc::new(Progress::new(Commits::default())),
    })
}

/// The search index belongs to the running server.
struct NoSearch;

impl NoSearch {
    fn refuse<T>() -> Result<T, SearchError> {
        Err(SearchError::Engine("the admin command has no search index".into()))
    }
}

#[async_trait]
impl SearchIndex for NoSearch {
    async fn upsert(&self, _: &[SearchDocument]) -> Result<(), SearchError> {
        Self::refuse()
    }
    async fn remove(&self, _: &[ModuleId]) -> Result<(), SearchError> {
        Self::refuse()
    }
    async fn complete(&self, _: u64) -> Result<(), SearchError> {
        Self::refuse()
    }
    async fn query(&self, _: &SearchQuery) -> Result<SearchPage, SearchError> {
        Self::refuse()
    }
    async fn generation(&self) -> Result<Option<u64>, SearchError> {
        Self::refuse()
    }
}
