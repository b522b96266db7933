//! Members of a publisher, on both databases and with a clock that is set: who may what, who lets whom in, and who stays.

mod domains;
mod founding;
mod inviting;
mod leaving;
mod operating;
mod rights;
mod transferring;
mod withdrawing;
pub(crate) mod world;
