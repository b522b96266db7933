//! `publish.durable`: 20 KB packages published over HTTP, 8 at a time, each of a module of its own, looked over by every check but the
//! trial run, signed, logged and durable before it is acknowledged, on SQLite and on PostgreSQL; how long readers of the index and of
//! packages wait meanwhile. Beside plain SQLite inserts, each committed with `synchronous=FULL` on the same disk in the same run.

use adx_signing::digest::Digest;
use adx_tests::hello::{self, Behaviour};
use adx_tests::postgres::Cluster;
use adx_tests::process::Process;
use adx_tests::stage::{Registry, random};
use anyhow::{Context as _, Result, ensure};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use getrandom::rand_core::Rng as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PUBLISHES: usize = 1_000;
/// One is published by each of those who publish at the same time. Names that resemble each other would wait for an operator.
const MODULES: [&str; 8] = ["compass", "granite", "harbour", "lantern", "meadow", "orchard", "thimble", "voyager"];
const PACKAGE_BYTES: usize = 20_000;
const INSERTS: usize = 1_000;
/// Between two reads of one reader.
const BETWEEN_READS: Duration = Duration::from_millis(10);

/// The smallest component that is a module: what it does is not what is measured here.
const COMPONENT: &str = include_str!("../../index/tests/least.wat");

fn main() -> Result<()> {
    let json = std::env::args().any(|argument| argument == "--json");
    let runtime = tokio::runtime::Runtime::new()?;
    let registry = Registry::new();
    let plain = plain_inserts_per_second(&registry.folder().join("plain.sqlite"))?;
    runtime.block_on(publish_all(registry))?.tell("sqlite", plain, json);
    match Cluster::durable()? {
        None => eprintln!("publish.durable on PostgreSQL: not measured, it is not on this machine"),
        Some(cluster) => {
            let (_, url) = cluster.create_database(None);
            let registry = Registry::with_environment(vec![("ADX_REGISTRY__DATABASE__URL".to_owned(), url)]);
            runtime.block_on(publish_all(registry))?.tell("postgresql", plain, json);
        }
    }
    Ok(())
}

/// What was measured on one database.
struct Figures {
    publishes_per_second: f64,
    publish_p99: Duration,
    read_p99: Duration,
}

impl Figures {
    /// Prints them, beside so many plain inserts each second.
    fn tell(&self, database: &str, plain: f64, json: bool) {
        let Self { publishes_per_second: rate, publish_p99, read_p99 } = self;
        let ratio = (rate / plain * 100.0).round() / 100.0;
        let milliseconds = |duration: &Duration| (duration.as_secs_f64() * 10_000.0).round() / 10.0;
        if json {
            let line = serde_json::json!({
                "bench": "publish.durable", "database": database, "value": rate.round(), "unit": "publishes/s",
                "ratio": ratio, "to": "sqlite", "p99_ms": milliseconds(publish_p99),
                "reads_p99_ms": milliseconds(read_p99), "sqlite_inserts_per_second": plain.round(),
            });
            println!("{line}");
        } else {
            println!(
                "{:<16} {database:<10} {rate:>10.0} publishes/s   p99 {publish_p99:.1?}   reads meanwhile p99 {read_p99:.1?}   \
                 {ratio:.2} × plain SQLite inserts ({plain:.0}/s)",
                "publish.durable"
            );
        }
    }
}

/// Reads an index file and a package in turn, until nobody publishes any more; how long each took.
async fn read(running: Arc<Process>, package: Digest, publishing: Arc<AtomicBool>) -> Result<Vec<Duration>> {
    let client = adx_tests::stage::client();
    let paths = ["/index/ad/he/adx/hello".to_owned(), format!("/packages/{package}.adxm")];
    let mut durations = Vec::new();
    for path in paths.iter().cycle() {
        if !publishing.load(Ordering::Relaxed) {
            break;
        }
        let start = Instant::now();
        let answer = client.get(format!("{}{path}", running.url)).send().await?;
        ensure!(answer.status() == 200, "{path}: {}", answer.status());
        answer.bytes().await?;
        durations.push(start.elapsed());
        tokio::time::sleep(BETWEEN_READS).await;
    }
    Ok(durations)
}

