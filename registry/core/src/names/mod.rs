//! Which names may be taken: reserved ones knowingly, and those that resemble others once an operator has looked at them.

mod admit;
mod alike;
mod decide;
mod delete;
mod delete_module;
mod held;
mod list;
mod reserved;
mod similar;
mod tell;
mod wanted;

pub(crate) use admit::{Asker, admit_module, admit_namespace, admit_still};
pub use admit::{MAX_WAITING, MAX_WAITING_OF_A_PERSON, NameRefused, resembled};
pub use alike::alike;
pub(crate) use decide::decide_within;
pub use decide::{DecideNameError, Verdict, decide_name, decide_name_on_the_machine};
pub use delete::{
    DeleteNameError, DeletedPublisher, Deletion, delete_name_on_the_machine, restore_name_on_the_machine,
};
pub(crate) use delete::{can_give_up, give_up};
pub use delete_module::{DELETE_FREELY, DeleteModuleError, delete_module_as_owner};
pub use held::{Decision, HeldName, HeldState, NewName, UnknownHeldState};
pub use list::{HeldNames, ListNamesError, MAX_HELD_NAMES, held_names, held_names_of, held_names_on_the_machine};
pub use reserved::ReservedNames;
pub use similar::{Likeness, UnknownLikeness};
pub use tell::is_told_of;
pub(crate) use tell::{of_operators, tell_asker};
pub use wanted::{WantedName, who_wants, who_wants_each};

use time::Duration;

/// What a registry says of names.
#[derive(Debug, Clone)]
pub struct NameRules {
    /// Namespaces that are given away knowingly, or not at all.
    pub reserved: ReservedNames,
    /// How long nobody else may take a deleted namespace.
    pub cool_down: Duration,
    /// Whether people take namespaces by themselves, or operators alone give them away.
    pub open: bool,
    /// Most namespaces that one person may own, and may make in 30 days.
    pub most_of_a_person: u32,
}

/// Most namespaces that one person may own, and may make in 30 days, unless the configuration says otherwise.
pub const MOST_OF_A_PERSON: u32 = 5;

/// How long nobody else may take a deleted namespace, unless the configuration says otherwise: caches and habits last as long.
pub const COOL_DOWN: Duration = Duration::days(90);

impl Default for NameRules {
    fn default() -> Self {
        Self {
            reserved: ReservedNames::shipped(),
            cool_down: COOL_DOWN,
            open: false,
            most_of_a_person: MOST_OF_A_PERSON,
        }
    }
}
