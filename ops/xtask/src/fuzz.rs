//! Fuzzing of every format that comes from outside, on stable Rust: libFuzzer with the compiler's coverage counters,
//! without a sanitizer, since there is no unsafe code in these crates for one to watch.

use crate::process::{answers, output, run as run_to_end};
use crate::workspace::{cargo, root, target_directory};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

const TARGETS: [&str; 11] = [
    "archive",
    "manifest",
    "index_line",
    "envelope",
    "version_requirement",
    "checkpoint",
    "tlog_proof",
    "witness_request",
    "bundle",
    "ceremony",
    "licence",
];

/// How long each target runs where nobody says otherwise.
pub(crate) const DEFAULT_SECONDS: u32 = 60;

/// What rustc adds for libFuzzer: a counter for each edge, where it lies, and the operands of comparisons.
/// Source: <https://clang.llvm.org/docs/SanitizerCoverage.html>, with the flags of cargo-fuzz.
const COMPILER_FLAGS: [&str; 9] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    // The linker must not drop the tables, which only their section's bounds refer to.
    "-Clink-dead-code",
    "-Ccodegen-units=1",
    "-Cdebug-assertions",
];

/// Longest input, in bytes: room for an archive of a few files, small enough for many runs a second.
const MAX_INPUT_BYTES: u32 = 8192;
/// Seconds after which an input is a finding by itself.
const TIMEOUT_SECONDS: u32 = 10;
/// Memory, in mebibytes, past which an input is a finding by itself.
const MEMORY_MIB: u32 = 1024;

/// What to fuzz, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// One target [default: all]; a wrong name lists them
    pub(crate) target: Option<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = DEFAULT_SECONDS)]
    pub(crate) seconds: u32,
}

/// What there is to type where the C++ compiler is missing, which libFuzzer is built with.
pub(crate) fn missing() -> Option<&'static str> {
    (!answers("c++", &["--version"])).then_some("a C++ compiler is missing; type: apt-get install g++")
}

/// Builds the targets and runs them, as many at once as there are processors. Returns whether none found anything.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let chosen: Vec<&str> =
        TARGETS.into_iter().filter(|target| options.target.as_deref().is_none_or(|asked| asked == *target)).collect();
    if chosen.is_empty() {
        bail!(
            "there is no fuzz target {:?}; there are: {}",
            options.target.as_deref().unwrap_or_default(),
            TARGETS.join(", ")
        );
    }
    if let Some(hint) = missing() {
        bail!("{hint}");
    }
    let folder = target_directory()?.join("fuzz");
    let programs = build(&folder)?;
    let waiting = Mutex::new(chosen);
    let outcomes = Mutex::new(Vec::new());
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(target) = take(&waiting) {
                    let outcome = fuzz(target, options.seconds, &folder, &programs.join(target));
                    outcomes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(outcome);
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    outcomes.into_iter().try_fold(true, |clean, outcome| Ok(outcome? && clean))
}

fn take<'targets>(waiting: &Mutex<Vec<&'targets str>>) -> Option<&'targets str> {
    waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop()
}

/// Builds every target. Returns the folder that the programs are in.
fn build(folder: &Path) -> Result<PathBuf> {
    let about = output(Command::new("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    // With a target named, the flags reach what runs there only, not build scripts and macros.
    run_to_end(
        cargo()
            .args(["build", "--quiet", "--release", "--locked", "--bins", "--target", host, "--manifest-path"])
            .arg(root().join("fuzz/Cargo.toml"))
            .arg("--target-dir")
            .arg(folder)
            .env("CARGO_ENCODED_RUSTFLAGS", COMPILER_FLAGS.join("\u{1f}")),
    )?;
    Ok(folder.join(host).join("release"))
}

/// Runs one target. Returns whether it found nothing.
fn fuzz(target: &str, seconds: u32, folder: &Path, program: &Path) -> Result<bool> {
    let (corpus, findings) = (folder.join("corpus").join(target), folder.join("findings").join(target));
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&findings)?;
    let log = folder.join(format!("{target}.log"));
    let file = File::create(&log).with_context(|| format!("cannot create {}", log.display()))?;
    let status = Command::new(program)
        .arg(&corpus)
        .arg(root().join("fuzz/seeds").join(target))
        .arg(format!("-dict={}", root().join("fuzz/dictionaries").join(target).display()))
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={MAX_INPUT_BYTES}"))
        .arg(format!("-timeout={TIMEOUT_SECONDS}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .args(["-print_final_stats=1", "-close_fd_mask=1"])
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let text = std::fs::read(&log).with_context(|| format!("cannot read {}", log.display()))?;
    let text = String::from_utf8_lossy(&text);
    if status.success() {
        println!("{target}: no finding in {seconds} s; {}", figures(&text));
        return Ok(true);
    }
    let input = text.lines().rev().find_map(|line| line.split_once("Test unit written to ").map(|(_, path)| path));
    match input {
        Some(input) => println!(
            "{target}: FOUND an input that breaks it: {input}\n  run it again:  {} {input}\n  what it said:  {}",
            program.display(),
            log.display()
        ),
        None => bail!("the fuzz target {target} ended with {status}; what it said: {}", log.display()),
    }
    Ok(false)
}

/// How often the target ran and what of the code it reached, from libFuzzer's last lines.
fn figures(log: &str) -> String {
    let runs = log.lines().rev().find_map(|line| line.strip_prefix("stat::number_of_executed_units:")).unwrap_or("?");
    let reached = log
        .lines()
        .rev()
        .find_map(|line| line.split_once("cov: ").and_then(|(_, rest)| rest.split_whitespace().next()))
        .unwrap_or("?");
    format!("{} runs, {reached} edges reached", runs.trim())
}
