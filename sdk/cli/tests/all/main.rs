//! The `adx` command as it is typed: what it prints, keeps, sends and exits with.

mod advisories;
mod agent;
mod appeals;
mod buying;
mod delete;
mod deprecate;
mod double;
mod failures;
mod fixture;
mod help;
mod keys;
mod licence;
mod login;
mod new_and_build;
mod owners;
mod pack;
mod publish;
mod registry;
mod settings;
mod several_publishers;
mod support;
mod token;
mod trust;
mod webhooks;
#[allow(dead_code, reason = "the fixture of adx-trust, of which this needs a part")]
#[path = "../../../../client/trust/tests/all/world/mod.rs"]
#[expect(unused_imports, reason = "the attacks on `adx-trust` use all of it")]
mod world;
mod yank;
