//! The audit log: who did what, written in the transaction of what it tells of, each entry with the digest of the one before. Nothing
//! removes or changes an entry; see `docs/decisions/0015-audit-log-and-webhooks.md`.

mod act;
mod chain;
mod deed;
mod entry;
mod list;
mod origin;
mod refused;

pub use act::{Act, UnknownAct};
pub use chain::{AuditHead, Broken, check_chain};
pub(crate) use deed::Deed;
pub use entry::{Entry, NewEntry, Subject};
pub use list::{
    AuditFilter, AuditPage, ListAuditError, MAX_AUDIT_PAGE, audit_head, list_audit, list_audit_on_the_machine,
    list_more_audit,
};
pub use origin::{Origin, UnknownWho, Who, network_hash};
pub use refused::tell_refused;
