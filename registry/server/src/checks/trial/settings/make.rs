//! Values that a schema accepts: references and branches are taken apart, and what is left says between which bounds a value is.

use std::cell::Cell;

use serde_json::{Map, Number, Value};

use super::accept::{Keywords, Reader, is_same, item_rule, names, size, types, whole};
use super::formats::samples;
use super::pattern;

/// Most schemas that one value is held against: stops references that lead in a circle.
const MAX_PARTS: usize = 64;
/// Values in one another, from which on only what is required is made, and beyond which nothing is.
const DEEP: u32 = 6;
const TOO_DEEP: u32 = 24;
/// Longest text and list.
const MAX_CHARS: usize = 4_096;
const MAX_ITEMS: usize = 64;
/// Length of a text, and items of a list, where the schema says nothing.
const LONG_CHARS: usize = 200;
const MANY_ITEMS: usize = 3;
/// Whole numbers that every double holds, where the schema names no bounds.
const GREATEST: i128 = 9_007_199_254_740_991;
/// Characters that programs stumble over.
const ODD: [char; 12] = ['a', 'Z', '0', ' ', '"', '\'', '\\', '<', 'é', '€', '\u{1F600}', '\n'];
/// Which of the values that are allowed is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bent {
    /// As little as there has to be.
    Bare,
    /// Everything, and the least of it.
    Low,
    /// Everything, and the most of it.
    High,
    /// As the dice fall.
    Mixed,
}

/// Numbers that look drawn by chance and are the same for the same seed: SplitMix64.
///
/// <https://doi.org/10.1145/2714064.2660195>
pub(super) struct Dice(Cell<u64>);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    /// From 0 to below `sides`.
    fn roll(&self, sides: usize) -> usize {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut mixed = self.0.get();
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let sides = u64::try_from(sides.max(1)).unwrap_or(u64::MAX);
        usize::try_from((mixed ^ (mixed >> 31)) % sides).unwrap_or(0)
    }
}

/// A value that all these schemas accept, if one is found.
pub(super) fn make<'s>(reader: &Reader<'s>, dice: &Dice, schemas: &[&'s Value], bent: Bent) -> Option<Value> {
    Maker { reader, dice, bent, depth: 0 }.make(schemas)
}

#[derive(Clone, Copy)]
struct Maker<'m, 's> {
    reader: &'m Reader<'s>,
    dice: &'m Dice,
    bent: Bent,
    depth: u32,
}

/// Schemas of which one is to be chosen; each may be several that belong together.
type Choice<'s> = Vec<Vec<&'s Value>>;

