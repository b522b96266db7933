//! The cookie of a person who is signed in: its name, its attributes, and what a request that shows it must bring besides.

use actix_web::http::{
    Method,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use adx_registry_core::{
    account::SESSION_LONGEST,
    accounts::{OPENID_LASTS, is_csrf_token},
};
use url::{Host, Url};

use super::problem::Problem;
use crate::config::Config;

/// What a request that changes something carries beside the cookie.
const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
/// Its `__Host-` keeps other hosts of the domain from setting it. Source: RFC 6265bis, 4.1.3.2.
const SECURE_NAME: &str = "__Host-adx_session";
/// Over plain http, which is for this machine only, browsers take no `Secure` cookie everywhere.
const PLAIN_NAME: &str = "adx_session";

/// The same for what is kept while somebody is at the provider of identities.
const SECURE_OPENID_NAME: &str = "__Host-adx_openid";
const PLAIN_OPENID_NAME: &str = "adx_openid";

/// How cookies are set and read.
#[derive(Clone, Debug)]
pub(super) struct SessionCookie {
    is_secure: bool,
    /// The origin of our pages, where somebody said what it is.
    origin: Option<String>,
}

impl SessionCookie {
    /// As the configuration has it.
    pub(super) fn new(config: &Config) -> Self {
        let url = config.server.public_url.as_ref();
        let is_plain = url.map_or_else(|| config.server.listen.ip().is_loopback(), is_plain_loopback);
        Self { is_secure: !is_plain, origin: url.map(|url| url.origin().ascii_serialization()) }
    }

    const fn name(&self) -> &'static str {
        if self.is_secure { SECURE_NAME } else { PLAIN_NAME }
    }

    const fn openid_name(&self) -> &'static str {
        if self.is_secure { SECURE_OPENID_NAME } else { PLAIN_OPENID_NAME }
    }

    /// The content of the cookie, if the request shows it.
    pub(super) fn shown(&self, headers: &HeaderMap) -> Option<String> {
        shown(self.name(), headers)
    }

    /// The header that sets it.
    pub(super) fn set(&self, content: &str) -> HeaderValue {
        self.header(self.name(), content, SESSION_LONGEST.whole_seconds())
    }

    /// The header that takes it away.
    pub(super) fn clear(&self) -> HeaderValue {
        self.header(self.name(), "", 0)
    }

    /// What the browser keeps while somebody is at the provider of identities, if the request shows it.
    pub(super) fn openid_shown(&self, headers: &HeaderMap) -> Option<String> {
        shown(self.openid_name(), headers)
    }

    /// The header that sets that. A provider is another site, which sends the browser back: `Lax`, not `Strict`.
    pub(super) fn set_openid(&self, sealed: &str) -> HeaderValue {
        self.header(self.openid_name(), sealed, OPENID_LASTS.whole_seconds())
    }

    /// The header that takes that away.
    pub(super) fn clear_openid(&self) -> HeaderValue {
        self.header(self.openid_name(), "", 0)
    }

    fn header(&self, name: &str, content: &str, seconds: i64) -> HeaderValue {
        let secure = if self.is_secure { "; Secure" } else { "" };
        HeaderValue::try_from(format!("{name}={content}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"))
            // Base64url and the words above are all of ASCII.
            .unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// Refuses what another site made the browser send: a request that changes something brings the token of its session, and
    /// comes from our own pages where it says from where.
    pub(super) fn refuse_forged(&self, method: &Method, headers: &HeaderMap, content: &str) -> Result<(), Problem> {
        if method.is_safe() {
            return Ok(());
        }
        self.refuse_foreign(headers)?;
        let token = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
        if token.is_some_and(|token| is_csrf_token(content, token)) {
            return Ok(());
        }
        Err(Problem::forbidden("the request does not bring the token of its session")
            .hint("Send the header `X-CSRF-Token` with the `csrf_token` of GET /api/v1/session."))
    }

    /// Refuses what another site's page sends.
    pub(super) fn refuse_foreign(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().unwrap_or_default();
        let is_ours = if let Some(own) = &self.origin {
            own == origin
        } else {
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, authority)| !host.is_empty() && authority == host)
        };
        if is_ours {
            return Ok(());
        }
        let foreign = Problem::forbidden("the request comes from a page of another site");
        Err(match &self.origin {
            Some(own) => foreign.hint(format!("People sign in at {own}, the address that the registry goes by.")),
            None => foreign,
        })
    }
}

