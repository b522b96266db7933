use std::convert::Infallible;
use std::time::Duration;

use futures::future::BoxFuture;
use rand_core::{TryCryptoRng, TryRng};
use time::OffsetDateTime;

/// Tells the time, and lets it pass.
pub trait Clock: Send + Sync {
    /// The time now, in UTC.
    fn now(&self) -> OffsetDateTime;

    /// Ends after so long, however the clock is set meanwhile.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
}

/// Gives randomness fit for secrets.
pub trait Entropy: Send + Sync {
    /// Fills `buffer` with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// [`Entropy`] as the generator that cryptographic crates ask for.
pub struct EntropyRng<'a>(pub &'a dyn Entropy);

impl TryRng for EntropyRng<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(buffer);
        Ok(())
    }
}

impl TryCryptoRng for EntropyRng<'_> {}
