//! Webhooks, as a receiver that somebody runs sees them.

mod failing;
mod reach;
mod receiver;
mod told;
