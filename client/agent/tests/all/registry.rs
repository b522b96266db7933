//! A registry of the tests' own: a true one, with its ceremony, its rounds of signing and its log, that serves what it is told
//! to, truthfully or not.

use crate::{
    release::{Release, key},
    world::World,
};
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    web::{self, Data},
};
use adx_index::line::{IndexLine, index_path};
use adx_signing::{Envelope, UtcSecond, name::ModuleId};
use parking_lot::Mutex;
use semver::Version;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::TcpListener, path::PathBuf, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::sync::watch;

/// What the registry has, to be changed at will.
pub(crate) struct Contents {
    /// The files, and what they are signed with.
    pub(crate) world: World,
    /// Files that are not what they were signed as, by their path; `None` for one that is not there.
    pub(crate) replaced: BTreeMap<String, Option<Vec<u8>>>,
    /// Releases in the order in which the feed tells of them.
    changes: Vec<(ModuleId, Version)>,
    /// Whether there is a feed.
    pub(crate) has_feed: bool,
    /// What the feed answers instead of what is true.
    forged: Option<Value>,
    /// Whether every answer is 503.
    pub(crate) is_down: bool,
    /// The part of an address that is asked for in vain: no answer ever comes.
    pub(crate) silent: Option<String>,
    /// The part of an address that is answered 503.
    pub(crate) unavailable: Option<String>,
    /// Requests answered, as `STATUS PATH`.
    pub(crate) answered: Vec<String>,
}

impl Contents {
    /// Adds a release to packages, log, index and metadata, and says nothing of it.
    pub(crate) fn add(&mut self, release: &Release) {
        let Release { line, package, envelope } = release;
        let named = Envelope::from_json(envelope).ok().and_then(|envelope| envelope.signatures[0].keyid);
        self.world.now = now();
        let line = IndexLine { released_at: self.world.now.to_string(), ..line.clone() };
        let signer = named.unwrap_or(line.key_id);
        self.world.accept_as(line, package, envelope.as_bytes(), signer);
        self.world.round();
    }

    /// Signs what was changed.
    pub(crate) fn sign(&mut self) {
        self.world.now = now();
        self.world.round();
    }

    /// Has a module's index file replaced by a text.
    pub(crate) fn garble_index(&mut self, module: &str) {
        let module = module.parse().expect("a module");
        self.replaced.insert(format!("index/{}", index_path(&module)), Some(b"<html>oops</html>".to_vec()));
    }
}

/// Freshness is judged by the clock of the machine, so everything is signed by it.
#[expect(clippy::disallowed_methods, reason = "the agent's clock is the machine's")]
pub(crate) fn now() -> UtcSecond {
    OffsetDateTime::now_utc().into()
}

pub(crate) struct Registry {
    pub(crate) url: String,
    shared: Arc<Shared>,
    server: ServerHandle,
}

struct Shared {
    contents: Mutex<Contents>,
    /// The number of the last change.
    seq: watch::Sender<usize>,
}

impl Registry {
    /// An empty registry.
    pub(crate) fn start() -> Self {
        let mut world = World::begun("registry.test/log", "agent", key(), now());
        world.round();
        let contents = Contents {
            world,
            replaced: BTreeMap::new(),
            changes: Vec::new(),
            has_feed: true,
            forged: None,
            is_down: false,
            silent: None,
            unavailable: None,
            answered: Vec::new(),
        };
        let shared = Arc::new(Shared { contents: Mutex::new(contents), seq: watch::Sender::new(0) });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let data = Data::from(Arc::clone(&shared));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/api/v1/changes", web::get().to(changes))
                .route("/{path:.*}", web::get().to(file))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .listen(listener)
        .expect("it listens")
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { url, shared, server: handle }
    }

    /// The file of its first root.
    pub(crate) fn root(&self) -> PathBuf {
        self.change(|contents| contents.world.file("tuf/1.root.json"))
    }

    /// Makes a release public, whatever it is, and tells the feed.
    pub(crate) fn publish(&self, release: &Release) {
        self.change(|contents| contents.add(release));
        self.announce(&release.line);
    }

    /// Tells the feed of a release, whether or not the index lists it.
    pub(crate) fn announce(&self, line: &IndexLine) {
        self.change(|contents| contents.changes.push((line.module.clone(), line.version.clone())));
        self.shared.seq.send_modify(|seq| *seq += 1);
    }

    /// Has the feed answer this from now on, also those who wait already; the truth again without it.
    pub(crate) fn forge(&self, answer: Option<Value>) {
        self.change(|contents| contents.forged = answer);
        self.shared.seq.send_modify(|_| {});
    }

    /// Changes what there is without telling the feed.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Contents) -> T) -> T {
        change(&mut self.shared.contents.lock())
    }

    /// How many answers there were of this status to addresses that hold `part`.
    pub(crate) fn count(&self, status: u16, part: &str) -> usize {
        let begins = format!("{status} ");
        self.change(|contents| {
            contents.answered.iter().filter(|line| line.starts_with(&begins) && line.contains(part)).count()
        })
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // Its future sends the word when it is made.
        drop(self.server.stop(false));
    }
}

fn answer(shared: &Shared, request: &HttpRequest, response: HttpResponse) -> HttpResponse {
    let mut contents = shared.contents.lock();
    let unavailable = contents.unavailable.as_ref().is_some_and(|part| request.path().contains(part.as_str()));
    let response = if contents.is_down || unavailable { HttpResponse::ServiceUnavailable().finish() } else { response };
    contents.answered.push(format!("{} {}", response.status().as_u16(), request.uri()));
    response
}

#[derive(Deserialize)]
struct After {
    after: usize,
    wait: u64,
}

async fn changes(request: HttpRequest, shared: Data<Shared>, query: web::Query<After>) -> HttpResponse {
    if !shared.contents.lock().has_feed {
        return answer(&shared, &request, HttpResponse::NotFound().finish());
    }
    if !shared.contents.lock().is_down {
        let mut seq = shared.seq.subscribe();
        let news = seq.wait_for(|seq| *seq != query.after || shared.contents.lock().forged.is_some());
        let _ = tokio::time::timeout(Duration::from_secs(query.wait), news).await;
    }
    let forged = shared.contents.lock().forged.clone();
    if let Some(forged) = forged {
        return answer(&shared, &request, HttpResponse::Ok().json(forged));
    }
    let found: Vec<_> = {
        let contents = shared.contents.lock();
        let numbered = contents.changes.iter().enumerate().skip(query.after);
        numbered
            .map(|(index, (module, version))| {
                json!({ "seq": index + 1, "kind": "release", "module": module, "version": version })
            })
            .collect()
    };
    let next = if found.is_empty() { query.after.min(*shared.seq.borrow()) } else { query.after + found.len() };
    answer(&shared, &request, HttpResponse::Ok().json(json!({ "changes": found, "next": next })))
}

async fn file(request: HttpRequest, shared: Data<Shared>, path: web::Path<String>) -> HttpResponse {
    let is_silent = shared.contents.lock().silent.as_ref().is_some_and(|part| request.path().contains(part.as_str()));
    if is_silent {
        // An address that is asked for in vain.
        std::future::pending::<()>().await;
    }
    let found = {
        let contents = shared.contents.lock();
        match contents.replaced.get(path.as_str()) {
            Some(replaced) => replaced.clone(),
            None => std::fs::read(contents.world.file(&path)).ok(),
        }
    };
    let response = found.map_or_else(|| HttpResponse::NotFound().finish(), |bytes| HttpResponse::Ok().body(bytes));
    answer(&shared, &request, response)
}
