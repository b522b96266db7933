//! A version requirement on the first line, versions on the others: the resolver chooses the newest that fits, or says
//! that none does.
#![no_main]

use std::collections::BTreeMap;

use adx_index::{
    IndexLine,
    resolve::{Candidates, CandidatesError, ResolveError, resolve},
};
use adx_signing::{Digest, ModuleId};
use libfuzzer_sys::fuzz_target;
use semver::{Version, VersionReq};

const MAX_VERSIONS: usize = 16;

struct Index(Vec<Version>);

impl Candidates for Index {
    fn versions(&self, module: &ModuleId) -> Result<Vec<IndexLine>, CandidatesError> {
        let digest = Digest::of(b"any");
        let line = |version: &Version| IndexLine {
            module: module.clone(),
            version: version.clone(),
            sha256: digest,
            size_bytes: 1,
            dependencies: BTreeMap::new(),
            adx_core_version: VersionReq::STAR,
            world: String::new(),
            permissions: Vec::new(),
            yanked: false,
            yanked_for: None,
            deprecated: None,
            released_at: String::new(),
            key_id: digest.to_string().parse().expect("a digest is a key id"),
            leaf: None,
        };
        Ok(self.0.iter().map(line).collect())
    }
}

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let Some(Ok(requirement)) = lines.next().map(VersionReq::parse) else {
        return;
    };
    assert_eq!(VersionReq::parse(&requirement.to_string()).as_ref().ok(), Some(&requirement));
    let versions: Vec<_> = lines.filter_map(|line| Version::parse(line).ok()).take(MAX_VERSIONS).collect();
    for version in &versions {
        assert_eq!(Version::parse(&version.to_string()).as_ref().ok(), Some(version));
    }
    let newest = versions.iter().filter(|version| requirement.matches(version)).max().cloned();
    let module: ModuleId = "adx/hello".parse().expect("a module");
    let roots = [(module.clone(), requirement.clone())];
    match resolve(&roots, &Version::new(1, 0, 0), &Index(versions), &BTreeMap::new()) {
        Ok(chosen) => assert_eq!(chosen.get(&module), newest.as_ref()),
        Err(ResolveError::Conflict(conflict)) => {
            assert_eq!(newest, None, "{conflict}");
            assert!(conflict.explanation.contains("adx/hello"), "{conflict}");
            assert!(conflict.explanation.contains(&requirement.to_string()), "{conflict}");
        }
        Err(error) => panic!("{error}"),
    }
});
