//! Letters about reports: to operators that one waits, to whoever sent it what was made of it.

use super::{Report, ReportState, Reporter};
use crate::ports::{Message, Reader, StoreError};
use crate::run_jobs::JobError;
use crate::takedown::in_words;
use crate::{Id, Ports};

/// Subject and text of a letter to an operator; nothing where somebody decided meanwhile. What was said is not in it: it comes from
/// anybody.
pub(crate) async fn letter(
    reader: &mut dyn Reader,
    report: Id<Report>,
) -> Result<Option<(String, String)>, StoreError> {
    let Some(report) = reader.report(report).await?.filter(|report| report.state == ReportState::Open) else {
        return Ok(None);
    };
    let Report { module, version, category, .. } = &report;
    let text = format!(
        "{} was reported: {category}.\n\nLook at it, on the registry's machine:\n\n    adx-registry admin report list --module \
         {module}\n\nOther reports of it come without another letter as long as one waits.\n",
        in_words(module, version.as_ref())
    );
    Ok(Some((format!("{module} was reported"), text)))
}

/// Writes and sends the letter about the outcome. Whoever has no account any more gets none.
#[tracing::instrument(name = "reporter.notify", skip_all, fields(%report))]
pub(crate) async fn tell_reporter(ports: &Ports, report: Id<Report>) -> Result<(), JobError> {
    let mut reader = ports.store.read().await?;
    let Some(report) = reader.report(report).await? else { return Ok(()) };
    let (Reporter::Account(account), Some(decided)) = (&report.reporter, &report.decided) else { return Ok(()) };
    let account = reader.account(*account).await?.filter(crate::account::Account::is_active);
    let Some(to) = account.and_then(|account| account.email) else { return Ok(()) };
    drop(reader);
    let what = in_words(&report.module, report.version.as_ref());
    let outcome = match report.state {
        ReportState::Confirmed => "An operator has looked at it and found that it is so",
        ReportState::Dismissed => "An operator has looked at it and does nothing about it",
        ReportState::Open => return Ok(()),
    };
    let text = format!(
        "You reported {what}: {}.\n\n{outcome}: {}.\n\nYou get this letter because you were signed in when you sent the \
         report.\n",
        report.category, decided.reason
    );
    ports.mail.send(&Message { to, subject: format!("Your report of {}", report.module), text }).await?;
    Ok(())
}
