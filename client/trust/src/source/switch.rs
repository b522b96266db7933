//! A source that is exchanged for another while it is in use: a registry's own address, or the bundles that were carried here.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Kind, Source};

/// What a switched source reads from now.
#[derive(Debug, Clone)]
pub(crate) struct Switch(Arc<RwLock<Kind>>);

impl Switch {
    pub(super) fn new(kind: Kind) -> Self {
        Self(Arc::new(RwLock::new(kind)))
    }

    /// From now on it is this one.
    pub(crate) fn to(&self, source: &Source) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = source.kind();
    }

    pub(super) fn present(&self) -> Kind {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
