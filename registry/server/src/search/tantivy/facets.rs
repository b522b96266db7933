//! Filters, and how many modules have which value.

use std::collections::BTreeMap;

use adx_registry_core::ports::{Facet, FacetCount, FacetCounts, SearchQuery};
use adx_registry_core::search::MAX_FACET_VALUES;
use semver::VersionReq;
use tantivy::DocId;

use super::matching::CURRENT;
use super::segment::SegmentData;
use super::values::{NONE, Numbered, Profile, Values};

/// How many documents there are of each profile, publisher and tag.
#[derive(Default)]
pub(super) struct Counts {
    profiles: Vec<u32>,
    publishers: Vec<u32>,
    tags: Vec<u32>,
}

impl Counts {
    /// With room for everything that has a number: [`Counts::add`] then never has to make any.
    pub(super) fn of(values: &Values) -> Self {
        Self {
            profiles: vec![0; values.profiles.all().len()],
            publishers: vec![0; values.publishers.all().len()],
            tags: vec![0; values.tags.all().len()],
        }
    }

    pub(super) fn add(&mut self, segment: &SegmentData, document: DocId) {
        self.add_profile(segment, document);
        let place = document as usize;
        raise(&mut self.publishers, segment.publisher[place]);
        self.add_tags(segment, document);
    }

    fn add_profile(&mut self, segment: &SegmentData, document: DocId) {
        raise(&mut self.profiles, segment.profile[document as usize]);
    }

    fn add_tags(&mut self, segment: &SegmentData, document: DocId) {
        segment.tags(document).iter().for_each(|tag| raise(&mut self.tags, *tag));
    }

    /// Adds all of `others`.
    fn join(&mut self, others: &Self) {
        let lists = [
            (&mut self.profiles, &others.profiles),
            (&mut self.publishers, &others.publishers),
            (&mut self.tags, &others.tags),
        ];
        for (mine, theirs) in lists {
            mine.resize(mine.len().max(theirs.len()), 0);
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }

    /// Takes all of `others` away, which were added before.
    fn without(&mut self, others: &Self) {
        let lists = [
            (&mut self.profiles, &others.profiles),
            (&mut self.publishers, &others.publishers),
            (&mut self.tags, &others.tags),
        ];
        for (mine, theirs) in lists {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine -= theirs);
        }
    }

    /// Counts the documents of a segment whose score is not 0.
    pub(super) fn add_matching(&mut self, segment: &SegmentData, scores: &[u32], matching: usize, values: &Values) {
        let those =
            |which: fn(&u32) -> bool| (0..).zip(scores).filter(move |(_, score)| which(score)).map(|(doc, _)| doc);
        if matching <= scores.len() / 2 {
            those(|score| *score != 0).for_each(|document| self.add(segment, document));
            return;
        }
        // Of most of them, counting the others is less work.
        let mut others = Self::of(values);
        those(|score| *score == 0).for_each(|document| others.add(segment, document));
        self.join(&segment.all);
        self.without(&others);
    }
}

fn raise(counts: &mut Vec<u32>, number: u32) {
    if number == NONE {
        return;
    }
    let place = number as usize;
    if place >= counts.len() {
        counts.resize(place + 1, 0);
    }
    counts[place] += 1;
}

/// The filters of a query, as numbers.
pub(super) struct Filters {
    /// For each profile, a bit for each facet whose filter it does not pass.
    profiles: Vec<u8>,
    /// For each profile, what its standing adds to a score.
    standing: Vec<u32>,
    publishers: Option<Vec<u32>>,
    tags: Option<Vec<u32>>,
}

impl Filters {
    pub(super) fn new(query: &SearchQuery, values: &Values) -> Self {
        let numbers = |facet: Facet, known: &Numbered<String>| {
            let wanted = query.filters.get(&facet)?;
            Some(wanted.iter().filter_map(|value| known.of(value.as_str())).collect::<Vec<_>>())
        };
        let categories = numbers(Facet::Category, &values.categories);
        let prices = numbers(Facet::Price, &values.prices);
        let requirements = numbers(Facet::Compatibility, &values.requirements);
        let runs: Vec<_> = values.requirements.all().iter().map(|requirement| runs_on(requirement, query)).collect();
        let texts = |facet: Facet| query.filters.get(&facet);
        let fails = |profile: &Profile| {
            let is_in =
                |wanted: &Option<Vec<u32>>, number: u32| wanted.as_ref().is_none_or(|wanted| wanted.contains(&number));
            let is_text =
                |facet: Facet, text: &str| texts(facet).is_none_or(|wanted| wanted.iter().any(|wanted| wanted == text));
            let runs = runs.get(profile.requires as usize).copied().unwrap_or(query.platform.is_none());
            [
                (Facet::Category, is_in(&categories, profile.category)),
                (Facet::Price, is_in(&prices, profile.price)),
                (Facet::Compatibility, is_in(&requirements, profile.requires) && runs),
                (Facet::Rating, is_text(Facet::Rating, &profile.rating.to_string())),
                (Facet::Verified, is_text(Facet::Verified, &profile.verified.to_string())),
            ]
            .into_iter()
            .filter(|(_, passes)| !passes)
            .map(|(facet, _)| bit(facet))
            .sum()
        };
        Self {
            profiles: values.profiles.all().iter().map(fails).collect(),
            standing: values.profiles.all().iter().map(|profile| u32::from(!profile.deprecated) * CURRENT).collect(),
            publishers: numbers(Facet::Publisher, &values.publishers),
            tags: numbers(Facet::Tag, &values.tags),
        }
    }

