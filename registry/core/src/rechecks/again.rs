//! What stands with a release once some of its checks were run again.

use std::cmp::Reverse;

use time::OffsetDateTime;

use crate::checks::{Finding, Severity};
use crate::review::{MAX_FINDINGS, NOT_FINISHED};
use crate::submissions::Found;

/// How a check ended that was run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Again {
    /// Its name.
    pub(super) check: &'static str,
    /// What it found; `None` where it could not be finished.
    pub(super) found: Option<Vec<Found>>,
}

/// What is known of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Merged {
    /// All of it, the worst first.
    pub(super) findings: Vec<Found>,
    /// What of it was not known before and somebody should look at.
    pub(super) new: Vec<Found>,
}

/// Puts what was found again in the place of what the same checks had found before; what others found stays. A check that could not be
/// finished takes nothing back, and says so: nothing is called sound by it.
pub(super) fn merge(mut before: Vec<Found>, again: Vec<Again>, now: OffsetDateTime) -> Merged {
    let mut merged: Vec<(Found, bool)> = Vec::new();
    for Again { check, found } in again {
        let (of_check, of_others): (Vec<_>, Vec<_>) = before.into_iter().partition(|known| known.check == check);
        before = of_others;
        if let Some(found) = found {
            merged.extend(found.into_iter().map(|found| dated(found, &of_check, now)));
        } else {
            let known = of_check.into_iter().filter(|known| known.finding.code != NOT_FINISHED);
            merged.extend(known.map(|known| (known, false)));
            merged.push((not_finished(check, now), false));
        }
    }
    merged.extend(before.into_iter().map(|known| (known, false)));
    merged.sort_by_key(|(found, _)| Reverse(found.finding.severity));
    // What is not kept is not told: it would be told again each time.
    merged.truncate(MAX_FINDINGS);
    let is_news = |(found, is_new): &&(Found, bool)| *is_new && found.finding.severity >= Severity::Warning;
    let new = merged.iter().filter(is_news).map(|(found, _)| found.clone()).collect();
    Merged { findings: merged.into_iter().map(|(found, _)| found).collect(), new }
}

/// A finding since when it is known, and whether that is now. One that counts for more than it did is a new one.
fn dated(found: Found, known: &[Found], now: OffsetDateTime) -> (Found, bool) {
    let known = known.iter().filter(|known| is_same(&known.finding, &found.finding));
    match known.max_by_key(|known| known.finding.severity) {
        Some(known) if known.finding.severity >= found.finding.severity => {
            (Found { found_at: known.found_at, ..found }, false)
        }
        _ => (Found { found_at: Some(now), ..found }, true),
    }
}

/// Whether two findings of a check tell of the same. One from before rules were kept has only its words.
fn is_same(known: &Finding, found: &Finding) -> bool {
    let is_by_same_rule = match (&known.rule, &found.rule) {
        (Some(known), Some(found)) => known == found,
        _ => known.message == found.message,
    };
    known.code == found.code && known.place == found.place && is_by_same_rule
}

fn not_finished(check: &str, now: OffsetDateTime) -> Found {
    let message = "this check could not be finished: what it would find now is not known, and it is tried again";
    let finding = Finding::error(NOT_FINISHED, message);
    Found { check: check.to_owned(), finding, found_at: Some(now) }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    fn at(days: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::days(days)
    }

    fn found(check: &str, finding: Finding) -> Found {
        Found { check: check.to_owned(), finding, found_at: None }
    }

    fn by(rule: &str, severity: Severity) -> Finding {
        Finding::new(severity, "known-content", format!("words of {rule}")).at("a.js").by_rule(rule)
    }

    fn again(check: &'static str, findings: Vec<Finding>) -> Again {
        Again { check, found: Some(findings.into_iter().map(|finding| found(check, finding)).collect()) }
    }

    /// Each by its check, with since when it is known.
    fn told(merged: &Merged) -> Vec<(&str, Option<OffsetDateTime>)> {
        merged.findings.iter().map(|known| (known.check.as_str(), known.found_at)).collect()
    }

    #[test]
    fn what_is_found_again_is_dated_once_and_new_once() {
        let before =
            vec![found("trial", Finding::note("slow", "it is slow")), found("content", by("Old", Severity::Warning))];
        let both = || vec![by("Old", Severity::Warning), by("New", Severity::Error)];
        let first = merge(before, vec![again("content", both())], at(1));
        assert_eq!(told(&first), [("content", Some(at(1))), ("content", None), ("trial", None)]);
        assert_eq!(first.new.len(), 1);
        let second = merge(first.findings, vec![again("content", both())], at(2));
        assert_eq!(told(&second), [("content", Some(at(1))), ("content", None), ("trial", None)]);
        assert_eq!(second.new, []);
        let gone = merge(second.findings, vec![again("content", Vec::new())], at(3));
        assert_eq!(told(&gone), [("trial", None)], "what is not found any more goes, what another check found stays");
    }

    #[test]
    fn what_counts_for_more_is_new_and_what_counts_for_less_is_not() {
        let before = vec![found("content", by("One", Severity::Warning))];
        let worse = merge(before.clone(), vec![again("content", vec![by("One", Severity::Harmful)])], at(1));
        assert_eq!((worse.new.len(), worse.findings[0].found_at), (1, Some(at(1))));
        let milder = merge(before, vec![again("content", vec![by("One", Severity::Note)])], at(1));
        assert_eq!((milder.new.len(), milder.findings[0].found_at), (0, None));
    }

    #[test]
    fn other_words_of_the_same_rule_and_the_same_words_from_before_there_were_rules_are_not_new() {
        let mut reworded = by("One", Severity::Error);
        reworded.message = "other words".to_owned();
        let known =
            merge(vec![found("content", by("One", Severity::Error))], vec![again("content", vec![reworded])], at(1));
        assert_eq!(known.new, []);
        let old = Finding { rule: None, ..by("One", Severity::Error) };
        let known = merge(vec![found("content", old)], vec![again("content", vec![by("One", Severity::Error)])], at(1));
        assert_eq!(known.new, []);
    }

    #[test]
    fn a_check_that_cannot_be_finished_calls_nothing_sound_and_forgets_nothing() {
        let before = vec![found("content", by("One", Severity::Harmful))];
        let broke = || vec![Again { check: "content", found: None }];
        let first = merge(before, broke(), at(1));
        let second = merge(first.findings, broke(), at(2));
        let codes: Vec<_> = second.findings.iter().map(|found| found.finding.code.as_str()).collect();
        assert_eq!(codes, ["known-content", NOT_FINISHED]);
        assert_eq!((second.findings[1].finding.severity, second.new.len()), (Severity::Error, 0));
        assert!(!second.findings[1].refuses() && second.findings[0].refuses());
        let ended = merge(second.findings, vec![again("content", vec![by("One", Severity::Harmful)])], at(3));
        assert_eq!((ended.findings.len(), ended.findings[0].found_at, ended.new.len()), (1, None, 0));
    }
}
