//! Sending to webhooks: to addresses of the public network only, and in a lane of their own.

mod lane;
mod messenger;
mod resolve;

pub use lane::Deliveries;
pub use messenger::HttpMessenger;
pub use resolve::{Lookup, SystemLookup, hook_url};
