//! The solver's reasons in plain words.

use adx_signing::ModuleId;
use pubgrub::{Derived, External, Map, ReportFormatter, Term};
use semver::Version;

use super::universe::{Node, Set, Universe};

/// How many versions are listed one by one.
const LISTED_VERSIONS: usize = 4;

/// Puts reasons into words, with the requirements as their authors wrote them.
pub(super) struct Words<'solve, 'given> {
    universe: &'solve Universe<'given>,
}

type Reason = External<Node, Set, String>;
type Terms = Map<Node, Term<Set>>;
type Conclusion = Derived<Node, Set, String>;

impl<'solve, 'given> Words<'solve, 'given> {
    pub(super) fn new(universe: &'solve Universe<'given>) -> Self {
        Self { universe }
    }

    /// `adx/shop 1.0.0 and 1.1.0`, or `every version of adx/shop`.
    fn versions(&self, node: &Node, set: &Set) -> String {
        let Node::Module(module) = node else {
            return node.to_string();
        };
        let known = self.universe.recalled(module);
        let all: Vec<_> = known.usable.iter().map(|line| &line.version).collect();
        let fitting: Vec<_> = all.iter().copied().filter(|v| set.contains(*v)).collect();
        match fitting.as_slice() {
            [] => format!("no version of {module}"),
            fitting if fitting.len() == all.len() && all.len() > 1 => {
                format!("every version of {module}")
            }
            [first, .., last] if fitting.len() > LISTED_VERSIONS => {
                format!("{module} {first} to {last}")
            }
            fitting => format!("{module} {}", listed(fitting)),
        }
    }

    /// `adx/shop 1.0.0 requires adx/pay ^2`.
    fn requires(&self, node: &Node, set: &Set, dependency: &Node) -> String {
        match (node, dependency) {
            (Node::Root, Node::Module(module)) => {
                let asked: Vec<_> = self
                    .universe
                    .roots()
                    .iter()
                    .filter(|(id, _)| id == module)
                    .map(|(_, requirement)| requirement.to_string())
                    .collect();
                let words = format!("you asked for {module} {}", asked.join(" and "));
                self.unless_there_is_one(words, module, &asked)
            }
            (Node::Module(id), Node::Module(module)) => {
                let asked = self.written(id, set, |line| line.dependencies.get(module).map(ToString::to_string));
                let who = self.versions(node, set);
                let words = format!("{who} {} {module} {}", require(&who), asked.join(" or "));
                self.unless_there_is_one(words, module, &asked)
            }
            (Node::Module(id), Node::Platform) => {
                let asked = self.written(id, set, |line| {
                    let requirement = &line.adx_core_version;
                    (!self.universe.platform_fits(requirement)).then(|| requirement.to_string())
                });
                let who = self.versions(node, set);
                format!(
                    "{who} {} ADX CORE {}, but this platform is {}",
                    require(&who),
                    asked.join(" or "),
                    self.universe.platform()
                )
            }
            _ => format!("{node} requires {dependency}"),
        }
    }

    /// The requirements of the versions in a set, as they were written, each once.
    fn written(
        &self,
        module: &ModuleId,
        set: &Set,
        read: impl Fn(&crate::line::IndexLine) -> Option<String>,
    ) -> Vec<String> {
        let known = self.universe.recalled(module);
        let mut texts = Vec::new();
        for text in known.usable.iter().filter(|line| set.contains(&line.version)).filter_map(read) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }

    /// Says what there is instead when nothing fits the requirements.
    fn unless_there_is_one(&self, words: String, module: &ModuleId, asked: &[String]) -> String {
        let known = self.universe.recalled(module);
        let fits = |version: &Version| {
            asked
                .iter()
                .any(|text| semver::VersionReq::parse(text).is_ok_and(|requirement| requirement.matches(version)))
        };
        if known.usable.iter().any(|line| fits(&line.version)) {
            return words;
        }
        let usable: Vec<_> = known.usable.iter().map(|line| &line.version).collect();
        if known.yanked.iter().any(&fits) {
            return format!("{words}, but every such version was yanked");
        }
        match usable.as_slice() {
            [] => format!("{words}, but there is no module {module} to install"),
            usable if usable.iter().all(|version| !version.pre.is_empty()) => {
                format!("{words}, but there are only pre-releases, which have to be named: {}", listed_briefly(usable))
            }
            // A range would seem to hold what was asked for.
            [first, .., last] if usable.len() > LISTED_VERSIONS => format!(
                "{words}, but none of the {} versions from {first} to {last} fits: such a one was never released, or is withheld",
                usable.len()
            ),
            usable => format!("{words}, but there is only {}", listed(usable)),
        }
    }

