//! The job that goes from release to release.

use time::Duration;

use super::write::{end, leave, look_at, pass};
use super::{Recheck, held_against};
use crate::job::Task;
use crate::ports::{Reader, StoreError};
use crate::release::{Module, Release};
use crate::run_jobs::{JobError, enqueue};
use crate::{Id, Ports};

/// Steps of one job: it makes way for others then, and goes on behind them.
const MOST_STEPS: usize = 100;
/// How long one job goes on: a server that stops waits for the jobs that it has begun.
const SLICE: Duration = Duration::seconds(5);

/// What comes next.
enum Next {
    /// A release is looked at.
    Release(Box<Release>),
    /// Nothing more of this module.
    Done(Id<Module>),
    /// Nothing more at all.
    Nothing,
}

/// Goes on with a recheck from where it is, for as long as one job may, and has another job go on from there.
///
/// # Errors
/// [`JobError`]; what was done is written, and the next attempt goes on behind it.
#[tracing::instrument(name = "recheck.walk", skip_all, fields(recheck = %id))]
pub(crate) async fn walk(ports: &Ports, id: Id<Recheck>) -> Result<(), JobError> {
    let until = ports.now() + SLICE;
    for _ in 0..MOST_STEPS {
        let known = ports.store.read().await?.recheck(id).await?;
        // Its end, or another that began anew.
        let Some(known) = known.filter(Recheck::is_walking) else { return Ok(()) };
        let against = held_against(ports).await?;
        if known.is_whole() && known.against.is_some_and(|began| Some(began) != against) {
            return Err(JobError::OtherFiles);
        }
        let next = next(&mut *ports.store.read().await?, &known).await?;
        let goes_on = match next {
            Next::Release(release) if release.erased || release.takedown().is_some() => {
                pass(ports, &known, &release).await?
            }
            Next::Release(release) => look_at(ports, &known, &release, against).await?,
            Next::Done(module) => leave(ports, &known, module).await?,
            Next::Nothing => end(ports, &known, against).await?,
        };
        if !goes_on {
            return Ok(());
        }
        if ports.now() >= until {
            break;
        }
    }
    Ok(enqueue(ports, Task::Recheck { recheck: id }).await?)
}

async fn next(reader: &mut dyn Reader, known: &Recheck) -> Result<Next, StoreError> {
    let (module, before) = match (known.place.module, known.place.before) {
        (Some(module), Some(before)) => (module, Some(before)),
        (after, _) => match next_module(reader, known, after).await? {
            Some(module) => (module, None),
            None => return Ok(Next::Nothing),
        },
    };
    let release = reader.releases_of(module, before, 1).await?.pop();
    let is_meant = |release: &Release| known.version.as_ref().is_none_or(|version| *version == release.version);
    Ok(release.filter(is_meant).map_or(Next::Done(module), |release| Next::Release(Box::new(release))))
}

/// The module after `after` that nobody deleted. One that is meant alone is where a recheck begins: none comes after it.
async fn next_module(
    reader: &mut dyn Reader,
    known: &Recheck,
    mut after: Option<Id<Module>>,
) -> Result<Option<Id<Module>>, StoreError> {
    if !known.is_whole() {
        return Ok(None);
    }
    loop {
        let Some(module) = reader.modules_after(after, 1).await?.pop() else { return Ok(None) };
        if module.deleted_at.is_none() {
            return Ok(Some(module.id));
        }
        after = Some(module.id);
    }
}
