//! Buying and selling, on both databases and with a clock that is set: who may, what it costs, and what becomes of it.

mod agent;
mod approving;
mod buying;
mod collected;
mod collected_at_random;
mod commands;
mod http;
mod lasting;
mod licences;
mod stripe;
mod stripe_months;
mod world;
