//! What exists, in the solver's terms.

use std::{
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::BTreeMap,
    fmt,
    rc::Rc,
};

use adx_signing::ModuleId;
use pubgrub::{Dependencies, DependencyConstraints, DependencyProvider, PackageResolutionStatistics, Ranges};
use semver::{Version, VersionReq};

use super::{Candidates, CandidatesError};
use crate::{limits::MAX_RESOLUTION_STEPS, line::IndexLine};

pub(super) type Set = Ranges<Version>;

/// What the solver chooses a version for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Node {
    /// What was asked for.
    Root,
    /// The platform, which has one version.
    Platform,
    /// A module.
    Module(ModuleId),
}

impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => formatter.write_str("what you asked for"),
            Self::Platform => formatter.write_str("ADX CORE"),
            Self::Module(module) => module.fmt(formatter),
        }
    }
}

/// Why the solver stopped without an answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the index of {module} could not be read")]
    Index {
        module: ModuleId,
        #[source]
        source: CandidatesError,
    },
    #[error("more than {MAX_RESOLUTION_STEPS} steps")]
    TooHard,
}

/// The versions that may be chosen, and those that may not.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// To be chosen from, oldest first.
    pub(super) usable: Vec<IndexLine>,
    /// Yanked and not pinned, oldest first.
    pub(super) yanked: Vec<Version>,
}

/// The index as far as it was read.
pub(super) struct Universe<'given> {
    roots: &'given [(ModuleId, VersionReq)],
    platform: &'given Version,
    candidates: &'given dyn Candidates,
    pinned: &'given BTreeMap<ModuleId, Version>,
    known: RefCell<BTreeMap<ModuleId, Rc<Known>>>,
    steps: Cell<u32>,
}

impl<'given> Universe<'given> {
    pub(super) fn new(
        roots: &'given [(ModuleId, VersionReq)],
        platform: &'given Version,
        candidates: &'given dyn Candidates,
        pinned: &'given BTreeMap<ModuleId, Version>,
    ) -> Self {
        Self { roots, platform, candidates, pinned, known: RefCell::default(), steps: Cell::default() }
    }

    pub(super) const fn root_version() -> Version {
        Version::new(0, 0, 0)
    }

    pub(super) fn roots(&self) -> &[(ModuleId, VersionReq)] {
        self.roots
    }

    pub(super) fn platform(&self) -> &Version {
        self.platform
    }

