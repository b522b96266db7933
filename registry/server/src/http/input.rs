//! What a caller sends beside the address: JSON bodies and queries, read into types. A refusal says which field is wrong, in
//! words that do not depend on the framework.

use std::{borrow::Cow, fmt::Display, future::Ready, future::ready, pin::Pin, str::FromStr};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    http::{StatusCode, header},
    web,
};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::{problem::Problem, state::State};

/// The JSON of a body, at most `limits.json_bytes` long.
#[derive(Debug)]
pub(super) struct JsonBody<T>(pub(super) T);

/// The parameters behind the `?`.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest for JsonBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = request.app_data::<web::Data<State>>().map(|state| state.config.limits.json_bytes.0);
        let is_json = request.content_type().eq_ignore_ascii_case("application/json");
        let payload = web::Payload::from_request(request, payload);
        Box::pin(async move {
            if !is_json {
                let detail = "the body must be JSON, and say so";
                return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", "Not JSON", detail)
                    .hint("Send `Content-Type: application/json`."));
            }
            let payload = payload.await.map_err(|_| cut_short())?;
            let limit = limit.ok_or_else(|| Problem::internal(&std::io::Error::other("no shared state")))?;
            let bytes = payload.to_bytes_limited(usize::try_from(limit).unwrap_or(usize::MAX)).await;
            let bytes = bytes
                .map_err(|_| Problem::too_large(format!("a JSON body has at most {limit} bytes")))?
                .map_err(|_| cut_short())?;
            json(&bytes).map(Self)
        })
    }
}

/// The JSON of a body, or none where no body is sent.
#[derive(Debug)]
pub(super) struct OptionalJsonBody<T>(pub(super) Option<T>);

impl<T: DeserializeOwned + 'static> FromRequest for OptionalJsonBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let has = |name| request.headers().get(name).is_some_and(|value| value != "0");
        if !has(header::CONTENT_TYPE) && !has(header::CONTENT_LENGTH) && !has(header::TRANSFER_ENCODING) {
            return Box::pin(ready(Ok(Self(None))));
        }
        let body = JsonBody::<T>::from_request(request, payload);
        Box::pin(async move { body.await.map(|JsonBody(body)| Self(Some(body))) })
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(query(request.query_string()).map(Self))
    }
}

/// Where a list goes on: `name` is the parameter of the query, `asked` what it says.
///
/// # Errors
/// [`Problem`] when it is not what a page before said.
pub(super) fn cursor<C: FromStr>(name: &str, asked: Option<&str>) -> Result<Option<C>, Problem> {
    let cursor = asked.map(str::parse).transpose();
    cursor.map_err(|_| Problem::bad_request(format!("`{name}` is not the `next` of a page before")))
}

/// How many entries of a list are asked for: `usual` where the query does not say, and `most` at most.
///
/// # Errors
/// [`Problem`] when they are none, or more.
pub(super) fn page_size<N: Copy + Display + From<u8> + PartialOrd>(
    asked: Option<N>,
    usual: N,
    most: N,
) -> Result<N, Problem> {
    let size = asked.unwrap_or(usual);
    if (N::from(1)..=most).contains(&size) {
        return Ok(size);
    }
    Err(Problem::bad_request(format!("`limit` in the query: a whole number from 1 to {most} is needed")))
}

fn cut_short() -> Problem {
    Problem::bad_request("the body did not arrive whole").hint("Send it again.")
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (path, error) = (error.path().to_owned(), error.into_inner());
        if error.is_data() {
            let words = error.to_string();
            let position = format!(" at line {} column {}", error.line(), error.column());
            wrong("the body", &path, plainly(words.strip_suffix(&position).unwrap_or(&words)))
        } else {
            not_json(&error)
        }
    })?;
    reader.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

/// What serde says was expected, in words that name none of our types.
pub(super) fn plainly(words: &str) -> Cow<'_, str> {
    let Some((said, expected)) = words.rsplit_once("expected ") else { return words.into() };
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "variant identifier" => "a text",
        _ if expected.starts_with("variant index ") => "a text",
        _ if expected.starts_with("internally tagged enum ") => "an object that says its `kind`",
        _ if expected.starts_with("struct ") => "an object",
        _ => return words.into(),
    };
    format!("{said}expected {expected}").into()
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::bad_request(format!("the body is not JSON: look at line {}, column {}", error.line(), error.column()))
}

fn query<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let words = error.inner().to_string();
        // A parameter is text: these are what the standard library says of one that is no number.
        let words = match words.as_str() {
            "invalid digit found in string" | "cannot parse integer from empty string" => {
                "a whole number is needed, 0 or more"
            }
            "number too large to fit in target type" => "the number is too large",
            other => other,
        };
        wrong("the query", error.path(), words)
    })
}

