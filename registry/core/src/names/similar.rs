//! How a name can be one letter, or one look, away from another.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use typomania::checks::{Omitted, Repeated, Squat, SwappedCharacters, SwappedWords, Typos, Version};
use typomania::{AuthorSet, Corpus, Harness, Package};

/// What a canonical name is made of.
const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789-";
/// Most words whose orders are compared: of so many there are 120.
const MAX_WORDS: usize = 5;

/// The keys that touch each other on a keyboard of the order QWERTY, as crates.io has them for typomania.
const NEIGHBOURS: [(char, &str); 37] = [
    ('1', "2q"),
    ('2', "13qw"),
    ('3', "24we"),
    ('4', "35er"),
    ('5', "46rt"),
    ('6', "57ty"),
    ('7', "68yu"),
    ('8', "79ui"),
    ('9', "80io"),
    ('0', "9op-"),
    ('-', "0p"),
    ('q', "12wa"),
    ('w', "23qeas"),
    ('e', "34wrsd"),
    ('r', "45etdf"),
    ('t', "56ryfg"),
    ('y', "67tugh"),
    ('u', "78yihj"),
    ('i', "89uojk"),
    ('o', "90ipkl"),
    ('p', "0-ol"),
    ('a', "qwsz"),
    ('s', "weadzx"),
    ('d', "ersfxc"),
    ('f', "rtdgcv"),
    ('g', "tyfhvb"),
    ('h', "yugjbn"),
    ('j', "uihknm"),
    ('k', "iojlm"),
    ('l', "opk"),
    ('z', "asx"),
    ('x', "sdzc"),
    ('c', "dfxv"),
    ('v', "fgcb"),
    ('b', "ghvn"),
    ('n', "hjbm"),
    ('m', "jkn"),
];

/// How a name resembles another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Only a number at its end differs.
    Number,
    /// It repeats a character of the other.
    Repeated,
    /// It swaps two characters of the other.
    Swapped,
    /// It has the words of the other in another order.
    Words,
    /// It leaves a character of the other out.
    Omitted,
    /// It has a character more than the other.
    Added,
    /// It looks like the other: `0` for `o`, `rn` for `m`, words written together, a key for the one beside it.
    Looks,
}

/// A word that is none of those that are known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no likeness")]
pub struct UnknownLikeness(String);

impl Likeness {
    /// Every one.
    pub const ALL: [Self; 7] =
        [Self::Number, Self::Repeated, Self::Swapped, Self::Words, Self::Omitted, Self::Added, Self::Looks];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Repeated => "repeated",
            Self::Swapped => "swapped",
            Self::Words => "words",
            Self::Omitted => "omitted",
            Self::Added => "added",
            Self::Looks => "looks",
        }
    }
}

impl fmt::Display for Likeness {
    /// What a name does to the other, to be followed by the other's.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Number => "differs only in a number from",
            Self::Repeated => "repeats a character of",
            Self::Swapped => "swaps two characters of",
            Self::Words => "has in another order the words of",
            Self::Omitted => "leaves out a character of",
            Self::Added => "has one character more than",
            Self::Looks => "looks like",
        })
    }
}

impl FromStr for Likeness {
    type Err = UnknownLikeness;

    fn from_str(text: &str) -> Result<Self, UnknownLikeness> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownLikeness(text.to_owned()))
    }
}

