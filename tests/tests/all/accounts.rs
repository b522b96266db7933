//! People on both databases and with a clock that is set: signing up and in, sessions, passwords, one-time passwords,
//! passkeys, the operators' link, and by what people come in. Nobody learns which addresses have accounts.

mod changing;
mod disabling;
mod guessing;
mod operators;
mod passkey_forgeries;
mod passkeys;
mod passwords;
mod provider;
mod restoring;
mod second_factor;
mod sessions;
mod signing_up;
mod ways_in;
mod world;