/// `path` is that of the field, or of what surrounds a field that is missing or too much, whose name is in the words.
fn wrong(what: &str, path: &serde_path_to_error::Path, words: impl Display) -> Problem {
    if path.iter().next().is_none() {
        Problem::bad_request(format!("{what}: {words}"))
    } else {
        Problem::bad_request(format!("`{path}` in {what}: {words}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::dto::{NewProposal, NewToken};

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Page {
        #[serde(rename = "limit")]
        _limit: u32,
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        let refused = |text| query::<Page>(text).unwrap_err().to_string();
        assert!(query::<Page>("limit=7").is_ok());
        assert_eq!(refused("limit=seven"), "bad-request: `limit` in the query: a whole number is needed, 0 or more");
        assert_eq!(refused("limit=-1"), "bad-request: `limit` in the query: a whole number is needed, 0 or more");
        assert_eq!(refused("limit="), "bad-request: `limit` in the query: a whole number is needed, 0 or more");
        assert_eq!(refused("limit=99999999999"), "bad-request: `limit` in the query: the number is too large");
        assert_eq!(refused("limit=1&limit=2"), "bad-request: the query: duplicate field `limit`");
        assert_eq!(
            refused("limit=1&page=2"),
            "bad-request: `page` in the query: unknown field `page`, expected `limit`"
        );
        assert_eq!(refused(""), "bad-request: the query: missing field `limit`");
    }

    #[test]
    fn a_wrong_field_is_named() {
        let refused = |text: &str| json::<NewToken>(text.as_bytes()).unwrap_err().to_string();
        assert!(json::<NewToken>(br#"{"label":"ci","scopes":[{"scope":"keys"}]}"#).is_ok());
        for (sent, words) in [
            (r#"{"label":"ci"}"#, "the body: missing field `scopes`"),
            (r#"{"label":7,"scopes":[]}"#, "`label` in the body: invalid type: integer `7`, expected a string"),
            (r#"{"label":"ci","scopes":[{}]}"#, "`scopes[0]` in the body: missing field `scope`"),
            (
                r#"{"label":"ci","scopes":[{"scope":"all"}]}"#,
                "`scopes[0].scope` in the body: unknown variant `all`, expected one of `publish`, `keys`, `tokens`",
            ),
            (
                r#"{"label":"ci","scopes":[],"admin":true}"#,
                "`admin` in the body: unknown field `admin`, expected one of `label`, `scopes`, `networks`, `expires_at`",
            ),
            ("7", "the body: invalid type: integer `7`, expected an object"),
            ("{\n \"label\": oops}", "the body is not JSON: look at line 2, column 11"),
            (r#"{"label":"ci","scopes":[]} and more"#, "the body is not JSON: look at line 1, column 28"),
            ("", "the body is not JSON: look at line 1, column 0"),
        ] {
            assert_eq!(refused(sent), format!("bad-request: {words}"), "{sent}");
        }
    }

    #[test]
    fn a_wrong_part_of_a_proposal_is_named() {
        let refused = |text: &str| json::<NewProposal>(text.as_bytes()).unwrap_err().to_string();
        assert!(json::<NewProposal>(br#"{"action":{"kind":"set-threshold","threshold":2}}"#).is_ok());
        for (action, words) in [
            (r#""give-up""#, "invalid type: string \"give-up\", expected an object that says its `kind`"),
            ("{}", "missing field `kind`"),
            (r#"{"kind":true}"#, "`kind`: invalid type: boolean `true`, expected a text"),
            (r#"{"kind":"set-threshold"}"#, "missing field `threshold`"),
            (
                r#"{"kind":"set-threshold","threshold":"two"}"#,
                "`threshold`: invalid type: string \"two\", expected a whole number, 0 or more",
            ),
            (
                r#"{"kind":"invite-owner","name":7,"email":"ada@example.org"}"#,
                "`name`: invalid type: integer `7`, expected a string",
            ),
            (r#"{"kind":"remove-key","key":"k"}"#, "unknown field `key`, expected `key_id`"),
        ] {
            let said = refused(&format!("{{\"action\":{action}}}"));
            assert_eq!(said, format!("bad-request: `action` in the body: {words}"), "{action}");
        }
        let unknown = refused(r#"{"action":{"kind":"sell"}}"#);
        assert!(
            unknown.contains("`action` in the body: `kind`: unknown variant `sell`, expected one of `add-key`"),
            "{unknown}"
        );
        let mistyped = refused(r#"{"action":{"kind":"add-key","public_key_pem":"k","purposes":["everything"]}}"#);
        assert!(
            mistyped.contains("`purposes`: unknown variant `everything`, expected `release` or `key-change`"),
            "{mistyped}"
        );
    }
}
