//! Letters to the owners of what an operator withholds.

use adx_signing::name::ModuleId;
use semver::Version;

use crate::Ports;
use crate::job::{Notice, WithheldStep};
use crate::ports::{Reader, StoreError, Transaction};
use crate::proposals::notify_owners;
use crate::release::Module;

/// What owners can do.
const APPEAL: &str = "If that is a mistake, say so: adx appeal open --help, or on the registry's page.";

/// Puts a letter to every owner of the namespace into the outbox: about a version, or about the whole module.
pub(crate) async fn tell_owners(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: &Module,
    version: Option<&Version>,
    step: WithheldStep,
) -> Result<(), StoreError> {
    let Some(publisher) = transaction.publisher(module.publisher).await? else { return Ok(()) };
    let notice = Notice::Withheld { module: module.module.clone(), version: version.cloned(), step };
    notify_owners(ports, transaction, &publisher, notice).await
}

/// Subject and text of a letter to an owner, as it is when it is sent; nothing where something else has been done since.
pub(crate) async fn letter(
    reader: &mut dyn Reader,
    module: &ModuleId,
    version: Option<&Version>,
    step: WithheldStep,
) -> Result<Option<(String, String)>, StoreError> {
    let Some(known) = reader.module(module).await? else { return Ok(None) };
    let release = match version {
        Some(version) => reader.release(known.id, version).await?,
        None => None,
    };
    let (quarantine, takedown) = match (version, &release) {
        (None, _) => (&known.quarantined_for, &known.taken_down_for),
        (Some(_), Some(release)) => (&release.quarantined_for, &release.taken_down_for),
        (Some(_), None) => return Ok(None),
    };
    let is_revoked = match &release {
        Some(release) => reader.revocations().await?.packages.contains_key(&release.sha256),
        None => false,
    };
    let what = version.map_or_else(|| module.to_string(), |version| format!("{module} {version}"));
    let (title, body) = match (step, quarantine, takedown) {
        (WithheldStep::Quarantined, Some(reason), _) if is_revoked => (
            "is revoked",
            format!(
                "An operator has revoked it: {reason}.\n\nNobody installs it from now on, and searches do not show it. Where it \
                 is installed, agents stop it as soon as they have heard of it.\n\n{APPEAL}"
            ),
        ),
        (WithheldStep::Quarantined, Some(reason), _) => (
            "is in quarantine",
            format!(
                "An operator has put it into quarantine: {reason}.\n\nNobody installs it from now on, and searches do not \
                 show it. Where it is installed it runs on.\n\n{APPEAL}"
            ),
        ),
        (WithheldStep::LetOut, None, _) => {
            ("is out of quarantine", "An operator has let it out of quarantine: it can be installed again.".to_owned())
        }
        (WithheldStep::TakenDown, _, Some(reason)) if release.as_ref().is_some_and(|release| release.erased) => (
            "is taken down",
            format!(
                "An operator has taken it down: {reason}.\n\nIts package and its texts are erased: nothing can give them back. The log \
                 keeps that it was released."
            ),
        ),
        (WithheldStep::TakenDown, _, Some(reason)) => (
            "is taken down",
            format!(
                "An operator has taken it down: {reason}.\n\nIt is neither offered nor served from now on. The log keeps \
                 that it was released.\n\n{APPEAL}"
            ),
        ),
        (WithheldStep::GivenBack, _, None) => {
            ("is given back", "An operator has taken the takedown back: it is served again.".to_owned())
        }
        _ => return Ok(None),
    };
    let text = format!(
        "Module: {what}\n\n{body}\n\nYou get this letter because you are an owner of `{}`.\n",
        module.namespace
    );
    Ok(Some((format!("{what} {title}"), text)))
}
