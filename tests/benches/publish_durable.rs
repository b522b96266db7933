//! `publish.durable`: 20 KB packages published over HTTP, 8 at a time, each durable before it is acknowledged; beside plain SQLite
//! inserts, each committed with `synchronous=FULL` on the same disk in the same run.

use adx_tests::hello::{self, Behaviour};
use adx_tests::stage::{Registry, random};
use anyhow::{Result, ensure};
use getrandom::rand_core::Rng as _;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const PUBLISHES: usize = 1_000;
const IN_PARALLEL: usize = 8;
const PACKAGE_BYTES: usize = 20_000;
const INSERTS: usize = 1_000;

/// The smallest component that is a module: what it does is not what is measured here.
const COMPONENT: &str = include_str!("../../index/tests/least.wat");

fn main() -> Result<()> {
    let json = std::env::args().any(|argument| argument == "--json");
    let registry = Registry::new();
    let plain = plain_inserts_per_second(&registry.folder().join("plain.sqlite"))?;
    let (rate, p99) = tokio::runtime::Runtime::new()?.block_on(publish_all(registry))?;
    let ratio = (rate / plain * 100.0).round() / 100.0;
    if json {
        println!(
            "{}",
            serde_json::json!({
                "bench": "publish.durable", "value": rate.round(), "unit": "publishes/s", "ratio": ratio, "to": "sqlite",
                "p99_ms": (p99.as_secs_f64() * 10_000.0).round() / 10.0, "sqlite_inserts_per_second": plain.round(),
            })
        );
    } else {
        println!(
            "{:<16} {rate:>10.0} publishes/s   p99 {p99:.1?}   {ratio:.2} × plain SQLite inserts ({plain:.0}/s)",
            "publish.durable"
        );
    }
    Ok(())
}

async fn publish_all(registry: Registry) -> Result<(f64, Duration)> {
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__QUOTAS__RELEASES_A_DAY", "1000000");
    });
    registry.register_key(&running).await;
    let mut files = hello::files("0.0.0", Behaviour::Plain);
    files
        .insert(hello::path("module.wasm"), wat::parse_str(COMPONENT.replacen("(component IMPORTS", "(component", 1))?);
    let bare = hello::pack(&files).len();
    let packages: VecDeque<Vec<u8>> = (0..PUBLISHES)
        .map(|number| {
            let mut padding = vec![0; PACKAGE_BYTES.saturating_sub(bare)];
            random().fill_bytes(&mut padding);
            files.insert(hello::path("docs/padding.bin"), padding);
            let manifest = hello::with_version(&files, &format!("0.0.{number}"));
            files.insert(hello::path("module.toml"), manifest);
            hello::pack(&files)
        })
        .collect();
    let (registry, running, queue) = (Arc::new(registry), Arc::new(running), Arc::new(Mutex::new(packages)));
    let start = Instant::now();
    let publishers: Vec<_> = (0..IN_PARALLEL)
        .map(|_| {
            let (registry, running, queue) = (Arc::clone(&registry), Arc::clone(&running), Arc::clone(&queue));
            tokio::spawn(async move {
                let client = adx_tests::stage::client();
                let mut durations = Vec::new();
                loop {
                    let Some(package) = queue.lock().expect("no publisher panicked").pop_front() else {
                        return Ok::<_, anyhow::Error>(durations);
                    };
                    let start = Instant::now();
                    let answer = registry.publish_with(&client, &running, &package).await?;
                    ensure!(answer.status() == 201, "{}: {}", answer.status(), answer.text().await?);
                    durations.push(start.elapsed());
                }
            })
        })
        .collect();
    let mut durations = Vec::new();
    for publisher in publishers {
        durations.extend(publisher.await??);
    }
    let elapsed = start.elapsed().as_secs_f64();
    durations.sort();
    #[expect(clippy::cast_precision_loss, reason = "a thousand is exact")]
    Ok((PUBLISHES as f64 / elapsed, durations[durations.len() * 99 / 100]))
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
