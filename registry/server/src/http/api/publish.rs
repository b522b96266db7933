//! `PUT /api/v1/modules/{namespace}/{name}/versions/{version}`: publishing.

use std::{
    io,
    sync::{Arc, OnceLock},
};

use actix_web::{HttpRequest, HttpResponse, http::header, put, web};
use adx_registry_core::{
    names::NameRefused,
    publish::{PublishError, PublishRequest, Published, publish},
    token::Action,
    trusted::TrustedError,
};
use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _, channel::mpsc, future::ready, stream};
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    config::Limits,
    http::{
        caller::{Caller, module_id, version},
        dto::{Binary, Finding, PublishReceipt, Submission},
        envelope,
        problem::{Problem, ProblemBody},
        state::State,
    },
    world::Behalf,
};

/// Chunks between the socket and the storage: enough to keep both busy, never a whole package.
const CHUNKS_IN_FLIGHT: usize = 4;

/// What is still read of a package after it was refused, so that the client, busy sending, gets
/// to read why.
const DRAIN_BYTES: usize = 8 << 20;

/// Publish a version
///
/// The body is the package (`.adxm`), streamed. The same bytes may be sent again at any time.
#[utoipa::path(
    tag = "modules",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
        ("version" = String, Path, description = "SemVer"),
        ("Adx-Envelope" = String, Header, description = "DSSE envelope over the release statement: JSON, in standard base64"),
    ),
    request_body(content = Binary, content_type = "application/octet-stream", description = "The package"),
    responses(
        (status = 201, description = "Released", body = PublishReceipt),
        (status = 200, description = "The very same bytes had been released before", body = PublishReceipt),
        (status = 202, description = "An operator has to look at it before it is released; `Location` is the submission's address", body = Submission),
        (status = 400, description = "Malformed address or an upload cut short", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token does not allow it, or an operator refused these bytes", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "The upload stalled", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The version was released or waits with other bytes, or the name of a new module is held or refused", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "A check could not be finished, or a part does not answer: send it again", body = ProblemBody, content_type = "application/problem+json"),
        (status = 451, description = "The version was taken down", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Package, manifest or signature refused, or a check found an error: `findings` says what", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publish"])),
)]
#[put("/modules/{namespace}/{name}/versions/{version}")]
pub(super) async fn publish_version(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    // Who asks is settled before what they ask: a stranger learns nothing from the other refusals.
    let publisher = actor.publisher()?.0.id;
    let (namespace, name, version_text) = path.into_inner();
    let module = module_id(&namespace, &name)?;
    actor.publisher_of(&module.namespace, Action::Publish, Some(&module.name))?;
    let wanted = PublishRequest {
        module,
        version: version(&version_text)?,
        envelope: envelope::required(&request)?,
        size_bytes: content_length(&request),
    };
    let upload = state.uploads.take(publisher)?;
    // The socket's stream belongs to this thread, and a client that hangs up drops this future.
    // The publish itself runs as a task of its own: what has begun to commit ends by itself.
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(CHUNKS_IN_FLIGHT);
    let ports = state.ports.clone();
    // A place among the checks, which hold whole packages in memory, is taken once the bytes have arrived: one who sends
    // them slowly keeps nobody else waiting.
    let (places, place) = (Arc::clone(&state.publishes), Arc::new(OnceLock::new()));
    let taken = Arc::clone(&place);
    let arrived = stream::once(async move { taken.set(places.acquire_owned().await) });
    let package = receiver.chain(arrived.filter_map(|_| ready(None)));
    let publishing = state.tasks.spawn(Behalf::current().run(async move {
        let published = publish(&ports, &actor, wanted, package).await;
        drop((place, upload));
        published
    }));
    feed(payload, sender, &state.config.limits).await?;
    let published = publishing.await.map_err(|panicked| Problem::internal(&panicked))?;
    state.metrics.published(&published);
    match published? {
        Published::Released(release, found) => {
            let findings = Finding::told(&found);
            Ok(HttpResponse::Created().json(PublishReceipt { findings, ..PublishReceipt::from(&release) }))
        }
        Published::AlreadyReleased(release) => Ok(HttpResponse::Ok().json(PublishReceipt::from(&release))),
        Published::Waits(submission) => Ok(HttpResponse::Accepted()
            .insert_header((header::LOCATION, format!("/api/v1/submissions/{}", submission.id)))
            .json(Submission::told(&submission))),
    }
}

fn content_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Passes the upload on, watching the clock. Once the publish stops listening, reads on a little:
/// it has refused, and the answer should reach the client.
async fn feed(
    mut payload: web::Payload,
    mut sender: mpsc::Sender<io::Result<Bytes>>,
    limits: &Limits,
) -> Result<(), Problem> {
    let deadline = Instant::now() + limits.upload_total.0;
    let mut drained = 0_usize;
    loop {
        let next = timeout_at(deadline, timeout(limits.upload_idle.0, payload.next())).await;
        let Ok(Ok(chunk)) = next else {
            // The error, not the end of the channel, tells the publish that bytes are missing.
            send(&mut sender, Err(io::Error::from(io::ErrorKind::TimedOut))).await;
            return Err(Problem::timeout("the upload stalled or took too long").hint("Send it again."));
        };
        match chunk {
            None => return Ok(()),
            Some(Ok(chunk)) if sender.is_closed() => {
                drained += chunk.len();
                if drained > DRAIN_BYTES {
                    return Ok(());
                }
            }
            Some(Ok(chunk)) => send(&mut sender, Ok(chunk)).await,
            Some(Err(error)) => {
                send(&mut sender, Err(io::Error::other(error.to_string()))).await;
                return Ok(());
            }
        }
    }
}

/// Sends; that nobody listens any more shows at the next `is_closed`.
async fn send(sender: &mut mpsc::Sender<io::Result<Bytes>>, item: io::Result<Bytes>) {
    drop(sender.send(item).await);
}

/// How a publish can end, for the metrics.
pub(in crate::http) const OUTCOMES: [&str; 7] =
    ["released", "again", "waits", "rejected", "not-checked", "failed", "refused"];

/// How a publish ended.
pub(in crate::http) fn outcome(published: &Result<Published, PublishError>) -> &'static str {
    match published {
        Ok(Published::Released(..)) => "released",
        Ok(Published::AlreadyReleased(_)) => "again",
        Ok(Published::Waits(_)) => "waits",
        Err(PublishError::Rejected(_) | PublishError::Refused(_)) => "rejected",
        Err(PublishError::NotChecked(_)) => "not-checked",
        Err(
            PublishError::Store(_)
            | PublishError::Name(NameRefused::Store(_))
            | PublishError::Trusted(TrustedError::Store(_))
            | PublishError::Blobs(_)
            | PublishError::CheckBroke(_),
        ) => "failed",
        Err(_) => "refused",
    }
}
