//! The refusals about webhooks, as problems.

use adx_registry_core::webhooks::WebhookError;

use super::{
    problem::Problem,
    refusals::{conflict, unprocessable},
};

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        let words = error.to_string();
        match error {
            WebhookError::Denied(denied) => denied.into(),
            WebhookError::Store(error) => error.into(),
            WebhookError::Vault(_) => Self::internal(&error),
            WebhookError::NoPublisher(_) | WebhookError::NotFound | WebhookError::NoDelivery => Self::not_found(words),
            WebhookError::Url(_) => unprocessable("webhook-url", "Not an address for a webhook", words)
                .hint("Give an address such as https://example.org/hook that the public network can reach."),
            WebhookError::ForOperators(_) => {
                unprocessable("event-for-operators", "Event is told to operators only", words)
                    .hint("Leave it out, or name no event to be told all that a publisher is told.")
            }
            WebhookError::TooMany => {
                conflict("too-many-webhooks", "Too many webhooks", words).hint("Remove one of them first.")
            }
            WebhookError::Full(_) => conflict("webhook-full", "Too much waits for the webhook", words)
                .hint("Wait until its receiver has taken some of it."),
            WebhookError::Off => conflict("webhook-off", "Webhook is turned off", words)
                .hint("Turn it on first: PUT /api/v1/webhooks/{id} with {\"enabled\": true}."),
        }
    }
}
