//! Witnesses: [`ask`] is how a registry asks for a cosignature, the rest is a witness of one's own, which anyone may run.
//! Source: <https://c2sp.org/tlog-witness>

pub mod ask;
mod metrics;
pub mod server;
pub mod settings;
pub mod state;

pub use ask::HttpWitnesses;
pub use metrics::WitnessMetrics;
pub use server::{Witness, serve};
pub use settings::Settings;
pub use state::WitnessState;
