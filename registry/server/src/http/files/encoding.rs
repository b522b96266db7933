//! Files that are sent compressed: once each, when they are read into memory, and not for every client anew.

use std::io::{self, Write as _};

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse,
    http::header::{self, AcceptEncoding, Encoding, HeaderValue},
};
use adx_registry_core::ports::BlobKey;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

use super::{cache::Entry, range::not_modified};

const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");
/// Smaller files fit into a packet or two as they are.
const SMALLEST: usize = 1024;
/// From here on compressing takes longer than a request may be kept waiting by another.
const LONG: usize = 64 * 1024;

/// The file as gzip has it; `None` for one that does not gain by it.
///
/// # Errors
/// When the blocking thread does not end.
pub(super) async fn gzip(key: &BlobKey, bytes: &Bytes) -> io::Result<Option<Bytes>> {
    let is_text =
        matches!(key, BlobKey::Metadata(_) | BlobKey::Index(_) | BlobKey::IndexShard(_) | BlobKey::Advisory(_));
    if !is_text || bytes.len() < SMALLEST {
        return Ok(None);
    }
    let packed = if bytes.len() < LONG {
        pack(bytes)
    } else {
        let bytes = bytes.clone();
        tokio::task::spawn_blocking(move || pack(&bytes)).await.map_err(io::Error::other)?
    }?;
    Ok((packed.len() < bytes.len()).then(|| packed.into()))
}

fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Sends a file that changes or is versioned, compressed to whoever takes that.
pub(super) fn respond(
    request: &HttpRequest,
    entry: &Entry,
    cache_control: HeaderValue,
    content_type: HeaderValue,
) -> HttpResponse {
    let unchanged = not_modified(request, &entry.etag);
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, entry.etag.clone())).insert_header((header::CACHE_CONTROL, cache_control));
    if entry.gzip.is_some() {
        response.insert_header((header::VARY, ACCEPT_ENCODING));
    }
    if unchanged {
        return response.finish();
    }
    response.insert_header((header::CONTENT_TYPE, content_type));
    match &entry.gzip {
        Some(packed) if takes_gzip(request) => {
            response.insert_header((header::CONTENT_ENCODING, GZIP)).body(packed.clone())
        }
        _ => response.body(entry.bytes.clone()),
    }
}

/// Who says nothing of encodings is sent none.
fn takes_gzip(request: &HttpRequest) -> bool {
    let Some(accepted) = request.get_header::<AcceptEncoding>() else { return false };
    let supported = [Encoding::gzip(), Encoding::identity()];
    accepted.negotiate(supported.iter()) == Some(Encoding::gzip())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_who_asks_for_gzip_gets_it() {
        let asks = |value: &str| {
            takes_gzip(&TestRequest::get().insert_header((header::ACCEPT_ENCODING, value)).to_http_request())
        };
        assert!(asks("gzip"));
        assert!(asks("br, gzip;q=0.5"));
        assert!(!asks("identity"));
        assert!(!asks("br"));
        assert!(!asks("gzip;q=0"));
        assert!(!asks(""));
        assert!(!takes_gzip(&TestRequest::get().to_http_request()));
    }

    #[tokio::test]
    async fn what_gains_nothing_stays_as_it_is() {
        let metadata = BlobKey::Metadata(adx_registry_core::ports::MetadataName::parse("timestamp.json").unwrap());
        assert_eq!(gzip(&metadata, &Bytes::from(vec![b'a'; SMALLEST - 1])).await.unwrap(), None);
        let long = Bytes::from(vec![b'a'; 2 * LONG]);
        assert!(gzip(&metadata, &long).await.unwrap().is_some_and(|packed| packed.len() < LONG));
        assert_eq!(gzip(&BlobKey::Checkpoint, &long).await.unwrap(), None);
    }
}