async fn publish_all(registry: Registry) -> Result<Figures> {
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__QUOTAS__RELEASES_A_DAY", "1000000");
        // The least component answers nothing, which a trial run finds out.
        command.env("ADX_REGISTRY__CHECKS__TRIAL", "off");
    });
    registry.register_key(&running).await;
    let first = uploads(&registry, &running, "hello", 0..1)?.remove(0);
    let digest = first.digest;
    first.send(&adx_tests::stage::client()).await?;
    running.wait_until_signed().await;
    // Made before anything is measured: packing and signing is the publishers' own work.
    let queues = MODULES.map(|module| uploads(&registry, &running, module, 0..PUBLISHES / MODULES.len()));
    let running = Arc::new(running);
    let publishing = Arc::new(AtomicBool::new(true));
    let reader = tokio::spawn(read(Arc::clone(&running), digest, Arc::clone(&publishing)));
    let mut publishers = Vec::new();
    let start = Instant::now();
    for queue in queues {
        let queue = queue?;
        publishers.push(tokio::spawn(async move {
            let client = adx_tests::stage::client();
            let mut durations = Vec::with_capacity(queue.len());
            for upload in queue {
                durations.push(upload.send(&client).await?);
            }
            Ok::<_, anyhow::Error>(durations)
        }));
    }
    let mut durations = Vec::new();
    for publisher in publishers {
        durations.extend(publisher.await??);
    }
    let elapsed = start.elapsed().as_secs_f64();
    publishing.store(false, Ordering::Relaxed);
    #[expect(clippy::cast_precision_loss, reason = "a thousand is exact")]
    let publishes_per_second = durations.len() as f64 / elapsed;
    Ok(Figures { publishes_per_second, publish_p99: p99(durations)?, read_p99: p99(reader.await??)? })
}

/// A package that is ready to be sent.
struct Upload {
    url: String,
    token: String,
    envelope: String,
    digest: Digest,
    package: Vec<u8>,
}

impl Upload {
    /// Sends it, and says how long the answer took.
    async fn send(self, client: &reqwest::Client) -> Result<Duration> {
        let start = Instant::now();
        let request = client.put(self.url).bearer_auth(self.token).header("adx-envelope", self.envelope);
        let answer = request.body(self.package).send().await?;
        ensure!(answer.status() == 201, "{}: {}", answer.status(), answer.text().await?);
        Ok(start.elapsed())
    }
}

/// Versions of a module whose packages are of the wanted size.
fn uploads(registry: &Registry, running: &Process, module: &str, versions: Range<usize>) -> Result<Vec<Upload>> {
    let mut files = hello::files("0.0.0", Behaviour::Plain);
    files
        .insert(hello::path("module.wasm"), wat::parse_str(COMPONENT.replacen("(component IMPORTS", "(component", 1))?);
    let manifest = String::from_utf8(files[&hello::path("module.toml")].clone())?;
    let manifest = manifest.replacen("name = \"hello\"", &format!("name = \"{module}\""), 1);
    files.insert(hello::path("module.toml"), manifest.into_bytes());
    let bare = hello::pack(&files).len();
    let upload = |number: usize| {
        let version = format!("0.0.{number}");
        let mut padding = vec![0; PACKAGE_BYTES.saturating_sub(bare)];
        random().fill_bytes(&mut padding);
        files.insert(hello::path("docs/padding.bin"), padding);
        let manifest = hello::with_version(&files, &version);
        files.insert(hello::path("module.toml"), manifest);
        let package = hello::pack(&files);
        Upload {
            url: format!("{}/api/v1/modules/adx/{module}/versions/{version}", running.url),
            token: registry.token.clone(),
            envelope: BASE64_STANDARD.encode(registry.envelope(&package).to_json()),
            digest: Digest::of(&package),
            package,
        }
    };
    Ok(versions.map(upload).collect())
}

fn p99(mut durations: Vec<Duration>) -> Result<Duration> {
    durations.sort();
    durations.get(durations.len() * 99 / 100).copied().context("nothing was measured")
}

fn plain_inserts_per_second(path: &Path) -> Result<f64> {
    let database = rusqlite::Connection::open(path)?;
    database.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE plain (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")?;
    let mut insert = database.prepare("INSERT INTO plain (text) VALUES (?1)")?;
    let start = Instant::now();
    for _ in 0..INSERTS {
        insert.execute(["a row of about the size of a release's row, which names a module, a version and a digest"])?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a thousand is exact")]
    Ok(INSERTS as f64 / start.elapsed().as_secs_f64())
}