/// The canonical names that one resembles, each with how it does. Names that only look like it are told by
/// [`alike`](super::alike()).
///
/// The checks are those of typomania, which asks of each name that it can think of whether it is known: here every one is, and the
/// database is asked for all of them at once.
pub(super) fn variants(canonical: &str) -> BTreeMap<String, Likeness> {
    let mut checks = Harness::empty_builder()
        .with_check(Version)
        .with_check(Repeated)
        .with_check(SwappedCharacters)
        .with_check(Omitted::new(ALPHABET))
        .with_check(Typos::new(
            NEIGHBOURS.into_iter().map(|(key, beside)| (key, beside.chars().map(String::from).collect())),
        ));
    if canonical.split('-').count() <= MAX_WORDS {
        checks = checks.with_check(SwappedWords::new("-"));
    }
    let found = checks.build(Every).check_package(canonical, Box::new(Nobody)).unwrap_or_default();
    let mut variants = BTreeMap::new();
    for squat in found {
        let likeness = match squat {
            Squat::Version(_) => Likeness::Number,
            Squat::RepeatedCharacter(_) => Likeness::Repeated,
            Squat::SwappedCharacters(_) => Likeness::Swapped,
            Squat::SwappedWords(_) => Likeness::Words,
            Squat::OmittedCharacter(_) => Likeness::Omitted,
            Squat::Bitflip(_) | Squat::Typo(_) | Squat::Custom { .. } => Likeness::Looks,
        };
        variants.entry(squat.package().to_owned()).or_insert(likeness);
    }
    for at in 0..canonical.len() {
        let shorter = format!("{}{}", &canonical[..at], &canonical[at + 1..]);
        variants.entry(shorter).or_insert(Likeness::Added);
    }
    variants
}

/// Every name but the one that is asked about, and nobody's.
struct Every;

impl Corpus for Every {
    fn contains_name(&self, _: &str) -> typomania::Result<bool> {
        Ok(false)
    }

    fn get(&self, _: &str) -> typomania::Result<Option<&dyn Package>> {
        Ok(None)
    }

    fn possible_squat(&self, known: &str, name: &str, _: &dyn Package) -> typomania::Result<bool> {
        Ok(known != name)
    }
}

/// Whose names are whose is for the database to know.
struct Nobody;

impl Package for Nobody {
    fn authors(&self) -> &dyn AuthorSet {
        self
    }

    fn description(&self) -> Option<&str> {
        None
    }

    fn shared_authors(&self, _: &dyn AuthorSet) -> bool {
        false
    }
}

impl AuthorSet for Nobody {
    fn contains(&self, _: &str) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_resembles_what_is_one_slip_away() {
        for (name, other, likeness) in [
            ("invoices2", "invoices", Likeness::Number),
            ("invoices-2", "invoices", Likeness::Number),
            ("invooices", "invoices", Likeness::Repeated),
            ("inovices", "invoices", Likeness::Swapped),
            ("pdf-invoices", "invoices-pdf", Likeness::Words),
            ("invoces", "invoices", Likeness::Omitted),
            ("invoice", "invoices", Likeness::Omitted),
            ("my-invoices", "my-in-voices", Likeness::Omitted),
            ("invoicess", "invoices", Likeness::Repeated),
            ("invoicesx", "invoices", Likeness::Added),
            ("invouces", "invoices", Likeness::Looks),
            ("invoices-0df", "invoices-pdf", Likeness::Looks),
        ] {
            assert_eq!(variants(name).get(other), Some(&likeness), "{name} and {other}");
        }
        for (name, other) in
            [("invoices", "invoices"), ("invoices", "receipts"), ("invoices", "invoicing"), ("invoices", "invoimes")]
        {
            assert_eq!(variants(name).get(other), None, "{name} and {other}");
        }
    }

    #[test]
    fn keys_are_beside_each_other_both_ways() {
        let beside = |key: char| NEIGHBOURS.iter().find(|(known, _)| *known == key).unwrap().1;
        for key in ALPHABET.chars() {
            assert!(beside(key).chars().all(|other| beside(other).contains(key)), "{key}");
        }
    }

    #[test]
    fn the_longest_name_has_no_more_variants_than_a_query_can_name() {
        let longest = "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-tu";
        assert_eq!(longest.len(), adx_signing::name::MAX_NAME_CHARS);
        assert!(variants(longest).len() < 2_000, "{}", variants(longest).len());
        for most in ["abcdefgh-bcdefgh-cdefgh-defghij-efghijkl", "wertyui-sdfgh-uioer-tyughjs-dferwtyuisdg"] {
            assert_eq!(most.len(), longest.len());
            assert!(variants(most).len() < 2_000, "{}", variants(most).len());
        }
    }

    #[test]
    fn every_likeness_reads_back() {
        for likeness in Likeness::ALL {
            assert_eq!(likeness.as_str().parse(), Ok(likeness));
        }
        assert!("hearsay".parse::<Likeness>().is_err());
    }
}
