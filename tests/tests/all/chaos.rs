//! A registry under load whose parts fail: database, object store and search engine, each cut off, slow and silent in turn, a
//! database that crashes, and a server that is killed beside another. Nothing that was acknowledged is lost, every answer is one that a client can read, and the
//! registry recovers by itself.

mod crashed;
mod cut;
mod killed;
mod load;
mod parts;
