//! What the offline ceremony left on this machine: documents that people signed elsewhere, and the online keys that those
//! documents trust.
//!
//! Three places: the folder that is carried from person to person ([`carried`]), the folder of the server that holds what was
//! installed and its online keys ([`installed`]), and the keys in people's drawers, which only [`custody`] touches.

pub mod carried;
pub mod custody;
pub mod documents;
pub(crate) mod files;
pub mod first;
pub mod install;
pub mod installed;
mod log_before;
pub mod log_file;
pub mod online;
pub mod people;
pub mod rotate;
pub mod sign;
pub mod stale;
pub mod trial;
pub mod words;

pub use documents::{Documents, DocumentsError};
pub use installed::{InstalledError, is_installed, read};
pub use online::OnlineRole;
