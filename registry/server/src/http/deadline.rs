//! How long a request of the API may take, and whose fault it is when it takes longer.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage as _,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::Method,
    middleware::Next,
    web,
};
use bytes::Bytes;
use futures::Stream;
use tokio::time::timeout;

use super::{front::routed, problem::Problem, state::State};

/// Gives up on an API request that takes too long: with 408 where its body is what does not come, with 503 where the registry is slow.
/// Long polls bring a wait of their own, uploads of packages watch their own clock.
pub(super) async fn deadline<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let exempt = routed(&request) == "/api/v1/changes" || is_upload(request.method(), routed(&request));
    let limit = request.app_data::<web::Data<State>>().map(|state| state.config.limits.request.0);
    let Some(limit) = limit.filter(|_| !exempt) else { return next.call(request).await };
    let is_awaited = Rc::new(Cell::new(false));
    let body: Payload = match request.take_payload() {
        Payload::None => Payload::None,
        body => Payload::Stream { payload: Box::pin(Watched { body, is_awaited: Rc::clone(&is_awaited) }) },
    };
    request.set_payload(body);
    match timeout(limit, next.call(request)).await {
        Ok(answered) => answered,
        Err(_) if is_awaited.get() => Err(Problem::timeout("the body did not arrive in time")
            .hint(format!("Send it whole within {} s.", limit.as_secs_f64()))
            .into()),
        Err(_) => Err(Problem::unavailable(&io::Error::from(io::ErrorKind::TimedOut)).into()),
    }
}

/// Whether a package is sent: to a version itself, and to nothing below it.
fn is_upload(method: &Method, path: &str) -> bool {
    let Some(below) = path.strip_prefix("/api/v1/modules/").filter(|_| method == Method::PUT) else { return false };
    matches!(below.split('/').collect::<Vec<_>>()[..], [_, _, "versions", _])
}

/// A body of which is known whether somebody waits for more of it.
struct Watched {
    body: Payload,
    is_awaited: Rc<Cell<bool>>,
}

impl Stream for Watched {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.body).poll_next(context);
        self.is_awaited.set(polled.is_pending());
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_upload_itself_watches_its_own_clock() {
        let is_upload = |path| is_upload(&Method::PUT, path);
        assert!(is_upload("/api/v1/modules/adx/hello/versions/1.0.0"));
        for path in [
            "/api/v1/modules/adx/hello/deprecation",
            "/api/v1/modules/adx/hello/takedown",
            "/api/v1/modules/adx/hello/versions/1.0.0/takedown",
            "/api/v1/modules/adx/hello/versions",
            "/api/v1/publishers/adx/quota",
        ] {
            assert!(!is_upload(path), "{path}");
        }
        assert!(!super::is_upload(&Method::POST, "/api/v1/modules/adx/hello/versions/1.0.0"));
    }
}
