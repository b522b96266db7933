//! The refusals about names, as problems.

use adx_registry_core::names::{DecideNameError, ListNamesError, NameRefused, NewName};

use super::{problem::Problem, refusals::conflict};

impl From<NameRefused> for Problem {
    fn from(error: NameRefused) -> Self {
        let words = error.to_string();
        match error {
            NameRefused::Store(error) => error.into(),
            NameRefused::Held(held) => {
                let hint = match &held.name {
                    NewName::Module(module) => format!(
                        "Nothing was published. Publish again once it is allowed, of which the namespace's owners are told by \
                         mail; GET /api/v1/publishers/{}/names says how far it is.",
                        module.namespace
                    ),
                    NewName::Namespace(_) => format!(
                        "Look whether it is meant to be mistaken. If not, allow it and ask again: POST \
                         /api/v1/names/held/{}/allow.",
                        held.id
                    ),
                };
                conflict("name-held", "Name is held", words).hint(hint)
            }
            NameRefused::Promised { .. } => {
                conflict("name-promised", "Name is kept for somebody else", words).hint("Choose another name.")
            }
            NameRefused::Meanwhile { .. } => conflict("name-taken-meanwhile", "A similar name was taken", words)
                .hint("Ask again: an operator looks at it then. Or choose another name."),
            NameRefused::TooMany { .. } => conflict("too-many-names", "Too many names wait", words)
                .hint("Wait until an operator has looked at those, or choose another name."),
            NameRefused::Deleted(_) => conflict("name-deleted", "Module was deleted", words)
                .hint("Ask the registry's operators, who can restore it; its versions are taken for ever."),
            NameRefused::Refused(_) => conflict("name-refused", "Name was refused", words)
                .hint("Choose another name, or appeal: for a namespace on the page /account/appeals, for a module by `adx appeal open name`."),
        }
    }
}

impl From<DecideNameError> for Problem {
    fn from(error: DecideNameError) -> Self {
        let words = error.to_string();
        match error {
            DecideNameError::Denied(denied) => denied.into(),
            DecideNameError::Store(error) => error.into(),
            DecideNameError::Unknown => Self::not_found(words),
        }
    }
}

impl From<ListNamesError> for Problem {
    fn from(error: ListNamesError) -> Self {
        let words = error.to_string();
        match error {
            ListNamesError::Denied(denied) => denied.into(),
            ListNamesError::Store(error) => error.into(),
            ListNamesError::NoPublisher(_) => Self::not_found(words),
        }
    }
}
