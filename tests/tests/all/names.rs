//! Which names may be taken: one for all spellings, reserved ones knowingly only, and those that resemble others once somebody has looked at them.

mod deleted;
mod deleted_by_owners;
mod held;
mod reserved;
mod spelling;
mod stage;
