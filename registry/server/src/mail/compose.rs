use std::sync::Arc;

use adx_registry_core::ports::{Clock, Entropy, MailError, Message};
use lettre::message::{
    Body, Mailbox, SinglePart,
    header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
};
use thiserror::Error;

/// Longest line that servers take as it is, in bytes. Source: RFC 5322, 2.1.1.
const MAX_LINE_BYTES: usize = 998;

/// Makes of a message what is sent, the same for every destination.
pub(super) struct Composer {
    pub(super) from: Mailbox,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
}

#[derive(Debug, Error)]
#[error("its subject has a control character")]
struct ControlInSubject;

#[derive(Debug, Error)]
#[error("its receiver is no mailbox")]
struct NoMailbox;

impl Composer {
    /// # Errors
    /// [`MailError::Refused`]
    pub(super) fn compose(&self, message: &Message) -> Result<lettre::Message, MailError> {
        // A line break would end the header: the attack puts `Bcc:` on the next line.
        if message.subject.contains(|sign: char| sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}')) {
            return Err(MailError::Refused(Box::new(ControlInSubject)));
        }
        let to: lettre::Address = message.to.as_str().parse().map_err(|_| MailError::Refused(Box::new(NoMailbox)))?;
        // Not the machine's name, which is nobody's business.
        let id = format!("<{}@{}>", self.random(), self.from.email.domain());
        // RFC 3834: no machine shall answer this one.
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject.clone())
            .date(self.clock.now().into())
            .message_id(Some(id))
            .raw_header(automatic)
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body(&message.text)))
            .map_err(|error| MailError::Refused(Box::new(error)))
    }

    /// 128 random bits in hexadecimal.
    pub(super) fn random(&self) -> String {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes);
        hex::encode(bytes)
    }
}

/// As it is where a server takes it so: a link that is broken over two lines is of no use to whoever reads the file. Else in whichever
/// encoding suits it.
fn body(text: &str) -> Body {
    let is_plain = |byte: u8| (byte.is_ascii() && !byte.is_ascii_control()) || matches!(byte, b'\n' | b'\t');
    if text.bytes().all(is_plain) && text.lines().all(|line| line.len() <= MAX_LINE_BYTES) {
        let lines = text.replace('\n', "\r\n").into_bytes();
        return Body::dangerous_pre_encoded(lines, ContentTransferEncoding::SevenBit);
    }
    Body::new(text.to_owned())
}
