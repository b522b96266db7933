//! How checks and reviews are configured.

use adx_registry_core::review::{Cause, CheckRule, Policy, Refuses};

use super::{sections::Checks, setting::Setting, words::meant};

/// The words for it, without `required`, which is meant anyway.
const MODES: [&str; 7] =
    ["strict", "enforced", "reported", "optional strict", "optional enforced", "optional reported", "off"];

/// What comes of a check; nothing for one that does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckMode(pub Option<CheckRule>);

impl CheckMode {
    /// Its errors refuse, and nothing is released that it could not look over.
    pub const ENFORCED: Self = Self(Some(CheckRule::ENFORCED));
}

impl Setting for CheckMode {
    const KIND: &'static str = "strict, enforced, reported or off; optional before the first three";

    fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<_> = text.split_whitespace().collect();
        let expected = || {
            let meant = match words.as_slice() {
                // By itself it says what comes of a package that cannot be looked over, and nothing of one that can.
                ["optional"] => "; did you mean `optional enforced`?".to_owned(),
                _ => meant(text, &MODES),
            };
            format!("`strict`, `enforced`, `reported`, one of these with `optional` before it, or `off`{meant}")
        };
        let (required, rest) = match words.as_slice() {
            ["off"] => return Ok(Self(None)),
            ["optional", rest] => (false, rest),
            ["required", rest] | [rest] => (true, rest),
            _ => return Err(expected()),
        };
        let refuses = match *rest {
            "strict" => Refuses::Warnings,
            "enforced" => Refuses::Errors,
            "reported" => Refuses::Nothing,
            _ => return Err(expected()),
        };
        Ok(Self(Some(CheckRule { refuses, required })))
    }

    fn show(&self) -> String {
        let Some(CheckRule { refuses, required }) = self.0 else { return "\"off\"".to_owned() };
        let word = match refuses {
            Refuses::Warnings => "strict",
            Refuses::Errors => "enforced",
            Refuses::Nothing => "reported",
        };
        format!("\"{}{word}\"", if required { "" } else { "optional " })
    }
}

/// What comes of a check that needs something to look things up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourcedMode {
    /// Enforced where there is something to look in, and no check without.
    IfGiven,
    /// What was said of it.
    Said(CheckMode),
}

impl SourcedMode {
    /// What comes of it where it runs.
    pub const fn mode(self) -> CheckMode {
        match self {
            Self::IfGiven => CheckMode::ENFORCED,
            Self::Said(mode) => mode,
        }
    }

    /// Whether nothing may be released without it.
    pub const fn is_insisted_on(self) -> bool {
        matches!(self, Self::Said(CheckMode(Some(CheckRule { required: true, .. }))))
    }
}

impl Setting for SourcedMode {
    const KIND: &'static str = "if-given, strict, enforced, reported or off; optional before the middle three";

    fn parse(text: &str) -> Result<Self, String> {
        if text.trim() == "if-given" {
            return Ok(Self::IfGiven);
        }
        let of_this = meant(text, &["if-given"]);
        CheckMode::parse(text).map(Self::Said).map_err(|expected| format!("`if-given`, {expected}{of_this}"))
    }

    fn show(&self) -> String {
        match self {
            Self::IfGiven => "\"if-given\"".to_owned(),
            Self::Said(mode) => mode.show(),
        }
    }
}

/// A check that is not off and has nothing to look in, so that it does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleCheck {
    /// The key that says what comes of it, dotted.
    pub key: &'static str,
    /// The key that says what it looks in, dotted.
    pub needs: &'static str,
}

impl Checks {
    /// The checks that are not off and do not run.
    pub fn idle(&self) -> Vec<IdleCheck> {
        let sourced = self.sourced().into_iter();
        sourced.filter(|(_, mode, is_given)| !is_given && mode.mode().0.is_some()).map(|(idle, ..)| idle).collect()
    }

