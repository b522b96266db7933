//! `adx-registry admin jobs`: what the registry could not do by itself.

use std::fmt::Write as _;

use adx_registry_core::{
    Id, Ports,
    given_up_jobs::{Fate, decide_job_on_the_machine, given_up_jobs_on_the_machine},
    job::{GivenUpJob, Job},
};
use adx_signing::UtcSecond;
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use super::admin::{Common, rows_only, show};

#[derive(Subcommand)]
pub(super) enum JobsCommand {
    /// List the jobs that were given up
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Run jobs again that were given up, once the cause is gone
    Retry {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        common: Common,
    },
    /// Forget jobs that were given up: what they were to do is not done
    Drop {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        common: Common,
    },
}

/// Which jobs: by their ids, or all of a kind.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Which {
    /// The ids of jobs, as `list` prints them
    #[arg(value_name = "JOB-ID")]
    jobs: Vec<Id<Job>>,
    /// Every one of a kind, such as notify
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
}

pub(super) async fn run(command: JobsCommand) -> Result<()> {
    match command {
        JobsCommand::List { common } => list(&common).await,
        JobsCommand::Retry { which, common } => decide(which, Fate::Retry, &common).await,
        JobsCommand::Drop { which, common } => decide(which, Fate::Drop, &common).await,
    }
}

async fn list(common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let jobs = all(&ports).await;
    ports.store.close().await;
    let jobs = jobs?;
    let mut text = String::new();
    for GivenUpJob { id, task, attempts, given_up_at, error } in &jobs {
        let at = UtcSecond::from(*given_up_at);
        let _ = writeln!(text, "{id}  {}  {}  {attempts} attempts, given up {at}: {error}", task.kind(), task.about());
    }
    if jobs.is_empty() {
        text.push_str("no job was given up\n");
    } else {
        text.push_str("\nnext: adx-registry admin jobs retry JOB-ID, or … drop JOB-ID\n");
    }
    show(common, &json!({ "jobs": jobs.iter().map(document).collect::<Vec<_>>() }), &text)
}

async fn decide(which: Which, fate: Fate, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let decided = decide_each(&ports, which, fate).await;
    ports.store.close().await;
    let decided = decided?;
    let words = match fate {
        Fate::Retry => "the running server tries again",
        Fate::Drop => "forgotten",
    };
    let mut text = String::new();
    for job in &decided {
        let _ = writeln!(text, "{}  {}  {}: {words}", job.id, job.task.kind(), job.task.about());
    }
    if decided.is_empty() {
        text.push_str("no job of that kind was given up\n");
    }
    show(common, &json!({ "jobs": decided.iter().map(document).collect::<Vec<_>>() }), &text)
}

async fn decide_each(ports: &Ports, which: Which, fate: Fate) -> Result<Vec<GivenUpJob>> {
    let ids = match which.kind {
        Some(kind) => all(ports).await?.into_iter().filter(|job| job.task.kind() == kind).map(|job| job.id).collect(),
        None => which.jobs,
    };
    let mut decided = Vec::new();
    for id in ids {
        let job = decide_job_on_the_machine(ports, id, fate).await;
        decided.push(job.with_context(|| format!("job {id} is as it was"))?);
    }
    Ok(decided)
}

async fn all(ports: &Ports) -> Result<Vec<GivenUpJob>> {
    let (mut jobs, mut after) = (Vec::new(), None);
    loop {
        let page = given_up_jobs_on_the_machine(ports, after).await.context("the jobs cannot be read")?;
        jobs.extend(page.jobs);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(jobs),
        }
    }
}

fn document(job: &GivenUpJob) -> Value {
    json!({
        "id": job.id,
        "kind": job.task.kind(),
        "about": job.task.about(),
        "attempts": job.attempts,
        "given_up_at": UtcSecond::from(job.given_up_at),
        "error": job.error,
    })
}
