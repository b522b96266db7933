//! Repository metadata after The Update Framework: what a registry writes so that a mirror, a stolen server key or a
//! hostile network cannot hand out something foreign, old or mixed.
//!
//! The offline [`ceremony`] makes root and targets, the online [`round`] signs what the server releases. Agents read
//! with a general TUF client; what this crate reads is what this crate wrote.
//! Source: <https://theupdateframework.github.io/specification/v1.0.34/>

pub mod bins;
pub mod ceremony;
pub mod control;
pub mod key_history;
pub mod keys;
pub mod name;
pub mod reason;
pub mod role;
pub mod round;
pub mod signed;

pub use bins::HashBins;
pub use keys::{Authority, Keys, RoleKeys};
pub use name::{RoleName, TargetName};
pub use role::{Delegations, MetaFile, Role, Root, Snapshot, TargetFile, Targets, Timestamp, TopRole};
pub use round::{Changes, Lifetimes, MetadataFile, OnlineKeys, Present, Round, RoundError, Signer};
pub use signed::{Signed, SignedError};
