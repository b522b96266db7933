//! The project's commands: `cargo xtask demo`, `cargo xtask test`, `cargo xtask bench`, `cargo xtask fuzz`,
//! `cargo xtask openapi`.
//!
//! It depends on little, because it is the first thing that is compiled on a fresh machine.

mod bench;
mod demo;
mod fuzz;
mod interrupt;
mod process;
mod report;
mod tests;
mod tools;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The commands of the ADX Marketplace project.
#[derive(Parser)]
#[command(name = "cargo xtask", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything, then play the whole way once: publish, install, call, update, roll back
    Demo(demo::Options),
    /// Check everything that checks the project, with the real services it finds or installs
    Test(tests::Options),
    /// Measure; one line a figure
    Bench(bench::Options),
    /// Feed hostile bytes to every format that comes from outside
    Fuzz(fuzz::Options),
    /// Write openapi.yaml and client/agent/openapi.yaml anew from the code
    Openapi,
}

fn main() -> std::process::ExitCode {
    let run = || -> Result<bool> {
        match Arguments::parse().command {
            Command::Demo(options) => demo::run(&options),
            Command::Test(options) => tests::run(&options),
            Command::Bench(options) => bench::run(&options).map(|()| true),
            Command::Fuzz(options) => fuzz::run(&options),
            Command::Openapi => workspace::write_openapi().map(|()| true),
        }
    };
    match run() {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
