//! `registry.memory`: what a registry of 100,000 modules holds in memory once all are signed, found and read, and the most that it held
//! over it; beside a registry of one module, in the same run. SQLite, files and the embedded search.

use std::time::{Duration, Instant};

use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client};
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

const MODULES: u32 = 100_000;
/// Index files and pages of results that are read before it is looked.
const READS: u32 = 5_000;
/// How long signing and indexing may take.
const PATIENCE: Duration = Duration::from_secs(900);

/// Modules of other names, each with one release: the rows that a publish writes, without what agents check.
const SEED: &str = "
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
    INSERT INTO modules (id, namespace, name, canonical, publisher_id, display_name, description, category, tags, latest,
                         created_at, updated_at, index_bytes, name_canonical, alike, package_bytes)
    SELECT printf('%032x', n), namespace, printf('module%06d', n), printf('adx/module%06d', n), publisher_id,
           printf('Module %d', n), description, category, tags, latest, created_at, updated_at, index_bytes,
           printf('module%06d', n), printf('module%06d', n), package_bytes
    FROM modules, numbers WHERE name = 'hello';";
const SEED_RELEASES: &str = "
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
    INSERT INTO releases (id, module_id, version, precedence, sha256, size_bytes, dependencies, adx_core_version, world,
                          permissions, key_id, token_id, yanked, released_at, seq, manifest, readme, changelog, envelope)
    SELECT printf('%032x', n), printf('%032x', n), releases.version, precedence, printf('%064x', n), size_bytes, dependencies,
           adx_core_version, world, permissions, key_id, token_id, yanked, released_at, seq + n, manifest, readme, changelog,
           envelope
    FROM releases, numbers WHERE module_id = (SELECT id FROM modules WHERE name = 'hello');";

fn main() -> Result<()> {
    let json = std::env::args().any(|argument| argument == "--json");
    let runtime = tokio::runtime::Runtime::new()?;
    let one = runtime.block_on(measure(1))?;
    let many = runtime.block_on(measure(MODULES))?;
    let ratio = (many.held / one.held * 10.0).round() / 10.0;
    if json {
        let line = json!({
            "bench": "registry.memory", "modules": MODULES, "value": many.held.round(), "unit": "MB", "peak_mb": many.peak.round(),
            "seconds_to_sign_and_index": many.seconds.round(), "ratio": ratio, "to": "one module", "one_module_mb": one.held.round(),
        });
        println!("{line}");
    } else {
        println!(
            "{:<16} {:>10.0} MB at {MODULES} modules, {:.0} MB at most, signed and indexed in {:.0} s   {ratio:.1} × one module ({:.0} MB)",
            "registry.memory", many.held, many.peak, many.seconds, one.held
        );
    }
    Ok(())
}

/// Of one registry, in millions of bytes.
struct Memory {
    held: f64,
    peak: f64,
    seconds: f64,
}

async fn measure(modules: u32) -> Result<Memory> {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let answer = registry.publish(&running, &hello::package("1.0.0", Behaviour::Plain)).await?;
    ensure!(answer.status() == 201, "{}: {}", answer.status(), answer.text().await?);
    running.wait_until_signed().await;
    ensure!(running.stop().success(), "the registry stops");
    let others = modules - 1;
    // A recursion has its first row in any case.
    if others > 0 {
        let database = rusqlite::Connection::open(registry.data().join("registry.sqlite"))?;
        for seed in [SEED, SEED_RELEASES] {
            database.execute(seed, [others])?;
        }
    }
    // The search is filled from the rows, as after a restore.
    std::fs::remove_dir_all(registry.data().join("search")).context("the search's folder is removed")?;

    let start = Instant::now();
    let running = registry.start();
    settle(&running, modules).await?;
    let seconds = start.elapsed().as_secs_f64();
    let client = client();
    for number in (0..READS).map(|read| read * 7_919 % modules) {
        let name = if number == 0 { "hello".to_owned() } else { format!("module{number:06}") };
        let index = adx_index::line::index_path(&format!("adx/{name}").parse()?);
        for path in [format!("/index/{index}"), format!("/api/v1/search?q={name}")] {
            let answer = client.get(format!("{}{path}", running.url)).send().await?;
            ensure!(answer.status() == 200, "{path}: {}", answer.status());
            answer.bytes().await?;
        }
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.id()))?;
    Ok(Memory { held: megabytes(&status, "VmRSS:")?, peak: megabytes(&status, "VmHWM:")?, seconds })
}

/// Waits until every module is signed and found.
async fn settle(running: &Process, modules: u32) -> Result<()> {
    let client = client();
    let get = async |path: &str| client.get(format!("{}{path}", running.url)).send().await?.text().await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let waiting = get("/metrics").await?;
        let found: Value = serde_json::from_str(&get("/api/v1/search?q=").await?)?;
        let last = adx_index::line::index_path(&format!("adx/module{:06}", modules - 1).parse()?);
        let is_signed = waiting.lines().any(|line| line == "adx_leaves_waiting 0");
        let is_served =
            modules == 1 || client.head(format!("{}/index/{last}", running.url)).send().await?.status() == 200;
        if is_signed && is_served && found["total"] == modules {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{modules} modules are not signed and indexed in {PATIENCE:?}: {found}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn megabytes(status: &str, name: &str) -> Result<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("{name} is told"))?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1_024.0 / 1_000_000.0)
}
