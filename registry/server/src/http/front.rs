//! What every answer passes on its way out: headers, counting, and the one place where errors are logged.

use std::time::Instant;

use actix_web::{
    Error, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};

use adx_registry_core::audit::{Origin, Who};

use super::{metrics::Area, problem::Problem, refused, state::State};
use crate::world::Behalf;

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const ANY_ORIGIN: HeaderValue = HeaderValue::from_static("*");
const CROSS_ORIGIN: HeaderValue = HeaderValue::from_static("cross-origin");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Nothing but our own files runs, loads or is connected to, and nobody frames us.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);
/// Data is no page: a browser that is made to show it as one must do nothing with it.
const DATA_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// The outermost middleware.
pub(super) async fn front<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let routed = routed(&request);
    let (area, personal, long_poll) = (Area::of(routed), is_personal(routed), routed == "/api/v1/changes");
    let state = request.app_data::<web::Data<State>>().cloned();
    let started = Instant::now();
    let method = request.method().clone();
    if method == Method::HEAD && !matches!(area, Area::Index | Area::Packages | Area::Trust) {
        // What answers GET answers HEAD, and the server leaves the body out. Files answer it by themselves, without being read.
        request.head_mut().method = Method::GET;
    }
    // What the API is asked for may stand in the audit log, with the id that the answer bears.
    let behalf = state.as_ref().filter(|_| area == Area::Api).map(|state| Behalf::of(origin(state, &request)));
    // An error that leaves a middleware has lost its request.
    let path = request.path().to_owned();
    let https = state.as_ref().is_some_and(|state| state.config.is_https());
    let count = |status: StatusCode| {
        if let Some(state) = &state {
            state.metrics.answered(area, status, (!long_poll).then(|| started.elapsed()));
        }
    };
    let request_id = match &behalf {
        Some(behalf) => behalf.origin().request,
        None => state.as_ref().map(|state| new_request_id(state)),
    };
    let called = next.call(request);
    let called = match &behalf {
        Some(behalf) => behalf.run(called).await,
        None => called.await,
    };
    let tell_if_refused = |status: StatusCode| {
        if let (StatusCode::FORBIDDEN, Some(state), Some(behalf)) = (status, &state, &behalf) {
            refused::tell(state, behalf, &method, &path);
        }
    };
    let mut response = match called {
        Ok(response) => response.map_into_left_body(),
        // Of the limits of rates and of time: counted and dressed like every other answer.
        Err(error) => {
            let state = state.as_ref().map(web::Data::get_ref);
            let (mut replaced, id) = explain(&error, &method, &path, request_id.as_deref(), state);
            tell_if_refused(replaced.status());
            bear_id(replaced.headers_mut(), id.as_deref().or(request_id.as_deref()));
            headers(area, &method, replaced.headers_mut(), https, personal);
            count(replaced.status());
            return Err(InternalError::from_response(error, replaced).into());
        }
    };

    if let Some(error) = response.response().error() {
        let state = state.as_ref().map(web::Data::get_ref);
        let (replaced, id) = explain(error, &method, &path, request_id.as_deref(), state);
        let (request, original) = response.into_parts();
        let mut replaced = replaced.map_into_right_body();
        // What other middlewares had to say stays said, except about the body that is replaced.
        let of_the_body = [header::CONTENT_LENGTH, header::CONTENT_ENCODING];
        for (name, value) in original.headers() {
            if !replaced.headers().contains_key(name) && !of_the_body.contains(name) {
                replaced.headers_mut().append(name.clone(), value.clone());
            }
        }
        bear_id(replaced.headers_mut(), id.as_deref());
        response = ServiceResponse::new(request, replaced);
    }
    let status = response.status();
    tell_if_refused(status);
    bear_id(response.headers_mut(), request_id.as_deref());
    headers(area, &method, response.headers_mut(), https, personal);
    count(status);
    if area == Area::Api {
        tracing::debug!(
            %method,
            path,
            status = status.as_u16(),
            duration_ms = started.elapsed().as_millis(),
            "answered"
        );
    }
    Ok(response)
}

