//! Listings of a seeded vocabulary: words as frequent as in texts, names of two of them.

use adx_index::document::{PriceModel, SearchDocument};
use adx_index::quality::{Ratings, Signals, quality};
use adx_signing::name::ModuleId;

const WORDS: usize = 40_000;
const TAGS: usize = 3_000;
const PUBLISHERS: usize = 20_000;
const CATEGORIES: usize = 24;
const DESCRIPTION_WORDS: usize = 16;
/// The last day of a release.
const TODAY: u32 = 1_000;

/// A generator of numbers that look random and are the same in every run: `SplitMix64`,
/// <https://prng.di.unimi.it/splitmix64.c>.
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("below a usize")
    }

    /// A place below `end`; the first are by far the likeliest, as with words in texts.
    pub(crate) fn frequent(&mut self, end: usize) -> usize {
        let exponent = f64::from(u32::try_from(self.next() >> 33).expect("31 bits")) / f64::from(1_u32 << 31);
        let bound = u32::try_from(end).expect("few");
        // Log-uniform: place n about as often as 1/n.
        let place = f64::from(bound).powf(exponent) - 1.0;
        format!("{place:.0}").parse::<usize>().expect("a whole number").min(end - 1)
    }
}

/// The words that listings are made of, the most frequent first.
pub(crate) fn vocabulary() -> Vec<String> {
    const SYLLABLES: [&str; 40] = [
        "ac", "ba", "cal", "co", "da", "den", "di", "er", "fa", "fin", "ga", "gra", "ho", "in", "ja", "ka", "kel",
        "la", "lo", "ma", "men", "mi", "na", "nor", "o", "pa", "per", "qui", "ra", "re", "sa", "sti", "ta", "ter",
        "to", "un", "va", "ver", "wi", "zo",
    ];
    let mut seeded = Seeded::new(7);
    let mut words = std::collections::BTreeSet::new();
    let mut ordered = Vec::with_capacity(WORDS);
    while ordered.len() < WORDS {
        let syllables = 2 + seeded.below(3);
        let word: String = (0..syllables).map(|_| SYLLABLES[seeded.below(SYLLABLES.len())]).collect();
        if words.insert(word.clone()) {
            ordered.push(word);
        }
    }
    ordered
}

/// Listing number `number`, which is the same in every run.
pub(crate) fn listing(number: usize, vocabulary: &[String]) -> SearchDocument {
    let mut seeded = Seeded::new(number as u64 ^ 0x005e_eded);
    let word = |seeded: &mut Seeded| vocabulary[seeded.frequent(vocabulary.len())].clone();
    let (first, second) = (word(&mut seeded), word(&mut seeded));
    let publisher = seeded.frequent(PUBLISHERS);
    let description: Vec<_> = (0..DESCRIPTION_WORDS).map(|_| word(&mut seeded)).collect();
    let tags = (0..3).map(|_| vocabulary[seeded.frequent(TAGS)].clone()).collect();
    let category = vocabulary[seeded.below(CATEGORIES)].clone();
    let price = PriceModel::ALL[seeded.frequent(PriceModel::ALL.len())];
    let count = seeded.frequent(1_000) as u64;
    let ratings = Ratings { stars: count * (1 + seeded.below(5) as u64), count };
    let installs = seeded.frequent(1_000_000) as u64;
    let days = u32::try_from(seeded.below(TODAY as usize)).expect("few");
    let verified = seeded.below(3) == 0;
    let signals = Signals {
        ratings,
        installs,
        days_since_update: days,
        compatible: seeded.below(4) != 0,
        verified,
        deprecated: false,
    };
    let id: ModuleId =
        format!("{}-{publisher}/{first}-{second}-{number}", vocabulary[publisher]).parse().expect("a name");
    let updated = time::OffsetDateTime::UNIX_EPOCH + time::Duration::days((20_000 + TODAY - days).into());
    let updated = updated.format(&time::format_description::well_known::Rfc3339).expect("a year of four digits");
    SearchDocument {
        namespace: id.namespace.clone(),
        name: id.name.clone(),
        display_name: format!("{first} {second}"),
        description: description.join(" "),
        category: Some(category),
        tags,
        latest: semver::Version::new(1, seeded.below(30) as u64, 0),
        permissions: Vec::new(),
        created_at: updated.clone(),
        updated_at: updated,
        deprecated: None,
        requires: [">=1.0", ">=1.0, <2", "^1.4", ">=2.0"][seeded.below(4)].to_owned(),
        price,
        verified,
        ratings,
        installs,
        recent_installs: installs / 50,
        quality: quality(&signals),
        id,
    }
}

/// What somebody sees asked while typing `question`, letter by letter.
pub(crate) fn typed(question: &str) -> impl Iterator<Item = &str> {
    question.char_indices().map(|(place, letter)| &question[..place + letter.len_utf8()])
}
