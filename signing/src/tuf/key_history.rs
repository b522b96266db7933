//! How the keys of a namespace came to be its keys. `publisher-keys.json` is signed by the server; that a key is in it
//! proves nothing yet. Each change stands in the log, and was made by a key that the namespace had before, or announced
//! there long enough for its owners to object: whoever holds the server alone can do neither unseen.
//!
//! What a key signed after it was revoked proves nothing: a key that it alone added never counts, nor do those that such a
//! key added. Changes stay in their places all the same, so that owners can recover a namespace whose thief was there first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::Duration;

use super::control::{PublisherKeys, RegisteredKey, Revocations};
use crate::{
    envelope::{Envelope, EnvelopeError},
    key::{KeyId, KeyPurpose},
    key_change::{Change, KeyChange, KeyChangeError, NewKey},
    log::{
        Event, Leaf,
        leaf::{KeyAdded, KeyRemoved},
    },
    name::Namespace,
};

/// How long a recovery stands in the log before it is made: time for every owner to see it and object.
pub const RECOVERY_DELAY: Duration = Duration::days(7);
/// How long a registry waits before it makes one. Who checks counts [`RECOVERY_DELAY`] from when it last saw the log without the
/// announcement, and what a mirror or a kept bundle shows may be as old as a timestamp lives, a day; so may an announcement be for
/// which witnesses were waited.
pub const RECOVERY_WAIT: Duration = Duration::days(9);
/// How long after its announcement a recovery may be made at the latest: one that was cancelled or forgotten cannot be taken
/// up years later, when nobody looks.
pub const RECOVERY_EXPIRES: Duration = Duration::days(14);

/// What gave somebody the right to change the keys of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authorization {
    /// The namespace had no key: whoever owned it at the registry gave it its first.
    First,
    /// A key of the namespace signed a [`KeyChange`].
    Key {
        /// The DSSE envelope, as JSON.
        envelope: String,
    },
    /// The owners of the namespace said so in the log, and none objected for [`RECOVERY_DELAY`] at least.
    Recovery {
        /// The number of the leaf that announced it.
        announced_at_leaf: u64,
    },
}

/// Why the keys of a namespace are not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyHistoryError {
    /// The log has something else there, or the caller did not look.
    #[error("leaf {leaf} of the log does not say what the list of `{namespace}`'s keys says of it")]
    NotLogged {
        /// Whose keys.
        namespace: Namespace,
        /// The leaf.
        leaf: u64,
    },
    /// A key that came out of nowhere although the namespace had others.
    #[error("a key of `{namespace}` at leaf {leaf} is called the first, but leaf {earlier} changed its keys before")]
    NotFirst {
        /// Whose keys.
        namespace: Namespace,
        /// Its leaf.
        leaf: u64,
        /// The leaf of an earlier change.
        earlier: u64,
    },
    /// Removed by nobody.
    #[error("the removal of a key of `{namespace}` at leaf {leaf} names nobody who had the right to it")]
    Unauthorized {
        /// Whose keys.
        namespace: Namespace,
        /// The leaf.
        leaf: u64,
    },
    /// The envelope cannot be read.
    #[error("the change of `{namespace}`'s keys at leaf {leaf}: {source}")]
    Envelope {
        /// Whose keys.
        namespace: Namespace,
        /// The leaf.
        leaf: u64,
        /// What is wrong.
        source: EnvelopeError,
    },
    /// The envelope proves no change.
    #[error("the change of `{namespace}`'s keys at leaf {leaf}: {source}")]
    Change {
        /// Whose keys.
        namespace: Namespace,
        /// The leaf.
        leaf: u64,
        /// What is wrong.
        source: KeyChangeError,
    },
    /// A sound envelope for another change, another namespace or another place in the history.
    #[error("the change of `{namespace}`'s keys at leaf {leaf} is not the one that was signed")]
    OtherChange {
        /// Whose keys.
        namespace: Namespace,
        /// The leaf.
        leaf: u64,
    },
    /// What a list told before is not in the one after it.
    #[error(
        "the list of `{namespace}`'s keys told of leaf {leaf} before, and the one after it does not, or has it otherwise"
    )]
    Dropped {
        /// Whose keys.
        namespace: Namespace,
        /// The leaf.
        leaf: u64,
    },
    /// A recovery that gave nobody time to object.
    #[error(
        "the keys of `{namespace}` were recovered at leaf {leaf}, {waited} s after it was announced: owners have {} s \
         to object", RECOVERY_DELAY.whole_seconds()
    )]
    TooSoon {
        /// Whose keys.
        namespace: Namespace,
        /// The leaf.
        leaf: u64,
        /// Seconds between the two leaves.
        waited: i64,
    },
    /// A recovery whose announcement is forgotten.
    #[error(
        "the keys of `{namespace}` were recovered at leaf {leaf}, {waited} s after it was announced: an announcement \
         holds for {} s", RECOVERY_EXPIRES.whole_seconds()
    )]
    TooLate {
        /// Whose keys.
        namespace: Namespace,
        /// The leaf.
        leaf: u64,
        /// Seconds between the two leaves.
        waited: i64,
    },
}

