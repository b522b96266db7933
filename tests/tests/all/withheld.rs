//! What operators withhold, what they are told of, and what publishers say against it: over HTTP, on both databases.

mod appealed;
mod audited;
mod modules;
mod reopened;
mod reported;
mod signed;
mod taken_down;
