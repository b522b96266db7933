//! What a browser tells of itself beside what it asks: from where, what kind it is, and the cookie before.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use adx_registry_core::accounts::Network;

use super::{problem::Problem, state::State};

/// Who asks without being signed in. Refuses what another site's page sends.
#[derive(Debug)]
pub(super) struct Browser {
    /// Where from.
    pub(super) network: Network,
    /// What kind it is.
    pub(super) device: String,
    /// The content of the session's cookie, if it shows one.
    pub(super) cookie: Option<String>,
}

impl FromRequest for Browser {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(state) = request.app_data::<web::Data<State>>() else {
            return ready(Err(Problem::internal(&std::io::Error::other("no shared state"))));
        };
        ready(state.cookie.refuse_foreign(request.headers()).map(|()| Self::of(state, request)))
    }
}

impl Browser {
    /// The same where another site sends the browser on purpose.
    pub(super) fn of(state: &State, request: &HttpRequest) -> Self {
        let headers = request.headers();
        Self {
            network: state.believed.network(headers, request.peer_addr()),
            device: device(headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default()),
            cookie: state.cookie.shown(headers),
        }
    }
}

/// A browser and a system in two words, by which a person knows a session again. No more is kept: the whole text tells people
/// apart.
fn device(agent: &str) -> String {
    // The first that fits: browsers name those they are like after themselves.
    let first =
        |words: &[(&str, &'static str)]| words.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name);
    let browser = first(&[
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_in_two_words() {
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.0", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(device(agent), words, "{agent}");
        }
    }
}