    /// Whether everything passes.
    pub(super) fn is_empty(&self) -> bool {
        self.publishers.is_none() && self.tags.is_none() && self.profiles.iter().all(|fails| *fails == 0)
    }

    /// What the standing of a document adds to its score.
    pub(super) fn standing(&self, segment: &SegmentData, document: DocId) -> u32 {
        self.standing.get(segment.profile[document as usize] as usize).copied().unwrap_or_default()
    }

    /// A bit for each facet whose filter the document does not pass.
    pub(super) fn fails(&self, segment: &SegmentData, document: DocId) -> u8 {
        let place = document as usize;
        let mut fails = self.profiles.get(segment.profile[place] as usize).copied().unwrap_or_default();
        if let Some(publishers) = &self.publishers
            && !publishers.contains(&segment.publisher[place])
        {
            fails |= bit(Facet::Publisher);
        }
        if let Some(tags) = &self.tags
            && !segment.tags(document).iter().any(|tag| tags.contains(tag))
        {
            fails |= bit(Facet::Tag);
        }
        fails
    }
}

fn runs_on(requirement: &str, query: &SearchQuery) -> bool {
    let Some(platform) = &query.platform else { return true };
    VersionReq::parse(requirement).is_ok_and(|requirement| requirement.matches(platform))
}

const fn bit(facet: Facet) -> u8 {
    1 << facet as u8
}

/// Counts of those that pass all filters, and for each facet of those that only its own filter keeps out: whoever chose a
/// value still sees how many have another.
pub(super) struct Tally {
    pub(super) passing: Counts,
    kept_out: BTreeMap<u8, Counts>,
}

impl Tally {
    pub(super) fn new(values: &Values) -> Self {
        Self { passing: Counts::of(values), kept_out: BTreeMap::new() }
    }

    /// Counts a document that fails the filter of some facet.
    pub(super) fn keep_out(&mut self, fails: u8, segment: &SegmentData, document: DocId) {
        if fails.is_power_of_two() {
            self.kept_out.entry(fails).or_default().add(segment, document);
        }
    }

    /// The values of each facet.
    pub(super) fn told(mut self, values: &Values) -> FacetCounts {
        let tell = |facet: Facet| {
            let mut counts = Counts::default();
            counts.join(&self.passing);
            if let Some(kept_out) = self.kept_out.remove(&bit(facet)) {
                counts.join(&kept_out);
            }
            (facet, told(facet, &counts, values))
        };
        Facet::ALL.map(tell).into()
    }
}

fn told(facet: Facet, counts: &Counts, values: &Values) -> Vec<FacetCount> {
    let by_number = |known: &Numbered<String>, counts: &[u32]| {
        let some = known.all().iter().zip(counts).filter(|(_, modules)| **modules > 0);
        first(some.map(|(value, modules)| (value.as_str(), u64::from(*modules))).collect())
    };
    let of_profiles = |known: &Numbered<String>, number: fn(&Profile) -> u32| {
        let mut sums = vec![0; known.all().len()];
        for (profile, modules) in values.profiles.all().iter().zip(&counts.profiles) {
            if let Some(sum) = sums.get_mut(number(profile) as usize) {
                *sum += modules;
            }
        }
        by_number(known, &sums)
    };
    let of_words = |word: fn(&Profile) -> Option<&'static str>| {
        let mut sums = BTreeMap::<_, u64>::new();
        for (profile, modules) in
            values.profiles.all().iter().zip(&counts.profiles).filter(|(_, modules)| **modules > 0)
        {
            if let Some(word) = word(profile) {
                *sums.entry(word).or_default() += u64::from(*modules);
            }
        }
        first(sums.into_iter().collect())
    };
    match facet {
        Facet::Category => of_profiles(&values.categories, |profile| profile.category),
        Facet::Price => of_profiles(&values.prices, |profile| profile.price),
        Facet::Compatibility => of_profiles(&values.requirements, |profile| profile.requires),
        Facet::Tag => by_number(&values.tags, &counts.tags),
        Facet::Publisher => by_number(&values.publishers, &counts.publishers),
        Facet::Verified => of_words(|profile| Some(if profile.verified { "true" } else { "false" })),
        Facet::Rating => of_words(|profile| {
            let stars = usize::from(profile.rating).checked_sub(1)?;
            ["1", "2", "3", "4", "5"].get(stars).copied()
        }),
    }
}

/// The most frequent, then by name.
fn first(mut counts: Vec<(&str, u64)>) -> Vec<FacetCount> {
    let order = |one: &(&str, u64), other: &(&str, u64)| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0));
    if counts.len() > MAX_FACET_VALUES {
        counts.select_nth_unstable_by(MAX_FACET_VALUES, order);
        counts.truncate(MAX_FACET_VALUES);
    }
    counts.sort_unstable_by(order);
    counts.into_iter().map(|(value, modules)| FacetCount { value: value.to_owned(), modules }).collect()
}
