//! Looking at domains again, day by day: a record that stays away takes the domain away.

use adx_signing::name::Namespace;
use adx_signing::utc::UtcSecond;
use futures::StreamExt as _;
use futures::stream;
use serde_json::json;

use super::{Domain, DomainClaim, LOOK_EVERY, MAY_BE_MISSING, MAY_BE_SILENT};
use crate::Ports;
use crate::audit::{Act, Deed};
use crate::job::Notice;
use crate::ports::{LookupError, StoreError, SystemWrite, Transaction, Written};
use crate::proposals::notify_owners;
use crate::publisher::Publisher;
use crate::run_jobs::JobError;

/// Domains that one job looks at; the next job takes the others.
const MOST_OF_A_JOB: u32 = 1_000;
/// Looked at in one go: name servers that do not answer hold up a few only.
const AT_ONCE: usize = 8;

/// Whether the record is there. What stands beside it does not matter.
pub(super) async fn is_there(ports: &Ports, claim: &DomainClaim) -> Result<bool, LookupError> {
    let text = claim.record_text();
    let found = ports.domains.texts(&claim.record_name()).await?;
    Ok(found.iter().any(|found| found.trim() == text))
}

/// Looks at the verified domains that nobody has looked at for a day.
///
/// A name server that does not answer, or says that it failed, says nothing of the record: the domain stays what it is, for a while.
#[tracing::instrument(name = "domain.look", skip_all)]
pub(crate) async fn look_at_domains(ports: &Ports) -> Result<(), JobError> {
    let before = ports.now() - LOOK_EVERY;
    let due = ports.store.read().await?.domains_to_look_at(before, MOST_OF_A_JOB).await?;
    let looks = due.into_iter().map(async |claim| {
        let seen = is_there(ports, &claim).await;
        (claim, seen)
    });
    let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
    while let Some((claim, seen)) = looks.next().await {
        let seen = match seen {
            Ok(is_there) => Some(is_there),
            Err(error) => {
                let cause = &error as &dyn std::error::Error;
                tracing::warn!(domain = %claim.domain, error = cause, "a domain cannot be looked at today");
                None
            }
        };
        note(ports, &claim, seen).await?;
    }
    Ok(())
}

/// Writes what was seen, if nobody wrote anything meanwhile.
async fn note(ports: &Ports, seen: &DomainClaim, is_there: Option<bool>) -> Result<(), StoreError> {
    let mut transaction = ports.store.begin().await?;
    transaction.lock_leaves().await?;
    let claim = transaction.domain_of(seen.publisher).await?.filter(|claim| claim == seen);
    let publisher = transaction.publisher(seen.publisher).await?;
    let (Some(claim), Some(publisher)) = (claim, publisher) else {
        transaction.rollback().await?;
        return Ok(());
    };
    let is_lost = write(ports, &mut *transaction, &publisher, claim, is_there).await?;
    let written = if is_lost { Written::Told } else { Written::System(SystemWrite::DomainLook) };
    transaction.commit(written).await?;
    if is_lost {
        tracing::info!(domain = %seen.domain, "a publisher holds a domain no more");
    }
    Ok(())
}

/// Whether the domain counts no more.
async fn write(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    claim: DomainClaim,
    is_there: Option<bool>,
) -> Result<bool, StoreError> {
    let now = ports.now();
    // Whoever never answers any more holds nothing.
    let is_there = is_there.or_else(|| claim.seen_at.is_none_or(|seen| now - seen >= MAY_BE_SILENT).then_some(false));
    let mut looked = DomainClaim { looked_at: Some(now), ..claim.clone() };
    let mut notice = None;
    match (is_there, claim.missing_since) {
        (Some(true), _) => {
            looked.seen_at = Some(now);
            looked.missing_since = None;
        }
        (Some(false), None) => {
            looked.missing_since = Some(now);
            notice = Some(Notice::DomainMissing { domain: claim.domain });
        }
        (Some(false), Some(since)) if now - since >= MAY_BE_MISSING => {
            looked.verified_at = None;
            looked.missing_since = None;
            notice = Some(Notice::DomainLost { domain: claim.domain });
        }
        (Some(false) | None, _) => {}
    }
    transaction.put_domain(&looked).await?;
    let is_lost = looked.verified_at.is_none();
    if is_lost {
        let deed = Deed::new(Act::DomainLose).of(publisher);
        deed.with(json!({ "domain": looked.domain })).tell(ports, transaction);
    }
    if let Some(notice) = notice {
        notify_owners(ports, transaction, publisher, notice).await?;
    }
    Ok(is_lost)
}

/// Subject and text about a record that is missing; nothing if it has come back, or the domain is another.
pub(crate) fn note_missing(namespace: &Namespace, domain: &Domain, claim: &DomainClaim) -> Option<(String, String)> {
    let until = UtcSecond::from(claim.ends_at().filter(|_| claim.domain == *domain)?);
    let text = format!(
        "Namespace: {namespace}\n\nThe TXT record that shows that `{domain}` is yours is missing in the DNS. Put it back before {until}, or \
         the\nregistry says no more that you hold the domain:\n\n    {}  TXT  \"{}\"\n\n\
         You get this letter because you are an owner of `{namespace}`.\n",
        claim.record_name(),
        claim.record_text()
    );
    Some((format!("{namespace}: the record of {domain} is missing"), text))
}

/// Subject and text about a domain that counts no more.
pub(crate) fn note_lost(namespace: &Namespace, domain: &Domain) -> (String, String) {
    let text = format!(
        "Namespace: {namespace}\n\nThe TXT record that showed that `{domain}` is yours has been missing for a week. The registry says no \
         more\nthat you hold the domain. Put the record back, and have it verified again.\n\n\
         You get this letter because you are an owner of `{namespace}`.\n"
    );
    (format!("{namespace}: {domain} is verified no more"), text)
}