/// One change of a namespace's keys, as the list tells it.
#[derive(PartialEq, Eq)]
struct Told<'k> {
    leaf: u64,
    event: Event,
    change: Change,
    by: Option<&'k Authorization>,
}

impl PublisherKeys {
    /// The numbers of the leaves that tell how a namespace's keys came about: what [`PublisherKeys::check_history`] must
    /// be given.
    pub fn history_leaves(&self, namespace: &Namespace) -> Vec<u64> {
        let told = self.told(namespace);
        let announced = told.iter().filter_map(|told| match told.by {
            Some(Authorization::Recovery { announced_at_leaf }) => Some(*announced_at_leaf),
            _ => None,
        });
        let mut leaves: Vec<_> = told.iter().map(|told| told.leaf).chain(announced).collect();
        leaves.sort_unstable();
        leaves.dedup();
        leaves
    }

    /// Checks that every change of a namespace's keys is in the log and was made by somebody who had the right to it.
    /// `leaves` are those of [`PublisherKeys::history_leaves`], each proven to be in the log. Gives the leaves that added keys
    /// which count for nothing: only keys that were revoked by then signed for them. A removal by one of those stands, for it gives
    /// nobody anything.
    ///
    /// # Errors
    /// [`KeyHistoryError`] names the first change that is not to be believed.
    pub fn check_history(
        &self,
        namespace: &Namespace,
        leaves: &BTreeMap<u64, Leaf>,
        revoked: &Revocations,
    ) -> Result<BTreeSet<u64>, KeyHistoryError> {
        let mut before: Option<u64> = None;
        let mut unfounded = BTreeSet::new();
        for told in self.told(namespace) {
            let (namespace, leaf) = (namespace.clone(), told.leaf);
            let logged = leaves.get(&leaf).filter(|logged| logged.event == told.event);
            let Some(logged) = logged else {
                return Err(KeyHistoryError::NotLogged { namespace, leaf });
            };
            match (told.by, before) {
                (None, _) => return Err(KeyHistoryError::Unauthorized { namespace, leaf }),
                (Some(Authorization::First), None) if matches!(told.change, Change::Add(_)) => {}
                (Some(Authorization::First), earlier) => {
                    return Err(KeyHistoryError::NotFirst { namespace, leaf, earlier: earlier.unwrap_or(leaf) });
                }
                (Some(Authorization::Key { envelope }), earlier) => {
                    let envelope = Envelope::from_json(envelope).map_err(|source| KeyHistoryError::Envelope {
                        namespace: namespace.clone(),
                        leaf,
                        source,
                    })?;
                    let keys = self.at(&namespace, KeyPurpose::KeyChange, leaf, logged.at);
                    let signed = KeyChange::verify(&envelope, &keys).map_err(|source| KeyHistoryError::Change {
                        namespace: namespace.clone(),
                        leaf,
                        source,
                    })?;
                    let same = signed.namespace == namespace && signed.change == told.change;
                    if !same || Some(signed.follows) != earlier {
                        return Err(KeyHistoryError::OtherChange { namespace, leaf });
                    }
                    let is_founded = |signer: &KeyId| {
                        let mut keys = self.namespaces.get(&namespace).into_iter().flatten();
                        revoked.of_key(signer, leaf).is_none()
                            && keys.any(|key| {
                                key.public.id() == *signer
                                    && key.counts_at(KeyPurpose::KeyChange, leaf, logged.at)
                                    && !unfounded.contains(&key.added_at_leaf)
                            })
                    };
                    if matches!(told.change, Change::Add(_)) && !signed.signed_by().iter().any(is_founded) {
                        unfounded.insert(leaf);
                    }
                }
                (Some(Authorization::Recovery { announced_at_leaf }), _) => {
                    let announced = leaves.get(announced_at_leaf).filter(|_| *announced_at_leaf < leaf);
                    let announced = announced.filter(|announced| is_announced(announced, &namespace, &told.change));
                    let Some(announced) = announced else {
                        return Err(KeyHistoryError::NotLogged { namespace, leaf: *announced_at_leaf });
                    };
                    let waited = logged.at.unix_seconds() - announced.at.unix_seconds();
                    if logged.at < announced.at.after(RECOVERY_DELAY) {
                        return Err(KeyHistoryError::TooSoon { namespace, leaf, waited });
                    }
                    if logged.at > announced.at.after(RECOVERY_EXPIRES) {
                        return Err(KeyHistoryError::TooLate { namespace, leaf, waited });
                    }
                }
            }
            before = Some(leaf);
        }
        Ok(unfounded)
    }

