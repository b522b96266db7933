//! `POST /api/v1/bundles`

use super::{auth::Admin, dto::LoadedBundle, malformed, problem::Problem};
use crate::{
    agent::Agent,
    load_bundle::{Pieces, Upload},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    post,
    web::{Bytes, Data, Payload},
};
use futures::StreamExt;
use std::{io, time::Duration};
use tokio::time::timeout;

/// How long an upload may stall: one that does holds up every other.
const STALLED: Duration = Duration::from_secs(60);
/// Bytes that are read on after the bundle was refused, so that the answer reaches who sends it.
const DRAINED: usize = 16 * 1024 * 1024;

/// Loads a bundle that somebody carried here. Its registry is read from it where its own address does not answer.
#[utoipa::path(
    tag = "bundles",
    security(("token" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the bundle, as `adx bundle` made it"),
    responses(
        (status = 201, description = "loaded", body = LoadedBundle),
        (status = 400, description = "the upload broke off", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 403, description = "not the administrator", body = Problem),
        (status = 409, description = "another bundle is being loaded", body = Problem),
        (status = 413, description = "the bundle is too large", body = Problem),
        (status = 422, description = "not a bundle, of another registry, not fresh, older than what is known, …", body = Problem),
    )
)]
#[post("/bundles")]
pub(super) async fn load_bundle(
    _: Admin,
    request: HttpRequest,
    payload: Payload,
    agent: Data<Agent>,
) -> Result<HttpResponse, Problem> {
    let most = agent.config().server.bundle;
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > most.bytes()) {
        return Err(Problem::too_large(most, "server.bundle"));
    }
    let (pieces, upload) = Upload::new();
    let agent = agent.into_inner();
    let (fed, loaded) = futures::join!(feed(payload, pieces, most.bytes()), agent.load_bundle(upload));
    match fed {
        Fed::Whole => Ok(HttpResponse::Created().json(LoadedBundle::from(loaded?))),
        Fed::TooLarge => Err(Problem::too_large(most, "server.bundle")),
        Fed::BrokenOff => Err(malformed::broken_off()),
    }
}

enum Fed {
    Whole,
    TooLarge,
    BrokenOff,
}

/// Passes the upload on, up to `most` bytes. Once nobody listens any more it was refused, and a little is read on.
async fn feed(mut payload: Payload, pieces: Pieces, most: usize) -> Fed {
    let (mut length, mut drained) = (0_usize, 0_usize);
    loop {
        let piece = match timeout(STALLED, payload.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(None) => {
                _ = pieces.send(Ok(Bytes::new())).await;
                return Fed::Whole;
            }
            Ok(Some(Err(_))) | Err(_) => {
                _ = pieces.send(Err(io::Error::other("the upload broke off"))).await;
                return if pieces.is_closed() { Fed::Whole } else { Fed::BrokenOff };
            }
        };
        length += piece.len();
        if length > most {
            _ = pieces.send(Err(io::Error::other("the upload is too large"))).await;
            return Fed::TooLarge;
        }
        // An empty piece would be the end.
        if piece.is_empty() || pieces.send(Ok(piece.clone())).await.is_ok() {
            continue;
        }
        drained += piece.len();
        if drained > DRAINED {
            return Fed::Whole;
        }
    }
}