    /// What is known of a module; read from the index once.
    pub(super) fn known(&self, module: &ModuleId) -> Result<Rc<Known>, Failure> {
        if let Some(known) = self.known.borrow().get(module) {
            return Ok(Rc::clone(known));
        }
        let mut lines =
            self.candidates.versions(module).map_err(|source| Failure::Index { module: module.clone(), source })?;
        lines.retain(|line| line.module == *module);
        lines.sort_by(|one, other| one.version.cmp(&other.version));
        lines.dedup_by(|later, earlier| later.version == earlier.version);
        let pinned = self.pinned.get(module);
        let (usable, yanked): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| !line.yanked || pinned == Some(&line.version));
        let known = Rc::new(Known { usable, yanked: yanked.into_iter().map(|line| line.version).collect() });
        self.known.borrow_mut().insert(module.clone(), Rc::clone(&known));
        Ok(known)
    }

    /// What was read of a module already; nothing when it never came up.
    pub(super) fn recalled(&self, module: &ModuleId) -> Rc<Known> {
        self.known.borrow().get(module).cloned().unwrap_or_default()
    }

    pub(super) fn platform_fits(&self, requirement: &VersionReq) -> bool {
        let released = Version::new(self.platform.major, self.platform.minor, self.platform.patch);
        requirement.matches(self.platform) || requirement.matches(&released)
    }

    /// The usable versions that a requirement fits, as a set. Neighbours become one interval, so
    /// that the solver handles few.
    fn matching(&self, module: &ModuleId, requirement: &VersionReq) -> Result<Set, Failure> {
        let known = self.known(module)?;
        let mut set = Set::empty();
        for run in known
            .usable
            .chunk_by(|one, next| requirement.matches(&one.version) == requirement.matches(&next.version))
            .filter(|run| requirement.matches(&run[0].version))
        {
            let (first, last) = (&run[0].version, &run[run.len() - 1].version);
            set = set.union(&Set::from_range_bounds(first.clone()..=last.clone()));
        }
        Ok(set)
    }

    fn constraints<'requirements>(
        &self,
        requirements: impl Iterator<Item = (&'requirements ModuleId, &'requirements VersionReq)>,
    ) -> Result<BTreeMap<Node, Set>, Failure> {
        let mut constraints: BTreeMap<Node, Set> = BTreeMap::new();
        for (module, requirement) in requirements {
            let set = self.matching(module, requirement)?;
            constraints
                .entry(Node::Module(module.clone()))
                .and_modify(|seen| *seen = seen.intersection(&set))
                .or_insert(set);
        }
        Ok(constraints)
    }

    fn dependencies_of(
        &self,
        module: &ModuleId,
        version: &Version,
    ) -> Result<Dependencies<Node, Set, String>, Failure> {
        let known = self.known(module)?;
        let Some(line) = known.usable.iter().find(|line| line.version == *version) else {
            return Ok(Dependencies::Unavailable("is not in the index".to_owned()));
        };
        if line.dependencies.get(module).is_some_and(|requirement| !requirement.matches(version)) {
            return Ok(Dependencies::Unavailable("requires another version of itself".to_owned()));
        }
        let others = line.dependencies.iter().filter(|(id, _)| *id != module);
        let mut constraints = self.constraints(others)?;
        if !self.platform_fits(&line.adx_core_version) {
            constraints.insert(Node::Platform, Set::empty());
        }
        Ok(available(constraints))
    }
}

fn available(constraints: BTreeMap<Node, Set>) -> Dependencies<Node, Set, String> {
    Dependencies::Available(DependencyConstraints::from_iter(constraints))
}

impl DependencyProvider for Universe<'_> {
    type P = Node;
    type V = Version;
    type VS = Set;
    /// What conflicts most comes first, then what leaves the least choice.
    type Priority = (u32, Reverse<usize>);
    type M = String;
    type Err = Failure;

    fn prioritize(&self, package: &Node, range: &Set, statistics: &PackageResolutionStatistics) -> Self::Priority {
        let choices = match package {
            Node::Root | Node::Platform => 0,
            Node::Module(module) => {
                self.recalled(module).usable.iter().filter(|line| range.contains(&line.version)).count()
            }
        };
        (statistics.conflict_count(), Reverse(choices))
    }

    fn should_cancel(&self) -> Result<(), Failure> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_RESOLUTION_STEPS { Err(Failure::TooHard) } else { Ok(()) }
    }

    fn choose_version(&self, package: &Node, range: &Set) -> Result<Option<Version>, Failure> {
        let module = match package {
            Node::Root => return Ok(Some(Self::root_version()).filter(|v| range.contains(v))),
            Node::Platform => {
                return Ok(Some(self.platform.clone()).filter(|v| range.contains(v)));
            }
            Node::Module(module) => module,
        };
        let known = self.known(module)?;
        let fits = |version: &&Version| range.contains(*version);
        let usable = || known.usable.iter().map(|line| &line.version);
        let pinned = self.pinned.get(module).filter(|pinned| usable().any(|version| version == *pinned)).filter(fits);
        Ok(pinned.or_else(|| usable().rev().find(fits)).cloned())
    }

    fn get_dependencies(&self, package: &Node, version: &Version) -> Result<Dependencies<Node, Set, String>, Failure> {
        match package {
            Node::Root => {
                let roots = self.roots.iter().map(|(id, requirement)| (id, requirement));
                Ok(available(self.constraints(roots)?))
            }
            Node::Platform => Ok(available(BTreeMap::new())),
            Node::Module(module) => self.dependencies_of(module, version),
        }
    }
}
