//! `adx-registry admin replace-accounts-key`: for whoever lost the key of the accounts.

use adx_registry_core::{
    accounts::{KeyError, key_fingerprint, replace_key},
    ports::Clock as _,
};
use anyhow::{Context as _, Result};
use serde_json::json;

use super::admin::{Common, refuse_older, show};
use crate::{
    parts,
    world::{FileVault, SystemClock, VaultError},
};

pub(super) async fn replace(common: &Common) -> Result<()> {
    let config = common.places.load()?;
    refuse_older(&config).await?;
    let store = parts::open_store(&config).await?;
    let vault = FileVault::open_or_make(config.accounts.key_file.clone())?;
    let replaced = replace_key(&*store, &vault, SystemClock.now()).await;
    store.close().await;
    replaced.context("the key was not replaced")?;
    let file = config.accounts.key_file.display().to_string();
    show(
        common,
        &json!({ "key_file": file, "fingerprint": key_fingerprint(&vault) }),
        &format!(
            "the key of this registry's accounts is the one in {file} now\n\nwhat the one before sealed opens no more: whoever has \
             one-time passwords on signs in with a recovery code, and turns them off and on again\n"
        ),
    )
}

/// What to do where the key is not there, or another one than the database's.
pub(super) fn missing_or_other(error: &anyhow::Error) -> Option<String> {
    let is_missing = matches!(error.downcast_ref(), Some(VaultError::Missing { .. }));
    let is_other = matches!(error.downcast_ref(), Some(KeyError::Other));
    (is_missing || is_other).then(|| {
        "bring the file back from where you keep it; if it is lost for good: adx-registry admin replace-accounts-key".to_owned()
    })
}
