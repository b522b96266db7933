use adx_registry_core::ports::{Mail, MailError, Message};
use async_trait::async_trait;

/// For a command beside the server, which writes rows alone: the server sends what they promise.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMail;

#[async_trait]
impl Mail for NoMail {
    async fn send(&self, _: &Message) -> Result<(), MailError> {
        Err(MailError::Unreachable("only the running server sends mail".into()))
    }
}
