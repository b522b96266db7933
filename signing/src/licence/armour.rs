//! A licence as a file that people carry where no network is.
//!
//! ```text
//! -----BEGIN ADX LICENCE-----
//! Licence: 019ab6f0-…
//! Registry: registry.example.com/log
//! Tenant: acme
//! Module: adx/hello
//! Versions: *
//! Features: export, reports
//! Seats: 25
//! Kind: subscription
//! From: 2026-12-01T00:00:00Z
//! Until: 2027-12-01T00:00:00Z
//!
//! ZXlKaGJHY2lPaUpGWkVSVFFTSXNJblI1Y0NJNkltRmtlQzFzYVdObGJtTmxLMnAz
//! …
//! -----END ADX LICENCE-----
//! ```
//!
//! What is signed is the token, whose text is in the base64 (RFC 4648 section 4, 64 columns). The lines above it are for
//! people, and are held against it: the file is read only if it is what [`write`] makes of the token, byte for byte, but for
//! line ends of CR LF and a last one that is missing.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Authority, Licence, LicenceError, Verified, jwt::MAX_TOKEN_BYTES, verify};

/// Longest file read, in bytes.
pub const MAX_FILE_BYTES: usize = 4 * MAX_TOKEN_BYTES;

const BEGIN: &str = "-----BEGIN ADX LICENCE-----";
const END: &str = "-----END ADX LICENCE-----";
/// Characters of base64 in a line, as in PEM (RFC 7468).
const COLUMNS: usize = 64;

/// Whether a text would be such a file, rather than a token by itself.
pub fn is_file(text: &str) -> bool {
    text.starts_with(BEGIN)
}

/// Writes the file of a token that was verified.
///
/// # Errors
/// [`LicenceError::NotAFile`] for a lease: it would be over before it is carried anywhere.
pub fn write(token: &str, verified: &Verified) -> Result<String, LicenceError> {
    if verified.lease_until().is_some() {
        return Err(LicenceError::NotAFile("a lease is renewed over the network, and is not carried"));
    }
    Ok(render(token, verified.licence()))
}

/// Reads a file, and checks the token in it as [`verify`] does, and the lines for people against the token. Gives the token too:
/// it is the licence, by itself.
///
/// # Errors
/// [`LicenceError`] for anything but what [`write`] makes.
pub fn read(text: &str, authority: &Authority) -> Result<(String, Verified), LicenceError> {
    if text.len() > MAX_FILE_BYTES {
        return Err(LicenceError::TooLarge { length: text.len() });
    }
    let text = text.replace("\r\n", "\n");
    let token = token_of(&text)?;
    let verified = verify(&token, authority)?;
    let signed = write(&token, &verified)?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let signed = signed.trim_end();
    if text == signed {
        return Ok((token, verified));
    }
    let lines = text.split('\n').map(Some).chain(std::iter::repeat(None)).zip(signed.split('\n'));
    let differs = lines.enumerate().find(|(_, (found, signed))| *found != Some(*signed));
    let (line, found, signed) = differs.map_or_else(
        || (signed.split('\n').count() + 1, text.split('\n').nth(signed.split('\n').count()), ""),
        |(index, (found, signed))| (index + 1, found, signed),
    );
    let found = found.unwrap_or_default().chars().take(80).flat_map(char::escape_debug).collect();
    Err(LicenceError::Line { line, found, signed: signed.to_owned() })
}

fn token_of(text: &str) -> Result<String, LicenceError> {
    let inner = text
        .strip_prefix(BEGIN)
        .and_then(|rest| rest.strip_prefix('\n'))
        .and_then(|rest| rest.split_once(END))
        .ok_or(LicenceError::NotAFile("it begins with `-----BEGIN ADX LICENCE-----` and ends with the like"))?
        .0;
    let (_, encoded) =
        inner.split_once("\n\n").ok_or(LicenceError::NotAFile("an empty line parts what is readable from the rest"))?;
    let token = STANDARD.decode(encoded.replace('\n', "")).ok().and_then(|token| String::from_utf8(token).ok());
    token.ok_or(LicenceError::NotAFile("what follows the empty line is not base64 of a token"))
}

fn render(token: &str, licence: &Licence) -> String {
    let Licence { id, registry, tenant, module, versions, features, seats, kind, from, until, .. } = licence;
    let mut lines = vec![
        BEGIN.to_owned(),
        format!("Licence: {id}"),
        format!("Registry: {registry}"),
        format!("Tenant: {tenant}"),
        format!("Module: {module}"),
        format!("Versions: {versions}"),
    ];
    if !features.is_empty() {
        let features: Vec<&str> = features.iter().map(String::as_str).collect();
        lines.push(format!("Features: {}", features.join(", ")));
    }
    lines.extend(seats.map(|seats| format!("Seats: {seats}")));
    lines.push(format!("Kind: {kind}"));
    lines.push(format!("From: {from}"));
    lines.extend(until.map(|until| format!("Until: {until}")));
    lines.push(String::new());
    let encoded = STANDARD.encode(token);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(COLUMNS));
        lines.push(line.to_owned());
        rest = after;
    }
    lines.push(END.to_owned());
    lines.join("\n") + "\n"
}
