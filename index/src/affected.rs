//! Stretches of versions in the order of `SemVer`, as advisories and deprecations mean them.
//!
//! A requirement says what may be chosen, and leaves pre-releases out unless it names one. What is affected is another question: a
//! pre-release between two affected versions is affected, whoever chose it. So this is the order of `SemVer` 2.0.0, section 11, and
//! nothing else, as in the events of the Open Source Vulnerability format (<https://ossf.github.io/osv-schema/>).

use std::cmp::Ordering;

use semver::{BuildMetadata, Comparator, Op, Prerelease, Version, VersionReq};
use serde::{Deserialize, Serialize};

/// The versions from one on and below another one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionRange {
    /// The first that belongs to it; from the beginning if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced: Option<Version>,
    /// The first that does not any more; to the end if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Version>,
}

impl VersionRange {
    /// Whether a version belongs to it.
    pub fn holds(&self, version: &Version) -> bool {
        let from = self.introduced.as_ref().is_none_or(|first| version.cmp_precedence(first) != Ordering::Less);
        from && self.fixed.as_ref().is_none_or(|end| version.cmp_precedence(end) == Ordering::Less)
    }

    /// Whether no version can belong to it.
    pub fn is_empty(&self) -> bool {
        match (&self.introduced, &self.fixed) {
            (_, Some(end)) if *end == lowest() => true,
            (Some(first), Some(end)) => first.cmp_precedence(end) != Ordering::Less,
            _ => false,
        }
    }

    /// What a requirement means, pre-releases in between among it: `<1.4.2`, `>=1.0, <1.4.2`, `^1`.
    pub fn of(requirement: &VersionReq) -> Self {
        requirement.comparators.iter().map(of_comparator).fold(Self::default(), Self::and)
    }

    fn and(self, other: Self) -> Self {
        let later = |one: Version, two: Version| if two.cmp_precedence(&one) == Ordering::Greater { two } else { one };
        let earlier = |one: Version, two: Version| if two.cmp_precedence(&one) == Ordering::Less { two } else { one };
        let either =
            |one: Option<Version>, two: Option<Version>, pick: fn(Version, Version) -> Version| match (one, two) {
                (Some(one), Some(two)) => Some(pick(one, two)),
                (one, two) => one.or(two),
            };
        Self {
            introduced: either(self.introduced, other.introduced, later),
            fixed: either(self.fixed, other.fixed, earlier),
        }
    }
}

fn of_comparator(comparator: &Comparator) -> VersionRange {
    let Comparator { op, major, minor, patch, pre } = comparator;
    let (x, y, z) = (*major, minor.unwrap_or(0), patch.unwrap_or(0));
    let itself = Version { major: x, minor: y, patch: z, pre: pre.clone(), build: BuildMetadata::EMPTY };
    // The first version behind all that the numbers given begin.
    let behind = || match (minor, patch) {
        (None, _) => before(x.checked_add(1), 0, 0),
        (Some(_), None) => before(Some(x), y.checked_add(1)?, 0),
        (Some(_), Some(_)) => Some(next(&itself)),
    };
    let range = |introduced, fixed| VersionRange { introduced, fixed };
    match op {
        Op::Greater if patch.is_some() => range(behind(), None),
        Op::Greater => range(behind().map(released), None),
        Op::GreaterEq => range(Some(itself), None),
        Op::Less => range(None, Some(itself)),
        Op::LessEq => range(None, behind()),
        Op::Tilde => range(
            Some(itself.clone()),
            match minor {
                None => before(x.checked_add(1), 0, 0),
                Some(_) => y.checked_add(1).and_then(|y| before(Some(x), y, 0)),
            },
        ),
        Op::Caret => range(
            Some(itself.clone()),
            match (x, minor, patch) {
                (0, None, _) => before(Some(1), 0, 0),
                (0, Some(0), None) => before(Some(0), 1, 0),
                (0, Some(0), Some(z)) => z.checked_add(1).and_then(|z| before(Some(0), 0, z)),
                (0, Some(y), _) => y.checked_add(1).and_then(|y| before(Some(0), y, 0)),
                _ => before(x.checked_add(1), 0, 0),
            },
        ),
        // Exact, wildcards, and whatever the crate may add: what the numbers given begin.
        _ => range(Some(itself.clone()), behind()),
    }
}

