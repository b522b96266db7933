#![doc = include_str!("../README.md")]

pub mod canonical;
pub mod digest;
pub mod envelope;
pub mod key;
pub mod key_change;
pub mod licence;
pub mod log;
pub mod name;
pub mod statement;
pub mod token;
pub mod tuf;
pub mod utc;
pub mod version;

mod hexadecimal;

pub use digest::Digest;
pub use envelope::Envelope;
pub use key::{KeyId, PublicKey, SecretKey};
pub use licence::{Licence, LicenceId};
pub use name::{ModuleId, Name, Namespace, TenantId};
pub use statement::{Release, ReleaseStatement, Verified};
pub use token::{Token, TokenKind};
pub use utc::UtcSecond;
