//! Which versions to install together, or in plain words why none fit.
//!
//! The algorithm is [PubGrub](https://nex3.medium.com/pubgrub-2fb6470504f). Requirements are
//! translated to sets of the versions that exist, because what SemVer says about pre-releases (they
//! fit only a requirement that names one of the same version) is no interval.

use std::collections::BTreeMap;

use adx_signing::ModuleId;
use pubgrub::{DefaultStringReporter, PubGrubError, Reporter as _};
use semver::{Comparator, Op, Version, VersionReq};

use crate::{
    limits::{MAX_EXPLANATION_LINES, MAX_RESOLUTION_STEPS},
    line::IndexLine,
};

mod explain;
mod universe;

use explain::Words;
use universe::{Failure, Node, Universe};

/// An error of whatever serves the index.
pub type CandidatesError = Box<dyn std::error::Error + Send + Sync>;

/// Where the resolver learns which versions exist.
pub trait Candidates {
    /// Every version of a module, in any order, yanked ones included; empty when there is no such
    /// module.
    ///
    /// # Errors
    /// Whatever keeps the index from being read; resolution stops with it.
    fn versions(&self, module: &ModuleId) -> Result<Vec<IndexLine>, CandidatesError>;
}

/// No versions fit together; its text says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no versions fit together: {explanation}")]
pub struct Conflict {
    /// Why, in plain words, one step of reasoning per line.
    pub explanation: String,
}

/// Why there is no resolution.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// There is none.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// More than [`MAX_RESOLUTION_STEPS`].
    #[error(
        "no choice of versions was found within {MAX_RESOLUTION_STEPS} steps: \
         ask for fewer modules at once, or name the versions you want"
    )]
    TooHard,
    /// The index could not be read.
    #[error("the index of {module} could not be read")]
    Index {
        /// The module whose index it is.
        module: ModuleId,
        /// Why.
        #[source]
        source: CandidatesError,
    },
}

/// Chooses a version for every root and everything it depends on, newest first.
///
/// - A yanked version is chosen only where `pinned` names it.
/// - A pinned version, such as one that is installed, is preferred over newer ones, not forced.
/// - A pre-release is chosen only where the requirement names a pre-release of that version.
/// - A version whose `adx_core_version` excludes the platform is not chosen. A platform that is itself
///   a pre-release counts as its release too, so that development builds can install modules.
///
/// # Errors
/// [`ResolveError::Conflict`] explains itself; [`ResolveError::Index`] is the index failing.
pub fn resolve(
    roots: &[(ModuleId, VersionReq)],
    platform: &Version,
    candidates: &dyn Candidates,
    pinned: &BTreeMap<ModuleId, Version>,
) -> Result<BTreeMap<ModuleId, Version>, ResolveError> {
    let universe = Universe::new(roots, platform, candidates, pinned);
    match pubgrub::resolve(&universe, Node::Root, Universe::root_version()) {
        Ok(selected) => Ok(selected
            .into_iter()
            .filter_map(|(node, version)| match node {
                Node::Module(module) => Some((module, version)),
                Node::Root | Node::Platform => None,
            })
            .collect()),
        Err(PubGrubError::NoSolution(mut tree)) => {
            tree.collapse_no_versions();
            let explanation = DefaultStringReporter::report_with_formatter(&tree, &Words::new(&universe));
            Err(Conflict { explanation: shortened(explanation) }.into())
        }
        Err(
            PubGrubError::ErrorChoosingVersion { source, .. }
            | PubGrubError::ErrorRetrievingDependencies { source, .. }
            | PubGrubError::ErrorInShouldCancel(source),
        ) => Err(match source {
            Failure::Index { module, source } => ResolveError::Index { module, source },
            Failure::TooHard => ResolveError::TooHard,
        }),
    }
}

/// Whether a requirement takes a pre-release where pre-releases are wanted, as on the beta channel: it takes the release that
/// this one leads to. A requirement that names one version whole means that version.
pub fn takes_pre_release(requirement: &VersionReq, version: &Version) -> bool {
    let names_one = |comparator: &Comparator| comparator.op == Op::Exact && comparator.patch.is_some();
    let release = Version::new(version.major, version.minor, version.patch);
    !version.pre.is_empty() && requirement.matches(&release) && !requirement.comparators.iter().any(names_one)
}

/// The end of an explanation that nobody would read whole.
fn shortened(explanation: String) -> String {
    let steps = explanation.lines().count();
    if steps <= MAX_EXPLANATION_LINES {
        return explanation;
    }
    let left_out = steps - MAX_EXPLANATION_LINES;
    let kept: Vec<_> = explanation.lines().skip(left_out).collect();
    format!("({left_out} steps of reasoning left out)\n{}", kept.join("\n"))
}
