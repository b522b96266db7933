//! What decides, against a true repository on disk and over HTTP, honest and hostile.

#[path = "../attacks/mod.rs"]
mod attacks;
mod decide;
mod server;
mod state;
mod world;