    fn reason(&self, reason: &Reason) -> String {
        match reason {
            External::NotRoot(..) => "something was asked for".to_owned(),
            External::NoVersions(node, set) => {
                format!("there is {} that fits", self.versions(node, set))
            }
            External::Custom(node, set, why) => format!("{} {why}", self.versions(node, set)),
            External::FromDependencyOf(node, set, dependency, _) => self.requires(node, set, dependency),
        }
    }

    fn conclusion(&self, terms: &Terms) -> String {
        let mut terms: Vec<_> = terms.iter().filter(|(node, _)| **node != Node::Root).collect();
        terms.sort_by_key(|(node, _)| *node);
        match terms.as_slice() {
            [] => "nothing fits what you asked for".to_owned(),
            [(node, Term::Positive(set))] => {
                format!("{} cannot be installed", self.versions(node, set))
            }
            [(node, Term::Negative(set))] => format!("{} is needed", self.versions(node, set)),
            [(one, Term::Positive(set)), (other, Term::Negative(needed))]
            | [(other, Term::Negative(needed)), (one, Term::Positive(set))] => {
                let who = self.versions(one, set);
                format!("{who} {} {}", need(&who), self.versions(other, needed))
            }
            terms => {
                let parts: Vec<_> = terms
                    .iter()
                    .map(|(node, term)| match term {
                        Term::Positive(set) => self.versions(node, set),
                        Term::Negative(set) => {
                            format!("anything but {}", self.versions(node, set))
                        }
                    })
                    .collect();
                format!("{} exclude each other", joined(&parts))
            }
        }
    }
}

impl ReportFormatter<Node, Set, String> for Words<'_, '_> {
    type Output = String;

    fn format_external(&self, external: &Reason) -> String {
        self.reason(external)
    }

    fn format_terms(&self, terms: &Terms) -> String {
        self.conclusion(terms)
    }

    fn explain_both_external(&self, one: &Reason, other: &Reason, terms: &Terms) -> String {
        // What was asked for comes first: it is what the reader knows.
        let (first, second) = match other {
            External::FromDependencyOf(Node::Root, ..) => (other, one),
            _ => (one, other),
        };
        format!("because {} and {}, {}.", self.reason(first), self.reason(second), self.conclusion(terms))
    }

    fn explain_both_ref(
        &self,
        one_number: usize,
        one: &Conclusion,
        other_number: usize,
        other: &Conclusion,
        terms: &Terms,
    ) -> String {
        format!(
            "because {} ({one_number}) and {} ({other_number}), {}.",
            self.conclusion(&one.terms),
            self.conclusion(&other.terms),
            self.conclusion(terms)
        )
    }

    fn explain_ref_and_external(
        &self,
        number: usize,
        derived: &Conclusion,
        external: &Reason,
        terms: &Terms,
    ) -> String {
        format!(
            "because {} ({number}) and {}, {}.",
            self.conclusion(&derived.terms),
            self.reason(external),
            self.conclusion(terms)
        )
    }

    fn and_explain_external(&self, external: &Reason, terms: &Terms) -> String {
        format!("And because {}, {}.", self.reason(external), self.conclusion(terms))
    }

    fn and_explain_ref(&self, number: usize, derived: &Conclusion, terms: &Terms) -> String {
        format!("And because {} ({number}), {}.", self.conclusion(&derived.terms), self.conclusion(terms))
    }

    fn and_explain_prior_and_external(&self, prior: &Reason, external: &Reason, terms: &Terms) -> String {
        format!("And because {} and {}, {}.", self.reason(prior), self.reason(external), self.conclusion(terms))
    }
}

fn listed(versions: &[&Version]) -> String {
    let texts: Vec<_> = versions.iter().map(ToString::to_string).collect();
    joined(&texts)
}

fn listed_briefly(versions: &[&Version]) -> String {
    match versions {
        [first, .., last] if versions.len() > LISTED_VERSIONS => format!("{first} to {last}"),
        versions => listed(versions),
    }
}

fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// `requires` after one version, `require` after several.
fn require(who: &str) -> &'static str {
    if is_plural(who) { "require" } else { "requires" }
}

fn need(who: &str) -> &'static str {
    if is_plural(who) { "need" } else { "needs" }
}

fn is_plural(who: &str) -> bool {
    !who.starts_with("every version") && (who.contains(" and ") || who.contains(" to "))
}
