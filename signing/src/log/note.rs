//! Signed notes: text under which several keys sign, one line each.
//! Source: <https://c2sp.org/signed-note@v1.0.0>

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    digest::Digest,
    key::{PublicKey, SecretKey},
};

/// Largest note read, in bytes, signatures and all. A checkpoint has about 200; the cap stops a server that sends
/// without end.
pub const MAX_NOTE_BYTES: usize = 64 * 1024;
/// Most signature lines read, the 16 that the specification asks for and as many again. Each of a known key costs a
/// curve operation: the cap keeps those few.
pub const MAX_NOTE_SIGNATURES: usize = 32;
/// Longest key name or origin, in bytes. It is a URL without its scheme.
pub const MAX_KEY_NAME_BYTES: usize = 255;

/// What comes before a signature: em dash and space.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Why a note, a key name or a verifier key is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More than [`MAX_NOTE_BYTES`].
    #[error("the note has {0} bytes, the cap is {MAX_NOTE_BYTES}")]
    TooLarge(usize),
    /// Not the form of a note.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// More than [`MAX_NOTE_SIGNATURES`].
    #[error("the note has more than {MAX_NOTE_SIGNATURES} signatures")]
    TooManySignatures,
    /// Not a key name.
    #[error(
        "`{0}` cannot name a key: use 1 to {MAX_KEY_NAME_BYTES} bytes without spaces, control characters and `+`, \
         such as registry.example.com/log"
    )]
    KeyName(String),
    /// Not a verifier key.
    #[error("not a verifier key ({0}): write name+id+key, as `adx-registry trust` prints it")]
    VerifierKey(&'static str),
    /// A line of a key we know, with a signature that is not its.
    #[error(
        "the signature of `{0}` does not belong to this note: it was changed, or signed by another key of that name"
    )]
    BadSignature(KeyName),
    /// Nobody we know signed.
    #[error("the note carries no signature of `{0}`")]
    Unsigned(String),
}

/// The name of a key that signs notes: a URL without its scheme. That of a log is its origin.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let refused = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if text.is_empty() || text.len() > MAX_KEY_NAME_BYTES || text.contains(refused) {
            return Err(NoteError::KeyName(text.chars().take(40).flat_map(char::escape_debug).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// What a key's signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteAlgorithm {
    /// That its owner signed the text.
    Ed25519,
    /// That a witness saw the log grow up to this checkpoint, and when.
    CosignatureV1,
}

impl NoteAlgorithm {
    /// The byte that stands for it in key ids and verifier keys.
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }
}

/// A public key that is trusted for notes: its name, what it signs and the key. As text it is a vkey,
/// `name+id+base64(type, key)`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    /// Its name.
    pub name: KeyName,
    /// What its signatures say.
    pub algorithm: NoteAlgorithm,
    /// The key.
    pub key: PublicKey,
}

impl VerifierKey {
    /// The four bytes that stand before its signatures: a hint, never a proof.
    pub fn id(&self) -> [u8; 4] {
        let material = [self.name.as_str().as_bytes(), b"\n", &self.material()].concat();
        let [a, b, c, d, ..] = *Digest::of(&material).as_bytes();
        [a, b, c, d]
    }

    fn material(&self) -> Vec<u8> {
        [&[self.algorithm.byte()], self.key.as_bytes().as_slice()].concat()
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(material)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::VerifierKey("it has not three parts"));
        };
        let material = STANDARD.decode(material).map_err(|_| NoteError::VerifierKey("the key is not base64"))?;
        let (algorithm, key) = match material.split_first() {
            Some((0x01, key)) => (NoteAlgorithm::Ed25519, key),
            Some((0x04, key)) => (NoteAlgorithm::CosignatureV1, key),
            _ => return Err(NoteError::VerifierKey("it is neither Ed25519 nor an Ed25519 cosignature key")),
        };
        let key = PublicKey::try_from(key).map_err(|_| NoteError::VerifierKey("the key is not one of Ed25519"))?;
        let verifier = Self { name: name.parse()?, algorithm, key };
        if hex::encode(verifier.id()) != id {
            return Err(NoteError::VerifierKey("its id is another key's"));
        }
        Ok(verifier)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}+{}+{}", self.name, hex::encode(self.id()), STANDARD.encode(self.material()))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VerifierKey({self})")
    }
}

