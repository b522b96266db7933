//! From the errors about takedowns to problems.

use adx_registry_core::takedown::{BadReference, TakedownError};

use super::{
    problem::Problem,
    refusals::{conflict, unprocessable},
};

impl From<TakedownError> for Problem {
    fn from(error: TakedownError) -> Self {
        let words = error.to_string();
        match error {
            TakedownError::Denied(denied) => denied.into(),
            TakedownError::Store(error) => error.into(),
            TakedownError::NoModule(_) | TakedownError::NotFound { .. } => Self::not_found(words),
            TakedownError::NotTakenDown { .. } => Self::not_found(words)
                .hint("GET /api/v1/takedowns lists what was taken down; of a whole module, the module is given back."),
            TakedownError::Erased { .. } => {
                conflict("erased", "Erased", words).hint("Its publisher can release the same under another version.")
            }
        }
    }
}

impl From<BadReference> for Problem {
    fn from(error: BadReference) -> Self {
        unprocessable("invalid", "Not valid", error.to_string())
    }
}
