//! The whole way, once: what a publisher, a tenant and an operator do on their first day, driven through the programs
//! that they would use.

mod act;
mod in_flight;
mod stage;

use crate::report::Report;
use anyhow::Result;
use clap::Args;
use stage::Stage;
use std::path::PathBuf;

/// How to play it.
#[derive(Args)]
pub(crate) struct Options {
    /// Exit after the roll-back in place of staying up
    #[arg(long)]
    once: bool,
    /// One JSON object a step
    #[arg(long)]
    json: bool,
    /// Build optimised programs
    #[arg(long)]
    release: bool,
    /// Keep the data of registry and agent in this folder: a new or empty one, or that of a former demo, which is emptied
    /// [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address of the registry
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    registry_listen: String,
    /// Address of the agent
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    agent_listen: String,
}

/// Plays every step; the first that does not hold ends the demo with an error.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let report = Report::new(options.json);
    match play(options, &report) {
        Ok(()) => Ok(true),
        // The failed step has printed its line; a program that reads JSON needs no second one.
        Err(_) if report.is_json() => Ok(false),
        Err(error) => Err(error),
    }
}

fn play(options: &Options, report: &Report) -> Result<()> {
    let mut stage = Stage::set(options, report)?;
    act::publish_first(&mut stage, report)?;
    act::install(&mut stage, report)?;
    act::update(&stage, report)?;
    act::roll_back(&stage, report)?;
    act::sell(&stage, report)?;
    report.ready(&stage.addresses());
    if !options.once {
        stage.wait_for_interrupt(report);
    }
    Ok(())
}
