//! Bodies of requests.

use super::{auth, malformed, problem::Problem};
use actix_web::{FromRequest, HttpRequest, dev::Payload, error::PayloadError, web::Bytes};
use futures::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

/// A JSON body, read and not yet judged: whether the caller may ask at all is decided first, whatever the body holds.
pub(super) struct Body(Result<Bytes, Problem>);

impl Body {
    /// What the body says.
    pub(super) fn required<T: DeserializeOwned>(self) -> Result<T, Problem> {
        malformed::json(&self.0?)
    }

    /// What the body says; nothing when it is empty.
    pub(super) fn optional<T: DeserializeOwned>(self) -> Result<Option<T>, Problem> {
        let bytes = self.0?;
        if bytes.is_empty() { Ok(None) } else { Self(Ok(bytes)).required().map(Some) }
    }
}

impl FromRequest for Body {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = Bytes::from_request(request, payload);
        let agent = auth::agent_of(request);
        Box::pin(async move {
            let most = agent?.config().server.body;
            Ok(Self(bytes.await.map_err(|error| match error.as_error::<PayloadError>() {
                Some(PayloadError::Overflow) => Problem::too_large(most, "server.body"),
                _ => malformed::broken_off(),
            })))
        })
    }
}
