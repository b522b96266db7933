use std::collections::BTreeMap;

use adx_index::{
    IndexLine,
    limits::MAX_EXPLANATION_LINES,
    resolve::{Candidates, CandidatesError, ResolveError, resolve, takes_pre_release},
};
use adx_signing::{Digest, ModuleId};
use proptest::{collection, prelude::*};
use semver::{Version, VersionReq};

/// An index in memory.
#[derive(Debug, Clone, Default)]
struct Index(Vec<IndexLine>);

impl Candidates for Index {
    fn versions(&self, module: &ModuleId) -> Result<Vec<IndexLine>, CandidatesError> {
        Ok(self.0.iter().filter(|line| line.module == *module).cloned().collect())
    }
}

fn id(text: &str) -> ModuleId {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn version(text: &str) -> Version {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn requirement(text: &str) -> VersionReq {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

impl Index {
    fn with(mut self, module: &str, number: &str, dependencies: &[(&str, &str)]) -> Self {
        self.0.push(IndexLine {
            module: id(module),
            version: version(number),
            sha256: Digest::of(number.as_bytes()),
            size_bytes: 1,
            dependencies: dependencies.iter().map(|(id_, text)| (id(id_), requirement(text))).collect(),
            adx_core_version: VersionReq::STAR,
            world: "adx:module/module@1.0.0".to_owned(),
            permissions: Vec::new(),
            yanked: false,
            yanked_for: None,
            deprecated: None,
            released_at: "2026-01-01T00:00:00Z".to_owned(),
            key_id: Digest::of(b"key").to_string().parse().expect("a key id"),
            leaf: None,
        });
        self
    }

    /// Changes the line added last.
    fn but(mut self, change: impl FnOnce(&mut IndexLine)) -> Self {
        change(self.0.last_mut().expect("a line"));
        self
    }

    fn yanked(self) -> Self {
        self.but(|line| line.yanked = true)
    }

    fn solve(&self, roots: &[(&str, &str)]) -> Result<BTreeMap<ModuleId, Version>, ResolveError> {
        self.solve_pinned(roots, &[])
    }

    fn solve_pinned(
        &self,
        roots: &[(&str, &str)],
        pinned: &[(&str, &str)],
    ) -> Result<BTreeMap<ModuleId, Version>, ResolveError> {
        let roots: Vec<_> = roots.iter().map(|(id_, text)| (id(id_), requirement(text))).collect();
        let pinned = pinned.iter().map(|(id_, text)| (id(id_), version(text))).collect();
        resolve(&roots, &version("1.4.0"), self, &pinned)
    }

    /// What is chosen, as `module version` texts.
    fn chosen(&self, roots: &[(&str, &str)]) -> Vec<String> {
        let solved = self.solve(roots).unwrap_or_else(|error| panic!("{error}"));
        solved.iter().map(|(module, version)| format!("{module} {version}")).collect()
    }

    fn conflict(&self, roots: &[(&str, &str)]) -> String {
        match self.solve(roots) {
            Err(ResolveError::Conflict(conflict)) => conflict.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

fn shop() -> Index {
    Index::default()
        .with("adx/shop", "1.0.0", &[("adx/pay", "^1")])
        .with("adx/shop", "1.1.0", &[("adx/pay", "^1.2"), ("adx/mail", "*")])
        .with("adx/pay", "1.0.0", &[])
        .with("adx/pay", "1.2.0", &[])
        .with("adx/pay", "2.0.0", &[])
        .with("adx/mail", "0.3.0", &[])
}

#[test]
fn the_newest_that_fits_is_chosen_with_what_it_needs() {
    assert_eq!(shop().chosen(&[("adx/shop", "*")]), ["adx/mail 0.3.0", "adx/pay 1.2.0", "adx/shop 1.1.0"]);
    assert_eq!(shop().chosen(&[("adx/shop", "=1.0.0")]), ["adx/pay 1.2.0", "adx/shop 1.0.0"]);
    assert_eq!(shop().chosen(&[("adx/shop", "*"), ("adx/pay", "=1.0.0")]), ["adx/pay 1.0.0", "adx/shop 1.0.0"]);
    assert_eq!(shop().chosen(&[]), [""; 0]);
}

#[test]
fn an_installed_version_is_kept_where_it_fits() {
    let kept = shop().solve_pinned(&[("adx/shop", "*")], &[("adx/shop", "1.0.0"), ("adx/pay", "1.0.0")]);
    assert_eq!(kept.expect("a solution")[&id("adx/pay")], version("1.0.0"));
    let moved = shop().solve_pinned(&[("adx/shop", "^1.1")], &[("adx/shop", "1.0.0"), ("adx/pay", "1.0.0")]);
    assert_eq!(moved.expect("a solution")[&id("adx/pay")], version("1.2.0"));
}

#[test]
fn a_yanked_version_is_chosen_only_where_it_is_installed() {
    let index = Index::default().with("adx/pay", "1.0.0", &[]).with("adx/pay", "1.1.0", &[]).yanked();
    assert_eq!(index.chosen(&[("adx/pay", "^1")]), ["adx/pay 1.0.0"]);
    let kept = index.solve_pinned(&[("adx/pay", "^1")], &[("adx/pay", "1.1.0")]).expect("a solution");
    assert_eq!(kept[&id("adx/pay")], version("1.1.0"));
    assert!(index.conflict(&[("adx/pay", "^1.1")]).contains("every such version was yanked"));
}

#[test]
fn a_pre_release_is_chosen_only_where_it_is_named() {
    let index = Index::default().with("adx/pay", "2.0.0-beta.1", &[]);
    assert_eq!(index.chosen(&[("adx/pay", "^2.0.0-beta")]), ["adx/pay 2.0.0-beta.1"]);
    let words = index.conflict(&[("adx/pay", "^2")]);
    assert!(words.contains("only pre-releases") && words.contains("2.0.0-beta.1"), "{words}");
}

#[test]
fn the_platform_has_one_version() {
    let newer = |index: Index| index.but(|line| line.adx_core_version = requirement(">=2"));
    let index = newer(Index::default().with("adx/pay", "1.0.0", &[]).with("adx/pay", "2.0.0", &[]));
    assert_eq!(index.chosen(&[("adx/pay", "*")]), ["adx/pay 1.0.0"]);
    let words = index.conflict(&[("adx/pay", "^2")]);
    assert!(words.contains("adx/pay 2.0.0 requires ADX CORE >=2, but this platform is 1.4.0"), "{words}");
    // A development build of the platform counts as the release it will be.
    let roots = [(id("adx/pay"), requirement("^2"))];
    resolve(&roots, &version("2.0.0-dev"), &index, &BTreeMap::new()).expect("as on 2.0.0");
}

#[test]
fn a_conflict_is_explained_with_its_modules_and_requirements() {
    let index = shop().with("adx/crm", "1.0.0", &[("adx/pay", "^2")]);
    let words = index.conflict(&[("adx/shop", "^1"), ("adx/crm", "^1")]);
    for part in ["adx/shop", "adx/crm", "adx/pay ^1", "adx/pay ^2"] {
        assert!(words.contains(part), "`{part}` is not in: {words}");
    }
    assert!(words.contains("you asked for"), "{words}");
    let words = index.conflict(&[("adx/pay", "^3")]);
    assert!(words.contains("you asked for adx/pay ^3, but there is only 1.0.0, 1.2.0 and 2.0.0"), "{words}");
    let many = ["1.0.0", "1.1.0", "1.3.0", "1.4.0", "1.5.0"];
    let many = many.iter().fold(Index::default(), |index, version| index.with("adx/pay", version, &[]));
    let words = many.conflict(&[("adx/pay", "=1.2.0")]);
    assert!(words.contains("none of the 5 versions from 1.0.0 to 1.5.0 fits"), "a range holds it: {words}");
    let words = index.conflict(&[("adx/nothing", "*")]);
    assert!(words.contains("there is no module adx/nothing"), "{words}");
    let words = Index::default().with("adx/crm", "1.0.0", &[("adx/gone", "^1")]).conflict(&[("adx/crm", "*")]);
    assert!(words.contains("adx/crm 1.0.0 requires adx/gone ^1") && words.contains("no module adx/gone"), "{words}");
    let words = index.conflict(&[("adx/pay", "^1"), ("adx/pay", "^2")]);
    assert!(words.contains("adx/pay ^1") && words.contains("^2"), "{words}");
}

#[test]
fn circles_are_no_conflict() {
    let index = Index::default().with("adx/aa", "1.0.0", &[("adx/bb", "^1"), ("adx/aa", "^1")]).with(
        "adx/bb",
        "1.0.0",
        &[("adx/aa", "^1")],
    );
    assert_eq!(index.chosen(&[("adx/aa", "*")]), ["adx/aa 1.0.0", "adx/bb 1.0.0"]);
    let index = Index::default().with("adx/aa", "1.0.0", &[("adx/aa", "^2")]);
    assert!(index.conflict(&[("adx/aa", "*")]).contains("requires another version of itself"));
}

#[test]
fn a_failing_index_is_not_a_conflict() {
    struct Failing;
    impl Candidates for Failing {
        fn versions(&self, _: &ModuleId) -> Result<Vec<IndexLine>, CandidatesError> {
            Err("the registry does not answer".into())
        }
    }
    let roots = [(id("adx/pay"), VersionReq::STAR)];
    let error = resolve(&roots, &version("1.0.0"), &Failing, &BTreeMap::new()).expect_err("no index");
    assert!(matches!(&error, ResolveError::Index { module, .. } if *module == id("adx/pay")));
    assert!(std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("does not answer")));
}

/// Pigeons: each of n + 1 modules needs one of n holes for itself. No choice fits, and no short
/// proof of that exists (Haken 1985).
fn pigeons(holes: usize) -> Result<BTreeMap<ModuleId, Version>, ResolveError> {
    let mut index = Index::default();
    for pigeon in 0..=holes {
        for hole in 0..holes {
            index = index.with(&format!("adx/pigeon{pigeon}"), &format!("{hole}.0.0"), &[]).but(|line| {
                for other in (0..=holes).filter(|other| *other != pigeon) {
                    let (low, high) = (pigeon.min(other), pigeon.max(other));
                    let seat = id(&format!("adx/seat{hole}-{low}-{high}"));
                    line.dependencies.insert(seat, requirement(if pigeon == low { "=0.0.0" } else { "=1.0.0" }));
                }
            });
        }
    }
    for hole in 0..holes {
        for (low, high) in (0..=holes).flat_map(|low| (low + 1..=holes).map(move |high| (low, high))) {
            let seat = format!("adx/seat{hole}-{low}-{high}");
            index = index.with(&seat, "0.0.0", &[]).with(&seat, "1.0.0", &[]);
        }
    }
    let names: Vec<_> = (0..=holes).map(|pigeon| format!("adx/pigeon{pigeon}")).collect();
    index.solve(&names.iter().map(|name| (name.as_str(), "*")).collect::<Vec<_>>())
}

#[test]
fn an_index_made_to_be_hard_is_given_up() {
    let error = pigeons(7).expect_err("there is no choice");
    assert!(matches!(error, ResolveError::TooHard), "{error}");
}

#[test]
fn a_long_explanation_is_shortened_to_its_end() {
    let error = pigeons(4).expect_err("there is no choice").to_string();
    assert!(error.lines().count() <= MAX_EXPLANATION_LINES + 1 && error.contains("left out"), "{error}");
    assert!(error.ends_with("nothing fits what you asked for."), "{error}");
}

const NAMES: [&str; 4] = ["adx/aa", "adx/bb", "adx/cc", "adx/dd"];

fn any_requirement() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["*", "^1", "^2", "=1.0.0", ">=1.1", "<2", "~1.1", "^2.0.0-beta"])
}

fn any_dependencies() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    collection::vec((prop::sample::select(NAMES.to_vec()), any_requirement()), 0..3)
}

fn any_index() -> impl Strategy<Value = Index> {
    let versions = ["1.0.0", "1.1.0", "2.0.0-beta.1", "2.0.0"];
    let line = (any_dependencies(), prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    collection::vec(prop::option::weighted(0.7, line), NAMES.len() * versions.len()).prop_map(move |lines| {
        let mut index = Index::default();
        for (place, line) in lines.into_iter().enumerate() {
            let Some((dependencies, yanked, newer)) = line else { continue };
            index = index.with(NAMES[place / versions.len()], versions[place % versions.len()], &dependencies);
            index = index.but(|line| {
                line.yanked = yanked;
                if newer {
                    line.adx_core_version = requirement(">=2");
                }
            });
        }
        index
    })
}

/// Whether a choice keeps every rule.
fn holds(index: &Index, roots: &[(&str, &str)], chosen: &BTreeMap<ModuleId, Version>) -> bool {
    let fits = |module: &ModuleId, requirement: &VersionReq| {
        chosen.get(module).is_some_and(|version| requirement.matches(version))
    };
    roots.iter().all(|(module, text)| fits(&id(module), &requirement(text)))
        && chosen.iter().all(|(module, version)| {
            index.0.iter().any(|line| {
                line.module == *module
                    && line.version == *version
                    && !line.yanked
                    && line.adx_core_version == VersionReq::STAR
                    && line.dependencies.iter().all(|(module, requirement)| fits(module, requirement))
            })
        })
}

/// Every way to choose at most one version of each module.
fn choices(index: &Index) -> Vec<BTreeMap<ModuleId, Version>> {
    let mut choices = vec![BTreeMap::new()];
    for name in NAMES {
        for choice in choices.clone() {
            for line in index.0.iter().filter(|line| line.module == id(name)) {
                let mut longer = choice.clone();
                longer.insert(line.module.clone(), line.version.clone());
                choices.push(longer);
            }
        }
    }
    choices
}

proptest! {
    /// A solution keeps every rule; where there is none, trying all choices finds none either, and the
    /// explanation names a module and a requirement that was asked for.
    #[test]
    fn a_solution_is_found_exactly_where_there_is_one(
        index in any_index(),
        roots in collection::vec((prop::sample::select(NAMES.to_vec()), any_requirement()), 1..3),
    ) {
        match index.solve(&roots) {
            Ok(chosen) => prop_assert!(holds(&index, &roots, &chosen), "{:?}", chosen),
            Err(ResolveError::Conflict(conflict)) => {
                let possible = choices(&index).into_iter().find(|choice| holds(&index, &roots, choice));
                prop_assert_eq!(possible, None, "{}", conflict);
                let named = roots.iter().any(|(module, text)| {
                    conflict.explanation.contains(module) && conflict.explanation.contains(&requirement(text).to_string())
                });
                prop_assert!(named, "{}", conflict);
            }
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}

#[test]
fn a_pre_release_is_taken_for_the_release_it_leads_to() {
    for (wanted, number, taken) in [
        ("^1", "1.1.0-beta.1", true),
        ("*", "2.0.0-beta.1", true),
        ("^1", "2.0.0-beta.1", false),
        ("<2", "2.0.0-beta.1", false),
        ("=1.1", "1.1.0-beta.1", true),
        ("=1.1.0", "1.1.0-beta.1", false),
        ("^1", "1.1.0", false),
    ] {
        assert_eq!(takes_pre_release(&requirement(wanted), &version(number)), taken, "{wanted} {number}");
    }
}
