use adx_index::manifest::HostPattern;
use proptest::prelude::*;

fn pattern(text: &str) -> HostPattern {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_pattern_allows_what_it_says_and_nothing_else() {
    for (text, scheme, host, port, allowed) in [
        ("https://example.com", "https", "example.com", 443, true),
        ("https://example.com", "HTTPS", "EXAMPLE.com.", 443, true),
        ("https://example.com", "http", "example.com", 443, false),
        ("https://example.com", "https", "example.com", 80, false),
        ("https://example.com", "https", "www.example.com", 443, false),
        ("https://example.com", "https", "example.com.evil.org", 443, false),
        ("https://*.example.com", "https", "a.b.example.com", 443, true),
        ("https://*.example.com", "https", "example.com", 443, false),
        ("https://*.example.com", "https", ".example.com", 443, false),
        ("https://*.example.com", "https", "evilexample.com", 443, false),
        ("http://10.1.0.0/16", "http", "10.1.255.255", 80, true),
        ("http://10.1.0.0/16", "http", "10.2.0.0", 80, false),
        ("http://10.1.0.0/16", "http", "10.1.evil.org", 80, false),
        ("http://10.1.0.0/16:8080", "http", "10.1.0.1", 8080, true),
        ("https://[2001:db8::/32]:8443", "https", "2001:db8:ffff::1", 8443, true),
        ("https://[2001:db8::/32]", "https", "2001:db9::1", 443, false),
        ("https://[2001:DB8:0::1]", "https", "2001:db8::1", 443, true),
        ("https://0.0.0.0/0", "https", "::1", 443, false),
    ] {
        assert_eq!(pattern(text).allows(scheme, host, port), allowed, "{text}: {scheme} {host} {port}");
    }
}

#[test]
fn what_is_no_pattern_is_refused_with_a_remedy() {
    for (text, words) in [
        ("example.com", "write `https://example.com`"),
        ("ftp://example.com", "https, http, wss, ws"),
        ("https://", "names no host"),
        ("https://example.com/path", "only scheme, host and port"),
        ("https://user@example.com", "only scheme, host and port"),
        ("https://example.com?a", "only scheme, host and port"),
        ("https://*", "*.example.com"),
        ("https://*.com", "*.example.com"),
        ("https://a.*.example.com", "*.example.com"),
        ("https://exämple.com", "xn--"),
        ("https://-a.example.com", "host name"),
        ("https://a..example.com", "host name"),
        ("https://example.com:0", "1 to 65535"),
        ("https://example.com:65536", "1 to 65535"),
        ("https://example.com:+1", "1 to 65535"),
        ("https://10.0.0.0/33", "prefix length"),
        ("https://10.0.0.1/8", "10.0.0.0/8"),
        ("https://::1", "host name"),
        ("https://[::1", "host name"),
        // Other spellings of 127.0.0.1, which some resolvers take.
        ("https://127.1", "host name"),
        ("https://2130706433", "host name"),
        ("https://0x7f000001", "host name"),
        ("https://127.0.0.0x1", "host name"),
    ] {
        let error = text.parse::<HostPattern>().expect_err(text).to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn a_pattern_has_one_normal_form(text in "(https|http|wss|ws)://(\\*\\.)?[a-zA-Z0-9.:/\\[\\]-]{1,24}") {
        if let Ok(pattern) = text.parse::<HostPattern>() {
            prop_assert_eq!(pattern.as_str().parse::<HostPattern>().expect("its own normal form"), pattern.clone());
            prop_assert!(pattern.covers(&pattern));
        }
    }

    /// Covering is about what is allowed: whatever the narrow pattern allows, the wide one does.
    #[test]
    fn a_wide_pattern_allows_what_it_covers(
        wide in "https://(\\*\\.)?([ab]\\.){1,2}[ab]",
        narrow in "https://(\\*\\.)?([ab]\\.){1,3}[ab]",
        host in "([ab]\\.){1,4}[ab]",
    ) {
        let (wide, narrow) = (pattern(&wide), pattern(&narrow));
        if wide.covers(&narrow) && narrow.allows("https", &host, 443) {
            prop_assert!(wide.allows("https", &host, 443));
        }
    }
}
