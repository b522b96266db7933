//! Everything that checks the project, in the order in which a mistake is cheapest to find.

use crate::fuzz;
use crate::process::{self, answers};
use crate::tools::{self, CHROMIUM, POSTGRESQL, Tool};
use crate::workspace::{build_programs, cargo, root, target_directory};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
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
    checks.needs(&POSTGRESQL);
    if !tools::has_meilisearch() {
        checks.not_here("search on a real Meilisearch", "MEILI_URL is not set; a strict double of its API stood in");
    }
    let moto = match tools::moto_server() {
        Ok(server) => Some(server),
        Err(error) => {
            checks.skip("the blob contract on S3", &format!("{error:#}"));
            None
        }
    };
    let mail_server = match tools::mail_server() {
        Ok(python) => Some(python),
        Err(error) => {
            checks.skip("the mail contract", &format!("{error:#}"));
            None
        }
    };
    let localstripe = match tools::localstripe() {
        Ok(program) => Some(program),
        Err(error) => {
            checks.skip("payments by Stripe", &format!("{error:#}"));
            None
        }
    };
    let stripe_mock = match tools::stripe_mock() {
        Ok(program) => Some(program),
        Err(error) => {
            checks.skip("requests as Stripe describes them", &format!("{error:#}"));
            None
        }
    };
    let schemathesis = match tools::schemathesis() {
        Ok(program) => Some(program),
        Err(error) => {
            checks.skip("every operation with what its description allows", &format!("{error:#}"));
            None
        }
    };
    let foreign = match tools::foreign_clients() {
        Ok(folder) => Some(folder),
        Err(error) => {
            checks.skip("other people's clients", &format!("{error:#}"));
            None
        }
    };

    if !options.rust_only {
        checks.check("rustfmt", || {
            process::run(cargo().args(["fmt", "--all", "--check"]))?;
            // Workspaces of their own.
            let apart =
                ["fuzz", "modules/hello", "client/sandbox/tests/guest", "tests/foreign/passkey", "tests/foreign/tough"];
            for folder in apart {
                process::run(
                    cargo().args(["fmt", "--check", "--manifest-path"]).arg(root().join(folder).join("Cargo.toml")),
                )?;
            }
            Ok(())
        });
        checks.check("clippy", || {
            process::run(cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
        });
        checks.check("page: types, lints, unit tests", || {
            process::run(&mut tools::npm(&["run", "check"]))?;
            process::run(&mut tools::npm(&["test"]))
        });
        checks.check("cargo deny: bans, licences, sources", || {
            process::run(cargo_deny()?.args(["check", "bans", "licenses", "sources"]))
        });
        match cargo_deny().and_then(|mut deny| process::output(deny.arg("fetch").arg("db"))) {
            Ok(_) => checks.check("cargo deny: advisories", || {
                process::run(cargo_deny()?.args(["check", "--disable-fetch", "advisories"]))
            }),
            Err(_) => checks.not_here("advisories", "RustSec's database is a git repository, which is out of reach"),
        }
    }
    checks.check("rust tests", || {
        let mut command = cargo();
        if answers("cargo", &["nextest", "--version"]) {
            command.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
        } else {
            command.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
        }
        if let Some(moto) = &moto {
            command.env("ADX_TEST_MOTO", moto);
        }
        if let Some(program) = &localstripe {
            command.env("ADX_TEST_LOCALSTRIPE", program);
        }
        if let Some(program) = &stripe_mock {
            command.env("ADX_TEST_STRIPE_MOCK", program);
        }
        if let Some(python) = &mail_server {
            command.env("ADX_TEST_SMTP", python);
        }
        if let Some(program) = &schemathesis {
            command.env("ADX_TEST_SCHEMATHESIS", program);
        }
        if let Some(foreign) = &foreign {
            command.env("ADX_TEST_FOREIGN_CLIENTS", foreign);
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
        checks.check("passkeys in Chromium", || {
            let registry = build_programs(false, true)?.registry;
            process::run(tools::npm(&["run", "e2e:passkeys"]).env("ADX_REGISTRY_PROGRAM", registry))
        });
    }
    Ok(checks.summary())
}

fn cargo_deny() -> Result<Command> {
    let mut command = Command::new(tools::cargo_deny()?);
    command.current_dir(root()).args(["--locked", "--all-features"]);
    Ok(command)
}

/// Plays the demo, then walks through the page of the very registry it left running.
fn demo_and_page() -> Result<()> {
    let data = target_directory()?.join("demo-of-tests");
    // Ours, whatever an earlier run left in it.
    if data.exists() {
        std::fs::remove_dir_all(&data).with_context(|| format!("cannot empty {}", data.display()))?;
    }
    // By cargo, which becomes the demo: building the workspace may have replaced the file of this very program.
    let mut demo = cargo()
        .args(["run", "--quiet", "--locked", "--package", "xtask", "--", "demo", "--json", "--data"])
        .arg(&data)
        // The page's tests make publishers, as people.
        .env("ADX_REGISTRY__PUBLISHERS__OPEN", "true")
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
        // The page's tests follow the links of letters.
        let mail = data.join("registry/mail");
        // And once that of the first operator, which the registry prints.
        let log = data.join("registry.log");
        process::run(
            tools::npm(&["run", "e2e"])
                .env("ADX_REGISTRY_URL", registry)
                .env("ADX_REGISTRY_MAIL", mail)
                .env("ADX_REGISTRY_LOG", log),
        )
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
    not_here: Vec<String>,
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

    /// What no package client brings, and a machine may therefore lack for good: told, and no failure even in CI.
    fn not_here(&mut self, what: &str, why: &str) {
        self.not_here.push(format!("{what}: {why}"));
    }

    fn summary(&self) -> bool {
        println!("\n── summary");
        for not_here in &self.not_here {
            println!("not checked here: {not_here}");
        }
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
