//! What is wrong with a manifest, and where.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The key in full, such as `module.network.allowed_hosts`; empty when the text is not TOML.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at line {}", self.message, self.line)?;
        if let Some(hint) = &self.hint {
            write!(formatter, ": {hint}")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a manifest, in the order of its lines; at least one problem.
///
/// Shown as one line a problem, each as `module.toml:LINE:COLUMN: message at line LINE: hint`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct ManifestError {
    /// The problems.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "module.toml:{}:{}: {problem}", problem.line, problem.column)?;
        }
        Ok(())
    }
}
