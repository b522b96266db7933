//! Which names may be taken: one for all spellings.

mod spelling;
mod stage;
