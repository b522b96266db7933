//! `/healthz`: the process answers. `/readyz`: the parts it depends on do.

use std::time::Duration;

use actix_web::{HttpResponse, get, http::StatusCode, http::header, web};
use adx_registry_core::Ports;
use adx_registry_core::ports::{BlobError, BlobKey, StoreError, SystemWrite, Written};
use adx_signing::digest::Digest;
use bytes::Bytes;
use serde::Serialize;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use utoipa::ToSchema;

use super::{problem::chain, state::State};

/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a finding stands: probes must not become load.
const STANDS: Duration = Duration::from_secs(5);
/// What is written to see whether writing works.
const PROBE: &[u8] = b"adx-registry readiness probe";

/// What `/readyz` found.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Readiness)]
pub(super) struct Finding {
    /// Whether everything the server needs answers.
    ready: bool,
    /// Whether the database can be written.
    database: bool,
    /// Whether the storage can be written.
    storage: bool,
    /// Whether the search index does.
    search: bool,
    /// Whether what clients verify is fresh, and can be signed again.
    signing: bool,
}

/// The last finding.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, Finding)>>);

/// Whether the process runs
#[utoipa::path(tag = "operations", responses((status = 200, description = "It does", body = String, content_type = "text/plain")))]
#[get("/healthz")]
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).content_type("text/plain").body("ok\n")
}

/// Whether the server can serve
#[utoipa::path(
    tag = "operations",
    responses(
        (status = 200, description = "It can", body = Finding),
        (status = 503, description = "A part does not answer, or the server is stopping", body = Finding),
    ),
)]
#[get("/readyz")]
pub(super) async fn readyz(state: web::Data<State>) -> HttpResponse {
    let finding = find(&state).await;
    let status = if finding.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(finding)
}

/// What `/readyz` says now.
pub(super) async fn find(state: &State) -> Finding {
    let mut finding = state.readiness.look(&state.ports).await;
    finding.signing &= state.signing.is_healthy();
    finding.ready &= finding.signing;
    // A balancer should send nothing new to a server that drains.
    finding.ready &= !state.stopping.is_cancelled();
    finding
}

impl Finding {
    /// The server as a whole, and each part, by its name.
    pub(super) const fn by_part(self) -> [(&'static str, bool); 5] {
        let Self { ready, database, storage, search, signing } = self;
        [("server", ready), ("database", database), ("storage", storage), ("search", search), ("signing", signing)]
    }
}

impl Readiness {
    async fn look(&self, ports: &Ports) -> Finding {
        // Held across the looking on purpose: many probes at once are one look.
        let mut last = self.0.lock().await;
        if let Some((at, finding)) = *last
            && at.elapsed() < STANDS
        {
            return finding;
        }
        let (database, storage, search, signing) = tokio::join!(
            answers("database", async { write_a_row(ports).await.map_err(|error| chain(&error)) }),
            answers("storage", async { write_a_blob(ports).await.map_err(|error| chain(&error)) }),
            answers("search", async { ports.search.generation().await.map_err(|error| chain(&error)) }),
            answers("signing", is_fresh(ports)),
        );
        // Without search the registry still publishes, serves and installs.
        let finding = Finding { ready: database && storage, database, storage, search, signing };
        *last = Some((Instant::now(), finding));
        finding
    }
}

/// A disk that is full, or a database that is a read-only copy, still reads: only writing tells. The row is one of those that are swept
/// after a day.
async fn write_a_row(ports: &Ports) -> Result<(), StoreError> {
    let now = ports.now();
    let mut transaction = ports.store.begin().await?;
    transaction.count_attempt(&Digest::of(PROBE), now, now).await?;
    transaction.commit(Written::System(SystemWrite::Attempts)).await
}

/// The same for the storage. The key is one no package has, and the sweep knows what to do with it should the process end in between.
async fn write_a_blob(ports: &Ports) -> Result<(), BlobError> {
    let key = BlobKey::Envelope(Digest::of(PROBE));
    ports.blobs.put(&key, Bytes::from_static(PROBE)).await?;
    ports.blobs.delete(&key).await
}

/// Clients refuse everything once one of these has expired.
async fn is_fresh(ports: &Ports) -> Result<(), String> {
    let documents = {
        let mut reader = ports.store.read().await.map_err(|error| chain(&error))?;
        reader.signed_documents().await.map_err(|error| chain(&error))?
    };
    // The metadata is signed also while witnesses hold up the first checkpoint, without which agents believe nothing.
    if ports.blobs.head(&BlobKey::Checkpoint).await.map_err(|error| chain(&error))?.is_none() {
        return Err("no checkpoint of the log was published yet".to_owned());
    }
    let now = ports.now().into();
    for role in ["root", "targets", "snapshot", "timestamp"] {
        match documents.iter().find(|document| document.role == role) {
            None => return Err(format!("{role} was never signed")),
            Some(document) if document.expires <= now => return Err(format!("{role} expired at {}", document.expires)),
            Some(_) => {}
        }
    }
    Ok(())
}

async fn answers<T>(part: &'static str, probe: impl Future<Output = Result<T, String>>) -> bool {
    match timeout(PATIENCE, probe).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => {
            tracing::warn!(part, error, "not ready");
            false
        }
        Err(_) => {
            tracing::warn!(part, error = "no answer in time", "not ready");
            false
        }
    }
}
