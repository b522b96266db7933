use std::sync::Arc;

use adx_registry_core::ports::{Clock, Entropy, MailError, Message};
use lettre::message::{
    Body, Mailbox, SinglePart,
    header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
};
use thiserror::Error;

/// RFC 5322, 2.1.1: longest line without its end, in bytes.
const MAX_LINE_BYTES: usize = 998;

/// Makes of a message what is sent.
pub(super) struct Composer {
    pub(super) from: Mailbox,
    /// Whether what is beyond ASCII gets there as it is.
    pub(super) takes_eight_bits: bool,
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
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(self.body(&message.text)))
            .map_err(|error| MailError::Refused(Box::new(error)))
    }

    /// The text as it was written where it can be: a command in it is to be copied, also out of the file.
    fn body(&self, text: &str) -> Body {
        let fits = text.split('\n').all(|line| line.len() <= MAX_LINE_BYTES && !line.contains(['\r', '\0']));
        let encoding = match (fits, text.is_ascii(), self.takes_eight_bits) {
            (true, true, _) => ContentTransferEncoding::SevenBit,
            (true, false, true) => ContentTransferEncoding::EightBit,
            _ => return Body::new(text.to_owned()),
        };
        Body::dangerous_pre_encoded(text.replace('\n', "\r\n").into_bytes(), encoding)
    }

    /// 128 random bits in hexadecimal.
    pub(super) fn random(&self) -> String {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes);
        hex::encode(bytes)
    }
}
