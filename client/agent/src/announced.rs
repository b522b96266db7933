//! What a change feed tells of before the index lists it. Nobody has signed that: it has the agent look again for a while, and keeps
//! it from nothing.

use adx_signing::name::ModuleId;
use parking_lot::Mutex;
use semver::Version;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

/// How long the index is asked again for what it does not list: a round of signing takes seconds. What it lists later is found by
/// the metadata, which change with it.
const AWAITED_FOR: Duration = Duration::from_secs(60);

/// The version that each installed module's index is still to list, and until when it is waited for.
#[derive(Default)]
pub(crate) struct Announced(Mutex<BTreeMap<ModuleId, (Version, Instant)>>);

impl Announced {
    /// Notes what a feed tells of a module. The same again is waited for no longer.
    pub(crate) fn note(&self, module: &ModuleId, version: &Version, now: Instant) {
        let mut announced = self.0.lock();
        if announced.get(module).is_none_or(|(known, _)| known != version) {
            announced.insert(module.clone(), (version.clone(), now + AWAITED_FOR));
        }
    }

    /// Forgets a version that the index will not list.
    pub(crate) fn withdraw(&self, module: &ModuleId, version: &Version) {
        let mut announced = self.0.lock();
        if announced.get(module).is_some_and(|(known, _)| known == version) {
            announced.remove(module);
        }
    }

    /// The version that is still waited for; one that the index lists, or did not list in time, is forgotten.
    pub(crate) fn awaited(
        &self,
        module: &ModuleId,
        is_listed: impl Fn(&Version) -> bool,
        now: Instant,
    ) -> Option<Version> {
        let mut announced = self.0.lock();
        let (version, until) = announced.get(module)?;
        if now < *until && !is_listed(version) {
            return Some(version.clone());
        }
        announced.remove(module);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_awaited_until_it_is_listed_withdrawn_or_late() {
        let (module, now) = ("adx/hello".parse().expect("a module"), Instant::now());
        let [first, second] = [Version::new(1, 0, 0), Version::new(1, 1, 0)];
        let announced = Announced::default();
        let awaited = |listed: &Version, after| announced.awaited(&module, |version| version == listed, now + after);
        announced.note(&module, &second, now);
        assert_eq!(awaited(&first, Duration::ZERO), Some(second.clone()));
        assert_eq!(awaited(&second, Duration::ZERO), None);
        assert_eq!(awaited(&first, Duration::ZERO), None, "it was listed");

        announced.note(&module, &second, now);
        announced.withdraw(&module, &first);
        assert_eq!(awaited(&first, Duration::ZERO), Some(second.clone()));
        announced.withdraw(&module, &second);
        assert_eq!(awaited(&first, Duration::ZERO), None);

        announced.note(&module, &second, now);
        announced.note(&module, &second, now + AWAITED_FOR / 2);
        assert_eq!(awaited(&first, AWAITED_FOR / 2), Some(second));
        assert_eq!(awaited(&first, AWAITED_FOR), None, "told twice is waited for once");
    }
}
