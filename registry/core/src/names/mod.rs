//! Which names may be taken: reserved ones knowingly, and those that resemble others once an operator has looked at them.

mod admit;
mod alike;
mod decide;
mod held;
mod list;
mod reserved;
mod similar;

pub use admit::{NameRefused, resembled};
pub(crate) use admit::{admit_module, admit_namespace};
pub use alike::{LOOKS, alike};
pub use decide::{DecideNameError, Verdict, decide_name, decide_name_on_the_machine};
pub use held::{Decision, HeldName, HeldState, NewName, UnknownHeldState};
pub use list::{HeldNames, ListNamesError, MAX_HELD_NAMES, held_names, held_names_of, held_names_on_the_machine};
pub use reserved::ReservedNames;
pub use similar::{Likeness, UnknownLikeness};

/// What a registry says of names.
#[derive(Debug, Clone)]
pub struct NameRules {
    /// Namespaces that are given away knowingly, or not at all.
    pub reserved: ReservedNames,
}

impl Default for NameRules {
    fn default() -> Self {
        Self { reserved: ReservedNames::shipped() }
    }
}
