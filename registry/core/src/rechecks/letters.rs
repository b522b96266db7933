//! Letters about what was found in what is released: one to the owners for each module, one to operators for each recheck. What checks
//! say of a package stands where the letter leads.

use std::fmt::Write as _;

use adx_signing::name::ModuleId;

use super::{Gathered, Recheck, RecheckState};
use crate::checks::Severity;
use crate::job::Notice;
use crate::ports::{Reader, StoreError, Transaction};
use crate::proposals::notify_owners;
use crate::submissions::{Found, Submission, told_to_publisher};
use crate::{Id, Ports};

/// Findings of one release that a letter names.
const MOST_FINDINGS: usize = 5;

/// Puts a letter to every owner of the module that a recheck is in into the outbox, about what is gathered of it.
pub(super) async fn tell_owners(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    recheck: &mut Recheck,
) -> Result<(), StoreError> {
    let Gathered { submissions, more } = std::mem::take(&mut recheck.gathered);
    let Some(first) = submissions.first() else { return Ok(()) };
    let Some(first) = transaction.submission(*first).await? else { return Ok(()) };
    let Some(publisher) = transaction.publisher(first.publisher).await? else { return Ok(()) };
    let notice = Notice::Rechecked { recheck: recheck.id, module: first.module, submissions, more };
    notify_owners(ports, transaction, &publisher, notice).await
}

/// Subject and text of a letter to an owner; nothing where nothing of it is found any more. `registry` ends every command; `page` is
/// where owners with an account see the same.
pub(crate) async fn of_owners(
    reader: &mut dyn Reader,
    module: &ModuleId,
    submissions: &[Id<Submission>],
    more: u64,
    registry: &str,
    page: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let mut versions = String::new();
    for id in submissions {
        let Some(submission) = reader.submission(*id).await? else { continue };
        let found = named(told_to_publisher(&submission.findings));
        if !found.is_empty() {
            let version = &submission.version;
            let _ = writeln!(versions, "{version}: {found}\n    adx submissions show {id}{registry}\n");
        }
    }
    if versions.is_empty() {
        return Ok(None);
    }
    if more > 0 {
        let _ = writeln!(versions, "and {more} versions more\n");
    }
    let namespace = &module.namespace;
    let text = format!(
        "Module: {module}\n\nRules and advisories have changed since its versions were released. The registry has looked them over again, \
         and found what was not known then:\n\n{versions}Nothing is taken away by that. Publish a version without it, and yank those \
         that nobody should choose any more:\n\n    adx yank {module}@VERSION --reason TEXT{registry}\n\n\
         With an account, what was found is at {page}\n\nYou get this letter because you are an owner of `{namespace}`.\n"
    );
    Ok(Some((format!("{module}: something is known of what is released"), text)))
}

/// Subject and text of a letter to an operator. `page` is where submissions are looked at.
pub(crate) async fn of_operators(
    reader: &mut dyn Reader,
    id: Id<Recheck>,
    page: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let Some(recheck) = reader.recheck(id).await? else { return Ok(None) };
    let Recheck { looked_at, found_in, quarantined, unfinished, .. } = &recheck;
    let mut text = format!("The registry has looked over again what is released: {looked_at} versions");
    if recheck.state == RecheckState::Replaced {
        text.push_str(", and then began anew");
    }
    let _ = writeln!(
        text,
        ".\n\nIn {found_in} of them it found what was not known; {quarantined} were put into quarantine."
    );
    if *unfinished > 0 {
        let _ = writeln!(
            text,
            "With {unfinished} a check could not be finished: nothing says that they are sound. The log says why, and \
             `adx-registry admin jobs list` which were given up."
        );
    }
    text.push('\n');
    for id in &recheck.named {
        let Some(submission) = reader.submission(*id).await? else { continue };
        let Submission { module, version, findings, .. } = &submission;
        let found = named(findings.iter());
        let _ = writeln!(text, "{module} {version}: {found}\n    adx-registry admin review show {id}\n");
    }
    let rest = found_in.saturating_sub(recheck.named.len() as u64);
    if rest > 0 {
        let _ = writeln!(text, "and {rest} versions more\n");
    }
    let _ = writeln!(text, "Signed in, look at them at {page}/SUBMISSION-ID");
    Ok(Some(("what is released was looked over again".to_owned(), text)))
}

/// What was found after the release, the worst first, by check and code.
fn named<'f>(findings: impl Iterator<Item = &'f Found>) -> String {
    let is_later = |found: &&Found| found.found_at.is_some() && found.finding.severity >= Severity::Warning;
    let words = |Found { check, finding, .. }: &Found| format!("{}[{check}/{}]", finding.severity, finding.code);
    findings.filter(is_later).take(MOST_FINDINGS).map(words).collect::<Vec<_>>().join(", ")
}
