//! Whether a release may run. One function decides, and only it makes a [`Verified`].

use std::collections::{BTreeMap, BTreeSet};

use adx_signing::{
    Digest, Envelope, KeyId, ModuleId, Namespace, PublicKey, UtcSecond,
    key::KeyPurpose,
    log::{Event, leaf::Publication},
    statement::verify_release,
    tuf::control::{PublisherKeys, RegisteredKey},
};
use semver::Version;

use crate::{
    control::ControlFiles,
    demands::Demands,
    evidence::Evidence,
    log::Included,
    refusal::{InclusionRefusal, KeyRefusal, Refusal, SignatureRefusal, TargetRefusal},
    repository::RepositoryError,
    step::{Outcome, Proof, Step},
    verified::{Release, Verified},
};

/// What was decided, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Every proof in its order, also after the first that failed.
    pub steps: Vec<Step>,
    /// The release, or the first proof that does not hold.
    pub outcome: Result<Verified<Release>, Refusal>,
}

/// Decides. Hashes the package, so call it off the reactor.
///
/// `package` and `envelope` are the bytes at hand, from wherever; an empty envelope is one that is not there. Every proof must hold;
/// one that cannot be asked for does not.
pub fn decide(evidence: &Evidence, package: &[u8], envelope: &[u8], demands: &Demands, now: UtcSecond) -> Decision {
    let mut steps = Steps::default();
    let found = Digest::of(package);

    steps.take(Proof::Namespace, evidence.namespace.clone(), |()| format!("`{}` has it", evidence.registry));
    steps.take(Proof::Clock, evidence.clock(now), |()| format!("it is {now}"));
    steps.take(Proof::Metadata, fresh(evidence, now), |until| format!("fresh until {until}"));
    let target = evidence.target.clone().and_then(|listed| {
        let length = package.len() as u64;
        if listed.length != length {
            return Err(Refusal::Target(TargetRefusal::Length { listed: listed.length, found: length }));
        }
        if listed.sha256 != found {
            return Err(Refusal::Target(TargetRefusal::Hash { listed: listed.sha256, found }));
        }
        Ok(listed)
    });
    steps.take(Proof::Target, target, |listed| format!("sha256 {}, {} bytes", listed.sha256, listed.length));
    steps.take(Proof::Checkpoint, evidence.checkpoint.clone(), crate::log::shown);
    let leaf = evidence.leaf.clone().and_then(|leaf| {
        let publication = publication(&leaf, &evidence.module, &evidence.version, found, envelope)?;
        Ok((leaf, publication))
    });
    let leaf = steps.take(Proof::Inclusion, leaf, |(leaf, _)| format!("leaf {}, {}", leaf.index, leaf.leaf.at));
    let keys = match (&leaf, &evidence.control) {
        (Some((leaf, publication)), Some(control)) => keys(evidence, control, leaf, publication, now),
        _ => Err(Refusal::NotAsked { proof: Proof::PublisherKey }),
    };
    let keys = steps.take(Proof::PublisherKey, keys, |keys| listed(keys.iter().map(PublicKey::id)));
    let statement = match &keys {
        Some(keys) => statement(evidence, envelope, keys, found),
        None => Err(Refusal::NotAsked { proof: Proof::Signature }),
    };
    let statement = steps.take(Proof::Signature, statement, |statement| {
        format!("signed by {}", listed(statement.signed_by().iter().copied()))
    });
    // What is revoked is told whatever else failed, as far as it can be known.
    let revoked = match (&evidence.control, &leaf) {
        (Some(control), Some((leaf, publication))) => {
            // The keys that the leaf names and those that were found to have signed: one of either is enough.
            let signers = statement.as_ref().map(|statement| statement.signed_by().to_vec()).unwrap_or_default();
            let keys: Vec<KeyId> = publication.keyids.iter().copied().chain(signers).collect();
            check_revoked(control.revocations.reason(&found, &keys, leaf.index))
        }
        (Some(control), None) if control.revocations.packages.contains_key(&found) => {
            check_revoked(control.revocations.reason(&found, &[], 0))
        }
        _ => Err(Refusal::NotAsked { proof: Proof::Revocation }),
    };
    steps.take(Proof::Revocation, revoked, |()| "neither the package nor its keys".to_owned());
    let age = match &leaf {
        Some((leaf, _)) => old_enough(leaf.since(), demands, now),
        None => Err(Refusal::NotAsked { proof: Proof::Cooldown }),
    };
    steps.take(Proof::Cooldown, age, Clone::clone);

    let outcome = match (steps.refusal, leaf, statement) {
        (None, Some((leaf, _)), Some(statement)) => Ok(Verified::new(Release {
            registry: evidence.registry.clone(),
            module: evidence.module.clone(),
            version: evidence.version.clone(),
            sha256: found,
            length: package.len() as u64,
            permissions: statement.release.permissions.clone(),
            sbom_sha256: statement.release.sbom_sha256,
            signed_by: statement.signed_by().to_vec(),
            leaf: leaf.index,
            logged_at: leaf.leaf.at,
        })),
        (refusal, _, _) => Err(refusal.unwrap_or(Refusal::NotAsked { proof: Proof::Signature })),
    };
    Decision { steps: steps.steps, outcome }
}

