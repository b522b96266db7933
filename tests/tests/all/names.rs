//! Which names may be taken: one for all spellings, reserved ones knowingly only.

mod reserved;
mod spelling;
mod stage;
