//! `/api/v1/audit`: who did what.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderMap},
    web,
};
use adx_registry_core::{
    Ports,
    actor::Actor,
    audit::{self, AuditFilter, ListAuditError, MAX_AUDIT_PAGE},
};
use adx_signing::name::Namespace;
use bytes::Bytes;
use futures::{Stream, stream};

use crate::http::{
    caller::{Caller, namespace},
    dto::{AuditEntry, AuditHead, AuditPage, AuditQuery},
    input::{Query, page_size},
    problem::{Problem, ProblemBody},
    state::State,
};

/// One entry a line.
const NDJSON: &str = "application/x-ndjson";
/// Entries of a page, unless it is said otherwise.
const PAGE: u32 = 100;

/// List the audit log
///
/// In the order of the entries: all for operators, those of their own namespace, which they name, for owners. With `Accept:
/// application/x-ndjson`, every entry after `after`, one a line.
#[utoipa::path(
    tag = "moderation",
    params(AuditQuery),
    responses(
        (status = 200, description = "The entries", content((AuditPage = "application/json"), (String = "application/x-ndjson"))),
        (status = 400, description = "A parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Neither an operator nor an owner of the namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("session" = [])),
)]
#[get("/audit")]
pub(super) async fn list_audit(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<AuditQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let of = query.namespace.as_deref().map(namespace).transpose()?;
    let act = query.act.as_deref().map(str::parse).transpose();
    let filter = AuditFilter {
        publisher: None,
        act: act.map_err(|error: audit::UnknownAct| Problem::bad_request(error.to_string()))?,
        who: query.who,
        network: query.network,
        since: query.since,
    };
    let streams = wants_lines(request.headers());
    let asked = page_size(query.limit, PAGE, MAX_AUDIT_PAGE)?;
    let limit = if streams { MAX_AUDIT_PAGE } else { asked };
    // Who asks is settled by the first page, before the answer begins; where one has no right any more, it breaks off.
    let page = audit::list_audit(&state.ports, &actor, of.as_ref(), filter.clone(), query.after, limit).await?;
    if streams {
        let lines = lines(state.ports.clone(), actor, of, filter, page);
        return Ok(HttpResponse::Ok().content_type(NDJSON).streaming(lines));
    }
    let entries = page.entries.iter().map(AuditEntry::from).collect();
    Ok(HttpResponse::Ok().json(AuditPage { entries, next: page.next }))
}

/// Tell the end of the audit log
///
/// Operators only. Whoever keeps it elsewhere can show later that no entry before it was changed.
#[utoipa::path(
    tag = "moderation",
    responses(
        (status = 200, description = "The last entry", body = AuditHead),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("session" = [])),
)]
#[get("/audit/head")]
pub(super) async fn get_audit_head(
    state: web::Data<State>,
    Caller(actor): Caller,
) -> Result<web::Json<AuditHead>, Problem> {
    Ok(web::Json(audit::audit_head(&state.ports, &actor).await?.into()))
}

fn wants_lines(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case(NDJSON)
    })
}

/// Pages as they are asked for: a client that reads slowly holds no connection to the database meanwhile.
fn lines(
    ports: Ports,
    actor: Actor,
    of: Option<Namespace>,
    filter: AuditFilter,
    first: audit::AuditPage,
) -> impl Stream<Item = Result<Bytes, ListAuditError>> {
    stream::try_unfold(Some(first), move |page| {
        let (ports, actor, of, filter) = (ports.clone(), actor.clone(), of.clone(), filter.clone());
        async move {
            let Some(page) = page else { return Ok(None) };
            let mut text = String::new();
            for entry in &page.entries {
                text.push_str(&entry.to_json());
                text.push('\n');
            }
            let next = match page.next {
                Some(after) => Some(audit::list_more_audit(&ports, &actor, of.as_ref(), filter, after).await?),
                None => None,
            };
            Ok(Some((Bytes::from(text), next)))
        }
    })
}
