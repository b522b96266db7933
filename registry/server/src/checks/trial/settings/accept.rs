//! Whether a schema accepts a value, in a bounded number of steps: the keywords of JSON Schema 2020-12 that settings are written
//! with, and what older drafts share with it. What cannot be followed is an obstacle, and accepts nothing.
//!
//! <https://json-schema.org/draft/2020-12/json-schema-validation>

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Number, Value};

use super::formats::samples;
use super::pattern::MAX_PATTERN_BYTES;

/// Schemas in one another, references followed: stops those that lead in a circle.
const MAX_LEVEL: u32 = 64;
/// Most memory of a pattern that is compiled.
const MAX_COMPILED_BYTES: usize = 256 * 1024;
/// What compiling a pattern costs, in steps.
const PATTERN_STEPS: u32 = 10_000;
/// What says what a value has to be, and is not followed.
const NOT_FOLLOWED: [&str; 9] = [
    "$dynamicRef",
    "$recursiveRef",
    "additionalItems",
    "contains",
    "dependencies",
    "dependentSchemas",
    "disallow",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The keywords of one schema.
pub(super) type Keywords = Map<String, Value>;

/// Why it cannot be told, for the publisher.
type Obstacle = String;

/// Reads one schema, as long as there are steps left.
pub(super) struct Reader<'s> {
    root: &'s Value,
    steps: Cell<u32>,
    patterns: RefCell<BTreeMap<&'s str, Option<Regex>>>,
    obstacle: RefCell<Option<Obstacle>>,
}

impl<'s> Reader<'s> {
    /// For so many steps.
    pub(super) fn new(root: &'s Value, steps: u32) -> Self {
        Self { root, steps: Cell::new(steps), patterns: RefCell::default(), obstacle: RefCell::default() }
    }

    /// The first thing that could not be followed, if there was one.
    pub(super) fn obstacle(&self) -> Option<String> {
        self.obstacle.borrow().clone()
    }

    /// Notes something that could not be followed.
    pub(super) fn note(&self, obstacle: &str) {
        let _: Option<()> = self.noted(Err(obstacle.to_owned()));
    }

    /// Whether the whole schema accepts a value.
    pub(super) fn accepts(&self, value: &Value) -> bool {
        self.noted(self.follow(self.root, value, 0)).unwrap_or(false)
    }

    /// Whether these keywords do.
    pub(super) fn accepts_by(&self, keywords: &'s Keywords, value: &Value) -> bool {
        self.noted(self.all(keywords, value, 0)).unwrap_or(false)
    }

    /// Takes steps, if there are so many left.
    pub(super) fn take(&self, steps: u32) -> bool {
        self.noted(self.spend(steps)).is_some()
    }

    /// Whether the schema says that it is of a draft before 2019-09.
    fn is_of_older_draft(&self) -> bool {
        self.root.get("$schema").and_then(Value::as_str).is_some_and(|draft| draft.contains("draft-0"))
    }

    /// The schema that a reference leads to.
    pub(super) fn target(&self, reference: &'s Value) -> Option<&'s Value> {
        self.noted(self.refer(reference))
    }

    /// Whether a text matches a pattern.
    pub(super) fn matches(&self, pattern: &'s str, text: &str) -> bool {
        self.noted(self.fits(pattern, text)).unwrap_or(false)
    }

    fn noted<T>(&self, told: Result<T, Obstacle>) -> Option<T> {
        told.map_err(|obstacle| _ = self.obstacle.borrow_mut().get_or_insert(obstacle)).ok()
    }

    fn spend(&self, steps: u32) -> Result<(), Obstacle> {
        let left = self.steps.get().checked_sub(steps);
        self.steps.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| "it takes too many steps to follow".to_owned())
    }

