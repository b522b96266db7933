//! Formats of texts, and texts that nobody disputes have them.

/// Formats, and what has them.
const FORMATS: [(&str, [&str; 2]); 14] = [
    ("date", ["1970-01-01", "2024-02-29"]),
    ("date-time", ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59.999+01:00"]),
    ("duration", ["PT0S", "P1Y2M3DT4H5M6S"]),
    ("email", ["a@example.org", "first.last+tag@mail.example.org"]),
    ("hostname", ["example.org", "a.very.long.name.example.org"]),
    ("idn-email", ["a@example.org", "first.last+tag@mail.example.org"]),
    ("ipv4", ["127.0.0.1", "255.255.255.255"]),
    ("ipv6", ["::1", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"]),
    ("json-pointer", ["", "/a/0/b"]),
    ("regex", ["a", "^[a-z]{1,8}$"]),
    ("time", ["00:00:00Z", "23:59:59.999+01:00"]),
    ("uri", ["https://example.org/", "https://example.org:8443/a/b?c=d#e"]),
    ("uri-reference", ["/", "../a?b=c#d"]),
    ("uuid", ["00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"]),
];

/// Texts of a format, if it is known.
pub(super) fn samples(format: &str) -> Option<&'static [&'static str; 2]> {
    FORMATS.iter().find(|(known, _)| *known == format).map(|(_, samples)| samples)
}
