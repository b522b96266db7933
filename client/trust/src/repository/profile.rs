//! What a repository's documents may say: which keys they list, and until when they are signed.
//!
//! To TUF a key id is a name that the producer chooses, so a client that counts ids can count one key twice. To TUF an expiry is any
//! time, so who had the online keys for a moment could show clients the same state for years.

use std::collections::{BTreeMap, BTreeSet};

use adx_signing::{
    PublicKey, UtcSecond,
    tuf::{Lifetimes, keys::MAX_KEYS},
};
use sigstore_tuf::{Key, Root, Targets};

use super::{RepositoryError, to_utc};

/// What a repository's documents must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As a registry of ours writes them: keys are Ed25519 in hexadecimal, each listed under the id that is computed from it, and
    /// online roles are signed for [`Lifetimes::LONGEST`] at most.
    Registry,
    /// As any TUF repository may write them; one key under two ids of one role is refused all the same.
    General,
}

impl Profile {
    pub(super) fn check_root(self, root: &Root, file: &str) -> Result<(), RepositoryError> {
        self.check_keys(&root.keys, file)?;
        root.roles.values().try_for_each(|role| check_role(&root.keys, &role.keyids, file))
    }

    pub(super) fn check_targets(self, targets: &Targets, file: &str) -> Result<(), RepositoryError> {
        let Some(delegations) = &targets.delegations else { return Ok(()) };
        self.check_keys(&delegations.keys, file)?;
        delegations.roles.iter().try_for_each(|role| check_role(&delegations.keys, &role.keyids, file))
    }

    /// Checks how far ahead the expiry of a document lies that an online key signed.
    pub(super) fn check_expiry(
        self,
        role: &str,
        expires: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> Result<(), RepositoryError> {
        let Lifetimes { roles, snapshot, timestamp } = Lifetimes::LONGEST;
        let longest = match role {
            _ if self == Self::General => return Ok(()),
            "timestamp" => timestamp,
            "snapshot" => snapshot,
            _ => roles,
        };
        let (expires, latest): (UtcSecond, _) = (to_utc(expires), to_utc(now).after(longest + Lifetimes::SLACK));
        if expires <= latest {
            return Ok(());
        }
        Err(RepositoryError::TooFarAhead { role: role.to_owned(), expires, longest_hours: longest.whole_hours() })
    }

    fn check_keys(self, keys: &BTreeMap<String, Key>, file: &str) -> Result<(), RepositoryError> {
        if self == Self::General {
            return Ok(());
        }
        let refused = |why: String| RepositoryError::Key { file: file.to_owned(), why };
        if keys.len() > MAX_KEYS {
            return Err(refused(format!("{} keys are listed, the cap is {MAX_KEYS}", keys.len())));
        }
        for (listed, key) in keys {
            let Key { keytype, scheme, keyval, .. } = key;
            if keytype != "ed25519" || scheme != "ed25519" {
                return Err(refused(format!("{listed} is of type `{keytype}` and scheme `{scheme}`, not `ed25519`")));
            }
            let bytes = hex::decode(&keyval.public).ok().filter(|bytes| hex::encode(bytes) == keyval.public);
            let bytes = bytes.ok_or_else(|| refused(format!("{listed} is not in lowercase hexadecimal")))?;
            let key = PublicKey::try_from(bytes.as_slice()).map_err(|error| refused(format!("{listed}: {error}")))?;
            let actual = key.id().to_string();
            if actual != *listed {
                let why = format!("the key listed as {listed} is {actual}");
                return Err(RepositoryError::KeyCountedTwice { file: file.to_owned(), why });
            }
        }
        Ok(())
    }
}

/// Refuses a role in which one key stands under two ids.
fn check_role(keys: &BTreeMap<String, Key>, keyids: &[String], file: &str) -> Result<(), RepositoryError> {
    let mut material = BTreeSet::new();
    for id in keyids.iter().collect::<BTreeSet<_>>() {
        let Some(key) = keys.get(id) else { continue };
        if !material.insert(key.keyval.public.trim().to_ascii_lowercase()) {
            let why = format!("the key listed as {id} is listed under another id as well");
            return Err(RepositoryError::KeyCountedTwice { file: file.to_owned(), why });
        }
    }
    Ok(())
}
