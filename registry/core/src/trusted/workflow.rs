//! What a run must be to be trusted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use time::OffsetDateTime;

use crate::Id;
use crate::publisher::Publisher;
use crate::reason::is_of_one_line;
use crate::token::ModulePattern;

/// Longest name of a repository, a workflow's file, an environment and a ref, in bytes.
const MAX_PART_BYTES: usize = 255;
/// Most digits of a repository's number: those of 64 bits.
const MAX_NUMBER_DIGITS: usize = 20;

/// A workflow that a publisher trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedPublisher {
    /// Its identifier.
    pub id: Id<TrustedPublisher>,
    /// Who trusts it.
    pub publisher: Id<Publisher>,
    /// What a run must be.
    pub workflow: Workflow,
    /// Since when.
    pub added_at: OffsetDateTime,
}

/// In whose words an issuer tells of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// GitHub Actions, of github.com or of a server of one's own.
    GitHub,
    /// GitLab CI/CD, of gitlab.com or of a server of one's own.
    GitLab,
}

impl Provider {
    /// Every provider.
    pub const ALL: [Self; 2] = [Self::GitHub, Self::GitLab];

    /// The word on the wire and in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
        }
    }
}

/// What a run must be, and what it may publish then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// In whose words.
    pub provider: Provider,
    /// Who says what a run is: the address of the CI system's issuer, as it writes it.
    pub issuer: String,
    /// The repository's number. Names are given to others when they become free; numbers are not.
    pub repository_id: String,
    /// Its name, for people.
    pub repository: String,
    /// The workflow's file: below `.github/workflows/`, or the path of GitLab's configuration.
    pub workflow: String,
    /// The environment that the run must be in, if one is asked for.
    pub environment: Option<String>,
    /// The branch or tag that it must be of, if one is asked for.
    #[serde(rename = "ref")]
    pub git_ref: Option<RefPattern>,
    /// What it may publish.
    #[serde(with = "pattern")]
    pub modules: ModulePattern,
    /// Whether an owner must confirm what it publishes.
    pub staged: bool,
}

/// What no run can be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadWorkflow {
    /// This registry asks nobody of that name.
    #[error("`{0}` is no issuer that this registry believes; it believes {1}")]
    Issuer(String, String),
    /// A name in the place of the number, for example.
    #[error("`{0}` is no number of a repository: write its digits")]
    RepositoryId(String),
    /// Not an owner and a name.
    #[error("`{0}` is no repository's name: write OWNER/NAME")]
    Repository(String),
    /// Not a file that a run could come from.
    #[error("`{0}` is no workflow's file: {1}")]
    File(String, &'static str),
    /// Not the name of an environment.
    #[error("an environment's name has 1 to {MAX_PART_BYTES} bytes in one line")]
    Environment,
    /// Neither a branch nor a tag.
    #[error("`{0}` is no branch and no tag: write it whole, such as refs/heads/main or refs/tags/v*")]
    Ref(String),
}

impl Workflow {
    /// Whether a run could be so, as told by one of `issuers`.
    ///
    /// # Errors
    /// [`BadWorkflow`]
    pub fn check(&self, issuers: &[(Provider, String)]) -> Result<(), BadWorkflow> {
        if !issuers.iter().any(|(provider, issuer)| (*provider, issuer) == (self.provider, &self.issuer)) {
            let known: Vec<_> =
                issuers.iter().map(|(provider, issuer)| format!("{} {issuer}", provider.as_str())).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(BadWorkflow::Issuer(shown(&self.issuer), known));
        }
        let number = &self.repository_id;
        if !(1..=MAX_NUMBER_DIGITS).contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadWorkflow::RepositoryId(shown(number)));
        }
        let parts: Vec<_> = self.repository.split('/').collect();
        let is_deep = parts.len() > 2 && self.provider == Provider::GitHub;
        if self.repository.len() > MAX_PART_BYTES
            || parts.len() < 2
            || is_deep
            || !parts.iter().all(|part| is_word(part))
        {
            return Err(BadWorkflow::Repository(shown(&self.repository)));
        }
        self.check_file()?;
        let fits = |text: &String| (1..=MAX_PART_BYTES).contains(&text.len()) && is_of_one_line(text);
        if self.environment.as_ref().is_some_and(|environment| !fits(environment)) {
            return Err(BadWorkflow::Environment);
        }
        Ok(())
    }

    fn check_file(&self) -> Result<(), BadWorkflow> {
        let file = &self.workflow;
        let parts: Vec<_> = file.split('/').collect();
        let ends = [".yml", ".yaml"].iter().any(|end| file.len() > end.len() && file.ends_with(end));
        let is_path = file.len() <= MAX_PART_BYTES && ends && parts.iter().all(|part| is_word(part));
        match self.provider {
            Provider::GitHub if !is_path || parts.len() > 1 => {
                Err(BadWorkflow::File(shown(file), "write its name below .github/workflows, such as publish.yml"))
            }
            Provider::GitLab if !is_path => {
                Err(BadWorkflow::File(shown(file), "write its path in the repository, such as .gitlab-ci.yml"))
            }
            Provider::GitHub | Provider::GitLab => Ok(()),
        }
    }
}

fn is_word(part: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !part.is_empty() && part != "." && part != ".." && part.bytes().all(allowed)
}

/// As much of a text as an error repeats.
fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

/// A branch or tag in full (`refs/heads/main`), or the beginning of some followed by `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefPattern {
    stem: String,
    open: bool,
}

