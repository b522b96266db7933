//! A recheck begins by itself: the files that packages are held against have changed.

use time::Duration;

use super::begin::begin;
use super::{Recheck, held_against};
use crate::Ports;
use crate::audit::Who;
use crate::ports::{SystemWrite, Written};
use crate::run_jobs::JobError;

/// How long one server watches before another may: of several, whose files need not be the same at every moment, one decides.
pub const WATCH_LEASE: Duration = Duration::minutes(5);

/// Watches the files of one server.
#[derive(Debug, Default)]
pub struct Watch {
    lease: Option<u64>,
}

impl Watch {
    /// Begins a recheck of everything where the files are others than those of the last one that came to its end; it puts nothing into
    /// quarantine. One that is under way against other files begins anew, in the name of whoever asked for it.
    ///
    /// # Errors
    /// [`JobError::Check`] when the files cannot be used, [`JobError::Store`]
    #[tracing::instrument(name = "recheck.watch", skip_all)]
    pub async fn look(&mut self, ports: &Ports) -> Result<Option<Recheck>, JobError> {
        let Some(against) = held_against(ports).await? else { return Ok(None) };
        let now = ports.now();
        let until = now + WATCH_LEASE;
        let mut transaction = ports.store.begin().await?;
        let is_held = match self.lease {
            Some(lease) => transaction.renew_recheck_watch(lease, until).await?,
            None => false,
        };
        if !is_held {
            self.lease = transaction.claim_recheck_watch(now, until).await?;
        }
        if self.lease.is_none() {
            transaction.rollback().await?;
            return Ok(None);
        }
        let open = transaction.walking_recheck(None, None).await?;
        let last = transaction.last_recheck().await?;
        let wanted = match (open, last) {
            // One that has not begun takes the files that are there then.
            (Some(open), _) if open.against.is_none_or(|began| began == against) => None,
            (Some(open), _) => Some(Recheck::new(ports, open.asked_by, open.quarantine)),
            (None, Some(last)) if last.against == Some(against) => None,
            (None, _) => Some(Recheck::new(ports, Who::Job, false)),
        };
        let Some(wanted) = wanted else {
            transaction.commit(Written::System(SystemWrite::Recheck)).await?;
            return Ok(None);
        };
        let wanted = Recheck { against: Some(against), ..wanted };
        let begun = begin(ports, &mut *transaction, wanted, None).await?;
        transaction.commit(Written::Told).await?;
        Ok(Some(begun.recheck))
    }
}