    fn refer(&self, reference: &'s Value) -> Result<&'s Value, Obstacle> {
        let unknown = || format!("`$ref` {reference} leads nowhere within the file");
        let pointer = reference.as_str().and_then(|text| text.strip_prefix('#')).ok_or_else(unknown)?;
        let pointer = percent_encoding::percent_decode_str(pointer).decode_utf8().map_err(|_| unknown())?;
        self.root.pointer(&pointer).ok_or_else(unknown)
    }

    fn fits(&self, pattern: &'s str, text: &str) -> Result<bool, Obstacle> {
        self.spend(count(text.len()).saturating_add(1))?;
        let mut patterns = self.patterns.borrow_mut();
        if !patterns.contains_key(pattern) {
            self.spend(PATTERN_STEPS)?;
            let compiled = (pattern.len() <= MAX_PATTERN_BYTES)
                .then(|| RegexBuilder::new(pattern).size_limit(MAX_COMPILED_BYTES).build().ok());
            patterns.insert(pattern, compiled.flatten());
        }
        let compiled = patterns.get(pattern).and_then(Option::as_ref);
        compiled.map(|regex| regex.is_match(text)).ok_or_else(|| format!("`pattern` {pattern:?} cannot be followed"))
    }

    fn follow(&self, schema: &'s Value, value: &Value, level: u32) -> Result<bool, Obstacle> {
        match schema {
            Value::Bool(all) => Ok(*all),
            Value::Object(keywords) => self.all(keywords, value, level),
            _ => Err("a schema is an object, `true` or `false`".to_owned()),
        }
    }

    fn all(&self, keywords: &'s Keywords, value: &Value, level: u32) -> Result<bool, Obstacle> {
        self.spend(1)?;
        if level > MAX_LEVEL {
            return Err("its references lead in a circle".to_owned());
        }
        if keywords.contains_key("$schema") && !self.root.as_object().is_some_and(|root| std::ptr::eq(root, keywords)) {
            return Err("`$schema` stands within a schema".to_owned());
        }
        if let Some(word) = NOT_FOLLOWED.iter().find(|word| keywords.contains_key(**word)) {
            return Err(format!("`{word}` is not followed"));
        }
        for (word, rule) in keywords {
            if !self.holds(keywords, word, rule, value, level + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a value keeps one rule.
    fn holds(
        &self,
        keywords: &'s Keywords,
        word: &str,
        rule: &'s Value,
        value: &Value,
        level: u32,
    ) -> Result<bool, Obstacle> {
        let follow = |schema: &'s Value| self.follow(schema, value, level);
        let wrong = || format!("`{word}` is not what JSON Schema 2020-12 has there");
        match word {
            "$ref" => follow(self.refer(rule)?),
            "type" => Ok(types(rule).any(|kind| is_of(value, kind))),
            "enum" => {
                let known = rule.as_array().ok_or_else(wrong)?;
                self.spend(weight(value).saturating_mul(count(known.len())))?;
                Ok(known.iter().any(|known| is_same(known, value)))
            }
            "const" => {
                self.spend(weight(value))?;
                Ok(is_same(rule, value))
            }
            "allOf" => each(rule.as_array().ok_or_else(wrong)?, follow),
            "anyOf" => any(rule.as_array().ok_or_else(wrong)?, follow),
            "oneOf" => {
                let told: Result<Vec<_>, _> = rule.as_array().ok_or_else(wrong)?.iter().map(follow).collect();
                Ok(told?.into_iter().filter(|accepted| *accepted).count() == 1)
            }
            "not" => Ok(!follow(rule)?),
            "if" => {
                let branch = keywords.get(if follow(rule)? { "then" } else { "else" });
                branch.map_or(Ok(true), follow)
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
                let Value::Number(number) = value else { return Ok(true) };
                let Value::Number(bound) = rule else { return Err(wrong()) };
                let order = compare(number, bound);
                match word {
                    "minimum" => Ok(order.is_some_and(Ordering::is_ge)),
                    "maximum" => Ok(order.is_some_and(Ordering::is_le)),
                    "exclusiveMinimum" => Ok(order.is_some_and(Ordering::is_gt)),
                    "exclusiveMaximum" => Ok(order.is_some_and(Ordering::is_lt)),
                    _ => is_multiple(number, bound)
                        .ok_or_else(|| format!("`multipleOf` {bound}, of which {number} may be one")),
                }
            }
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
                let length = match (value, &word[3..]) {
                    (Value::String(text), "Length") => text.chars().count(),
                    (Value::Array(items), "Items") => items.len(),
                    (Value::Object(members), "Properties") => members.len(),
                    _ => return Ok(true),
                };
                let bound = size(rule).ok_or_else(wrong)?;
                Ok(if word.starts_with("min") { length >= bound } else { length <= bound })
            }
            "pattern" => match value {
                Value::String(text) => self.fits(rule.as_str().ok_or_else(wrong)?, text),
                _ => Ok(true),
            },
            // Since 2019-09 a format is a remark; before, validators hold texts against it, each as it understands it.
            "format" if self.is_of_older_draft() => match (value, rule.as_str().and_then(samples)) {
                (Value::String(text), Some(samples)) if !samples.contains(&text.as_str()) => {
                    Err(format!("whether a text has the `format` {rule} is for others to say"))
                }
                _ => Ok(true),
            },
            "uniqueItems" => match value {
                Value::Array(items) if rule == &Value::Bool(true) => {
                    self.spend(weight(value).saturating_mul(count(items.len())))?;
                    let is_new = |at: usize| items[..at].iter().all(|before| !is_same(before, &items[at]));
                    Ok((0..items.len()).all(is_new))
                }
                _ => Ok(true),
            },
            "prefixItems" | "items" => match value {
                Value::Array(items) => {
                    let told =
                        items.iter().enumerate().filter_map(|(at, item)| Some((item_rule(keywords, word, at)?, item)));
                    each(told, |(schema, item)| self.follow(schema, item, level))
                }
                _ => Ok(true),
            },
            "required"
            | "dependentRequired"
            | "properties"
            | "patternProperties"
            | "additionalProperties"
            | "propertyNames" => match value {
                Value::Object(members) => self.members(keywords, word, rule, members, level),
                _ => Ok(true),
            },
            _ => Ok(true),
        }
    }

    /// Whether the members of an object keep one rule.
    fn members(
        &self,
        keywords: &'s Keywords,
        word: &str,
        rule: &'s Value,
        members: &Map<String, Value>,
        level: u32,
    ) -> Result<bool, Obstacle> {
        let follow = |schema: &'s Value, member: &Value| self.follow(schema, member, level);
        match word {
            "required" => Ok(names(rule).all(|name| members.contains_key(name))),
            "dependentRequired" => {
                let asked = rule.as_object().into_iter().flatten().filter(|(name, _)| members.contains_key(*name));
                Ok(asked.flat_map(|(_, wanted)| names(wanted)).all(|name| members.contains_key(name)))
            }
            "properties" => each(rule.as_object().into_iter().flatten(), |(name, schema)| {
                members.get(name).map_or(Ok(true), |member| follow(schema, member))
            }),
            "patternProperties" => each(rule.as_object().into_iter().flatten(), |(pattern, schema)| {
                each(members, |(name, member)| Ok(!self.fits(pattern, name)? || follow(schema, member)?))
            }),
            "propertyNames" => each(members.keys(), |name| follow(rule, &Value::String(name.clone()))),
            _ => each(members, |(name, member)| Ok(self.is_named(keywords, name)? || follow(rule, member)?)),
        }
    }

    /// Whether `properties` or `patternProperties` says something of a member, so that `additionalProperties` does not.
    fn is_named(&self, keywords: &'s Keywords, name: &str) -> Result<bool, Obstacle> {
        let table = |word| keywords.get(word).and_then(Value::as_object);
        if table("properties").is_some_and(|known| known.contains_key(name)) {
            return Ok(true);
        }
        any(table("patternProperties").into_iter().flatten(), |(pattern, _)| self.fits(pattern, name))
    }

    /// The schemas that these keywords have for a member; `None` where they forbid it.
    pub(super) fn member_rules(&self, keywords: &'s Keywords, name: &str) -> Option<Vec<&'s Value>> {
        let table = |word| keywords.get(word).and_then(Value::as_object);
        let own = table("properties").and_then(|known| known.get(name));
        let by_pattern = table("patternProperties").into_iter().flatten();
        let by_pattern = by_pattern.filter(|(pattern, _)| self.matches(pattern, name)).map(|(_, schema)| schema);
        let rules: Vec<_> = own.into_iter().chain(by_pattern).collect();
        match keywords.get("additionalProperties") {
            Some(Value::Bool(false)) if rules.is_empty() => None,
            Some(additional) if rules.is_empty() => Some(vec![additional]),
            _ => Some(rules),
        }
    }
}

/// The schema that a keyword has for the item at a place. A list in `items` is what older drafts call `prefixItems`.
pub(super) fn item_rule<'s>(keywords: &'s Keywords, word: &str, at: usize) -> Option<&'s Value> {
    match (word, keywords.get(word)?) {
        (_, Value::Array(first)) => first.get(at),
        ("prefixItems", _) => None,
        (_, rest) => {
            let first = keywords.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
            (at >= first).then_some(rest)
        }
    }
}

/// The words of `type`.
pub(super) fn types(rule: &Value) -> impl Iterator<Item = &str> {
    rule.as_str().into_iter().chain(rule.as_array().into_iter().flatten().filter_map(Value::as_str))
}

/// A list of names.
pub(super) fn names(rule: &Value) -> impl Iterator<Item = &str> {
    rule.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// A bound of a size.
pub(super) fn size(rule: &Value) -> Option<usize> {
    let Value::Number(number) = rule else { return None };
    usize::try_from(whole(number)?).ok()
}

/// A number without a fraction: what JSON Schema calls an integer. Not those that a double does not hold exactly.
pub(super) fn whole(number: &Number) -> Option<i128> {
    if let Some(exact) = number.as_i128() {
        return Some(exact);
    }
    let double = number.as_f64()?;
    let is_whole = double.fract() == 0.0 && double.abs() < 9_007_199_254_740_992.0;
    is_whole.then(|| format!("{double:.0}").parse().ok()).flatten()
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// What comparing a value costs, in steps.
fn weight(value: &Value) -> u32 {
    let sum = |weights: &mut dyn Iterator<Item = u32>| weights.fold(1_u32, u32::saturating_add);
    match value {
        Value::String(text) => count(text.len() / 16 + 1),
        Value::Array(items) => sum(&mut items.iter().map(weight)),
        Value::Object(members) => sum(&mut members.values().map(weight)),
        _ => 1,
    }
}

fn compare(left: &Number, right: &Number) -> Option<Ordering> {
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// Whether a number is a multiple of another. Of fractions only what nobody disputes: nothing, the step itself, and its doubles, which
/// are exact in binary as in decimal; what is nearer to zero than the step is none.
fn is_multiple(number: &Number, step: &Number) -> Option<bool> {
    if let (Some(number), Some(step)) = (whole(number), whole(step)) {
        return Some(step != 0 && number % step == 0);
    }
    let (number, step) = (number.as_f64()?.abs(), step.as_f64()?);
    let same = |factor: f64| (number - step * factor).abs() == 0.0;
    if [0.0, 1.0, 2.0, 4.0, 8.0].into_iter().any(same) {
        return Some(true);
    }
    (number < step).then_some(false)
}

fn is_of(value: &Value, kind: &str) -> bool {
    match (kind, value) {
        ("null", Value::Null)
        | ("boolean", Value::Bool(_))
        | ("number", Value::Number(_))
        | ("string", Value::String(_))
        | ("array", Value::Array(_))
        | ("object", Value::Object(_)) => true,
        ("integer", Value::Number(number)) => whole(number).is_some(),
        _ => false,
    }
}

/// Whether two values are one in JSON Schema, where 1 is 1.0.
pub(super) fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let is_there =
                |(name, member): (&String, &Value)| right.get(name).is_some_and(|other| is_same(member, other));
            left.len() == right.len() && left.iter().all(is_there)
        }
        _ => left == right,
    }
}

fn each<T>(all: impl IntoIterator<Item = T>, holds: impl Fn(T) -> Result<bool, Obstacle>) -> Result<bool, Obstacle> {
    for one in all {
        if !holds(one)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any<T>(all: impl IntoIterator<Item = T>, holds: impl Fn(T) -> Result<bool, Obstacle>) -> Result<bool, Obstacle> {
    for one in all {
        if holds(one)? {
            return Ok(true);
        }
    }
    Ok(false)
}
