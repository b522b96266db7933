//! What licences are signed and verified with: the licence key, and what agents are told of it and of licences that were taken
//! back, in `revocations.json`.

mod authority;
mod key;
mod revoke;

pub(crate) use authority::authority;
pub use key::{LicenceKeyError, adopt_key, signing_key};
pub use revoke::revoke;
