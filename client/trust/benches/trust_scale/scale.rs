//! How many modules there are, and which of them an agent has.

use adx_signing::ModuleId;

/// Versions of each module.
pub(crate) const VERSIONS: u64 = 5;
/// Namespaces.
pub(crate) const PUBLISHERS: usize = 1_000;
/// Modules that an agent has.
pub(crate) const INSTALLED: usize = 20;

/// The size of a registry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Modules of the registry.
    pub(crate) modules: usize,
}

impl Scale {
    /// How many modules an update of 1% releases anew.
    pub(crate) const fn one_percent(self) -> usize {
        self.modules / 100
    }

    /// The modules that an agent has: spread over all of them, the first among those that change.
    pub(crate) const fn installed(self, number: usize) -> usize {
        number * (self.modules / INSTALLED)
    }

    /// Whether an agent has a module.
    pub(crate) const fn is_installed(self, number: usize) -> bool {
        number.is_multiple_of(self.modules / INSTALLED)
    }
}

pub(crate) fn module(number: usize) -> ModuleId {
    format!("publisher{}/module{number}", number % PUBLISHERS).parse().expect("a module")
}