    /// A check that nothing may be released without, and that does not run.
    pub(super) fn insisted_on_and_idle(&self) -> Option<IdleCheck> {
        let mut sourced = self.sourced().into_iter();
        sourced.find(|(_, mode, is_given)| !is_given && mode.is_insisted_on()).map(|(idle, ..)| idle)
    }

    /// Each check that needs something to look in, what comes of it, and whether it was given that.
    fn sourced(&self) -> [(IdleCheck, SourcedMode, bool); 2] {
        [
            (IdleCheck { key: "checks.content", needs: "checks.rules_dir" }, self.content, self.rules_dir.is_some()),
            (
                IdleCheck { key: "checks.advisories", needs: "checks.osv_database" },
                self.advisories,
                self.osv_database.is_some(),
            ),
        ]
    }
}

impl Setting for Policy {
    const KIND: &'static str = "always, never or causes";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            let known: Vec<_> = ["always", "never"].into_iter().chain(Cause::OF_A_POLICY.map(Cause::as_str)).collect();
            let mut said = text.split(',').map(str::trim);
            let unknown = said.find(|word| !known.contains(word)).unwrap_or_default();
            let expected = "`always`, `never`, or some of `first-release, wider-permissions, price, findings`";
            format!("{expected}{}", meant(unknown, &known))
        })
    }

    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Loader;

    #[test]
    fn modes_read_back_what_they_show_and_are_required_unless_told_otherwise() {
        for text in
            ["off", "strict", "enforced", "reported", "optional strict", "optional enforced", "optional reported"]
        {
            assert_eq!(CheckMode::parse(text).unwrap().show(), format!("\"{text}\""));
        }
        assert_eq!(CheckMode::parse("required enforced"), Ok(CheckMode::ENFORCED));
        for text in [
            "",
            "on",
            "optional",
            "required",
            "optional off",
            "strict enforced",
            "enforced reported",
            "optional required enforced",
        ] {
            assert!(CheckMode::parse(text).is_err(), "{text:?}");
        }
    }
    #[test]
    fn a_check_that_nothing_may_be_released_without_is_given_what_it_looks_in() {
        let load = |text: &str| Loader::new().text("a.toml", &format!("[checks]\n{text}")).unwrap().load();
        for said in ["strict", "enforced", "required enforced", "reported"] {
            let refusal = load(&format!("content = \"{said}\"")).unwrap_err().to_string();
            assert!(refusal.starts_with("`checks.content`") && refusal.contains("set `checks.rules_dir`"), "{refusal}");
            let refusal = load(&format!("advisories = \"{said}\"\nrules_dir = \"rules\"")).unwrap_err().to_string();
            assert!(refusal.starts_with("`checks.advisories`"), "{refusal}");
            assert!(refusal.contains("set `checks.osv_database`"), "{refusal}");
            let given = load(&format!("content = \"{said}\"\nrules_dir = \"rules\"\nadvisories = \"off\"")).unwrap();
            assert_eq!(given.checks.idle(), []);
        }
        for said in ["", "content = \"if-given\"", "content = \"optional enforced\"", "rules_dir = \"\""] {
            let idle: Vec<_> = load(said).unwrap().checks.idle().into_iter().map(|idle| idle.key).collect();
            assert_eq!(idle, ["checks.content", "checks.advisories"], "{said}");
        }
        let off = load("content = \"off\"\nadvisories = \"off\"").unwrap();
        assert_eq!(off.checks.idle(), []);
    }

    #[test]
    fn strangers_release_unseen_where_it_is_open_and_first_releases_are_not_reviewed() {
        for (text, unseen) in [
            ("", false),
            ("[publishers]\nopen = true", true),
            ("[publishers]\nopen = true\n[review]\nwhen = \"never\"", true),
            ("[publishers]\nopen = true\n[review]\nwhen = \"always\"", false),
            ("[publishers]\nopen = true\n[review]\nwhen = \"first-release, findings\"", false),
        ] {
            let config = Loader::new().text("a.toml", text).unwrap().load().unwrap();
            assert_eq!(config.lets_strangers_release(), unseen, "{text}");
        }
    }
}
