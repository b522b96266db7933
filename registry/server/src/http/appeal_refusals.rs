//! From the errors about appeals to problems.

use adx_registry_core::appeals::AppealError;

use super::{problem::Problem, refusals::conflict};

impl From<AppealError> for Problem {
    fn from(error: AppealError) -> Self {
        let words = error.to_string();
        match error {
            AppealError::Denied(denied) => denied.into(),
            AppealError::Store(error) => error.into(),
            AppealError::Quarantine(error) => error.into(),
            AppealError::Takedown(error) => error.into(),
            AppealError::Name(error) => error.into(),
            AppealError::Submission(error) => error.into(),
            AppealError::NoPublisher(_) | AppealError::NotTheirs(_) | AppealError::NotAsked(_) => {
                Self::not_found(words)
            }
            AppealError::Unknown => Self::not_found(words).hint("GET /api/v1/appeals lists those that wait."),
            AppealError::NothingDecided(_) => conflict("nothing-decided", "Nothing to appeal against", words),
            AppealError::WholeModule { module, .. } => conflict("nothing-decided", "Nothing to appeal against", words)
                .hint(format!("Send `kind` `module` and `subject` `{module}`.")),
            AppealError::NotKept => conflict("not-kept", "Not kept any more", words)
                .hint("Publish it again under another version, and say what has changed."),
            AppealError::Again(_) => conflict("appealed-already", "Appealed already", words)
                .hint("The owners of the namespace are told by mail what is decided."),
            AppealError::TooMany(_) => conflict("appealed-too-often", "Appealed too often", words),
            AppealError::NotOpen(_) => conflict("appeal-decided", "Decided already", words),
        }
    }
}