/// The address of a request as routes see it: `/%61pi/` is `/api/`. What depends on where a request goes asks for this one.
pub(super) fn routed(request: &ServiceRequest) -> &str {
    request.match_info().as_str()
}

/// The problem of an error, logged if it is ours.
fn explain(
    error: &Error,
    method: &Method,
    path: &str,
    request_id: Option<&str>,
    state: Option<&State>,
) -> (HttpResponse, Option<String>) {
    let Some(problem) = error.as_error::<Problem>() else {
        return (foreign(error.as_response_error().status_code()).respond(None), None);
    };
    let Some(cause) = problem.internal_cause() else { return (problem.respond(None), None) };
    let id = request_id.map_or_else(|| state.map(new_request_id).unwrap_or_default(), str::to_owned);
    tracing::error!(
        request_id = id,
        %method,
        path,
        problem = problem.slug(),
        error = cause,
        "a request failed"
    );
    (problem.respond(Some(&id)), Some(id))
}

/// Errors of the framework itself, which have a status and no words of ours.
fn foreign(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found("there is nothing at this address"),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large("the body is too large"),
        StatusCode::REQUEST_TIMEOUT => Problem::timeout("the request took too long"),
        status if status.is_client_error() => Problem::new(
            status,
            "bad-request",
            "Bad request",
            status.canonical_reason().unwrap_or("the request cannot be read"),
        ),
        status => Problem::new(status, "internal", "Internal error", "The registry could not do this."),
    }
}

/// Where a request comes from; who asks is not known yet.
fn origin(state: &State, request: &ServiceRequest) -> Origin {
    let network = state.believed.network(request.headers(), request.peer_addr());
    Origin { who: Who::Anonymous, network, request: Some(new_request_id(state)) }
}

/// Names the request in its answer.
fn bear_id(headers: &mut HeaderMap, id: Option<&str>) {
    if let Some(id) = id.and_then(|id| HeaderValue::try_from(id).ok()) {
        headers.insert(REQUEST_ID, id);
    }
}

/// Sixteen random hex digits.
fn new_request_id(state: &State) -> String {
    let mut bytes = [0_u8; 8];
    state.ports.entropy.fill(&mut bytes);
    hex::encode(bytes)
}

/// Whether an address answers with what is one person's: no other site's page may read it.
fn is_personal(path: &str) -> bool {
    ["/api/v1/session", "/api/v1/account"]
        .iter()
        .any(|address| path.strip_prefix(address).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn headers(area: Area, method: &Method, headers: &mut HeaderMap, https: bool, personal: bool) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    if https {
        // Over plain http browsers ignore it, and a development machine must not be locked out.
        headers
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    match area {
        // Public and the same for everybody: any page may read them. Tokens travel in a header
        // that no browser adds by itself, and a browser gives `*` to no request with cookies.
        Area::Index | Area::Packages | Area::Trust => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN);
            headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, CROSS_ORIGIN);
        }
        Area::Api => {
            headers.insert(header::CONTENT_SECURITY_POLICY, DATA_POLICY);
            if (*method == Method::GET || *method == Method::HEAD) && !personal {
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN);
                headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, CROSS_ORIGIN);
            }
            if !headers.contains_key(header::CACHE_CONTROL) {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            }
        }
        Area::Pages => {
            headers.insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
            headers.insert(CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin"));
            headers.insert(
                PERMISSIONS_POLICY,
                HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
            );
        }
    }
    weaken_etag(headers);
}

/// A strong validator promises the same bytes; compressed on the way, they are not.
fn weaken_etag(headers: &mut HeaderMap) {
    if !headers.contains_key(header::CONTENT_ENCODING) {
        return;
    }
    let weak = headers
        .get(header::ETAG)
        .filter(|etag| etag.as_bytes().starts_with(b"\""))
        .and_then(|etag| HeaderValue::from_bytes(&[b"W/", etag.as_bytes()].concat()).ok());
    if let Some(weak) = weak {
        headers.insert(header::ETAG, weak);
    }
}
