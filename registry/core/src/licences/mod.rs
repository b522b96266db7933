//! What licences say, and what they are signed and verified with: the licence key, and what agents are told of it and of licences that
//! were taken back, in `revocations.json`.

mod authority;
mod issue;
mod key;
mod revoke;

pub(crate) use authority::authority;
pub use issue::{READ_ONLY, licence_of};
pub use key::{LEASE, LicenceKeyError, Signer, adopt_key, signer};
pub use revoke::revoke;