/// One signature line, verified or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: KeyName,
    /// The first bytes of its hash.
    pub id: [u8; 4],
    /// What follows: the signature, with a time before it when it is a cosignature.
    pub bytes: Vec<u8>,
}

impl NoteSignature {
    /// Reads one line without its newline.
    pub(super) fn parse(line: &str) -> Result<Self, NoteError> {
        let (name, base64) = line
            .strip_prefix(SIGNATURE_PREFIX)
            .and_then(|line| line.split_once(' '))
            .ok_or(NoteError::Malformed("a signature line is not `— name signature`"))?;
        let decoded = STANDARD.decode(base64).map_err(|_| NoteError::Malformed("a signature is not base64"))?;
        match decoded.split_first_chunk() {
            Some((id, bytes)) if !bytes.is_empty() => Ok(Self { name: name.parse()?, id: *id, bytes: bytes.to_vec() }),
            _ => Err(NoteError::Malformed("a signature has no bytes")),
        }
    }

    /// Whether it claims to be of this key.
    pub fn is_of(&self, key: &VerifierKey) -> bool {
        self.name == key.name && self.id == key.id()
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.as_slice(), &self.bytes].concat();
        writeln!(formatter, "{SIGNATURE_PREFIX}{} {}", self.name, STANDARD.encode(bytes))
    }
}

/// A text with its signature lines. Reading one verifies nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note that nobody signed yet.
    pub(super) fn unsigned(text: String) -> Self {
        Self { text, signatures: Vec::new() }
    }

    /// Reads a note: the text up to the last empty line, then signatures.
    ///
    /// # Errors
    /// [`NoteError`] for anything else or beyond the caps.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed("it is not UTF-8"))?;
        if text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(NoteError::Malformed("it has a control character"));
        }
        let end = text.rfind("\n\n").ok_or(NoteError::Malformed("no empty line comes before the signatures"))?;
        let (text, lines) = (&text[..=end], &text[end + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("its last line does not end"))?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == MAX_NOTE_SIGNATURES {
                return Err(NoteError::TooManySignatures);
            }
            signatures.push(NoteSignature::parse(line)?);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The signed text, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, in their order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a line; lines of the same key are replaced.
    pub fn add(&mut self, signature: NoteSignature) {
        self.signatures.retain(|present| (&present.name, present.id) != (&signature.name, signature.id));
        self.signatures.push(signature);
    }

    /// Signs the text with an Ed25519 key under this name.
    pub fn sign(&mut self, name: &KeyName, key: &SecretKey) {
        let verifier = VerifierKey { name: name.clone(), algorithm: NoteAlgorithm::Ed25519, key: key.public() };
        let bytes = key.sign(self.text.as_bytes()).to_vec();
        self.add(NoteSignature { name: name.clone(), id: verifier.id(), bytes });
    }

    /// Whether this key signed. A line that claims to be of the key and is not makes the whole note bad, as the
    /// specification asks; one of a key that signs in another way is not looked at.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`].
    pub fn signed_by(&self, key: &VerifierKey) -> Result<bool, NoteError> {
        let mut signed = false;
        if key.algorithm == NoteAlgorithm::Ed25519 {
            for signature in self.signatures.iter().filter(|signature| signature.is_of(key)) {
                let message = self.text.as_bytes();
                key.key.verify(message, &signature.bytes).map_err(|_| NoteError::BadSignature(key.name.clone()))?;
                signed = true;
            }
        }
        Ok(signed)
    }
}

/// The note as it is sent: text, empty line, signatures.
impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| signature.fmt(formatter))
    }
}

macro_rules! text {
    ($type:ident) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

text!(KeyName);
text!(VerifierKey);

impl fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyName({self})")
    }
}
