//! What decides, against a true repository on disk and over HTTP, honest and hostile.

mod advisories;
#[path = "../attacks/mod.rs"]
mod attacks;
mod bundle;
mod carried;
mod decide;
mod lag;
mod mirror;
mod server;
mod source;
mod state;
mod world;
