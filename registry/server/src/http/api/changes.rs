//! `GET /api/v1/changes`: the change feed, as a long poll.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, get, web};
use adx_registry_core::changes::{self, MAX_CHANGES};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use utoipa::IntoParams;

use crate::http::{
    conditional,
    dto::{Change, Changes},
    input::{Query, page_size},
    problem::{Problem, ProblemBody},
    state::{FEED_RECHECK, State},
};

/// The longest a caller may wait, in seconds.
const MAX_WAIT_SECONDS: u64 = 60;

/// From where, and how long to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangesQuery {
    /// The last entry already seen: `next` of the answer before; 0 to begin.
    #[serde(default)]
    #[param(default = 0)]
    after: u64,
    /// At most so many, 1 to 1000.
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// While there are none, wait so many seconds for one, up to 60.
    #[serde(default)]
    #[param(default = 0, maximum = 60)]
    wait: u64,
}

/// Follow changes
///
/// With `If-None-Match`, answers 304 when nothing came.
#[utoipa::path(
    tag = "discovery",
    params(ChangesQuery),
    responses(
        (status = 200, description = "The changes after the one asked for", body = Changes),
        (status = 304, description = "Nothing new"),
        (status = 400, description = "A parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/changes")]
pub(super) async fn list_changes(
    state: web::Data<State>,
    Query(query): Query<ChangesQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let limit = page_size(query.limit, 100, MAX_CHANGES)?;
    let deadline = Instant::now() + Duration::from_secs(query.wait.min(MAX_WAIT_SECONDS));
    // Subscribed before the first look: a commit between look and wait is not missed.
    let mut commits = state.commits.subscribe();
    let found = loop {
        commits.mark_unchanged();
        let found = changes::changes(&state.ports, query.after, limit).await?;
        // Whoever asks from beyond the end is told at once where that is.
        let is_beyond = found.next < query.after;
        if !found.changes.is_empty() || is_beyond || Instant::now() >= deadline || state.stopping.is_cancelled() {
            break found;
        }
        let until = deadline.min(Instant::now() + FEED_RECHECK);
        tokio::select! {
            // Woken, or time to look anyway: both mean another look.
            _ = timeout_at(until, commits.changed()) => {}
            () = state.stopping.cancelled() => {}
        }
    };
    let tag = format!("{}-{}-{limit}", query.after, found.next);
    conditional::unless_known(&request, &tag, || {
        HttpResponse::Ok()
            .json(Changes { changes: found.changes.into_iter().map(Change::from).collect(), next: found.next })
    })
}
