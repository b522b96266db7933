//! The check `content`: known-bad content, told by rules of YARA. The rules are compiled at start; before each package the folder
//! is looked at (one `stat` a file), and compiled again when it was changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use adx_registry_core::checks::secrets::all_files;
use adx_registry_core::checks::{Check, CheckBroke, Finding, Severity, Subject, told};
use adx_signing::digest::Digest;
use anyhow::{Context as _, anyhow, bail};
use boreal::compiler::CompilerParams;
use boreal::scanner::{EvaluatedRule, ScanError, ScanParams};
use boreal::{Compiler, Metadata, MetadataValue, Scanner};

use super::stamp::{Stamp, has_extension};

/// The check's name.
pub(super) const NAME: &str = "content";

/// Bytes of one file of rules.
const MAX_RULES_BYTES: u64 = 64 << 20;

/// Rules in a folder.
pub(super) struct Content {
    folder: PathBuf,
    deadline: Duration,
    held: Mutex<Held>,
}

struct Held {
    stamp: Stamp,
    digest: Digest,
    rules: Scanner,
}

impl Content {
    /// Compiles the rules.
    ///
    /// # Errors
    /// When the folder cannot be read, holds no rule, or a rule is wrong: file and line are named.
    pub(super) fn open(folder: &Path, deadline: Duration) -> anyhow::Result<Self> {
        Ok(Self { folder: folder.to_owned(), deadline, held: Mutex::new(compile(folder)?) })
    }

    /// The rules as they are in the folder now, or something of them.
    fn now<T>(&self, take: impl FnOnce(&Held) -> T) -> Result<T, CheckBroke> {
        let look = || {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            if Stamp::of(&self.folder, is_wanted)? != held.stamp {
                *held = compile(&self.folder)?;
            }
            anyhow::Ok(take(&held))
        };
        look().map_err(|error| {
            CheckBroke::new(NAME, format!("the rules in {} cannot be used: {error:#}", self.folder.display()))
        })
    }
}

impl Check for Content {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_run_again(&self) -> bool {
        true
    }

    fn held_against(&self) -> Result<Option<Digest>, CheckBroke> {
        self.now(|held| Some(held.digest))
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let mut rules = self.now(|held| held.rules.clone())?;
        let until = Instant::now() + self.deadline;
        let mut findings = Vec::new();
        for (path, bytes) in all_files(subject.package) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(late(self.deadline));
            }
            rules.set_scan_params(ScanParams::default().timeout_duration(Some(left)));
            let results = rules.scan_mem(bytes).map_err(|(error, _)| match error {
                ScanError::Timeout => late(self.deadline),
                other => CheckBroke::new(NAME, format!("{path}: {other}")),
            })?;
            findings.extend(results.rules.iter().map(|rule| finding(&rules, rule).at(path)));
        }
        Ok(told(findings))
    }
}

fn late(deadline: Duration) -> CheckBroke {
    CheckBroke::new(NAME, format!("the package was not searched within {deadline:?} (`checks.deadline`)"))
}

/// What a rule that matched says: its `description`, and its `severity`, which is `harmful` where it says nothing.
fn finding(rules: &Scanner, rule: &EvaluatedRule<'_>) -> Finding {
    let text = |key| text_of(rules, rule.metadatas, key);
    let severity = text("severity").and_then(|word| word.parse().ok()).unwrap_or(Severity::Harmful);
    let description = text("description").unwrap_or_else(|| "known-bad content".to_owned());
    Finding::new(severity, "known-content", format!("{description} (rule `{}`)", rule.name)).by_rule(rule.name)
}

/// A text among a rule's `meta`.
fn text_of(rules: &Scanner, all: &[Metadata], key: &str) -> Option<String> {
    all.iter().find_map(|one| match one.value {
        MetadataValue::Bytes(text) if rules.get_string_symbol(one.name) == key => {
            Some(String::from_utf8_lossy(rules.get_bytes_symbol(text)).into_owned())
        }
        _ => None,
    })
}

fn is_wanted(path: &Path) -> bool {
    has_extension(path, &["yar", "yara"])
}

fn compile(folder: &Path) -> anyhow::Result<Held> {
    let stamp = Stamp::of(folder, is_wanted)?;
    let digest = stamp.digest(folder)?;
    let mut compiler = Compiler::new();
    // Files of the folder are all taken: one that named another would bring it in twice.
    compiler.set_params(CompilerParams::default().disable_includes(true));
    for path in stamp.paths() {
        let size_bytes = fs::metadata(path)?.len();
        if size_bytes > MAX_RULES_BYTES {
            bail!("{} has {size_bytes} bytes, rules have {MAX_RULES_BYTES} at most", path.display());
        }
        // Each file names its rules for itself.
        let namespace = path.strip_prefix(folder).unwrap_or(path).display().to_string();
        compiler.add_rules_file_in_namespace(path, namespace).map_err(|error| anyhow!("{error}"))?;
    }
    let rules = compiler.finalize();
    for rule in rules.rules() {
        if let Some(word) = text_of(&rules, rule.metadatas, "severity") {
            word.parse::<Severity>().with_context(|| format!("rule `{}` of {}", rule.name, rule.namespace))?;
        }
    }
    let count = rules.rules().count();
    if count == 0 {
        bail!("there is no rule in it: put files that end in .yar there");
    }
    tracing::info!(rules = count, "rules for content compiled");
    Ok(Held { stamp, digest, rules })
}
