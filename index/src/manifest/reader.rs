//! Reads TOML tables and keeps every problem, with its place, instead of stopping at the first.
//!
//! A [`Section`] remembers each key it was asked for. What it holds beyond those when it is
//! [finished](Section::finish) is unknown, so the list of known keys cannot drift from the code.

mod section;
mod words;

pub(super) use section::Section;

use std::{cell::RefCell, fmt::Display, ops::Range};

use super::problem::Problem;
use crate::limits::MAX_PROBLEMS;

/// The text being read and the problems found in it.
pub(super) struct Reader<'text> {
    text: &'text str,
    /// Where each line starts, in bytes.
    lines: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
}

/// A place in the text, with the full key it belongs to.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    key: String,
    line: usize,
    column: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub(super) value: T,
    pub(super) spot: Spot,
}

impl<'text> Reader<'text> {
    pub(super) fn new(text: &'text str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(index, _)| index + 1)).collect();
        Self { text, lines, problems: RefCell::default() }
    }

    pub(super) fn spot(&self, key: impl Into<String>, span: Option<Range<usize>>) -> Spot {
        let offset = span.map_or(0, |span| span.start).min(self.text.len());
        // A span that does not fall on a character can only come from a bug elsewhere; the start
        // of the line is then as good a place as any.
        let line = self.lines.partition_point(|start| *start <= offset);
        let before = self.text.get(self.lines[line - 1]..offset).unwrap_or_default();
        Spot { key: key.into(), line, column: before.chars().count() + 1 }
    }

    pub(super) fn problem(&self, spot: &Spot, message: impl Display) {
        self.push(spot, message.to_string(), None);
    }

    pub(super) fn problem_with_hint(&self, spot: &Spot, message: impl Display, hint: impl Display) {
        self.push(spot, message.to_string(), Some(hint.to_string()));
    }

    fn push(&self, spot: &Spot, message: String, hint: Option<String>) {
        if self.is_full() {
            return;
        }
        self.problems.borrow_mut().push(Problem {
            line: spot.line,
            column: spot.column,
            key: spot.key.clone(),
            message,
            hint,
        });
    }

    pub(super) fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    fn is_full(&self) -> bool {
        self.problems.borrow().len() == MAX_PROBLEMS
    }

    /// The problems found, in the order of the text.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems
    }
}

impl Reader<'_> {
    fn parse<T, E: Display>(&self, text: Located<String>, parse: impl Fn(&str) -> Result<T, E>) -> Option<Located<T>> {
        match parse(&text.value) {
            Ok(value) => Some(Located { value, spot: text.spot }),
            Err(error) => {
                self.problem(&text.spot, format_args!("`{}`: {error}", text.spot.key));
                None
            }
        }
    }
}
