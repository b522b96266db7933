//! Which of a module's releases its page shows, and what that one says of the module.

use adx_index::manifest::Manifest;

use crate::ports::{StoreError, Transaction};
use crate::release::Module;

/// Whether the release that the module's page shows is withheld, so that any new one leads.
pub(crate) async fn is_withheld(reader: &mut dyn Transaction, module: &Module) -> Result<bool, StoreError> {
    let Some(latest) = &module.latest else { return Ok(false) };
    Ok(reader.release(module.id, latest).await?.is_some_and(|release| release.is_withheld()))
}

/// Chooses anew which release the page of a locked module shows.
pub(crate) async fn choose(transaction: &mut dyn Transaction, mut module: Module) -> Result<(), StoreError> {
    let releases = transaction.releases_of(module.id, None, u32::MAX).await?;
    let Some(lead) = releases.into_iter().max_by_key(crate::release::Release::rank) else { return Ok(()) };
    if module.latest.as_ref() == Some(&lead.version) {
        return Ok(());
    }
    let texts = transaction.release_texts(lead.id).await?;
    // One from before a rule of manifests changed is shown with the words of the one before it.
    if let Some(manifest) = texts.and_then(|texts| Manifest::parse(&texts.manifest).ok()) {
        describe(&mut module, &manifest);
    }
    module.latest = Some(lead.version);
    transaction.update_module(&module).await
}

/// What the newest release says of its module.
pub(crate) fn describe(module: &mut Module, manifest: &Manifest) {
    module.display_name.clone_from(&manifest.module.display_name);
    module.description.clone_from(&manifest.module.description);
    module.category.clone_from(&manifest.marketplace.category);
    module.tags.clone_from(&manifest.marketplace.tags);
}
