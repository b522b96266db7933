//! Figures, each beside its baseline in the same run.

use crate::process;
use crate::tools::{self, NGINX, WRK};
use crate::workspace::cargo;
use anyhow::{Result, bail};
use clap::Args;

/// A figure, and the bench target that prints it.
struct Figure {
    name: &'static str,
    package: &'static str,
    target: &'static str,
    tools: &'static [&'static tools::Tool],
}

const FIGURES: [Figure; 5] = [
    Figure { name: "sandbox.call", package: "adx-sandbox", target: "sandbox_call", tools: &[] },
    Figure { name: "serve.index", package: "adx-tests", target: "serve", tools: &[&WRK, &NGINX] },
    Figure { name: "serve.package", package: "adx-tests", target: "serve", tools: &[&WRK, &NGINX] },
    Figure { name: "publish.durable", package: "adx-tests", target: "publish_durable", tools: &[] },
    Figure { name: "journal.saga", package: "adx-workflow", target: "journal_saga", tools: &[] },
];

/// What to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// One figure [default: all]: sandbox.call, serve.index, serve.package, publish.durable, journal.saga
    name: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs the benches asked for; each prints its own line.
pub(crate) fn run(options: &Options) -> Result<()> {
    let chosen: Vec<&Figure> =
        FIGURES.iter().filter(|figure| options.name.as_deref().is_none_or(|name| name == figure.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = FIGURES.iter().map(|figure| figure.name).collect();
        bail!("there is no bench {:?}; there are: {}", options.name.as_deref().unwrap_or_default(), names.join(", "));
    }
    let wasm_compiler = tools::wasm_toolchain()?;
    for figure in chosen {
        for tool in figure.tools {
            if !tool.bring() {
                bail!("{}", tool.hint());
            }
        }
        let mut command = cargo();
        command.args([
            "bench",
            "--quiet",
            "--locked",
            "-p",
            figure.package,
            "--bench",
            figure.target,
            "--",
            figure.name,
        ]);
        if options.json {
            command.arg("--json");
        }
        if let Some(compiler) = &wasm_compiler {
            command.env("ADX_WASM_RUSTC", compiler);
        }
        process::run(&mut command)?;
    }
    Ok(())
}