fn shown(wanted: &str, headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, content)| content.to_owned())
}

/// `http` on this machine.
fn is_plain_loopback(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && is_loopback
}

#[cfg(test)]
mod tests {
    use adx_registry_core::accounts::csrf_token;

    use super::*;

    fn cookie(public_url: Option<&str>, listen: &str) -> SessionCookie {
        let mut config = Config::default();
        config.server.public_url = public_url.map(|url| url.parse().unwrap());
        config.server.listen = listen.parse().unwrap();
        SessionCookie::new(&config)
    }

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn it_is_secure_wherever_others_could_listen() {
        for (url, listen, is_secure) in [
            (Some("https://registry.example.org"), "127.0.0.1:1", true),
            (Some("http://registry.example.org"), "127.0.0.1:1", true),
            (Some("http://localhost:8787"), "0.0.0.0:1", false),
            (Some("http://[::1]:8787"), "0.0.0.0:1", false),
            (None, "127.0.0.1:1", false),
            (None, "0.0.0.0:1", true),
        ] {
            let set = cookie(url, listen).set("x");
            let set = set.to_str().unwrap();
            assert_eq!(set.ends_with("; Secure") && set.starts_with("__Host-"), is_secure, "{url:?} {listen}: {set}");
            assert!(set.contains("; Path=/;") && set.contains("; HttpOnly; SameSite=Lax") && !set.contains("Domain"));
        }
    }

    #[test]
    fn what_is_kept_meanwhile_is_a_cookie_of_its_own_for_ten_minutes() {
        let ours = cookie(Some("https://registry.example.org"), "127.0.0.1:1");
        let attributes = "; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(ours.set_openid("x").to_str().unwrap(), format!("__Host-adx_openid=x{attributes}"));
        assert!(ours.clear_openid().to_str().unwrap().starts_with("__Host-adx_openid=; Path=/; Max-Age=0;"));
        let shown = headers(&[(header::COOKIE, "__Host-adx_session=a; __Host-adx_openid=b; adx_openid=c")]);
        assert_eq!((ours.shown(&shown).as_deref(), ours.openid_shown(&shown).as_deref()), (Some("a"), Some("b")));
    }

    #[test]
    fn it_is_found_among_others() {
        let ours = cookie(None, "127.0.0.1:1");
        assert_eq!(ours.shown(&headers(&[(header::COOKIE, "a=b; adx_session=x=y; c=d")])).as_deref(), Some("x=y"));
        assert_eq!(ours.shown(&headers(&[(header::COOKIE, "my_adx_session=x")])), None);
        assert_eq!(ours.shown(&headers(&[])), None);
    }

    #[test]
    fn what_another_site_sends_is_refused() {
        let ours = cookie(Some("https://registry.example.org/"), "127.0.0.1:1");
        let token = csrf_token("secret");
        let good = (CSRF_HEADER, token.as_str());
        let from = |origin| (header::ORIGIN, origin);
        let refused = |pairs: &[_]| ours.refuse_forged(&Method::POST, &headers(pairs), "secret").is_err();
        assert!(!refused(std::slice::from_ref(&good)));
        assert!(!refused(&[good.clone(), from("https://registry.example.org")]));
        assert!(refused(&[]));
        let others = csrf_token("other");
        assert!(refused(&[(CSRF_HEADER, others.as_str())]));
        for origin in ["https://evil.example", "http://registry.example.org", "null", ""] {
            assert!(refused(&[good.clone(), from(origin)]), "{origin}");
        }
        assert!(ours.refuse_forged(&Method::GET, &headers(&[from("https://evil.example")]), "secret").is_ok());
        let unnamed = cookie(None, "127.0.0.1:1");
        let host = (header::HOST, "127.0.0.1:8787");
        assert!(unnamed.refuse_foreign(&headers(&[host.clone(), from("http://127.0.0.1:8787")])).is_ok());
        assert!(unnamed.refuse_foreign(&headers(&[host, from("http://127.0.0.1:9999")])).is_err());
    }
}
