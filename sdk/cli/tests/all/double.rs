//! Stands in for a registry or an agent: answers what it was told to, and remembers what it was asked.
//!
//! The documents that tests give it have the members that the servers' own types have (`http/dto` of either); the way
//! with real servers is tested end to end elsewhere.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};

/// A request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `GET /api/v1/search?q=hello`.
    pub(crate) line: String,
    /// Headers, their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Method and path, without the query.
    fn route(&self) -> &str {
        self.line.split_once('?').map_or(&self.line, |(route, _)| route)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(status: u16, document: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: document.to_string().into_bytes() }
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        let headers = vec![("content-type", "text/html".to_owned())];
        Self { status, headers, body: text.as_bytes().to_vec() }
    }

    /// RFC 9457, as both servers write it.
    pub(crate) fn problem(status: u16, slug: &str, title: &str, detail: &str, hint: Option<&str>) -> Self {
        let mut problem = json!({
            "type": format!("https://adx-core.dev/problems/{slug}"),
            "title": title,
            "status": status,
            "detail": detail,
        });
        if let Some(hint) = hint {
            problem["hint"] = json!(hint);
        }
        let headers = vec![("content-type", "application/problem+json".to_owned())];
        Self { status, headers, body: problem.to_string().into_bytes() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

type Routes = Arc<Mutex<BTreeMap<String, VecDeque<Answer>>>>;

/// A server on a port of its own, for as long as the value lives.
pub(crate) struct Double {
    address: SocketAddr,
    routes: Routes,
    seen: Arc<Mutex<Vec<Request>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Double {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let routes = Routes::default();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (routes, seen, stopped) = (Arc::clone(&routes), Arc::clone(&seen), Arc::clone(&stopped));
            move || {
                for stream in listener.incoming() {
                    if stopped.load(Ordering::SeqCst) {
                        break;
                    }
                    // A client that goes away before it was answered is its own test's matter.
                    let _ = stream.and_then(|stream| serve(stream, &routes, &seen));
                }
            }
        });
        Self { address, routes, seen, stopped, thread: Some(thread) }
    }

    /// Answers `route` (`GET /api/v1/me`) so. Given more than once: in this order, the last one from then on.
    pub(crate) fn on(self, route: &str, answer: Answer) -> Self {
        self.routes.lock().expect("not poisoned").entry(route.to_owned()).or_default().push_back(answer);
        self
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().expect("not poisoned").clone()
    }

    /// The first lines of the requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|request| request.line).collect()
    }

    /// The one request whose method and path these are.
    #[track_caller]
    pub(crate) fn request(&self, route: &str) -> Request {
        let mut found: Vec<Request> = self.seen().into_iter().filter(|request| request.route() == route).collect();
        assert_eq!(found.len(), 1, "{route} among {:?}", self.lines());
        found.remove(0)
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread, which waits for a connection.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the double did not panic");
        }
    }
}

fn serve(stream: TcpStream, routes: &Routes, seen: &Mutex<Vec<Request>>) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let request = read(&mut reader)?;
    let answer = choose(routes, request.route());
    seen.lock().expect("not poisoned").push(request);
    let mut head =
        format!("HTTP/1.1 {} -\r\nconnection: close\r\ncontent-length: {}\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(&answer.body)
}

fn read(reader: &mut impl io::BufRead) -> io::Result<Request> {
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let line = first.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request { line, headers, body })
}

fn choose(routes: &Routes, route: &str) -> Answer {
    let mut routes = routes.lock().expect("not poisoned");
    match routes.get_mut(route) {
        Some(answers) if answers.len() > 1 => answers.pop_front(),
        Some(answers) => answers.front().cloned(),
        None => None,
    }
    .unwrap_or_else(|| Answer::text(501, &format!("the test did not expect `{route}`")))
}
