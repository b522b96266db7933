//! The offline ceremony through the program: people who sign, a server that installs, and what each of them is refused.

mod installing;
mod log_file;
mod planning;
mod rotating;
mod signing;
mod world;