/// The steps so far and the first refusal among them.
#[derive(Default)]
struct Steps {
    steps: Vec<Step>,
    refusal: Option<Refusal>,
}

impl Steps {
    fn take<T>(&mut self, proof: Proof, result: Result<T, Refusal>, detail: impl FnOnce(&T) -> String) -> Option<T> {
        let (outcome, detail, value) = match result {
            Ok(value) => (Outcome::Holds, detail(&value), Some(value)),
            Err(refusal) => {
                let outcome =
                    if matches!(refusal, Refusal::NotAsked { .. }) { Outcome::NotAsked } else { Outcome::Fails };
                // The proof's name stands in the step already.
                let text = refusal.to_string();
                let detail = text.strip_prefix(&format!("{proof}: ")).unwrap_or(&text).to_owned();
                self.refusal.get_or_insert(refusal);
                (outcome, detail, None)
            }
        };
        self.steps.push(Step { proof, outcome, detail });
        value
    }
}

fn fresh(evidence: &Evidence, now: UtcSecond) -> Result<UtcSecond, Refusal> {
    let expiries = evidence.metadata.as_ref().map_err(Clone::clone)?;
    let first = expiries.iter().min_by_key(|(_, expires)| *expires);
    match first {
        Some((_, expires)) if now < *expires => Ok(*expires),
        Some((role, expires)) => {
            Err(Refusal::Metadata(RepositoryError::Expired { role: role.clone(), expires: *expires }))
        }
        None => Err(Refusal::Metadata(RepositoryError::NotRefreshed)),
    }
}

/// The publication that a leaf records, if it is of exactly this release.
pub(crate) fn publication(
    leaf: &Included,
    module: &ModuleId,
    version: &Version,
    package: Digest,
    envelope: &[u8],
) -> Result<Publication, Refusal> {
    let other = |what, logged: String, found: String| {
        Err(Refusal::Inclusion(InclusionRefusal::Other { leaf: leaf.index, what, logged, found }))
    };
    let Event::Publish(publication) = &leaf.leaf.event else {
        return other("event", kind(&leaf.leaf.event).to_owned(), "publish".to_owned());
    };
    if publication.module != *module {
        return other("module", publication.module.to_string(), module.to_string());
    }
    if publication.version != *version {
        return other("version", publication.version.to_string(), version.to_string());
    }
    if publication.sha256 != package {
        return other("package", publication.sha256.to_string(), package.to_string());
    }
    if envelope.is_empty() {
        return Err(Refusal::Inclusion(InclusionRefusal::NoEnvelope { leaf: leaf.index }));
    }
    let envelope = Digest::of(envelope);
    if publication.envelope_sha256 != envelope {
        return other("envelope", publication.envelope_sha256.to_string(), envelope.to_string());
    }
    Ok(publication.clone())
}

