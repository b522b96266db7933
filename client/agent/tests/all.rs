//! The agent through its public doors: the HTTP API in front, a registry of the tests' own behind.

#[path = "all/authorization.rs"]
mod authorization;
#[path = "all/carried.rs"]
mod carried;
#[path = "all/configuration.rs"]
mod configuration;
#[path = "all/crash.rs"]
mod crash;
#[path = "all/feed.rs"]
mod feed;
#[path = "all/grants.rs"]
mod grants;
#[path = "all/licences.rs"]
mod licences;
#[path = "all/lifecycle.rs"]
mod lifecycle;
#[path = "all/limits.rs"]
mod limits;
#[path = "all/refusals.rs"]
mod refusals;
#[path = "all/registry.rs"]
mod registry;
#[path = "all/release.rs"]
mod release;
#[path = "all/retention.rs"]
mod retention;
#[path = "all/shutdown.rs"]
mod shutdown;
#[path = "all/stage.rs"]
mod stage;
#[path = "all/stopped.rs"]
mod stopped;
#[path = "all/tenants.rs"]
mod tenants;
#[path = "all/trust.rs"]
mod trust;
#[path = "../../trust/tests/all/world/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the attacks on `adx-trust` use all of it")]
mod world;
