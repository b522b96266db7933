//! Reads TOML tables and keeps every problem, with its place, instead of stopping at the first.
//!
//! A [`Section`] remembers each key it was asked for. What it holds beyond those when it is
//! [finished](Section::finish) is unknown, so the list of known keys cannot drift from the code.

use std::{cell::RefCell, fmt::Display, ops::Range};

use toml_edit::{Item, TableLike, Value};

use super::problem::Problem;
use crate::limits::MAX_PROBLEMS;

/// How alike an unknown key and a known one must be for the known one to be suggested.
const SUGGESTION_SIMILARITY: f64 = 0.7;
/// How much of a key is repeated in messages: its author chose it, and it may be as long as the
/// manifest.
const SHOWN_KEY_CHARS: usize = 80;

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

/// One table of the text.
pub(super) struct Section<'read> {
    reader: &'read Reader<'read>,
    table: &'read dyn TableLike,
    spot: Spot,
    asked: RefCell<Vec<&'static str>>,
}

impl<'read> Section<'read> {
    pub(super) fn new(reader: &'read Reader<'read>, table: &'read dyn TableLike, spot: Spot) -> Self {
        Self { reader, table, spot, asked: RefCell::default() }
    }

    pub(super) fn spot(&self) -> &Spot {
        &self.spot
    }

    pub(super) fn reader(&self) -> &'read Reader<'read> {
        self.reader
    }

    fn path(&self, key: &str) -> String {
        let key = shown(key);
        if self.spot.key.is_empty() { key } else { format!("{}.{key}", self.spot.key) }
    }

    fn item(&self, key: &'static str) -> Option<Located<&'read Item>> {
        self.asked.borrow_mut().push(key);
        let (_, item) = self.table.get_key_value(key).filter(|(_, item)| !item.is_none())?;
        let span = item.span().or_else(|| self.table.key(key)?.span());
        Some(Located { value: item, spot: self.reader.spot(self.path(key), span) })
    }

    /// Reports that a key is missing, at the table's header.
    fn missing(&self, key: &str, example: &str) {
        let spot = Spot { key: self.path(key), ..self.spot.clone() };
        self.reader.problem_with_hint(
            &spot,
            format_args!("missing key `{key}` in the table"),
            format_args!("add `{key} = {example}`"),
        );
    }

    fn wrong_type(&self, found: &Located<&Item>, expected: &str) {
        self.reader.problem(
            &found.spot,
            format_args!("`{}` is {}, expected {expected}", found.spot.key, article(found.value.type_name())),
        );
    }

    /// A string with at least one visible character and at most `maximum` characters.
    pub(super) fn text(&self, key: &'static str, maximum: usize) -> Option<Located<String>> {
        let item = self.item(key)?;
        let Some(text) = item.value.as_str() else {
            self.wrong_type(&item, "a string");
            return None;
        };
        self.check_text(&item.spot, text, maximum).then(|| Located { value: text.to_owned(), spot: item.spot })
    }

    fn check_text(&self, spot: &Spot, text: &str, maximum: usize) -> bool {
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.reader.problem_with_hint(
                spot,
                format_args!("`{}` is empty", spot.key),
                "write something or leave the key out",
            );
        } else if length > maximum {
            self.reader.problem_with_hint(
                spot,
                format_args!("`{}` has {length} characters", spot.key),
                format_args!("shorten it to {maximum} at most"),
            );
        } else if let Some(control) = text.chars().find(|c| c.is_control() && *c != '\n') {
            self.reader.problem_with_hint(
                spot,
                format_args!("`{}` has the control character {}", spot.key, control.escape_unicode()),
                "remove it",
            );
        } else {
            return true;
        }
        false
    }

    /// [`Section::text`], reported when it is missing.
    pub(super) fn required_text(&self, key: &'static str, maximum: usize, example: &str) -> Option<Located<String>> {
        if self.table.get(key).is_none_or(Item::is_none) {
            self.asked.borrow_mut().push(key);
            self.missing(key, example);
            return None;
        }
        self.text(key, maximum)
    }

