//! Trusted publishing on every engine, with an issuer that is real but for the machine it runs on.

mod exchange;
mod forged;
mod rules;
mod tokens;
mod world;