/// The publisher's keys that a release's leaf names. Each must count at that leaf, and every key of the namespace must have come
/// about in the log, from one before it or by a recovery that everyone could see: who slips a key into `publisher-keys.json`
/// cannot do that.
fn keys(
    evidence: &Evidence,
    control: &ControlFiles,
    leaf: &Included,
    publication: &Publication,
    now: UtcSecond,
) -> Result<Vec<PublicKey>, Refusal> {
    let (namespace, keys) = (&evidence.module.namespace, &control.keys);
    let unknown = || Refusal::PublisherKey(KeyRefusal::Unknown { namespace: namespace.to_string() });
    let (listed, registered) = registered(keys, namespace).ok_or_else(unknown)?;
    let named: Vec<_> = registered.iter().filter(|key| publication.keyids.contains(&key.public.id())).collect();
    let Some(first) = named.first() else { return Err(unknown()) };
    // By the time since when others could see the leaf: one that states an earlier one makes no key count that ended.
    let at = leaf.dated(now).at;
    let counting: Vec<_> = named.iter().filter(|key| key.counts_at(KeyPurpose::Release, leaf.index, at)).collect();
    let Some(last) = counting.last() else {
        return Err(Refusal::PublisherKey(KeyRefusal::NotThen { key: first.public.id(), leaf: leaf.index }));
    };
    let mut leaves = BTreeMap::new();
    for (leaf, included) in &evidence.key_leaves {
        let included = included.as_ref().map_err(|why| {
            let (namespace, why) = (listed.to_string(), why.clone());
            Refusal::PublisherKey(KeyRefusal::Log { namespace, leaf: *leaf, why: Box::new(why) })
        })?;
        leaves.insert(*leaf, included.dated(now));
    }
    let unfounded = keys
        .check_history(listed, &leaves, &control.revocations)
        .map_err(|error| Refusal::PublisherKey(KeyRefusal::History(error)))?;
    let founded = counting.iter().filter(|key| !unfounded.contains(&key.added_at_leaf));
    let founded: Vec<_> = founded.map(|key| key.public).collect();
    if founded.is_empty() {
        let (key, leaf) = (last.public.id(), last.added_at_leaf);
        return Err(Refusal::PublisherKey(KeyRefusal::AddedByRevoked { key, leaf }));
    }
    Ok(founded)
}

/// The keys of a namespace, however its separators are spelled, and how the list spells it.
pub(crate) fn registered<'k>(
    keys: &'k PublisherKeys,
    namespace: &Namespace,
) -> Option<(&'k Namespace, &'k [RegisteredKey])> {
    let canonical = namespace.canonical();
    let (listed, keys) = keys.namespaces.iter().find(|(listed, _)| listed.canonical() == canonical)?;
    Some((listed, keys))
}

fn statement(
    evidence: &Evidence,
    envelope: &[u8],
    keys: &[PublicKey],
    package: Digest,
) -> Result<adx_signing::Verified<adx_signing::ReleaseStatement>, Refusal> {
    let refused = |refusal| Err(Refusal::Signature(refusal));
    let other = |what, stated: String, found: String| refused(SignatureRefusal::Other { what, stated, found });
    let text = String::from_utf8_lossy(envelope);
    let envelope = Envelope::from_json(&text).map_err(|error| Refusal::Signature(SignatureRefusal::Envelope(error)))?;
    let statement =
        verify_release(&envelope, keys).map_err(|error| Refusal::Signature(SignatureRefusal::Release(error)))?;
    if statement.sha256 != package {
        return other("the package", statement.sha256.to_string(), package.to_string());
    }
    if statement.release.module != evidence.module {
        return other("the module", statement.release.module.to_string(), evidence.module.to_string());
    }
    if statement.release.version != evidence.version {
        return other("version", statement.release.version.to_string(), evidence.version.to_string());
    }
    Ok(statement)
}

fn check_revoked(reason: Option<&str>) -> Result<(), Refusal> {
    reason.map_or(Ok(()), |reason| Err(Refusal::Revoked { reason: reason.to_owned() }))
}

fn old_enough(since: UtcSecond, demands: &Demands, now: UtcSecond) -> Result<String, Refusal> {
    let until = since.after(demands.cooldown);
    match &demands.fast_lane {
        _ if now >= until => Ok(format!("public since {since}")),
        Some(lane) => {
            let people: Vec<_> = lane.approved_by().iter().map(String::as_str).collect();
            Ok(format!("a security fix, approved by {}", people.join(" and ")))
        }
        None => Err(Refusal::Cooldown { since, until }),
    }
}

fn listed(keys: impl Iterator<Item = KeyId>) -> String {
    keys.collect::<BTreeSet<_>>().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What a leaf is called that records an event.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::Publish(_) => "publish",
        Event::Yank(_) => "yank",
        Event::Unyank(_) => "unyank",
        Event::Quarantine(_) => "quarantine",
        Event::ReleaseFromQuarantine(_) => "release-from-quarantine",
        Event::Ownership(_) => "ownership",
        Event::PublisherKeyAdded(_) => "publisher-key-added",
        Event::PublisherKeyRemoved(_) => "publisher-key-removed",
        Event::KeyRecoveryAnnounced(_) => "key-recovery-announced",
        Event::KeyRecoveryCancelled(_) => "key-recovery-cancelled",
        Event::Revoked(_) => "revoked",
        Event::Unrevoked(_) => "unrevoked",
        Event::RootPublished(_) => "root-published",
        Event::Deprecate(_) => "deprecate",
        Event::Undeprecate(_) => "undeprecate",
        Event::Advisory(_) => "advisory",
    }
}