/// The lowest pre-release of a version; none where no number is large enough.
fn before(major: Option<u64>, minor: u64, patch: u64) -> Option<Version> {
    Some(Version { pre: first_pre(), ..Version::new(major?, minor, patch) })
}

fn first_pre() -> Prerelease {
    Prerelease::new("0").unwrap_or(Prerelease::EMPTY)
}

fn lowest() -> Version {
    Version { pre: first_pre(), ..Version::new(0, 0, 0) }
}

fn released(version: Version) -> Version {
    Version { pre: Prerelease::EMPTY, ..version }
}

/// The version that comes right behind another one.
fn next(version: &Version) -> Version {
    if version.pre.is_empty() {
        return match version.patch.checked_add(1) {
            Some(patch) => Version { patch, pre: first_pre(), ..version.clone() },
            None => Version { patch: 0, minor: version.minor.saturating_add(1), pre: first_pre(), ..version.clone() },
        };
    }
    let pre = Prerelease::new(&format!("{}.0", version.pre)).unwrap_or_else(|_| version.pre.clone());
    Version { pre, ..version.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(requirement: &str) -> VersionRange {
        VersionRange::of(&requirement.parse().expect("a requirement"))
    }

    fn holds(requirement: &str, version: &str) -> bool {
        range(requirement).holds(&version.parse().expect("a version"))
    }

    #[test]
    fn what_is_between_is_affected_pre_releases_too() {
        for (requirement, inside, outside) in [
            ("*", vec!["0.0.0-0", "9.9.9"], vec![]),
            ("<1.4.2", vec!["0.0.1", "1.4.2-rc.1", "1.4.1"], vec!["1.4.2", "1.5.0"]),
            (">=1.0, <1.4.2", vec!["1.0.0", "1.2.0-beta"], vec!["0.9.9", "1.0.0-rc.1", "1.4.2"]),
            ("^1.2.3", vec!["1.2.3", "1.9.0-rc.1"], vec!["1.2.2", "2.0.0-alpha", "2.0.0"]),
            ("^0.2.3", vec!["0.2.3", "0.2.9"], vec!["0.3.0-alpha", "0.3.0"]),
            ("^0.0.3", vec!["0.0.3"], vec!["0.0.4-0", "0.0.2"]),
            ("^0.0", vec!["0.0.9"], vec!["0.1.0"]),
            ("~1.2.3", vec!["1.2.3", "1.2.9"], vec!["1.3.0-rc.1"]),
            ("~1", vec!["1.9.9"], vec!["2.0.0"]),
            ("=1.2.3", vec!["1.2.3", "1.2.3+build"], vec!["1.2.2", "1.2.4-0", "1.2.3-rc.1"]),
            ("=1.2.3-rc.1", vec!["1.2.3-rc.1"], vec!["1.2.3-rc.1.0", "1.2.3"]),
            ("1.2.*", vec!["1.2.0", "1.2.9"], vec!["1.3.0"]),
            (">1.2.3", vec!["1.2.4-0", "2.0.0"], vec!["1.2.3"]),
            (">1.2", vec!["1.3.0"], vec!["1.2.9", "1.3.0-rc.1"]),
            ("<=1.2.3", vec!["1.2.3", "1.0.0"], vec!["1.2.4-0", "1.2.4"]),
            ("<=1", vec!["1.9.9"], vec!["2.0.0-0"]),
        ] {
            for version in inside {
                assert!(holds(requirement, version), "{requirement} holds {version}");
            }
            for version in outside {
                assert!(!holds(requirement, version), "{requirement} does not hold {version}");
            }
        }
    }

    #[test]
    fn a_contradiction_holds_nothing() {
        for empty in [">=2, <1", ">1.2.3, <=1.2.3"] {
            assert!(range(empty).is_empty(), "{empty}");
        }
        for some in ["*", "<1", "=1.2.3", ">=1.0.0-rc.1, <1.0.0"] {
            assert!(!range(some).is_empty(), "{some}");
        }
    }

    #[test]
    fn numbers_without_a_next_one_have_no_end() {
        let huge = format!("^{}.0.0", u64::MAX);
        assert_eq!(range(&huge).fixed, None);
        assert!(holds(&huge, &format!("{}.1.0", u64::MAX)));
    }
}
