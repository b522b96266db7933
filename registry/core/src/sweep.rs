//! Whether a sweep does what it is for.

/// What becomes of what a sweep finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// It is removed.
    Remove,
    /// It stays: what would be removed is told.
    Look,
}
