//! The lease of the rounds: one server signs at a time.
//!
//! Its number guards the database: whoever lost the lease records nothing any more. Storage knows no such guard, so the
//! lease is renewed shortly before something mutable is published, and every new holder compares storage with database. A server
//! that has it keeps it as long as its rounds follow each other.

use time::{Duration, OffsetDateTime};

use super::SignRoundError;
use crate::Ports;
use crate::ports::StoreError;
use crate::ports::{SystemWrite, Written};

/// How long the lease stands unless it is renewed: how long rounds rest after a server died.
pub const LEASE: Duration = Duration::seconds(5);

/// The lease, held.
pub(super) struct Lease {
    number: u64,
    until: OffsetDateTime,
}

impl Lease {
    /// Takes the lease, unless another server has it.
    pub(super) async fn claim(ports: &Ports) -> Result<Option<Self>, StoreError> {
        let now = ports.now();
        let until = now + LEASE;
        let mut transaction = ports.store.begin().await?;
        let number = transaction.claim_signing(now, until).await?;
        transaction.commit(Written::System(SystemWrite::SignRound)).await?;
        Ok(number.map(|number| Self { number, until }))
    }

    /// The number that what is recorded is recorded under.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Makes sure that nobody else may take the lease for a while.
    ///
    /// # Errors
    /// [`SignRoundError::LeaseLost`] if somebody has.
    pub(super) async fn hold(&mut self, ports: &Ports) -> Result<(), SignRoundError> {
        self.hold_for(ports, LEASE).await
    }

    /// The same for what takes longer.
    ///
    /// # Errors
    /// [`SignRoundError::LeaseLost`] if somebody has.
    pub(super) async fn hold_for(&mut self, ports: &Ports, time: Duration) -> Result<(), SignRoundError> {
        let now = ports.now();
        if self.until - now > time / 2 {
            return Ok(());
        }
        let until = now + time;
        let mut transaction = ports.store.begin().await?;
        let renewed = transaction.renew_signing(self.number, until).await?;
        transaction.commit(Written::System(SystemWrite::SignRound)).await?;
        if !renewed {
            return Err(SignRoundError::LeaseLost);
        }
        self.until = until;
        Ok(())
    }

    /// Gives the lease up.
    pub(super) async fn end(self, ports: &Ports) -> Result<(), StoreError> {
        let mut transaction = ports.store.begin().await?;
        transaction.renew_signing(self.number, ports.now()).await?;
        transaction.commit(Written::System(SystemWrite::SignRound)).await
    }
}
