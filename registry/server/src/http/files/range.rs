//! `Range` and `If-None-Match`, as RFC 9110 has them, for one range.

use std::ops::Range;

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{self, ByteRangeSpec, HeaderValue},
    },
};

/// What part of a file to send.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// This part: 206.
    Range(Range<u64>),
    /// A range that selects nothing: 416.
    Unsatisfiable,
}

/// What the request asks for of a file of `size` bytes. Several ranges, or a header that cannot be
/// read, are answered with the whole file, as the RFC allows.
pub(super) fn part(request: &HttpRequest, size: u64, etag: &HeaderValue) -> Part {
    let headers = request.headers();
    let Some(value) = headers.get(header::RANGE) else { return Part::Whole };
    // Ranges are defined for GET alone.
    if request.method() != Method::GET {
        return Part::Whole;
    }
    // Another version than the one the client has a part of: it needs all of the new one.
    if headers.get(header::IF_RANGE).is_some_and(|known| known != etag) {
        return Part::Whole;
    }
    let Some(Ok(header::Range::Bytes(specs))) = value.to_str().ok().map(str::parse) else { return Part::Whole };
    match &specs[..] {
        [ByteRangeSpec::Last(0)] => Part::Unsatisfiable,
        [spec] => {
            spec.to_satisfiable_range(size).map_or(Part::Unsatisfiable, |(first, last)| Part::Range(first..last + 1))
        }
        _ => Part::Whole,
    }
}

/// Whether the client has this very file already.
pub(in crate::http) fn not_modified(request: &HttpRequest, etag: &HeaderValue) -> bool {
    let Some(known) = request.headers().get(header::IF_NONE_MATCH) else { return false };
    if known == etag {
        return true;
    }
    known.to_str().is_ok_and(|known| {
        known.trim() == "*"
            || known
                .split(',')
                .map(|tag| tag.trim().trim_start_matches("W/"))
                .any(|tag| tag.as_bytes() == etag.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn ask(range: &str) -> Part {
        let request = TestRequest::get().insert_header((header::RANGE, range)).to_http_request();
        part(&request, 100, &HeaderValue::from_static("\"a\""))
    }

    #[test]
    fn ranges_of_the_rfc() {
        assert_eq!(ask("bytes=0-9"), Part::Range(0..10));
        assert_eq!(ask("bytes=90-"), Part::Range(90..100));
        assert_eq!(ask("bytes=-10"), Part::Range(90..100));
        assert_eq!(ask("bytes=-1000"), Part::Range(0..100));
        assert_eq!(ask("bytes=50-1000"), Part::Range(50..100));
        assert_eq!(ask("bytes=100-"), Part::Unsatisfiable);
        assert_eq!(ask("bytes=-0"), Part::Unsatisfiable);
        assert_eq!(ask("bytes=0-1,5-6"), Part::Whole);
        assert_eq!(ask("bytes=9-1"), Part::Whole);
        assert_eq!(ask("lines=1-2"), Part::Whole);
    }

    #[test]
    fn a_range_of_another_version_gets_the_whole() {
        let request = TestRequest::get()
            .insert_header((header::RANGE, "bytes=0-9"))
            .insert_header((header::IF_RANGE, "\"b\""))
            .to_http_request();
        assert_eq!(part(&request, 100, &HeaderValue::from_static("\"a\"")), Part::Whole);
    }

    #[test]
    fn validators() {
        let etag = HeaderValue::from_static("\"a\"");
        for (sent, expected) in
            [("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false)]
        {
            let request = TestRequest::get().insert_header((header::IF_NONE_MATCH, sent)).to_http_request();
            assert_eq!(not_modified(&request, &etag), expected, "{sent}");
        }
    }
}
