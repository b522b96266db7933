//! A granted appeal asks the storage while nobody waits for it.

use std::ops::Range;
use std::sync::Arc;

use adx_registry_core::appeals::{AppealState, decide_appeal_on_the_machine};
use adx_registry_core::ports::{BlobError, BlobHead, BlobKey, BlobRead, Blobs, Store, TemporaryBlob};
use adx_registry_core::{Id, Ports};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use reqwest::StatusCode;
use serde_json::json;
use time::OffsetDateTime;

use crate::engines::{Engine, on_every_engine};
use crate::submissions::stage::{Stage, package, pipeline, text};

on_every_engine!(nobody_waits_while_the_storage_is_asked,);

/// A storage that says what there is of a submission only once somebody else has had its row.
struct AsksForTheRow {
    blobs: Arc<dyn Blobs>,
    store: Arc<dyn Store>,
}

#[async_trait]
impl Blobs for AsksForTheRow {
    async fn head(&self, key: &BlobKey) -> Result<Option<BlobHead>, BlobError> {
        if let BlobKey::Submission(id) = key {
            let mut transaction = self.store.begin().await.expect("nobody holds the database");
            transaction.lock_submission(*id).await.expect("nobody holds the row");
            transaction.rollback().await.unwrap();
        }
        self.blobs.head(key).await
    }

    async fn create_temporary(&self) -> Result<Box<dyn TemporaryBlob>, BlobError> {
        self.blobs.create_temporary().await
    }

    async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), BlobError> {
        self.blobs.put(key, bytes).await
    }

    async fn open(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Option<BlobRead>, BlobError> {
        self.blobs.open(key, range).await
    }

    fn list_packages(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>> {
        self.blobs.list_packages()
    }

    fn list_signed(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>> {
        self.blobs.list_signed()
    }

    fn list_submissions(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>> {
        self.blobs.list_submissions()
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        self.blobs.delete(key).await
    }

    async fn remove_temporaries(&self, before: OffsetDateTime) -> Result<u64, BlobError> {
        self.blobs.remove_temporaries(before).await
    }

    async fn count_temporaries(&self, before: OffsetDateTime) -> Result<u64, BlobError> {
        self.blobs.count_temporaries(before).await
    }
}

async fn nobody_waits_while_the_storage_is_asked(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    let (_, waits) = stage.send(&package("1.0.0", &[])).await;
    let id = text(&waits["id"]);
    let path = format!("/submissions/{id}/reject");
    assert_eq!(stage.post(&stage.operator, &path, json!({ "reason": "it steals" })).await.0, StatusCode::OK);
    let appeal = json!({ "kind": "submission", "subject": id, "text": "it does not" });
    let (status, opened) = stage.post(&stage.publisher, "/publishers/adx/appeals", appeal).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");

    let Ports { blobs, store, .. } = stage.ports.clone();
    let ports = Ports { blobs: Arc::new(AsksForTheRow { blobs, store }), ..stage.ports.clone() };
    let appeal: Id<_> = text(&opened["id"]).parse().unwrap();
    let reason = "looked at once more".parse().unwrap();
    let granted = decide_appeal_on_the_machine(&ports, appeal, true, &reason).await.unwrap();
    assert_eq!(granted.state, AppealState::Granted);
    let (told, _) = stage.both_views(&waits["id"]).await;
    assert_eq!(told["submission"]["state"], "in-review", "{told}");
}
