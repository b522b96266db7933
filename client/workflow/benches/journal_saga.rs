//! `journal.saga`: runs a second of a saga of three activities, many at once, each step durable before it is acted on, beside
//! plain SQLite with one insert a commit. Same durability (`synchronous=FULL`), same file system, same run.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use adx_workflow::{Journal, JournalError, JournalOptions, Registry, SagaScope, StartOptions};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tempfile::TempDir;

const ROUNDS: usize = 3;
const RUNS: usize = 20_000;
const AT_ONCE: usize = 1_024;
const ONE_BY_ONE: usize = 300;
const COMMITS: usize = 2_000;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let json = std::env::args().any(|argument| argument == "--json");
    let runtime = tokio::runtime::Runtime::new()?;
    let (mut sagas, mut commits, mut waits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let folder = folder()?;
        sagas.push(runtime.block_on(sagas_per_second(folder.path()))?);
        waits.push(runtime.block_on(one_by_one(folder.path()))?);
        commits.push(commits_per_second(folder.path())?);
    }
    let (sagas, commits) = (median(&mut sagas), median(&mut commits));
    waits.sort_unstable();
    if json {
        let ratio = (sagas / commits * 100.0).round() / 100.0;
        println!(
            "{}",
            json!({
                "bench": "journal.saga", "value": sagas.round(), "unit": "runs/s", "ratio": ratio, "to": "sqlite",
                "sqlite_commits_per_second": commits.round(),
                "one_by_one_ms": (waits[ROUNDS / 2].as_secs_f64() * 100_000.0).round() / 100.0,
            })
        );
    } else {
        println!(
            "{:<16} {sagas:>10.0} runs/s   {:.2} × sqlite, one insert a commit ({commits:.0})   one by one: {:.2} ms a run",
            "journal.saga",
            sagas / commits,
            waits[ROUNDS / 2].as_secs_f64() * 1_000.0
        );
    }
    Ok(())
}

/// On the disk that holds the build, as the usual folder for temporary files may be memory.
fn folder() -> Result<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

fn registry() -> Registry {
    Registry::new()
        .workflow("saga", |ctx, input: Value| {
            SagaScope::run(ctx, |saga| async move {
                for step in ["reserve", "charge"] {
                    saga.step(step).compensate("undo", input.clone()).run(step, input.clone()).await?;
                }
                saga.step("ship").run("ship", input).await
            })
        })
        .activity("reserve", |_, input| async move { Ok(input) })
        .activity("charge", |_, input| async move { Ok(input) })
        .activity("ship", |_, input| async move { Ok(input) })
        .activity("undo", |_, input| async move { Ok(input) })
}

async fn play(journal: &Journal, id: String) -> Result<()> {
    let input = json!({ "order": id });
    let outcome = journal.start(StartOptions::new(id, "saga", input.clone())).await?.result().await?;
    if outcome == input { Ok(()) } else { Err("a saga returned something else".into()) }
}

async fn sagas_per_second(folder: &Path) -> Result<f64> {
    let journal = open(folder, "many.db")?;
    let began = Instant::now();
    let runs = stream::iter(0..RUNS).map(|number| play(&journal, format!("order/{number}")));
    runs.buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
    let rate = per_second(RUNS, began.elapsed());
    journal.shutdown().await?;
    Ok(rate)
}

/// How long one saga takes that has the journal to itself.
async fn one_by_one(folder: &Path) -> Result<Duration> {
    let journal = open(folder, "few.db")?;
    let began = Instant::now();
    for number in 0..ONE_BY_ONE {
        play(&journal, format!("order/{number}")).await?;
    }
    let elapsed = began.elapsed();
    journal.shutdown().await?;
    Ok(elapsed / u32::try_from(ONE_BY_ONE)?)
}

fn open(folder: &Path, name: &str) -> std::result::Result<Journal, JournalError> {
    Journal::open(folder.join(name), registry(), JournalOptions::default())
}

fn commits_per_second(folder: &Path) -> Result<f64> {
    let db = rusqlite::Connection::open(folder.join("plain.db"))?;
    db.execute_batch(
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
         CREATE TABLE row (key INTEGER PRIMARY KEY, text TEXT NOT NULL)",
    )?;
    let mut insert = db.prepare("INSERT INTO row (text) VALUES (?1)")?;
    let text = "x".repeat(200);
    let began = Instant::now();
    for _ in 0..COMMITS {
        insert.execute([&text])?;
    }
    Ok(per_second(COMMITS, began.elapsed()))
}

fn per_second(count: usize, elapsed: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let count = count as f64;
    count / elapsed.as_secs_f64()
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
