//! The Meilisearch of a test run: the one at `MEILI_URL`, else a strict double in this process.
//!
//! The double serves what the search adapter uses of the documented API and nothing else. A request that Meilisearch
//! would refuse it refuses with the same status, code and shape; one that Meilisearch takes and the double does not
//! implement is answered with 501, so that it fails a test loudly. Relevance is simpler than Meilisearch's: words,
//! beginnings and typing errors are told apart, and so are attributes; nearness of words is not.
//!
//! Shapes and messages: <https://www.meilisearch.com/docs/reference/api> and `crates/meilisearch/tests` in
//! <https://github.com/meilisearch/meilisearch>.

mod facets;
mod filter;
mod refusal;
mod relevance;
mod routes;
mod search;
mod shapes;
mod store;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, OnceLock, mpsc};

use actix_web::{App, HttpServer, rt, web};

use crate::skip;
use store::Store;

/// The double's key.
const KEY: &str = "a-key-for-tests";

/// A running Meilisearch.
pub struct Meilisearch {
    url: String,
    key: Option<String>,
}

impl Meilisearch {
    /// The one of this test run: at `MEILI_URL`, with `MEILI_KEY` if it wants one, else the double.
    ///
    /// # Panics
    /// If the double does not start.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Meilisearch> = OnceLock::new();
        SHARED.get_or_init(|| match skip::variable("MEILI_URL") {
            Some(url) => Self { url, key: skip::variable("MEILI_KEY") },
            None => Self { url: format!("http://{}", start()), key: Some(KEY.to_owned()) },
        })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key that it asks for.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

/// Starts the double on a thread that ends with the process.
fn start() -> SocketAddr {
    let (started, address) = mpsc::channel();
    std::thread::spawn(move || {
        rt::System::new().block_on(async move {
            let store = web::Data::new(Mutex::new(Store::default()));
            let app = move || App::new().app_data(web::Data::clone(&store)).configure(routes::routes);
            let server = HttpServer::new(app).workers(1).disable_signals().bind((Ipv4Addr::LOCALHOST, 0));
            let server = server.expect("a free port");
            started.send(server.addrs()[0]).expect("somebody waits");
            server.run().await.expect("it runs until the process ends");
        });
    });
    address.recv().expect("the double starts")
}
