//! Hash bins: the targets parted by the beginning of the SHA-256 of their name, so that a release changes one small
//! document instead of the list of everything.

use super::name::{RoleName, TargetName};

/// How many bins a repository begins with. Some clients load all of them at once; more bins make each round of signing
/// smaller and the snapshot larger.
pub const DEFAULT_BINS: u32 = 64;
/// Most bins. Each is a delegation in the top-level targets document, of about 200 bytes.
pub const MAX_BINS: u32 = 16_384;

/// A number of bins that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} hash bins: choose a power of two from 1 to {MAX_BINS}, {DEFAULT_BINS} to start with")]
pub struct HashBinsError(u32);

/// A power of two of bins. All repositories with the same number have the same bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashBins {
    count: u32,
}

impl Default for HashBins {
    fn default() -> Self {
        Self { count: DEFAULT_BINS }
    }
}

impl HashBins {
    /// This many bins.
    ///
    /// # Errors
    /// [`HashBinsError`] unless it is a power of two within the cap.
    pub const fn new(count: u32) -> Result<Self, HashBinsError> {
        if count.is_power_of_two() && count <= MAX_BINS { Ok(Self { count }) } else { Err(HashBinsError(count)) }
    }

    /// How many there are.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// The bin that lists a target.
    pub fn bin_of(self, target: &TargetName) -> RoleName {
        let [a, b, ..] = *target.path_hash().as_bytes();
        let bits = self.count.trailing_zeros();
        self.name(u32::from(u16::from_be_bytes([a, b])) >> (16 - bits))
    }

    /// The names of the bins: sorted, of one width.
    pub fn names(self) -> impl Iterator<Item = RoleName> {
        (0..self.count).map(move |index| self.name(index))
    }

    /// Each bin with the hash prefixes that are in it, in lowercase hexadecimal.
    pub(super) fn delegations(self) -> impl Iterator<Item = (RoleName, Vec<String>)> {
        let digits = self.digits();
        let each = 16_u32.pow(digits) / self.count;
        let prefixes = move |index: u32| {
            (index * each..(index + 1) * each).map(move |n| format!("{n:0width$x}", width = digits as usize))
        };
        (0..self.count).map(move |index| (self.name(index), prefixes(index).collect()))
    }

    fn name(self, index: u32) -> RoleName {
        RoleName::bin(index, self.digits() as usize)
    }

    /// Hexadecimal digits that tell the bins apart, at least one.
    const fn digits(self) -> u32 {
        let bits = self.count.trailing_zeros();
        if bits == 0 { 1 } else { bits.div_ceil(4) }
    }
}
