//! The header that carries a publisher's DSSE envelope: JSON in standard base64.

use actix_web::{HttpRequest, http::StatusCode};
use adx_signing::envelope::MAX_ENVELOPE_BYTES;
use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::problem::Problem;

/// The header.
const NAME: &str = "Adx-Envelope";

/// Standard base64, padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The envelope's JSON.
pub(super) fn required(request: &HttpRequest) -> Result<String, Problem> {
    optional(request)?.ok_or_else(|| refused(format!("the header `{NAME}` is missing")))
}

/// The envelope's JSON, if the request has one.
pub(super) fn optional(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get(NAME) else { return Ok(None) };
    // Base64 is a third longer than what it carries.
    if value.len() > MAX_ENVELOPE_BYTES.div_ceil(3) * 4 {
        return Err(refused(format!("an envelope has at most {MAX_ENVELOPE_BYTES} bytes")));
    }
    let bytes = BASE64
        .decode(value.as_bytes())
        .map_err(|error| refused(format!("the header `{NAME}` is not base64: {error}")))?;
    String::from_utf8(bytes).map(Some).map_err(|_| refused("the envelope is not UTF-8".to_owned()))
}

fn refused(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "envelope", "Envelope not readable", detail)
        .hint("Send the DSSE envelope as JSON in standard base64, in the header `Adx-Envelope`.")
}
