//! The sandbox through its public door: a guest that is well-behaved and hostile by turns, and whoever else is there
//! meanwhile.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod cache;
mod calls;
mod capabilities;
mod core_guest;
mod data;
mod guest;
mod hostile;
mod kv;
mod limits;
mod load;
mod sql;
mod stage;
