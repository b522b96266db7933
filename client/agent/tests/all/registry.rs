//! A registry of the tests' own: serves what it is told to, truthfully or not.

use crate::release::{Release, key};
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::header,
    web::{self, Data},
};
use adx_index::line::{IndexLine, index_path, write_file};
use adx_signing::{digest::Digest, name::ModuleId};
use parking_lot::Mutex;
use semver::Version;
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap},
    net::TcpListener,
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;

/// What the registry has, to be changed at will.
#[derive(Default)]
pub(crate) struct Contents {
    /// Index lines by module.
    pub(crate) lines: BTreeMap<ModuleId, Vec<IndexLine>>,
    /// Index files that are not what the lines say.
    pub(crate) index_files: BTreeMap<ModuleId, String>,
    /// Packages by the digest they are asked for by.
    pub(crate) packages: HashMap<Digest, Vec<u8>>,
    /// Envelopes by the digest they are asked for by.
    pub(crate) envelopes: HashMap<Digest, String>,
    /// Keys, as PEM; those of every publisher.
    pub(crate) keys: Vec<String>,
    /// Releases in the order in which the feed tells of them.
    changes: Vec<(ModuleId, Version)>,
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
    /// Adds a release to packages, envelopes and index, and says nothing of it.
    pub(crate) fn add(&mut self, release: Release) {
        let Release { line, package, envelope } = release;
        self.packages.insert(line.sha256, package);
        self.envelopes.insert(line.sha256, envelope);
        self.lines.entry(line.module.clone()).or_default().push(line);
    }
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
        let shared = Arc::new(Shared { contents: Mutex::default(), seq: watch::Sender::new(0) });
        shared.contents.lock().keys.push(key().public().to_pem());
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let data = Data::from(Arc::clone(&shared));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/api/v1/changes", web::get().to(changes))
                .route("/api/v1/publishers/{namespace}", web::get().to(publisher))
                .route("/index/{path:.*}", web::get().to(index))
                .route("/packages/{file}", web::get().to(package))
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

    /// Makes a release public, whatever it is, and tells the feed.
    pub(crate) fn publish(&self, release: &Release) {
        self.change(|contents| contents.add(release.clone()));
        self.announce(&release.line);
    }

    /// Tells the feed of a release, whether or not the index lists it.
    pub(crate) fn announce(&self, line: &IndexLine) {
        self.change(|contents| contents.changes.push((line.module.clone(), line.version.clone())));
        self.shared.seq.send_modify(|seq| *seq += 1);
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
    if !shared.contents.lock().is_down {
        let mut seq = shared.seq.subscribe();
        let news = seq.wait_for(|seq| *seq > query.after);
        let _ = tokio::time::timeout(Duration::from_secs(query.wait), news).await;
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
    let next = query.after + found.len();
    answer(&shared, &request, HttpResponse::Ok().json(json!({ "changes": found, "next": next })))
}

async fn publisher(request: HttpRequest, shared: Data<Shared>, namespace: web::Path<String>) -> HttpResponse {
    let keys: Vec<_> = shared.contents.lock().keys.iter().map(|pem| json!({ "public_key_pem": pem })).collect();
    answer(&shared, &request, HttpResponse::Ok().json(json!({ "namespace": *namespace, "keys": keys })))
}

/// Does not return for an address that is asked for in vain.
async fn speak(request: &HttpRequest, shared: &Shared) {
    let is_silent = shared.contents.lock().silent.as_ref().is_some_and(|part| request.path().contains(part.as_str()));
    if is_silent {
        std::future::pending::<()>().await;
    }
}

async fn index(request: HttpRequest, shared: Data<Shared>, path: web::Path<String>) -> HttpResponse {
    speak(&request, &shared).await;
    let file = {
        let contents = shared.contents.lock();
        let written = contents.lines.iter().find(|(module, _)| index_path(module) == **path);
        let replaced = contents.index_files.iter().find(|(module, _)| index_path(module) == **path);
        replaced.map(|(_, text)| text.clone()).or_else(|| written.map(|(_, lines)| write_file(lines)))
    };
    let response = match file {
        None => HttpResponse::NotFound().finish(),
        Some(text) => {
            let tag = format!("\"{}\"", Digest::of(text.as_bytes()));
            let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
            if known == Some(tag.as_str()) {
                HttpResponse::NotModified().finish()
            } else {
                HttpResponse::Ok().insert_header((header::ETAG, tag)).body(text)
            }
        }
    };
    answer(&shared, &request, response)
}

async fn package(request: HttpRequest, shared: Data<Shared>, file: web::Path<String>) -> HttpResponse {
    speak(&request, &shared).await;
    let (name, extension) = file.split_once('.').unwrap_or((&file, ""));
    let digest: Option<Digest> = name.parse().ok();
    let found = digest.and_then(|digest| {
        let contents = shared.contents.lock();
        match extension {
            "adxm" => contents.packages.get(&digest).cloned(),
            "dsse.json" => contents.envelopes.get(&digest).map(|text| text.clone().into_bytes()),
            _ => None,
        }
    });
    let response = found.map_or_else(|| HttpResponse::NotFound().finish(), |bytes| HttpResponse::Ok().body(bytes));
    answer(&shared, &request, response)
}
