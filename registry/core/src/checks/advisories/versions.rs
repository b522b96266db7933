//! Which versions a record is about (<https://ossf.github.io/osv-schema/#evaluation>).

use semver::Version;

use super::record::{AffectedPackage, Event, Range};

/// The versions of a package that a record is about.
#[derive(Debug, Default)]
pub(super) struct Affected {
    /// Each named by itself. Ecosystems without semantic versions have all of theirs here.
    listed: Vec<String>,
    ranges: Vec<Span>,
}

/// What is known of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    /// It is not affected.
    No,
    /// It may be: the version or the record is not one that can be compared.
    Unknown,
    /// It is affected.
    Yes,
}

/// A range of a record: several spans of versions, from event to event.
#[derive(Debug)]
struct Span {
    order: Order,
    /// What begins or ends at which version; none is before every version.
    events: Vec<(Option<Version>, Kind)>,
    /// Whether something begins at a version that is none: nobody knows where.
    begins_somewhere: bool,
    /// Whether something is at a version that only its ecosystem can read: that orders none of them here.
    is_foreign: bool,
}

/// How versions of a range are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Semantic,
    /// As the ecosystem does, which for three plain numbers is the same.
    Ecosystem,
    /// By commits, or in a way that came later.
    Other,
}

/// Events of one version are taken in this order: what ends is known before what begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Fixed,
    Introduced,
    LastAffected,
}

impl AffectedPackage {
    pub(super) fn versions(&self) -> Affected {
        Affected { listed: self.versions.clone(), ranges: self.ranges.iter().map(Span::of).collect() }
    }
}

impl Span {
    fn of(range: &Range) -> Self {
        let order = match range.kind.as_str() {
            "SEMVER" => Order::Semantic,
            "ECOSYSTEM" => Order::Ecosystem,
            _ => Order::Other,
        };
        let (mut events, mut begins_somewhere, mut is_foreign) = (Vec::new(), false, false);
        for event in &range.events {
            let (text, kind) = match event {
                Event { introduced: Some(text), .. } => (text, Kind::Introduced),
                Event { fixed: Some(text), .. } => (text, Kind::Fixed),
                Event { last_affected: Some(text), .. } => (text, Kind::LastAffected),
                _ => continue,
            };
            match parse(text) {
                Some(version) => events.push((Some(version), kind)),
                // `0` is before every version. What cannot be read begins there too, and ends nothing: rather a word too many.
                None if text == "0" => events.push((None, kind)),
                None if order == Order::Ecosystem => is_foreign = true,
                None if kind == Kind::Introduced => {
                    begins_somewhere = true;
                    events.push((None, kind));
                }
                None => {}
            }
        }
        events.sort();
        Self { order, events, begins_somewhere, is_foreign }
    }

    /// Whether it is about every version there is.
    fn is_everything(&self) -> bool {
        !self.begins_somewhere
            && !self.is_foreign
            && !self.events.is_empty()
            && self.events.iter().all(|event| matches!(event, (None, Kind::Introduced)))
    }

    fn holds(&self, version: &str) -> Holds {
        if self.is_everything() && self.order != Order::Other {
            return Holds::Yes;
        }
        let is_plain = |version: &Version| version.pre.is_empty() && version.build.is_empty();
        let comparable = |version: &Version| match self.order {
            Order::Semantic => true,
            Order::Ecosystem => {
                !self.is_foreign
                    && is_plain(version)
                    && self.events.iter().filter_map(|(at, _)| at.as_ref()).all(is_plain)
            }
            Order::Other => false,
        };
        let Some(version) = parse(version).filter(comparable) else { return Holds::Unknown };
        let mut affected = false;
        for (at, kind) in &self.events {
            let reached = at.as_ref().is_none_or(|at| version.cmp_precedence(at).is_ge());
            match kind {
                Kind::Introduced if reached => affected = true,
                Kind::Fixed if reached => affected = false,
                Kind::LastAffected if at.as_ref().is_none_or(|at| version.cmp_precedence(at).is_gt()) => {
                    affected = false;
                }
                _ => {}
            }
        }
        match (affected, self.begins_somewhere) {
            (true, _) => Holds::Yes,
            (false, true) => Holds::Unknown,
            (false, false) => Holds::No,
        }
    }
}

impl Affected {
    /// Whether it is about `version`.
    pub(super) fn holds(&self, version: &str) -> Holds {
        if self.listed.iter().any(|listed| is_same(listed, version)) {
            return Holds::Yes;
        }
        if self.listed.is_empty() && self.ranges.is_empty() {
            return Holds::Unknown;
        }
        // Whoever lists versions lists all that are affected, unless the range is one of semantic versions.
        let told = |span: &&Span| self.listed.is_empty() || span.order == Order::Semantic || span.is_everything();
        let ranges = self.ranges.iter().filter(told).map(|span| span.holds(version)).max();
        let listed = if is_version(version) { Holds::No } else { Holds::Unknown };
        ranges.map_or(listed, |ranges| if self.listed.is_empty() { ranges } else { ranges.max(listed) })
    }

    /// Whether it is about a version that nobody knows: all or, for what is known, perhaps this one.
    pub(super) fn holds_any(&self) -> Holds {
        let is_everything = |span: &Span| span.order != Order::Other && span.is_everything();
        if self.ranges.iter().any(is_everything) { Holds::Yes } else { Holds::Unknown }
    }
}

