//! What the offline ceremony left on this machine: documents that people signed elsewhere, and the online keys that those
//! documents trust.
//!
//! Three places: the folder that is carried from person to person ([`carried`]), the folder of the server that holds what was
//! installed and its online keys ([`installed`]), and the keys in people's drawers, which only [`custody`] touches.

pub mod carried;
pub mod custody;
pub mod documents;
mod files;
pub mod first;
pub mod install;
pub mod installed;
pub mod log_file;
pub mod online;
pub mod rotate;
pub mod sign;
pub mod trial;
pub mod words;

pub use documents::{Documents, DocumentsError};
pub use installed::{InstalledError, read};
pub use online::OnlineRole;

/// Placeholder until the HTTP client.
pub struct NoWitnesses;
#[async_trait::async_trait]
impl adx_registry_core::ports::Witnesses for NoWitnesses {
    async fn cosign(
        &self,
        _: &adx_registry_core::ceremony::Witness,
        _: &adx_signing::log::witness::AddCheckpoint,
    ) -> Result<adx_registry_core::ports::CosignAnswer, adx_registry_core::ports::WitnessError> {
        Err(adx_registry_core::ports::WitnessError::Unreachable("no client".into()))
    }
}