impl RefPattern {
    /// Whether the pattern selects a ref.
    pub fn selects(&self, git_ref: &str) -> bool {
        if self.open { git_ref.starts_with(&self.stem) } else { git_ref == self.stem }
    }
}

impl FromStr for RefPattern {
    type Err = BadWorkflow;

    fn from_str(text: &str) -> Result<Self, BadWorkflow> {
        let (stem, open) = text.strip_suffix('*').map_or((text, false), |stem| (stem, true));
        let name = ["refs/heads/", "refs/tags/"].iter().find_map(|kind| stem.strip_prefix(kind));
        // What git itself takes for a name of a ref has no such signs in it. Source: git-check-ref-format(1).
        let is_sign = |byte: u8| byte.is_ascii_graphic() && !b"*?[\\^~:".contains(&byte) || byte >= 0x80;
        let readable = text.len() <= MAX_PART_BYTES
            && name.is_some_and(|name| (open || !name.is_empty()) && name.bytes().all(is_sign));
        if readable { Ok(Self { stem: stem.to_owned(), open }) } else { Err(BadWorkflow::Ref(shown(text))) }
    }
}

impl fmt::Display for RefPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.stem, if self.open { "*" } else { "" })
    }
}

impl Serialize for RefPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RefPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

mod pattern {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::token::ModulePattern;

    pub(super) fn serialize<S: Serializer>(pattern: &ModulePattern, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(pattern)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ModulePattern, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workflow() -> Workflow {
        Workflow {
            provider: Provider::GitHub,
            issuer: "https://ci.example".to_owned(),
            repository_id: "74".to_owned(),
            repository: "acme/tools".to_owned(),
            workflow: "publish.yml".to_owned(),
            environment: Some("release".to_owned()),
            git_ref: Some("refs/tags/v*".parse().expect("a pattern")),
            modules: "hel*".parse().expect("a pattern"),
            staged: false,
        }
    }

    fn check(workflow: &Workflow) -> Result<(), BadWorkflow> {
        let issuers = [(Provider::GitHub, "https://ci.example"), (Provider::GitLab, "https://lab.example")];
        workflow.check(&issuers.map(|(provider, issuer)| (provider, issuer.to_owned())))
    }

    #[test]
    fn what_no_run_can_be_is_refused() {
        assert_eq!(check(&workflow()), Ok(()));
        let refused = |change: fn(&mut Workflow)| {
            let mut changed = workflow();
            change(&mut changed);
            check(&changed).expect_err("not a workflow").to_string()
        };
        assert!(
            refused(|it| it.issuer = "https://ci.example/".to_owned()).contains("github https://ci.example, gitlab")
        );
        assert!(refused(|it| it.provider = Provider::GitLab).contains("no issuer"));
        for number in ["", "acme/tools", "-1", "7 4", "٧٤", "123456789012345678901"] {
            let changed = Workflow { repository_id: number.to_owned(), ..workflow() };
            assert!(matches!(check(&changed), Err(BadWorkflow::RepositoryId(_))), "{number}");
        }
        for name in ["tools", "acme/", "/tools", "acme/tools/deep", "acme/..", "ac me/tools"] {
            let changed = Workflow { repository: name.to_owned(), ..workflow() };
            assert!(matches!(check(&changed), Err(BadWorkflow::Repository(_))), "{name}");
        }
        for file in ["publish", ".yml", "../publish.yml", "a/publish.yml", "publish.yml@refs/heads/main", ""] {
            let changed = Workflow { workflow: file.to_owned(), ..workflow() };
            assert!(matches!(check(&changed), Err(BadWorkflow::File(..))), "{file}");
        }
        let environment = |text: &str| Workflow { environment: Some(text.to_owned()), ..workflow() };
        assert_eq!(check(&environment("")), Err(BadWorkflow::Environment));
        assert_eq!(check(&environment("a\nb")), Err(BadWorkflow::Environment));
    }

    #[test]
    fn gitlab_has_groups_in_groups_and_paths_of_files() {
        let changed = Workflow {
            provider: Provider::GitLab,
            issuer: "https://lab.example".to_owned(),
            repository: "acme/deep/tools".to_owned(),
            workflow: "ci/publish.yml".to_owned(),
            ..workflow()
        };
        assert_eq!(check(&changed), Ok(()));
        assert!(check(&Workflow { workflow: "/ci.yml".to_owned(), ..changed }).is_err());
    }

    #[test]
    fn refs_are_written_whole() {
        let tags: RefPattern = "refs/tags/v*".parse().expect("a pattern");
        assert!(tags.selects("refs/tags/v1.0") && !tags.selects("refs/heads/v1.0"));
        let main: RefPattern = "refs/heads/main".parse().expect("a pattern");
        assert!(main.selects("refs/heads/main") && !main.selects("refs/heads/main2"));
        assert!("refs/heads/*".parse::<RefPattern>().is_ok());
        for text in ["main", "*", "refs/*", "refs/heads/", "refs/heads/*/x", "refs/heads/a b", "refs/pull/1/merge"] {
            assert!(text.parse::<RefPattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn kept_as_json_and_read_again() {
        let text = serde_json::to_string(&workflow()).expect("JSON");
        assert_eq!(serde_json::from_str::<Workflow>(&text).expect("a workflow"), workflow());
        assert!(text.contains(r#""ref":"refs/tags/v*""#), "{text}");
    }
}