    /// Checks that this list, which came after `before`, tells all that `before` told, and of other changes only later ones: a
    /// history that [`PublisherKeys::check_history`] finds in order may be one of which the beginning was left out.
    ///
    /// # Errors
    /// [`KeyHistoryError::Dropped`] names the first change that is missing.
    pub fn check_follows(&self, before: &Self) -> Result<(), KeyHistoryError> {
        for namespace in before.namespaces.keys() {
            let mut now = self.told(namespace).into_iter();
            if let Some(dropped) = before.told(namespace).into_iter().find(|told| now.next().as_ref() != Some(told)) {
                return Err(KeyHistoryError::Dropped { namespace: namespace.clone(), leaf: dropped.leaf });
            }
        }
        Ok(())
    }

    /// The changes in the order of the log.
    fn told(&self, namespace: &Namespace) -> Vec<Told<'_>> {
        let keys = self.namespaces.get(namespace).into_iter().flatten();
        let mut told: Vec<_> = keys.flat_map(|key| told_of(namespace, key)).collect();
        told.sort_by_key(|told| told.leaf);
        told
    }
}

fn told_of<'k>(namespace: &Namespace, key: &'k RegisteredKey) -> impl Iterator<Item = Told<'k>> {
    let RegisteredKey { public, purposes, not_after, .. } = key;
    let added = Told {
        leaf: key.added_at_leaf,
        event: Event::PublisherKeyAdded(KeyAdded {
            namespace: namespace.clone(),
            not_after: *not_after,
            public: *public,
            purposes: purposes.clone(),
        }),
        change: Change::Add(NewKey { not_after: *not_after, public: *public, purposes: purposes.clone() }),
        by: Some(&key.added_by),
    };
    let keyid = public.id();
    let removed = key.removed_at_leaf.map(|leaf| Told {
        leaf,
        event: Event::PublisherKeyRemoved(KeyRemoved { keyid, namespace: namespace.clone() }),
        change: Change::Remove { keyid },
        by: key.removed_by.as_ref(),
    });
    std::iter::once(added).chain(removed)
}

/// Whether a leaf announced this very change.
fn is_announced(leaf: &Leaf, namespace: &Namespace, change: &Change) -> bool {
    matches!(&leaf.event, Event::KeyRecoveryAnnounced(recovery) if recovery.namespace == *namespace && recovery.change == *change)
}
