//! The refusals to delete, as problems.

use adx_registry_core::names::{DeleteModuleError, DeleteNameError};

use super::{problem::Problem, refusals::conflict};

impl From<DeleteNameError> for Problem {
    fn from(error: DeleteNameError) -> Self {
        let words = error.to_string();
        match error {
            DeleteNameError::Store(error) => error.into(),
            DeleteNameError::Unknown(_) | DeleteNameError::NotDeleted(_) => Self::not_found(words),
            DeleteNameError::Offered(_) => {
                conflict("module-offered", "Module is offered", words).hint("Yank its versions first.")
            }
            DeleteNameError::HasModules(_) => conflict("namespace-has-modules", "Namespace has modules", words)
                .hint("Delete its modules first: DELETE /api/v1/modules/{namespace}/{name}."),
            DeleteNameError::HasProposals(_) => {
                conflict("namespace-has-proposals", "Something else is proposed", words)
                    .hint("Wait until the other proposals have ended, or cancel them.")
            }
        }
    }
}

impl From<DeleteModuleError> for Problem {
    fn from(error: DeleteModuleError) -> Self {
        let words = error.to_string();
        match error {
            DeleteModuleError::Denied(denied) => denied.into(),
            DeleteModuleError::Name(error) => error.into(),
            DeleteModuleError::Store(error) => error.into(),
            DeleteModuleError::NotFound(_) => Self::not_found(words),
            DeleteModuleError::Withheld(_) => conflict("module-withheld", "Module is withheld", words)
                .hint("Appeal against that first; operators may delete it too."),
            DeleteModuleError::Needed { .. } => conflict("module-needed", "Others need the module", words)
                .hint("Advise against it instead: PUT /api/v1/modules/{namespace}/{name}/deprecation."),
            DeleteModuleError::Ordered(_) => conflict("module-ordered", "Module has orders", words)
                .hint("Wait until they have ended, or ask the registry's operators to settle them."),
        }
    }
}
