//! A server that is told to stop while it is busy: what it has begun it ends, and what it has acknowledged is there afterwards.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, request};
use base64::Engine as _;
use reqwest::Method;

/// Those that publish one version after the other, those that read, and those that are in the middle of an upload.
const PUBLISHERS: usize = 3;
const READERS: usize = 4;
const HALFWAY: usize = 3;
/// How long a server may take to stop here, and how long a client waits for one that does not answer.
const SHUTDOWN: Duration = Duration::from_secs(30);

/// A connection of which is known whether the server has begun to answer.
struct Wire(BufReader<TcpStream>);

/// An answer that came whole.
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Wire {
    fn open(running: &Process) -> io::Result<Self> {
        let socket = TcpStream::connect(running.url.strip_prefix("http://").expect("an address"))?;
        socket.set_read_timeout(Some(2 * SHUTDOWN))?;
        Ok(Self(BufReader::new(socket)))
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Begins to send a version, until the server says that it has read the head; nothing where it hung up before that.
    fn begin_upload(&mut self, registry: &Registry, version: &str, package: &[u8]) -> Option<()> {
        let envelope = base64::engine::general_purpose::STANDARD.encode(registry.envelope(package).to_json());
        let head = format!(
            "PUT /api/v1/modules/adx/hello/versions/{version} HTTP/1.1\r\nhost: registry\r\nauthorization: Bearer {}\r\n\
             adx-envelope: {envelope}\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
            registry.token,
            package.len(),
        );
        self.send(head.as_bytes()).ok()?;
        let begun = self.answer()?;
        assert_eq!(begun.status, 100, "{}", String::from_utf8_lossy(&begun.body));
        Some(())
    }

    /// The next answer, whole; nothing where the server hung up before it began with one.
    ///
    /// # Panics
    /// When it hung up in the middle of one.
    fn answer(&mut self) -> Option<Answer> {
        let mut first = [0; 1];
        self.0.read_exact(&mut first).ok()?;
        Some(self.rest(first[0]).unwrap_or_else(|error| panic!("an answer was cut off: {error}")))
    }

    fn rest(&mut self, first: u8) -> io::Result<Answer> {
        let status = char::from(first).to_string() + &self.line()?;
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no status line"))?;
        let mut headers = BTreeMap::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let mut body = Vec::new();
        if headers.get("transfer-encoding").is_some_and(|encoding| encoding == "chunked") {
            loop {
                let size = usize::from_str_radix(&self.line()?, 16).map_err(io::Error::other)?;
                let mut chunk = vec![0; size];
                self.0.read_exact(&mut chunk)?;
                self.line()?;
                body.extend(chunk);
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = headers.get("content-length") {
            body.resize(length.parse().map_err(io::Error::other)?, 0);
            self.0.read_exact(&mut body)?;
        }
        Ok(Answer { status, headers, body })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        line.strip_suffix("\r\n").map(str::to_owned).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// Publishes one version after the other until the server takes no more; those that it acknowledged.
fn publish(registry: &Registry, running: &Process, major: usize, told: &AtomicBool, done: &AtomicUsize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for patch in 0.. {
        let version = format!("{major}.0.{patch}");
        let package = hello::package(&version, Behaviour::Plain);
        let Ok(mut wire) = Wire::open(running) else { break };
        if wire.begin_upload(registry, &version, &package).is_none() {
            break;
        }
        wire.send(&package).expect("what the server has begun to read it reads to its end");
        let answer = wire.answer().expect("what the server has begun to read it answers");
        assert_eq!(answer.status, 201, "{version}: {}", String::from_utf8_lossy(&answer.body));
        acknowledged.push(version);
        done.fetch_add(1, Ordering::Relaxed);
    }
    assert!(told.load(Ordering::Relaxed), "nobody told the server to stop, and it took no more");
    acknowledged
}

/// Reads the same again and again until the server hangs up between two answers.
fn read(running: &Process, path: &str, whole: &[u8], told: &AtomicBool, done: &AtomicUsize) {
    while let Ok(mut wire) = Wire::open(running) {
        loop {
            let asked = format!("GET {path} HTTP/1.1\r\nhost: registry\r\n\r\n");
            let Some(answer) = wire.send(asked.as_bytes()).ok().and_then(|()| wire.answer()) else { break };
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.body == whole, "{path}: other bytes than before");
            done.fetch_add(1, Ordering::Relaxed);
            if answer.headers.get("connection").is_some_and(|connection| connection == "close") {
                break;
            }
        }
        if told.load(Ordering::Relaxed) {
            return;
        }
    }
    assert!(told.load(Ordering::Relaxed), "nobody told the server to stop, and it listens no more");
}

fn tell_to_stop(running: &Process) {
    let sent = Command::new("kill").args(["-TERM", &running.id().to_string()]).status().expect("kill runs");
    assert!(sent.success(), "SIGTERM cannot be sent");
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(90);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within 90 s");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What happens around the signal; every version that was acknowledged.
fn stop_amid_everything(registry: &Registry, running: &mut Process, package: (&str, &[u8])) -> Vec<String> {
    let (told, read_so_far, published_so_far) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let (told, reads, publishes) = (&told, &read_so_far, &published_so_far);
    let server = &*running;
    let acknowledged = std::thread::scope(|scope| {
        let publishers: Vec<_> = (0..PUBLISHERS)
            .map(|number| scope.spawn(move || publish(registry, server, 10 + number, told, publishes)))
            .collect();
        let readers: Vec<_> =
            (0..READERS).map(|_| scope.spawn(move || read(server, package.0, package.1, told, reads))).collect();
        let mut halfway: Vec<_> = (0..HALFWAY)
            .map(|number| {
                let version = format!("20.0.{number}");
                let package = hello::package(&version, Behaviour::Plain);
                let mut wire = Wire::open(server).expect("the server listens");
                wire.begin_upload(registry, &version, &package).expect("the server reads");
                wire.send(&package[..package.len() / 2]).expect("the server reads");
                (version, package, wire)
            })
            .collect();
        wait_until("all are busy", || {
            reads.load(Ordering::Relaxed) >= 4 * READERS && publishes.load(Ordering::Relaxed) >= PUBLISHERS
        });
        told.store(true, Ordering::Relaxed);
        tell_to_stop(server);
        wait_until("it takes no more", || server.log().contains("stopping"));
        let mut acknowledged = Vec::new();
        for (version, package, wire) in &mut halfway {
            wire.send(&package[package.len() / 2..]).expect("what the server has begun to read it reads to its end");
            let answer = wire.answer().expect("what the server has begun to read it answers");
            assert_eq!(answer.status, 201, "{version}: {}", String::from_utf8_lossy(&answer.body));
            assert_eq!(answer.headers["connection"], "close", "nothing else is sent to a server that stops");
            acknowledged.push(version.clone());
        }
        for publisher in publishers {
            acknowledged.extend(publisher.join().expect("a publisher"));
        }
        for reader in readers {
            reader.join().expect("a reader");
        }
        acknowledged
    });
    let began = Instant::now();
    assert!(running.wait().success(), "{}", running.log());
    assert!(began.elapsed() < SHUTDOWN, "it took longer than it may");
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_begun_is_ended_and_what_was_acknowledged_is_there() {
    let registry = Registry::new();
    let mut running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__SERVER__SHUTDOWN_TIMEOUT", format!("{}s", SHUTDOWN.as_secs()));
    });
    registry.register_key(&running).await;
    let package = hello::package("1.0.0", Behaviour::Plain);
    assert!(registry.publish(&running, &package).await.unwrap().status().is_success());
    let version = "/api/v1/modules/adx/hello/versions/1.0.0";
    let (_, shown) = request(&running, &registry.token, Method::GET, version, None).await;
    let path = shown["package_url"].as_str().expect("an address").to_owned();

    let (registry, acknowledged) = tokio::task::spawn_blocking(move || {
        let acknowledged = stop_amid_everything(&registry, &mut running, (&path, &package));
        (registry, acknowledged)
    })
    .await
    .expect("the load");
    assert!(acknowledged.len() >= PUBLISHERS + HALFWAY);
    let database = rusqlite::Connection::open(registry.data().join("registry.sqlite")).unwrap();
    let count = |query: &str| database.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT COUNT(*) FROM jobs WHERE state <> 'waiting'"), 0, "no job is somebody's still");
    let (leaves, signed) = (count("SELECT COUNT(*) FROM leaves"), count("SELECT leaves FROM signing"));
    assert_eq!(signed, leaves, "the last round told of everything");
    drop(database);

    let running = registry.start();
    for version in &acknowledged {
        let path = format!("/api/v1/modules/adx/hello/versions/{version}");
        let (status, shown) = request(&running, &registry.token, Method::GET, &path, None).await;
        assert!(status.is_success(), "{version}: {shown}");
        let package = client().get(format!("{}{}", running.url, shown["package_url"].as_str().expect("an address")));
        let package = package.send().await.unwrap().bytes().await.unwrap();
        assert!(package == hello::package(version, Behaviour::Plain), "{version}: other bytes");
    }
    adx_tests::eventually("it is found", async || {
        let found = request(&running, &registry.token, Method::GET, "/api/v1/search?q=hello", None).await.1;
        found["hits"][0]["latest"] == "20.0.2"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_go_on_holds_up_nobody_who_stops() {
    let registry = Registry::new();
    let mut running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__SERVER__SHUTDOWN_TIMEOUT", "2s");
    });
    registry.register_key(&running).await;
    let package = hello::package("1.0.0", Behaviour::Plain);
    let mut wire = Wire::open(&running).expect("the server listens");
    wire.begin_upload(&registry, "1.0.0", &package).expect("the server reads");
    wire.send(&package[..100]).expect("the server reads");
    let began = Instant::now();
    tell_to_stop(&running);
    assert!(running.wait().success(), "{}", running.log());
    assert!(began.elapsed() >= Duration::from_secs(2), "it is waited for that long");
    assert!(began.elapsed() < Duration::from_secs(10), "and no longer");
}
