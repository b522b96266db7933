//! An update from the release that people have: its data is filled as its own hooks and activities fill it, and taken over then.

use adx_index::Package;
use adx_registry_core::checks::{Finding, Subject};
use adx_sandbox::{Invocation, Module, ModuleData};

use super::learn::learn;
use super::run::{End, Ground, migrations};

/// How long the release before may write, at most: an eighth of what the whole trial may take.
const SHARE_OF_TIME: u32 = 8;

/// Updates, if there is a release before that is of a lower version: nobody updates to what is older.
///
/// # Errors
/// [`End::Host`]; [`End::Seen`] where its tables cannot be taken over, even empty ones.
pub(super) async fn tell(
    ground: &Ground<'_>,
    module: &Module,
    subject: &Subject<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(), End> {
    let package = subject.package;
    let is_older = |before: &&Package| before.manifest.module.version < package.manifest.module.version;
    let Some(before) = subject.before.filter(is_older) else { return Ok(()) };
    let version = &before.manifest.module.version;
    let (ours, latest) = migrations(package);

    let Some(data) = filled(ground, before).await? else { return Ok(()) };
    let mut run = ground.run(module, package, data, findings);
    run.circumstances = format!(" as an update of {version}");
    if let Err(words) = run.migrate(&ours, latest).await? {
        let (theirs, last) = migrations(before);
        let empty = ground.data(package, "empty.sqlite").await?;
        let on_empty = ground.run(module, package, empty, run.findings);
        on_empty.migrate(&theirs, last).await?.map_err(|_| End::Seen)?;
        let told = on_empty.migrate(&ours, latest).await?;
        return match told {
            Err(words) => {
                let message = format!(
                    "as an update of {version}: {words}: leave the migrations of releases as they are, and add others"
                );
                run.tell(Finding::error("migration-fails", message).at("migrations/"));
                Err(End::Seen)
            }
            Ok(()) => {
                let message = format!(
                    "as an update of {version}, on rows that its activities wrote: {words}: let it take over what may be there"
                );
                run.tell(Finding::warning("migration-fails-on-rows", message).at("migrations/"));
                Ok(())
            }
        };
    }
    let when = format!("as an update of {version}, on what its hooks and activities wrote");
    run.hook(Invocation::Upgrade { from: version.to_string() }, &when).await?;
    for invocation in [Invocation::Activate, Invocation::Health, Invocation::Deactivate] {
        run.hook(invocation, &when).await?;
    }
    Ok(())
}

/// Data that the release before filled; none where its tables cannot be made. What is wrong with it is not told: it is a release.
async fn filled(ground: &Ground<'_>, before: &Package) -> Result<Option<ModuleData>, End> {
    let mut untold = Vec::new();
    let module = match ground.load(before, &mut untold).await {
        Ok(module) => module,
        // Released by other rules, or before the world changed: then nobody has data of it.
        Err(End::Seen) => return Ok(None),
        Err(failed) => return Err(failed),
    };
    let (theirs, last) = migrations(before);
    let data = ground.data(before, "filled.sqlite").await?;
    let mut run = ground.run(&module, before, data.clone(), &mut untold);
    if run.migrate(&theirs, last).await?.is_err() {
        return Ok(None);
    }
    let writes = async {
        for invocation in [Invocation::Install, Invocation::Activate] {
            let _: Result<_, _> = run.call(invocation, "").await?;
        }
        for name in run.activities().await?.unwrap_or_default() {
            learn(&mut run, &name).await?;
        }
        run.call(Invocation::Deactivate, "").await.map(drop)
    };
    if let Ok(written) = tokio::time::timeout(ground.longest / SHARE_OF_TIME, writes).await {
        return written.map(|()| Some(data));
    }
    // A statement of the call that was cut may hold the file still: the update goes on with another.
    let data = ground.data(before, "unfilled.sqlite").await?;
    let run = ground.run(&module, before, data.clone(), &mut untold);
    Ok(run.migrate(&theirs, last).await?.is_ok().then_some(data))
}
