//! Figures, each beside its baseline in the same run.

use crate::process;
use crate::tools::{self, NGINX, WRK};
use crate::workspace::cargo;
use anyhow::{Result, bail};
use clap::Args;

/// A figure, the bench target that prints it, and what has to be on the machine for that.
struct Figure {
    name: &'static str,
    target: &'static str,
    tools: &'static [&'static tools::Tool],
}

const FIGURES: [Figure; 11] = [
    Figure { name: "sandbox.call", target: "sandbox_call", tools: &[] },
    Figure { name: "serve.index", target: "serve", tools: &[&WRK, &NGINX] },
    Figure { name: "serve.package", target: "serve", tools: &[&WRK, &NGINX] },
    Figure { name: "publish.durable", target: "publish_durable", tools: &[] },
    Figure { name: "publish.visible", target: "publish_visible", tools: &[] },
    Figure { name: "search.typing", target: "search", tools: &[] },
    Figure { name: "search.visible", target: "search", tools: &[] },
    Figure { name: "search.relevance", target: "search", tools: &[] },
    Figure { name: "registry.memory", target: "memory", tools: &[] },
    Figure { name: "trust.scale", target: "trust_scale", tools: &[] },
    Figure { name: "journal.saga", target: "journal_saga", tools: &[] },
];

/// What to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// One figure [default: all]: sandbox.call, serve.index, serve.package, publish.durable, publish.visible, search.typing, search.visible, search.relevance, registry.memory, trust.scale, journal.saga
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
    let mut failed = Vec::new();
    for figure in chosen {
        for tool in figure.tools {
            if !tool.bring() {
                bail!("{}", tool.hint());
            }
        }
        let mut command = cargo();
        // The whole workspace is named, as everywhere: see `workspace::build_programs`.
        command.args(["bench", "--quiet", "--locked", "--workspace", "--bench", figure.target, "--", figure.name]);
        if options.json {
            command.arg("--json");
        }
        if let Some(compiler) = &wasm_compiler {
            command.env("ADX_WASM_RUSTC", compiler);
        }
        // The other figures are of use without this one.
        if let Err(error) = process::run(&mut command) {
            eprintln!("{}: {error:#}", figure.name);
            failed.push(figure.name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("not measured: {}", failed.join(", ")) }
}