    /// A string read by `parse`, whose error becomes the problem.
    pub(super) fn parsed<T, E: Display>(
        &self,
        key: &'static str,
        maximum: usize,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Located<T>> {
        let text = self.text(key, maximum)?;
        self.reader.parse(text, parse)
    }

    /// [`Section::parsed`], reported when it is missing.
    pub(super) fn required<T, E: Display>(
        &self,
        key: &'static str,
        maximum: usize,
        example: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Located<T>> {
        let text = self.required_text(key, maximum, example)?;
        self.reader.parse(text, parse)
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, key: &'static str, minimum: u64, maximum: u64) -> Option<Located<u64>> {
        let item = self.item(key)?;
        let Some(number) = item.value.as_integer() else {
            self.wrong_type(&item, "a whole number");
            return None;
        };
        match u64::try_from(number) {
            Ok(value) if (minimum..=maximum).contains(&value) => Some(Located { value, spot: item.spot }),
            _ => {
                self.reader.problem_with_hint(
                    &item.spot,
                    format_args!("`{}` is {number}", item.spot.key),
                    format_args!("write a number from {minimum} to {maximum}"),
                );
                None
            }
        }
    }

    /// [`Section::number`], reported when it is missing.
    pub(super) fn required_number(
        &self,
        key: &'static str,
        minimum: u64,
        maximum: u64,
        example: &str,
    ) -> Option<Located<u64>> {
        if self.table.get(key).is_none_or(Item::is_none) {
            self.asked.borrow_mut().push(key);
            self.missing(key, example);
            return None;
        }
        self.number(key, minimum, maximum)
    }

    /// [`Section::number`] for fields of 32 bits.
    pub(super) fn small_number(&self, key: &'static str, minimum: u32, maximum: u32) -> Option<Located<u32>> {
        let number = self.number(key, minimum.into(), maximum.into())?;
        Some(Located { value: u32::try_from(number.value).ok()?, spot: number.spot })
    }

    /// A number, whole or with a fraction, within bounds.
    pub(super) fn decimal(&self, key: &'static str, minimum: f64, maximum: f64) -> Option<f64> {
        let item = self.item(key)?;
        // Whole numbers beyond 2^53 lose digits here, far outside any bounds asked for.
        #[expect(clippy::cast_precision_loss, reason = "out of bounds long before")]
        let number = item.value.as_float().or_else(|| item.value.as_integer().map(|number| number as f64));
        match number {
            None => {
                self.wrong_type(&item, "a number");
                None
            }
            Some(number) if (minimum..=maximum).contains(&number) => Some(number),
            Some(number) => {
                self.reader.problem_with_hint(
                    &item.spot,
                    format_args!("`{}` is {number}", item.spot.key),
                    format_args!("write a number from {minimum} to {maximum}"),
                );
                None
            }
        }
    }

    /// A list of strings, at most `maximum` of them, none twice; an absent key is an empty list.
    pub(super) fn texts(&self, key: &'static str, maximum: usize, maximum_chars: usize) -> Vec<Located<String>> {
        let Some(item) = self.item(key) else {
            return Vec::new();
        };
        let Some(array) = item.value.as_array() else {
            self.wrong_type(&item, "a list of strings");
            return Vec::new();
        };
        if array.len() > maximum {
            self.reader.problem_with_hint(
                &item.spot,
                format_args!("`{}` has {} entries", item.spot.key, array.len()),
                format_args!("keep {maximum} at most"),
            );
            return Vec::new();
        }
        let mut texts: Vec<Located<String>> = Vec::with_capacity(array.len());
        for value in array {
            let spot = self.reader.spot(item.spot.key.clone(), value.span());
            let Value::String(text) = value else {
                self.reader.problem(
                    &spot,
                    format_args!("an entry of `{}` is {}, expected a string", spot.key, article(value.type_name())),
                );
                continue;
            };
            let text = text.value();
            if !self.check_text(&spot, text, maximum_chars) {
                continue;
            }
            if texts.iter().any(|seen| seen.value == *text) {
                self.reader.problem_with_hint(&spot, format_args!("`{text}` is in `{}` twice", spot.key), "remove one");
                continue;
            }
            texts.push(Located { value: text.clone(), spot });
        }
        texts
    }

    /// A list of strings, each read by `parse`.
    pub(super) fn parsed_list<T, E: Display>(
        &self,
        key: &'static str,
        maximum: usize,
        maximum_chars: usize,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<Located<T>> {
        self.texts(key, maximum, maximum_chars).into_iter().filter_map(|text| self.reader.parse(text, &parse)).collect()
    }

    /// A table inside this one.
    pub(super) fn section(&self, key: &'static str) -> Option<Section<'read>> {
        let item = self.item(key)?;
        let Some(table) = item.value.as_table_like() else {
            self.wrong_type(&item, "a table");
            return None;
        };
        Some(Section::new(self.reader, table, item.spot))
    }

    /// [`Section::section`], reported when it is missing.
    pub(super) fn required_section(&self, key: &'static str) -> Option<Section<'read>> {
        let section = self.section(key);
        if section.is_none() && self.table.get(key).is_none_or(Item::is_none) {
            let spot = Spot { key: self.path(key), ..self.spot.clone() };
            self.reader.problem_with_hint(
                &spot,
                format_args!("missing table `[{}]`", spot.key),
                "add it; the reference is in the README of adx-index",
            );
        }
        section
    }

    /// A list of tables, written as `[[key]]` or as a list of inline tables.
    pub(super) fn sections(&self, key: &'static str, maximum: usize) -> Vec<Section<'read>> {
        let Some(item) = self.item(key) else {
            return Vec::new();
        };
        let tables: Vec<(&'read dyn TableLike, Option<Range<usize>>)> = match item.value {
            Item::ArrayOfTables(tables) => tables.iter().map(|table| (table as &dyn TableLike, table.span())).collect(),
            Item::Value(Value::Array(array)) if array.iter().all(Value::is_inline_table) => array
                .iter()
                .filter_map(|value| {
                    let table = value.as_inline_table()?;
                    Some((table as &dyn TableLike, value.span()))
                })
                .collect(),
            _ => {
                self.wrong_type(&item, "a list of tables");
                return Vec::new();
            }
        };
        if tables.len() > maximum {
            self.reader.problem_with_hint(
                &item.spot,
                format_args!("`{}` has {} tables", item.spot.key, tables.len()),
                format_args!("keep {maximum} at most"),
            );
            return Vec::new();
        }
        tables
            .into_iter()
            .map(|(table, span)| {
                let spot = self.reader.spot(item.spot.key.clone(), span);
                Section::new(self.reader, table, spot)
            })
            .collect()
    }

    /// Every key of a table whose keys are the author's, each with its string; at most `maximum` of them.
    pub(super) fn free_texts(&self, maximum: usize, maximum_chars: usize) -> Vec<(Located<String>, Located<String>)> {
        let mut entries = Vec::new();
        if self.table.len() > maximum {
            self.reader.problem_with_hint(
                &self.spot,
                format_args!("`{}` has {} entries", self.spot.key, self.table.len()),
                format_args!("keep {maximum} at most"),
            );
            return entries;
        }
        for (key, item) in self.table.iter() {
            let key_span = self.table.key(key).and_then(toml_edit::Key::span);
            let path = self.path(key);
            let key_spot = self.reader.spot(path.clone(), key_span);
            let spot = match item.span() {
                Some(span) => self.reader.spot(path, Some(span)),
                None => key_spot.clone(),
            };
            let Some(text) = item.as_str() else {
                self.wrong_type(&Located { value: item, spot }, "a string");
                continue;
            };
            if self.check_text(&spot, text, maximum_chars) {
                entries.push((
                    Located { value: key.to_owned(), spot: key_spot },
                    Located { value: text.to_owned(), spot },
                ));
            }
        }
        entries
    }

    /// Reports every key that nobody asked for.
    pub(super) fn finish(self) {
        let asked = self.asked.take();
        let unknown = self.table.iter().filter(|(key, item)| !item.is_none() && !asked.contains(key));
        for (key, item) in unknown.take_while(|_| !self.reader.is_full()) {
            let span = self.table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
            let spot = self.reader.spot(self.path(key), span);
            let message = format!("unknown key `{}`", shown(key));
            match nearest(key, &asked) {
                Some(known) => {
                    self.reader.problem_with_hint(&spot, message, format_args!("did you mean `{known}`?"));
                }
                None => self.reader.problem_with_hint(
                    &spot,
                    message,
                    format_args!("the keys known here are {}", list(&asked)),
                ),
            }
        }
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

/// The beginning of a key, its special characters escaped.
fn shown(key: &str) -> String {
    key.chars().take(SHOWN_KEY_CHARS).flat_map(char::escape_debug).collect()
}

/// The known key that the unknown one was most likely meant to be.
fn nearest<'known>(unknown: &str, known: &[&'known str]) -> Option<&'known str> {
    // The measure is quadratic, and a hostile key may be as long as the manifest.
    if unknown.len() > 64 {
        return None;
    }
    known
        .iter()
        .map(|key| (*key, strsim::jaro_winkler(unknown, key)))
        .filter(|(_, similarity)| *similarity >= SUGGESTION_SIMILARITY)
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(key, _)| key)
}

fn list(keys: &[&str]) -> String {
    let quoted: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    quoted.join(", ")
}

fn article(type_name: &str) -> String {
    match type_name {
        "array" => "a list".to_owned(),
        "array of tables" => "a list of tables".to_owned(),
        "integer" | "inline table" => format!("an {type_name}"),
        other => format!("a {other}"),
    }
}
