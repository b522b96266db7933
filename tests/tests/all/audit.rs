//! Every write is told, to whom it may be told, and nobody can change what was.

mod chain;
mod operations;
mod rights;
mod story;