/// A semantic version; Go writes a `v` before its own.
fn parse(text: &str) -> Option<Version> {
    Version::parse(number(text)).ok()
}

/// Whether two spellings are of one version: `1.0` and `v1.0.0`.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let plain = |text| {
        let mut text: &str = number(text);
        while let Some(shorter) = text.strip_suffix(".0") {
            text = shorter;
        }
        text.to_owned()
    };
    plain(one) == plain(other)
}

/// Whether a text is a version in some ecosystem, and not `latest` or a range.
fn is_version(text: &str) -> bool {
    let number = number(text);
    let is_part = |character: char| character.is_ascii_alphanumeric() || ".-_+!~:".contains(character);
    number.starts_with(|first: char| first.is_ascii_digit()) && number.chars().all(is_part)
}

fn number(text: &str) -> &str {
    text.strip_prefix('v').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn affected(json: &str) -> Affected {
        serde_json::from_str::<AffectedPackage>(json).unwrap().versions()
    }

    fn range(events: &str) -> Affected {
        affected(&format!(r#"{{"ranges": [{{"type": "SEMVER", "events": [{events}]}}]}}"#))
    }

    #[test]
    fn several_spans_in_one_range_in_any_order() {
        let affected = range(r#"{"fixed": "2.1.0"}, {"introduced": "2.0.0"}, {"fixed": "1.1.0"}, {"introduced": "0"}"#);
        for (version, expected) in [
            ("0.1.0", true),
            ("1.0.9", true),
            ("1.1.0", false),
            ("1.9.0", false),
            ("2.0.0", true),
            ("2.1.0", false),
            ("v2.0.5", true),
        ] {
            assert_eq!(affected.holds(version) == Holds::Yes, expected, "{version}");
        }
    }

    #[test]
    fn prereleases_of_the_fix_are_affected() {
        let affected = range(r#"{"introduced": "1.0.0-0"}, {"fixed": "1.1.0"}"#);
        let held = ["1.1.0-rc.1", "1.0.0-alpha", "1.1.0+build", "0.9.0"].map(|version| affected.holds(version));
        assert_eq!(held, [Holds::Yes, Holds::Yes, Holds::No, Holds::No]);
    }

    #[test]
    fn the_last_affected_is_affected() {
        let affected = range(r#"{"introduced": "1.0.0"}, {"last_affected": "1.4.0"}"#);
        assert_eq!((affected.holds("1.4.0"), affected.holds("1.4.1")), (Holds::Yes, Holds::No));
    }

    #[test]
    fn listed_versions_need_no_semantics() {
        let affected = affected(
            r#"{"versions": ["2022.7"], "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2023.1"}]}]}"#,
        );
        let held = ["2022.7", "v2022.7.0", "2023.1", "1.0.0", "latest", ">=1.0"].map(|version| affected.holds(version));
        assert_eq!(held, [Holds::Yes, Holds::Yes, Holds::No, Holds::No, Holds::Unknown, Holds::Unknown]);
    }

    #[test]
    fn what_cannot_be_compared_is_not_passed() {
        let affected_until = range(r#"{"introduced": "0"}, {"fixed": "1.2.3"}"#);
        for version in ["1.0", "latest", "^1.0.0", "", "1.0.0.0", "*"] {
            assert_eq!(affected_until.holds(version), Holds::Unknown, "{version}");
        }
        let everything = range(r#"{"introduced": "0"}"#);
        assert_eq!((everything.holds("latest"), everything.holds_any()), (Holds::Yes, Holds::Yes));
        assert_eq!(affected_until.holds_any(), Holds::Unknown);
        for nothing_known in ["{}", r#"{"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}"#] {
            assert_eq!(affected(nothing_known).holds("1.0.0"), Holds::Unknown, "{nothing_known}");
        }
    }

    #[test]
    fn events_that_cannot_be_read_free_nobody() {
        for (events, version, held) in [
            (r#"{"introduced": "1.x"}, {"fixed": "2.0.0"}"#, "1.5.0", Holds::Yes),
            (r#"{"introduced": "1.x"}, {"fixed": "2.0.0"}"#, "3.0.0", Holds::Unknown),
            (r#"{"introduced": "1.0.0"}, {"fixed": "two"}"#, "1.5.0", Holds::Yes),
            (r#"{"introduced": "1.0.0"}, {"last_affected": "two"}"#, "9.0.0", Holds::Yes),
            (r#"{"introduced": "1.0.0"}, {"fixed": "two"}"#, "0.5.0", Holds::No),
        ] {
            assert_eq!(range(events).holds(version), held, "{events} {version}");
        }
    }

    #[test]
    fn what_only_an_ecosystem_can_read_frees_and_damns_nobody() {
        let affected =
            affected(r#"{"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2023.1"}]}]}"#);
        let held = ["2022.7", "1.0.0", "latest"].map(|version| affected.holds(version));
        assert_eq!(held, [Holds::Unknown; 3]);
    }

    #[test]
    fn three_numbers_are_ordered_alike_everywhere() {
        let affected =
            affected(r#"{"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]}]}"#);
        let held = ["1.2.2", "1.2.3", "1.2.3-1", "1.2"].map(|version| affected.holds(version));
        assert_eq!(held, [Holds::Yes, Holds::No, Holds::Unknown, Holds::Unknown]);
    }
}
