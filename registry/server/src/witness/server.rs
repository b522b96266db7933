//! The witness's HTTP: `POST /add-checkpoint`, and what operators look at.

use std::{io, net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    http::{StatusCode, header},
    web::{self, Data, Payload},
};
use adx_registry_core::ports::Clock;
use adx_signing::log::{
    Cosigner,
    witness::{AddCheckpoint, MAX_WITNESS_BODY_BYTES, TREE_SIZE_MEDIA_TYPE},
};
use serde_json::json;
use tokio::time::timeout;

use super::{Settings, WitnessMetrics, WitnessState};
use crate::http::{forwarded::Believed, limiter::Limiter};

/// How long a body may take to arrive: a request has some hundred bytes.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take to send its request head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long running requests may take to finish after a stop signal, in seconds.
const SHUTDOWN_SECS: u64 = 15;
/// Connections held open at once, per thread: a witness has few callers.
const MAX_CONNECTIONS: usize = 1_000;
/// Threads that serve requests; all of them wait for one database.
const WORKERS: usize = 2;

const TEXT: &str = "text/plain; charset=utf-8";

/// A witness.
pub struct Witness {
    /// Which logs it watches.
    pub settings: Settings,
    /// Its key.
    pub cosigner: Cosigner,
    /// What it has seen.
    pub state: WitnessState,
    /// What it counts.
    pub metrics: WitnessMetrics,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// The server, not yet running; it leaves signals to its caller, who stops it by its handle.
///
/// # Errors
/// When the listener is of no use.
pub fn serve(witness: &Arc<Witness>, listener: TcpListener) -> io::Result<Server> {
    let limits = witness.settings.limits;
    let believed = Believed::peer_if(limits.behind_proxy);
    let limiter = Data::new(Limiter::of(limits.requests_per_second, limits.burst, believed));
    let shared = Data::from(Arc::clone(witness));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(limiter.clone())
            .route("/add-checkpoint", web::post().to(add_checkpoint))
            .route("/", web::get().to(about))
            .route("/healthz", web::get().to(|| async { answer(StatusCode::OK, "ok\n".to_owned()) }))
            .route("/metrics", web::get().to(metrics))
    });
    let server = server
        .workers(WORKERS)
        .max_connections(MAX_CONNECTIONS)
        .client_request_timeout(HEAD_TIMEOUT)
        .shutdown_timeout(SHUTDOWN_SECS)
        .disable_signals();
    Ok(server.listen(listener)?.run())
}

async fn add_checkpoint(
    witness: Data<Witness>,
    limiter: Data<Limiter>,
    request: HttpRequest,
    body: Payload,
) -> HttpResponse {
    let response = match limiter.count(request.headers(), request.peer_addr()) {
        Ok(()) => cosign(&witness, body).await,
        Err(wait) => {
            let mut response = answer(StatusCode::TOO_MANY_REQUESTS, format!("too many requests: wait {wait} s\n"));
            response.headers_mut().insert(header::RETRY_AFTER, wait.into());
            response
        }
    };
    witness.metrics.answered(response.status().as_u16());
    response
}

async fn cosign(witness: &Data<Witness>, body: Payload) -> HttpResponse {
    let body = match timeout(BODY_TIMEOUT, body.to_bytes_limited(MAX_WITNESS_BODY_BYTES)).await {
        Ok(Ok(Ok(body))) => body,
        Ok(Ok(Err(_))) => return answer(StatusCode::BAD_REQUEST, "the body cannot be read\n".to_owned()),
        Ok(Err(_)) => {
            let words = format!("the body has more than {MAX_WITNESS_BODY_BYTES} bytes\n");
            return answer(StatusCode::PAYLOAD_TOO_LARGE, words);
        }
        Err(_) => return answer(StatusCode::REQUEST_TIMEOUT, "the body took too long\n".to_owned()),
    };
    let request = match AddCheckpoint::parse(&body) {
        Ok(request) => request,
        Err(error) => return answer(StatusCode::BAD_REQUEST, format!("{error}\n")),
    };
    let origin = request.checkpoint.claimed().origin.clone();
    let witness = witness.clone().into_inner();
    // A task of its own: a client that hangs up must not end a decision that is half written.
    let decision = tokio::spawn(async move {
        let keys = witness.settings.keys(&request.checkpoint.claimed().origin);
        witness.state.add_checkpoint(&request, keys, &witness.cosigner, &*witness.clock).await
    });
    match decision.await {
        Ok(Ok(Ok(cosigned))) => {
            tracing::info!(%origin, leaves = cosigned.head.size, "cosigned");
            answer(StatusCode::OK, cosigned.line.to_string())
        }
        Ok(Ok(Err(refusal))) => {
            tracing::warn!(%origin, status = refusal.status(), error = %refusal, "refused");
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = answer(status, refusal.body());
            if status == StatusCode::CONFLICT {
                let media_type = header::HeaderValue::from_static(TREE_SIZE_MEDIA_TYPE);
                response.headers_mut().insert(header::CONTENT_TYPE, media_type);
            }
            response
        }
        Ok(Err(error)) => failed(&error),
        Err(panicked) => failed(&panicked),
    }
}

/// Who the witness is, and which logs it watches.
async fn about(witness: Data<Witness>) -> HttpResponse {
    let logs: Vec<_> = witness.settings.logs.iter().map(|log| &log.origin).collect();
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .json(json!({ "name": witness.settings.name, "vkey": witness.cosigner.verifier(), "logs": logs }))
}

async fn metrics(witness: Data<Witness>) -> HttpResponse {
    match witness.metrics.text(&witness.state).await {
        Ok(text) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .content_type("text/plain; version=0.0.4")
            .body(text),
        Err(error) => failed(&error),
    }
}

/// A fault of ours: told to the log, not to the caller.
fn failed(error: &dyn std::error::Error) -> HttpResponse {
    let cause = error.source().map(ToString::to_string);
    tracing::error!(%error, cause, "a request failed");
    answer(StatusCode::INTERNAL_SERVER_ERROR, "the witness failed: ask again\n".to_owned())
}

fn answer(status: StatusCode, body: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type(TEXT)
        .body(body)
}
