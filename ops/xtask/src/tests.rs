//! Everything that checks the project, in the order in which a mistake is cheapest to find.

use crate::fuzz;
use crate::process::{self, answers};
use crate::tools::{self, CHROMIUM, POSTGRESQL, Tool};
use crate::workspace::{cargo, target_directory};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Instant;

/// What to check.
#[derive(Args)]
pub(crate) struct Options {
    /// Leave out formatting, lints, fuzzing and the browser: the Rust tests only
    #[arg(long)]
    rust_only: bool,
}

/// Runs every check. Returns whether all of them held.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let mut checks = Checks::default();
    let wasm_compiler = tools::wasm_toolchain()?;
    tools::build_web()?;
    let postgresql = checks.needs(&POSTGRESQL);
    let moto = match tools::moto_server() {
        Ok(server) => Some(server),
        Err(error) => {
            checks.skip("the blob contract on S3", &format!("{error:#}"));
            None
        }
    };

    if !options.rust_only {
        checks.check("rustfmt", || process::run(cargo().args(["fmt", "--all", "--check"])));
        checks.check("clippy", || {
            process::run(cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
        });
        checks.check("page: types, lints, unit tests", || {
            process::run(&mut tools::npm(&["run", "check"]))?;
            process::run(&mut tools::npm(&["test"]))
        });
        if answers("cargo", &["deny", "--version"]) {
            checks.check("cargo deny", || {
                process::run(cargo().args(["deny", "--all-features", "check", "bans", "licenses", "sources"]))
            });
        } else {
            Checks::tell("cargo deny is not installed; licences and bans were not checked (cargo install cargo-deny)");
        }
    }
    checks.check("rust tests", || {
        let mut command = cargo();
        if answers("cargo", &["nextest", "--version"]) {
            command.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
        } else {
            command.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
        }
        if postgresql {
            command.env("ADX_TEST_POSTGRESQL", "1");
        }
        if let Some(moto) = &moto {
            command.env("ADX_TEST_MOTO", moto);
        }
        if let Some(compiler) = &wasm_compiler {
            command.env("ADX_WASM_RUSTC", compiler);
        }
        process::run(&mut command)
    });
    if !options.rust_only {
        match fuzz::missing() {
            Some(hint) => checks.skip("fuzz targets", hint),
            None => checks.check("fuzz targets", || {
                if !fuzz::run(&fuzz::Options { target: None, seconds: fuzz::DEFAULT_SECONDS })? {
                    bail!("a target found an input that breaks it, see above");
                }
                Ok(())
            }),
        }
    }
    if !options.rust_only && checks.needs(&CHROMIUM) {
        checks.check("demo and page in Chromium", demo_and_page);
    }
    Ok(checks.summary())
}

/// Plays the demo, then walks through the page of the very registry it left running.
fn demo_and_page() -> Result<()> {
    let data = target_directory()?.join("demo-of-tests");
    // By cargo, which becomes the demo: building the workspace may have replaced the file of this very program.
    let mut demo = cargo()
        .args(["run", "--quiet", "--locked", "--package", "xtask", "--", "demo", "--json", "--data"])
        .arg(&data)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the demo")?;
    let outcome = (|| {
        let lines = BufReader::new(demo.stdout.take().context("the demo has no output")?).lines();
        let mut registry = None;
        for line in lines {
            let line = line?;
            println!("{line}");
            let step: Value =
                serde_json::from_str(&line).with_context(|| format!("the demo printed no JSON: {line}"))?;
            if step["step"] == "ready" {
                registry = step["registry"].as_str().map(str::to_owned);
                break;
            }
        }
        let registry = registry.context("the demo ended before it was ready")?;
        process::run(tools::npm(&["run", "e2e"]).env("ADX_REGISTRY_URL", registry))
    })();
    let asked = answers("kill", &["-INT", &demo.id().to_string()]);
    if !asked {
        demo.kill()?;
    }
    let status = demo.wait()?;
    outcome?;
    if !status.success() {
        bail!("the demo ended with {status} after Ctrl-C");
    }
    Ok(())
}

#[derive(Default)]
struct Checks {
    passed: usize,
    failed: Vec<&'static str>,
    skipped: Vec<String>,
}

impl Checks {
    fn check(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        println!("\n── {name}");
        let start = Instant::now();
        match work() {
            Ok(()) => {
                println!("── {name}: held, {} s", start.elapsed().as_secs());
                self.passed += 1;
            }
            Err(error) => {
                println!("── {name}: FAILED: {error:#}");
                self.failed.push(name);
            }
        }
    }

    /// Whether a tool is there; where it is not, what depends on it is skipped, which in CI is a failure.
    fn needs(&mut self, tool: &Tool) -> bool {
        let found = tool.bring();
        if !found {
            self.skip(tool.name, &tool.hint());
        }
        found
    }

    fn skip(&mut self, what: &str, why: &str) {
        self.skipped.push(format!("{what}: {why}"));
    }

    fn tell(what: &str) {
        println!("\n── note: {what}");
    }

    fn summary(&self) -> bool {
        println!("\n── summary");
        for skipped in &self.skipped {
            println!("skipped: {skipped}");
        }
        for failed in &self.failed {
            println!("failed: {failed}");
        }
        println!("checks: {} passed, {} failed, {} skipped", self.passed, self.failed.len(), self.skipped.len());
        self.failed.is_empty() && (self.skipped.is_empty() || !tools::in_ci())
    }
}
