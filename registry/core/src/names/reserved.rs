//! Namespaces that are given away knowingly, or not at all.

use std::collections::BTreeMap;

use adx_signing::name::{NameError, Namespace};

use super::Likeness;
use super::alike::{MIN_COMPARED_CHARS, alike};
use super::similar::variants;

/// The words that every registry reserves.
const SHIPPED: &str = include_str!("reserved.txt");

/// Reserved words, and vendors whose names are reserved as part of a namespace as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReservedNames {
    /// How each is written, by what it looks like if it is long enough for that.
    words: BTreeMap<String, Namespace>,
    vendors: BTreeMap<String, Namespace>,
}

impl ReservedNames {
    /// Those that every registry reserves.
    #[expect(clippy::missing_panics_doc, reason = "the list is a part of the program")]
    pub fn shipped() -> Self {
        let lines = SHIPPED.lines().filter(|line| !line.starts_with('#'));
        Self::default().with(lines).expect("the list holds names")
    }

    /// These and the ones of a text: words parted by commas or blanks, with a `*` before a vendor's.
    ///
    /// # Errors
    /// [`NameError`] of the first that no namespace can be.
    pub fn and(self, text: &str) -> Result<Self, NameError> {
        self.with(text.split([',', ' ', '\t', '\n']))
    }

    fn with<'w>(mut self, words: impl Iterator<Item = &'w str>) -> Result<Self, NameError> {
        for word in words.map(str::trim).filter(|word| !word.is_empty()) {
            let (word, list) = match word.strip_prefix('*') {
                Some(vendor) => (vendor, &mut self.vendors),
                None => (word, &mut self.words),
            };
            let word: Namespace = word.parse()?;
            list.insert(looks(word.canonical().as_str()), word);
        }
        Ok(self)
    }

    /// Whether a namespace is reserved: it is one of the words or looks like one, or has a vendor's name in it.
    pub fn has(&self, namespace: &Namespace) -> bool {
        let canonical = namespace.canonical();
        let whole = looks(canonical.as_str());
        self.words.contains_key(&whole)
            || self.vendors.contains_key(&whole)
            || canonical.as_str().split('-').any(|part| self.vendors.contains_key(&looks(part)))
    }
}

impl ReservedNames {
    /// The word that a namespace which is not reserved is mistaken for all the same, and how: one key or letter away from one of
    /// the words, or with a part that is from a vendor's.
    pub(super) fn resembled(&self, namespace: &Namespace) -> Option<(Namespace, Likeness)> {
        if self.has(namespace) {
            return None;
        }
        let canonical = namespace.canonical();
        one_away(canonical.as_str(), &[&self.words, &self.vendors])
            .or_else(|| canonical.as_str().split('-').find_map(|part| one_away(part, &[&self.vendors])))
    }
}

/// The first word of these that a text is one key or letter away from, or from what looks like it.
fn one_away(text: &str, lists: &[&BTreeMap<String, Namespace>]) -> Option<(Namespace, Likeness)> {
    if text.len() < MIN_COMPARED_CHARS {
        return None;
    }
    variants(text).into_iter().filter(|(name, _)| name.len() >= MIN_COMPARED_CHARS).find_map(|(name, likeness)| {
        let word = lists.iter().find_map(|list| list.get(&alike(&name)))?;
        Some((word.clone(), likeness))
    })
}

/// Short words are compared letter by letter.
fn looks(word: &str) -> String {
    if word.len() < MIN_COMPARED_CHARS { word.to_owned() } else { alike(word) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn is_reserved(names: &ReservedNames, namespace: &str) -> bool {
        names.has(&namespace.parse().expect("a namespace"))
    }

    #[test]
    fn words_and_vendors_are_reserved_however_they_are_written() {
        let names = ReservedNames::shipped();
        for reserved in [
            "adx",
            "admin",
            "adm1n",
            "www",
            "sign_in",
            "microsoft",
            "micros0ft",
            "acme-microsoft",
            "adx_tools",
            "red-hat",
        ] {
            assert!(is_reserved(&names, reserved), "{reserved}");
        }
        for free in ["acme", "stranger", "other", "apl", "badmins", "microsoftware", "apple-pie", "admin-tools"] {
            assert!(!is_reserved(&names, free), "{free}");
        }
    }

    #[test]
    fn a_registry_reserves_its_own_besides() {
        let names = ReservedNames::shipped().and("fabrikam, *contoso\tnorth_wind").expect("names");
        for reserved in ["fabrikam", "contoso", "contoso-labs", "north-wind", "admin"] {
            assert!(is_reserved(&names, reserved), "{reserved}");
        }
        assert!(!is_reserved(&names, "fabrikam-labs"));
        assert!(ReservedNames::default().and("Fabrikam").is_err());
    }

    #[test]
    fn what_is_one_letter_away_from_a_word_is_told() {
        let names = ReservedNames::shipped();
        for (mistaken, word) in [
            ("gogle", "google"),
            ("gooogle", "google"),
            ("mircosoft", "microsoft"),
            ("microsoftt", "microsoft"),
            ("amzon", "amazon"),
            ("salesforec", "salesforce"),
            ("adminn", "admin"),
            ("mircosoft-tools", "microsoft"),
        ] {
            let namespace: Namespace = mistaken.parse().expect("a namespace");
            let resembled = names.resembled(&namespace).map(|(word, _)| word.to_string());
            assert_eq!((names.has(&namespace), resembled.as_deref()), (false, Some(word)), "{mistaken}");
        }
        for free in ["acme", "stranger", "harbour", "apple-pie", "gigs", "north-wind", "contoso-labs"] {
            assert_eq!(names.resembled(&free.parse().expect("a namespace")), None, "{free}");
        }
    }

    #[test]
    fn the_list_holds_each_word_once() {
        let mut seen = BTreeSet::new();
        for line in SHIPPED.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            assert!(seen.insert(line.trim_start_matches('*')), "{line}");
        }
    }
}
