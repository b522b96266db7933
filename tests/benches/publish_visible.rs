//! `publish.visible`: 100 publishes a second arrive for some seconds; how long after its acknowledgement each release is found by
//! a client that fetches the timestamp, the snapshot it names, and the bin that lists the release.

use adx_index::package::Package;
use adx_signing::tuf::{Root, Signed, Snapshot, TargetName, Targets};
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::repository;
use adx_tests::stage::{Registry, random};
use anyhow::{Context as _, Result, ensure};
use getrandom::rand_core::Rng as _;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const PER_SECOND: u32 = 100;
const SECONDS: u32 = 10;
const PACKAGE_BYTES: usize = 20_000;
/// Between two looks of the client that waits.
const LOOK: Duration = Duration::from_millis(10);
/// Publishes that may run at once before the registry is said not to keep up.
const IN_PARALLEL: usize = 64;

/// The smallest component that is a module: what it does is not what is measured here.
const COMPONENT: &str = include_str!("../../index/tests/least.wat");

fn main() -> Result<()> {
    let json = std::env::args().any(|argument| argument == "--json");
    let Figures { rate, mut delays } = tokio::runtime::Runtime::new()?.block_on(publish_and_watch())?;
    delays.sort();
    let percentile = |percent: usize| delays[(delays.len() * percent / 100).min(delays.len() - 1)];
    let milliseconds = |delay: Duration| (delay.as_secs_f64() * 10_000.0).round() / 10.0;
    let (p50, p99, most) = (percentile(50), percentile(99), percentile(100));
    if json {
        println!(
            "{}",
            serde_json::json!({
                "bench": "publish.visible", "value": milliseconds(p99), "unit": "ms", "p50_ms": milliseconds(p50),
                "max_ms": milliseconds(most), "publishes_per_second": rate.round(),
            })
        );
    } else {
        println!("{:<16} p50 {p50:.1?}   p99 {p99:.1?}   max {most:.1?}   at {rate:.0} publishes/s", "publish.visible");
    }
    Ok(())
}

struct Figures {
    rate: f64,
    delays: Vec<Duration>,
}

async fn publish_and_watch() -> Result<Figures> {
    let registry = Registry::new();
    // One caller sends them all.
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__LIMITS__REQUESTS_PER_SECOND", "0");
        command.env("ADX_REGISTRY__QUOTAS__RELEASES_A_DAY", "1000000");
        // The least component answers nothing, which a trial run finds out.
        command.env("ADX_REGISTRY__CHECKS__TRIAL", "off");
    });
    registry.register_key(&running).await;
    running.wait_until_signed().await;
    let (_, root) = repository::roots(&adx_tests::stage::client(), &running.url).await;
    let packages = packages()?;
    let count = packages.len();
    let (sender, receiver) = mpsc::unbounded_channel();
    let watching = tokio::spawn(watch(running.url.clone(), root, receiver, count));
    let (registry, running) = (Arc::new(registry), Arc::new(running));
    let rate = publish_all(&registry, &running, packages, &sender).await?;
    drop(sender);
    Ok(Figures { rate, delays: watching.await?? })
}

fn packages() -> Result<Vec<(TargetName, Vec<u8>)>> {
    let mut files = hello::files("0.0.0", Behaviour::Plain);
    files
        .insert(hello::path("module.wasm"), wat::parse_str(COMPONENT.replacen("(component IMPORTS", "(component", 1))?);
    let bare = hello::pack(&files).len();
    (0..PER_SECOND * SECONDS)
        .map(|number| {
            let mut padding = vec![0; PACKAGE_BYTES.saturating_sub(bare)];
            random().fill_bytes(&mut padding);
            files.insert(hello::path("docs/padding.bin"), padding);
            let manifest = hello::with_version(&files, &format!("0.0.{number}"));
            files.insert(hello::path("module.toml"), manifest);
            let bytes = hello::pack(&files);
            let manifest = Package::read(bytes.as_slice())?.manifest;
            Ok((TargetName::of_package(&manifest.id(), &manifest.module.version)?, bytes))
        })
        .collect()
}

/// Sends the packages at their times, whether or not those before have been answered. Gives how many a second came through.
async fn publish_all(
    registry: &Arc<Registry>,
    running: &Arc<Process>,
    packages: Vec<(TargetName, Vec<u8>)>,
    acknowledged: &mpsc::UnboundedSender<(TargetName, Instant)>,
) -> Result<f64> {
    let client = adx_tests::stage::client();
    let places = Arc::new(tokio::sync::Semaphore::new(IN_PARALLEL));
    let count = packages.len();
    let start = Instant::now();
    let mut publishes = Vec::new();
    for (number, (name, package)) in (0..).zip(packages) {
        tokio::time::sleep_until((start + Duration::from_secs(1) / PER_SECOND * number).into()).await;
        let place = Arc::clone(&places).acquire_owned().await?;
        let (registry, running) = (Arc::clone(registry), Arc::clone(running));
        let (client, acknowledged) = (client.clone(), acknowledged.clone());
        publishes.push(tokio::spawn(async move {
            let answer = registry.publish_with(&client, &running, &package).await?;
            let at = Instant::now();
            ensure!(answer.status() == 201, "{}: {}", answer.status(), answer.text().await?);
            drop(place);
            acknowledged.send((name, at)).context("the client that waits has ended")
        }));
    }
    for publish in publishes {
        publish.await??;
    }
    #[expect(clippy::cast_precision_loss, reason = "some thousands are exact")]
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

/// Looks until every release that was acknowledged is listed, and says how long each took.
async fn watch(
    url: String,
    root: Root,
    mut acknowledged: mpsc::UnboundedReceiver<(TargetName, Instant)>,
    count: usize,
) -> Result<Vec<Duration>> {
    let client = adx_tests::stage::client();
    let mut versions: HashMap<String, u64> = HashMap::new();
    let mut listed: HashMap<TargetName, Instant> = HashMap::new();
    let (mut waiting, mut delays) = (Vec::new(), Vec::new());
    let mut snapshot_version = 0;
    let deadline = Instant::now() + Duration::from_secs(120);
    while delays.len() < count {
        ensure!(Instant::now() < deadline, "{} of {count} releases are listed", delays.len());
        tokio::time::sleep(LOOK).await;
        let timestamp = repository::timestamp(&client, &url, &root).await.context("a timestamp")?;
        if timestamp.snapshot().version > snapshot_version {
            snapshot_version = timestamp.snapshot().version;
            let bytes = repository::pinned(&client, &url, "snapshot.json", timestamp.snapshot()).await;
            let snapshot = Signed::<Snapshot>::from_json(&bytes)?.into_document();
            for (name, pin) in snapshot.meta().iter().filter(|(name, _)| name.starts_with("bin-")) {
                if versions.insert(name.clone(), pin.version) == Some(pin.version) {
                    continue;
                }
                let bytes = repository::pinned(&client, &url, name, pin).await;
                let now = Instant::now();
                for target in Signed::<Targets>::from_json(&bytes)?.document().targets().keys() {
                    listed.entry(target.clone()).or_insert(now);
                }
            }
        }
        while let Ok(acknowledgement) = acknowledged.try_recv() {
            waiting.push(acknowledgement);
        }
        waiting.retain(|(name, at)| match listed.get(name) {
            Some(seen) => {
                delays.push(seen.saturating_duration_since(*at));
                false
            }
            None => true,
        });
    }
    Ok(delays)
}
