//! One table of the text, and how its values are read.

use std::{cell::RefCell, fmt::Display, ops::Range};

use toml_edit::{Item, TableLike, Value};

use super::{
    Located, Reader, Spot,
    words::{article, list, nearest, shown},
};

/// One table of the text.
pub(in crate::manifest) struct Section<'read> {
    reader: &'read Reader<'read>,
    table: &'read dyn TableLike,
    spot: Spot,
    asked: RefCell<Vec<&'static str>>,
}

impl<'read> Section<'read> {
    pub(in crate::manifest) fn new(reader: &'read Reader<'read>, table: &'read dyn TableLike, spot: Spot) -> Self {
        Self { reader, table, spot, asked: RefCell::default() }
    }

    pub(in crate::manifest) fn spot(&self) -> &Spot {
        &self.spot
    }

    pub(in crate::manifest) fn reader(&self) -> &'read Reader<'read> {
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
    pub(in crate::manifest) fn text(&self, key: &'static str, maximum: usize) -> Option<Located<String>> {
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
    pub(in crate::manifest) fn required_text(
        &self,
        key: &'static str,
        maximum: usize,
        example: &str,
    ) -> Option<Located<String>> {
        if self.table.get(key).is_none_or(Item::is_none) {
            self.asked.borrow_mut().push(key);
            self.missing(key, example);
            return None;
        }
        self.text(key, maximum)
    }

    /// A string read by `parse`, whose error becomes the problem.
    pub(in crate::manifest) fn parsed<T, E: Display>(
        &self,
        key: &'static str,
        maximum: usize,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Located<T>> {
        let text = self.text(key, maximum)?;
        self.reader.parse(text, parse)
    }

    /// [`Section::parsed`], reported when it is missing.
    pub(in crate::manifest) fn required<T, E: Display>(
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
    pub(in crate::manifest) fn number(&self, key: &'static str, minimum: u64, maximum: u64) -> Option<Located<u64>> {
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
    pub(in crate::manifest) fn required_number(
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
    pub(in crate::manifest) fn small_number(
        &self,
        key: &'static str,
        minimum: u32,
        maximum: u32,
    ) -> Option<Located<u32>> {
        let number = self.number(key, minimum.into(), maximum.into())?;
        Some(Located { value: u32::try_from(number.value).ok()?, spot: number.spot })
    }

    /// A number, whole or with a fraction, within bounds.
    pub(in crate::manifest) fn decimal(&self, key: &'static str, minimum: f64, maximum: f64) -> Option<f64> {
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
    pub(in crate::manifest) fn texts(
        &self,
        key: &'static str,
        maximum: usize,
        maximum_chars: usize,
    ) -> Vec<Located<String>> {
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
    pub(in crate::manifest) fn parsed_list<T, E: Display>(
        &self,
        key: &'static str,
        maximum: usize,
        maximum_chars: usize,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<Located<T>> {
        self.texts(key, maximum, maximum_chars).into_iter().filter_map(|text| self.reader.parse(text, &parse)).collect()
    }

    /// A table inside this one.
    pub(in crate::manifest) fn section(&self, key: &'static str) -> Option<Section<'read>> {
        let item = self.item(key)?;
        let Some(table) = item.value.as_table_like() else {
            self.wrong_type(&item, "a table");
            return None;
        };
        Some(Section::new(self.reader, table, item.spot))
    }

    /// [`Section::section`], reported when it is missing.
    pub(in crate::manifest) fn required_section(&self, key: &'static str) -> Option<Section<'read>> {
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
    pub(in crate::manifest) fn sections(&self, key: &'static str, maximum: usize) -> Vec<Section<'read>> {
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
    pub(in crate::manifest) fn free_texts(
        &self,
        maximum: usize,
        maximum_chars: usize,
    ) -> Vec<(Located<String>, Located<String>)> {
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
    pub(in crate::manifest) fn finish(self) {
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
