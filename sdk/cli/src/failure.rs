//! What a command says when it cannot do what was asked.
//!
//! Every failure has one sentence that says what could not be done, the causes below it, the next command to try, and
//! the exit status that scripts branch on.

use std::error::Error;
use std::io::Write;

use crate::shown;
use owo_colors::OwoColorize as _;
use serde_json::{Value, json};

/// Exit statuses, documented in `adx --help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The command ran and did not succeed.
    Failed = 1,
    /// The command line or a local setting is wrong.
    Usage = 2,
    /// A module, version, file, key or tenant does not exist.
    NotFound = 3,
    /// Trust or validation said no.
    Refused = 4,
    /// The registry or the agent did not answer.
    Unreachable = 5,
}

impl Exit {
    /// The word that stands for this status in JSON errors.
    const fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
        }
    }
}

/// A failed command, ready to be shown.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
    problem: Option<Box<Value>>,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), causes: Vec::new(), hint: None, problem: None }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, message)
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, message)
    }

    /// Adds `error` and everything that caused it.
    pub(crate) fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            // Some libraries repeat their source in their own text; saying it twice helps nobody.
            if !self.causes.iter().any(|said| said.contains(&text)) {
                self.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Adds one cause that is only text.
    pub(crate) fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Says what to type next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what to type next where the server's problem is of the kind `slug`: the server's own hints speak of HTTP.
    pub(crate) fn hint_for(self, slug: &str, hint: impl Into<String>) -> Self {
        if self.is(slug) { self.hint(hint) } else { self }
    }

    /// Whether the server's problem is of the kind `slug`.
    pub(crate) fn is(&self, slug: &str) -> bool {
        let kind = self.problem.as_ref().and_then(|problem| problem["type"].as_str());
        kind.is_some_and(|kind| kind.rsplit('/').next() == Some(slug))
    }

    /// A member of the server's problem, where that is of the kind `slug`.
    pub(crate) fn member_for(&self, slug: &str, member: &str) -> Option<&Value> {
        self.problem.as_ref().filter(|_| self.is(slug))?.get(member)
    }

    /// Keeps the server's problem document (RFC 9457) for `--json`.
    pub(crate) fn problem(mut self, problem: Value) -> Self {
        self.problem = Some(Box::new(problem));
        self
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// Writes the failure to stderr: words for people, one JSON document for programs.
    pub(crate) fn show(&self, as_json: bool) {
        let mut stderr = anstream::stderr().lock();
        let text = if as_json { shown::json(&self.document().to_string()) + "\n" } else { shown::words(&self.words()) };
        // Nowhere is left to report that stderr itself is gone.
        let _ = stderr.write_all(text.as_bytes());
    }

    fn document(&self) -> Value {
        let mut error = json!({
            "code": self.exit.word(),
            "exit": self.exit as u8,
            "message": self.message,
            "causes": self.causes,
        });
        if let Some(hint) = &self.hint {
            error["hint"] = json!(hint);
        }
        if let Some(problem) = &self.problem {
            error["problem"] = Value::clone(problem);
        }
        json!({ "error": error })
    }

    fn words(&self) -> String {
        let mut text = format!("{} {}\n", "error:".bold().red(), self.message);
        for cause in &self.causes {
            text.push_str("  caused by: ");
            text.push_str(&cause.replace('\n', "\n    "));
            text.push('\n');
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("{} {hint}\n", "hint:".bold().cyan()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn causes_follow_the_chain_without_repeating() {
        let chain = Outer(std::io::Error::other("disk full"));
        let failure = Failure::refused("cannot pack").because(&chain).because(&chain);
        assert_eq!(failure.causes, ["outer", "disk full"]);
        assert_eq!(failure.document()["error"]["exit"], 4);
    }

    #[test]
    fn a_hint_for_one_kind_of_problem_leaves_the_others_alone() {
        let failure = || {
            let problem = json!({ "type": "https://adx-core.dev/problems/not-active" });
            Failure::refused("in conflict").hint("POST …/activate").problem(problem)
        };
        assert_eq!(failure().hint_for("not-active", "run `adx activate`").hint.as_deref(), Some("run `adx activate`"));
        assert_eq!(failure().hint_for("active", "run `adx list`").hint.as_deref(), Some("POST …/activate"));
    }

    #[test]
    fn words_end_with_the_hint() {
        let failure = Failure::usage("no registry").hint("pass --registry URL");
        let plain = anstream::adapter::strip_str(&failure.words()).to_string();
        assert_eq!(plain, "error: no registry\nhint: pass --registry URL\n");
    }
}
