//! Which names may be taken.

mod alike;
mod reserved;

pub use alike::{LOOKS, alike};
pub use reserved::ReservedNames;

/// What a registry says of names.
#[derive(Debug, Clone)]
pub struct NameRules {
    /// Namespaces that are given away knowingly, or not at all.
    pub reserved: ReservedNames,
}

impl Default for NameRules {
    fn default() -> Self {
        Self { reserved: ReservedNames::shipped() }
    }
}
