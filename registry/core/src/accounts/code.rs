//! Secrets that are shown once: codes of letters, and what cookies hold.

use std::fmt;

use adx_signing::digest::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::ports::Entropy;

/// Random bytes of a code.
const CODE_BYTES: usize = 32;
/// Length of a code in characters: what is longer or shorter is not looked up.
const CODE_CHARS: usize = 43;

/// 256 random bits in base64url. Only its sha256 is kept.
pub struct Code(Zeroizing<String>);

impl Code {
    /// A new one.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; CODE_BYTES]);
        entropy.fill(bytes.as_mut());
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_ref())))
    }

    /// The text, to be shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(super) fn hash(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// The sha256 of a text that may be a code. Nobody can choose a prefix of it, so the time that a lookup takes tells nothing.
pub(super) fn hash_of(text: &str) -> Option<Digest> {
    let text = text.trim();
    (text.len() == CODE_CHARS).then(|| Digest::of(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0xfb);
        }
    }

    #[test]
    fn a_code_is_found_by_its_text_and_shown_to_no_log() {
        let code = Code::new(&Fixed);
        assert_eq!(code.expose().len(), CODE_CHARS);
        assert_eq!(hash_of(&format!(" {}\n", code.expose())), Some(code.hash()));
        assert_eq!(hash_of(&code.expose()[1..]), None);
        assert_eq!(format!("{code:?}"), "Code(…)");
    }
}
