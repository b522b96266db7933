//! Requests that cannot be read, in plain words with the place.

use super::problem::Problem;
use actix_web::{
    HttpRequest,
    error::{PathError, QueryPayloadError},
    http::StatusCode,
};
use serde::de::DeserializeOwned;

/// As much of what a caller sent as is repeated to it.
const SHOWN_CHARS: usize = 100;

fn malformed(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed-request", "The request cannot be read", detail)
}

/// A JSON body. The error names the member, and line and column.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let member = error.path().to_string();
        let error = error.into_inner();
        if !error.is_data() {
            return malformed(format!("the body is not JSON: {error}"));
        }
        // The root of the document is called `.`.
        let place = if member == "." { "the body".to_owned() } else { format!("`{member}` in the body") };
        malformed(format!("{place}: {error}"))
    })?;
    deserializer.end().map_err(|error| malformed(format!("the body is not one JSON document: {error}")))?;
    Ok(value)
}

/// A body that did not arrive whole.
pub(super) fn broken_off() -> Problem {
    malformed("the body broke off before its end".to_owned())
}

pub(super) fn query(error: &QueryPayloadError, request: &HttpRequest) -> Problem {
    let reason = match error {
        QueryPayloadError::Deserialize(reason) => reason.to_string(),
        _ => "it cannot be read".to_owned(),
    };
    let shown: String = request.query_string().chars().take(SHOWN_CHARS).collect();
    malformed(format!("the query `{shown}`: {reason}"))
}

pub(super) fn address(error: &PathError, request: &HttpRequest) -> Problem {
    let reason = match error {
        PathError::Deserialize(reason) => reason.to_string(),
        _ => "it cannot be read".to_owned(),
    };
    let shown: String = request.path().chars().take(SHOWN_CHARS).collect();
    malformed(format!("the address `{shown}`: {reason}"))
}