impl<'s> Maker<'_, 's> {
    fn make(&self, schemas: &[&'s Value]) -> Option<Value> {
        if self.depth > TOO_DEEP {
            return None;
        }
        self.take_apart(schemas.to_vec(), Vec::new(), Vec::new())
    }

    /// Follows references and `allOf`, then one branch of each choice, until only bounds are left.
    fn take_apart(
        &self,
        mut schemas: Vec<&'s Value>,
        mut parts: Vec<&'s Keywords>,
        mut choices: Vec<Choice<'s>>,
    ) -> Option<Value> {
        while let Some(schema) = schemas.pop() {
            if parts.len() == MAX_PARTS {
                self.reader.note("its references lead in a circle, or to too much at once");
                return None;
            }
            if !self.reader.take(1) {
                return None;
            }
            let keywords = match schema {
                Value::Bool(true) => continue,
                Value::Object(keywords) => keywords,
                _ => return None,
            };
            parts.push(keywords);
            if let Some(reference) = keywords.get("$ref") {
                schemas.push(self.reader.target(reference)?);
            }
            schemas.extend(list(keywords, "allOf"));
            for word in ["anyOf", "oneOf"] {
                if keywords.contains_key(word) {
                    choices.push(list(keywords, word).map(|branch| vec![branch]).collect());
                }
            }
            if let Some(condition) = keywords.get("if") {
                let with = [Some(condition), keywords.get("then")].into_iter().flatten().collect();
                choices.push(vec![with, keywords.get("else").into_iter().collect()]);
            }
        }
        let Some(branches) = choices.pop() else { return self.build(&parts) };
        let first = self.first_of(branches.len());
        let (tried_last, tried_first) = branches.split_at(first.min(branches.len()));
        let mut order = tried_first.iter().chain(tried_last);
        order.find_map(|branch| self.take_apart(branch.clone(), parts.clone(), choices.clone()))
    }

    /// Which of several alternatives is tried first.
    fn first_of(&self, count: usize) -> usize {
        match self.bent {
            Bent::Bare | Bent::Low => 0,
            Bent::High => count.saturating_sub(1),
            Bent::Mixed => self.dice.roll(count),
        }
    }

    /// Turns a list from the least to the most so that what is wanted comes first.
    fn turned(&self, mut values: Vec<Value>) -> Vec<Value> {
        match self.bent {
            Bent::Bare | Bent::Low => {}
            Bent::High => values.reverse(),
            Bent::Mixed => {
                let first = self.dice.roll(values.len()).min(values.len());
                values.rotate_left(first);
            }
        }
        values
    }

    fn build(&self, parts: &[&'s Keywords]) -> Option<Value> {
        let is_accepted = |value: &Value| parts.iter().all(|keywords| self.reader.accepts_by(keywords, value));
        let listed = parts.iter().find_map(|keywords| match (keywords.get("const"), keywords.get("enum")) {
            (Some(only), _) => Some(vec![only.clone()]),
            (None, Some(Value::Array(known))) => Some(known.iter().take(MAX_ITEMS).cloned().collect()),
            _ => None,
        });
        if let Some(listed) = listed {
            return self.turned(listed).into_iter().find(is_accepted);
        }
        let kinds = kinds(parts);
        let first = self.first_of(kinds.len());
        let order = (0..kinds.len()).map(|at| kinds[(first + at) % kinds.len()]);
        let made = order.flat_map(|kind| self.of_kind(kind, parts)).find(is_accepted);
        // Where the bounds alone do not tell, its author may have.
        let shown = || parts.iter().flat_map(|part| list(part, "examples").chain(part.get("default")));
        made.or_else(|| shown().find(|value| is_accepted(value)).cloned())
    }

    /// Values of a type between the bounds, the wanted one first.
    fn of_kind(&self, kind: &str, parts: &[&'s Keywords]) -> Vec<Value> {
        match kind {
            "null" => vec![Value::Null],
            "boolean" => self.turned(vec![false.into(), true.into()]),
            "integer" => self.integers(parts),
            "number" => self.numbers(parts),
            "string" => self.texts(parts),
            "array" => self.array(parts).into_iter().collect(),
            _ => self.object(parts).into_iter().collect(),
        }
    }

    fn integers(&self, parts: &[&'s Keywords]) -> Vec<Value> {
        let bounds =
            |word, round: fn(f64) -> f64| numbers_of(parts, word).filter_map(move |number| rounded(number, round));
        let least =
            bounds("minimum", f64::ceil).chain(bounds("exclusiveMinimum", f64::floor).map(|bound| bound + 1)).max();
        let most =
            bounds("maximum", f64::floor).chain(bounds("exclusiveMaximum", f64::ceil).map(|bound| bound - 1)).min();
        let step = bounds("multipleOf", f64::ceil).map(i128::abs).max().unwrap_or(1).max(1);
        let least = least.unwrap_or_else(|| most.unwrap_or(0).min(0) - GREATEST);
        let most = most.unwrap_or_else(|| least.max(0) + GREATEST).div_euclid(step) * step;
        let least = (least + step - 1).div_euclid(step) * step;
        if least > most {
            return Vec::new();
        }
        let sides = usize::try_from((most - least) / step + 1).unwrap_or(usize::MAX);
        let drawn = least + step * i128::try_from(self.dice.roll(sides)).unwrap_or(0);
        let mut values = vec![least, least + step, least + 2 * step, 0, drawn, most - step, most];
        match self.bent {
            Bent::Bare => values.splice(0..0, [0, step]).for_each(drop),
            Bent::Low => {}
            Bent::High => values.reverse(),
            Bent::Mixed => values.splice(0..0, [drawn]).for_each(drop),
        }
        values.into_iter().filter_map(Number::from_i128).map(Value::Number).collect()
    }

    fn numbers(&self, parts: &[&'s Keywords]) -> Vec<Value> {
        let bound = |words: [&'static str; 2]| {
            words.into_iter().flat_map(|word| numbers_of(parts, word)).filter_map(Number::as_f64)
        };
        let least = bound(["minimum", "exclusiveMinimum"]).reduce(f64::max);
        let most = bound(["maximum", "exclusiveMaximum"]).reduce(f64::min);
        let (low, high) = (
            least.unwrap_or(most.unwrap_or(0.0).min(0.0) - 1e15),
            most.unwrap_or(least.unwrap_or(0.0).max(0.0) + 1e15),
        );
        // Half and a thousandth of the way: where a bound itself is excluded.
        let between = |share: f64| low + (high - low) * share;
        let steps =
            numbers_of(parts, "multipleOf").filter_map(Number::as_f64).flat_map(|step| [step, -step, step * 2.0]);
        let mut values = vec![low, between(0.001), between(0.5), between(0.999), high];
        if self.bent == Bent::Bare {
            values.insert(0, 0.0);
        }
        let values: Vec<f64> = values.into_iter().chain(steps).collect();
        let values = self.turned(values.into_iter().filter_map(Number::from_f64).map(Value::Number).collect());
        values.into_iter().chain(self.integers(parts)).collect()
    }

    fn texts(&self, parts: &[&'s Keywords]) -> Vec<Value> {
        let least = sizes(parts, "minLength").max().unwrap_or(0);
        let most = sizes(parts, "maxLength").min();
        if least > MAX_CHARS {
            return Vec::new();
        }
        let word = |word| parts.iter().find_map(move |part| part.get(word)?.as_str());
        if let Some(samples) = word("format").and_then(samples) {
            return self.turned(samples.iter().map(|sample| (*sample).into()).collect());
        }
        if let Some(pattern) = word("pattern") {
            let wanted = |text: &String| (least..=most.unwrap_or(MAX_CHARS)).contains(&text.chars().count());
            // Asked for nothing but to be told of a pattern that cannot be followed.
            let _ = self.reader.matches(pattern, "");
            let matching = pattern::texts(pattern).into_iter().filter(wanted);
            return self.turned(matching.map(Value::String).collect());
        }
        let most = most.unwrap_or(LONG_CHARS).max(least).min(MAX_CHARS.max(least));
        let length = least + self.dice.roll((most - least).min(LONG_CHARS) + 1);
        let text = match self.bent {
            Bent::Bare | Bent::Low => "a".repeat(least),
            // Of three bytes: whoever cuts it by bytes cuts in the middle of one.
            Bent::High => "€".repeat(most),
            Bent::Mixed => (0..length).map(|_| ODD[self.dice.roll(ODD.len())]).collect(),
        };
        vec![Value::String(text), Value::String("a".repeat(least)), Value::String("a".repeat(most))]
    }

    fn array(&self, parts: &[&'s Keywords]) -> Option<Value> {
        let least = sizes(parts, "minItems").max().unwrap_or(0);
        let most = sizes(parts, "maxItems").min().unwrap_or(MANY_ITEMS).max(least);
        let is_deep = self.depth >= DEEP;
        let wanted = match self.bent {
            Bent::High if !is_deep => most.min(MAX_ITEMS).max(least),
            Bent::Mixed if !is_deep => least + self.dice.roll((most - least).min(MANY_ITEMS) + 1),
            _ => least,
        };
        if least > MAX_ITEMS {
            return None;
        }
        let is_unique = parts.iter().any(|part| part.get("uniqueItems") == Some(&Value::Bool(true)));
        let mut items: Vec<Value> = Vec::new();
        for at in 0..wanted {
            let rules: Vec<_> = parts
                .iter()
                .flat_map(|part| ["prefixItems", "items"].into_iter().filter_map(|word| item_rule(part, word, at)))
                .collect();
            let tries = [self.bent, Bent::Low, Bent::High, Bent::Mixed, Bent::Mixed, Bent::Mixed, Bent::Mixed];
            let mut made = tries.iter().filter_map(|bent| self.within(*bent).make(&rules));
            let item = made.find(|item| !is_unique || items.iter().all(|before| !is_same(before, item)));
            match item {
                Some(item) => items.push(item),
                None if items.len() >= least => break,
                None => return None,
            }
        }
        Some(Value::Array(items))
    }

    fn within(&self, bent: Bent) -> Self {
        Self { bent, depth: self.depth + 1, ..*self }
    }

    fn object(&self, parts: &[&'s Keywords]) -> Option<Value> {
        let least = sizes(parts, "minProperties").max().unwrap_or(0);
        let most = sizes(parts, "maxProperties").min().unwrap_or(usize::MAX);
        if least > MAX_ITEMS {
            return None;
        }
        let mut members = Map::new();
        let mut required: Vec<&str> = parts.iter().flat_map(|part| part.get("required")).flat_map(names).collect();
        let mut optional = self.optional(parts);
        loop {
            while let Some(name) = required.pop() {
                if !members.contains_key(name) {
                    members.insert(name.to_owned(), self.member(parts, name)?);
                    required.extend(dependents(parts, name));
                }
            }
            if members.len() >= most {
                break;
            }
            let Some(name) = optional.pop() else { break };
            if members.contains_key(&*name) {
                continue;
            }
            if let Some(member) = self.member(parts, &name) {
                required.extend(dependents(parts, &name));
                members.insert(name, member);
            }
        }
        for at in 0.. {
            if members.len() >= least {
                break;
            }
            let name = format!("more{at}");
            members.insert(name.clone(), self.member(parts, &name)?);
        }
        Some(Value::Object(members))
    }

    /// Names of members that need not be there and are to be.
    fn optional(&self, parts: &[&'s Keywords]) -> Vec<String> {
        if self.bent == Bent::Bare || self.depth >= DEEP {
            return Vec::new();
        }
        let table = |word| parts.iter().filter_map(move |part| part.get(word)?.as_object()).flat_map(Map::keys);
        let matching = table("patternProperties").filter_map(|pattern| pattern::texts(pattern).into_iter().next());
        let is_open = parts.iter().any(|part| part.get("additionalProperties").is_some_and(Value::is_object));
        let more = is_open.then(|| "more".to_owned());
        let all = table("properties").cloned().chain(matching).chain(more);
        all.filter(|_| self.bent != Bent::Mixed || self.dice.roll(2) == 0).collect()
    }

    /// A member of that name, if there may be one.
    fn member(&self, parts: &[&'s Keywords], name: &str) -> Option<Value> {
        let rules: Option<Vec<_>> = parts.iter().map(|part| self.reader.member_rules(part, name)).collect();
        self.within(self.bent).make(&rules?.concat())
    }
}

/// The types that a value may have by all parts; where none says so, what the other keywords are about comes first.
fn kinds(parts: &[&Keywords]) -> Vec<&'static str> {
    const ALL: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];
    const HINTS: [(&str, &str); 8] = [
        ("properties", "object"),
        ("required", "object"),
        ("additionalProperties", "object"),
        ("items", "array"),
        ("pattern", "string"),
        ("maxLength", "string"),
        ("minimum", "number"),
        ("maximum", "number"),
    ];
    let allowed = |kind: &&str| {
        let mut rules = parts.iter().filter_map(|part| part.get("type"));
        rules.all(|rule| types(rule).any(|word| word == *kind || (word == "number" && *kind == "integer")))
    };
    let hinted =
        HINTS.iter().filter(|(word, _)| parts.iter().any(|part| part.contains_key(*word))).map(|(_, kind)| *kind);
    let is_typed = parts.iter().any(|part| part.contains_key("type"));
    let mut kinds: Vec<&str> = hinted.filter(|_| !is_typed).chain(ALL.into_iter().filter(allowed)).collect();
    if kinds.contains(&"number") && is_typed {
        kinds.retain(|kind| *kind != "integer");
    }
    kinds
}

fn list<'s>(keywords: &'s Keywords, word: &str) -> impl Iterator<Item = &'s Value> + use<'s> {
    keywords.get(word).and_then(Value::as_array).into_iter().flatten()
}

fn numbers_of<'s>(parts: &[&'s Keywords], word: &str) -> impl Iterator<Item = &'s Number> {
    parts.iter().filter_map(move |part| match part.get(word) {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    })
}

fn sizes(parts: &[&Keywords], word: &str) -> impl Iterator<Item = usize> {
    numbers_of(parts, word).filter_map(|number| size(&Value::Number(number.clone())))
}

/// The names that a member brings along.
fn dependents<'s>(parts: &[&'s Keywords], name: &str) -> Vec<&'s str> {
    let asked = parts.iter().filter_map(|part| part.get("dependentRequired")?.get(name));
    asked.flat_map(names).collect()
}

/// A bound as a whole number, within what can be reckoned with.
fn rounded(number: &Number, round: fn(f64) -> f64) -> Option<i128> {
    let exact = whole(number).or_else(|| format!("{:.0}", round(number.as_f64()?)).parse().ok());
    exact.map(|bound| bound.clamp(-(1 << 65), 1 << 65))
}
