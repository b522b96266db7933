//! DSSE, the envelope around everything signed.
//! Source: <https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md>

use std::collections::BTreeSet;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use serde::{Deserialize, Serialize};

use crate::key::{KeyId, PublicKey, SecretKey};

/// Largest envelope read, in bytes of JSON. It travels in an HTTP header; a statement has about
/// one kilobyte. Stops a sender from making the verifier decode megabytes before the first check.
pub const MAX_ENVELOPE_BYTES: usize = 16 * 1024;
/// Most signatures read from one envelope. Each is tried with each trusted key: the cap keeps the
/// number of curve operations a sender can cause small.
pub const MAX_SIGNATURES: usize = 16;

/// Why an envelope is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// More than [`MAX_ENVELOPE_BYTES`].
    #[error("the envelope has {length} bytes, the cap is {MAX_ENVELOPE_BYTES}: sign a smaller statement")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// Not the JSON of a DSSE envelope.
    #[error("the envelope is not DSSE JSON ({reason}): sign again with `adx publish`")]
    Json {
        /// What the parser said, with line and column.
        reason: String,
    },
    /// A field that is not base64.
    #[error("`{field}` in the envelope is not base64 (RFC 4648 section 4 or 5)")]
    Base64 {
        /// The field.
        field: &'static str,
    },
    /// No signature at all.
    #[error("the envelope carries no signature: sign it")]
    Unsigned,
    /// More than [`MAX_SIGNATURES`].
    #[error("the envelope carries {count} signatures, the cap is {MAX_SIGNATURES}: keep the ones needed")]
    TooManySignatures {
        /// How many there are.
        count: usize,
    },
    /// A threshold of none, which anything would reach.
    #[error("a threshold of 0 would accept an unsigned envelope: ask for 1 at least")]
    ZeroThreshold,
    /// Fewer distinct trusted keys signed than asked for.
    #[error(
        "{found} of the {needed} needed keys signed this envelope ({trusted} are trusted): \
         sign with a key registered to the publisher"
    )]
    Threshold {
        /// Distinct trusted keys with a valid signature.
        found: usize,
        /// How many are needed.
        needed: usize,
        /// How many keys were trusted.
        trusted: usize,
    },
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// A hint which key it is of. Not authenticated, so never trusted; a hint that is not one of
    /// our key ids is read as none.
    pub keyid: Option<KeyId>,
    /// The raw signature, 64 bytes for Ed25519.
    pub sig: Vec<u8>,
}

/// A payload, what it is, and who signed both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The media type of the payload; signed with it.
    pub payload_type: String,
    /// The signed bytes, exactly; nothing needs to be canonical.
    pub payload: Vec<u8>,
    /// The signatures, in the order they were made.
    pub signatures: Vec<Signature>,
}

/// The bytes that are signed: the pre-authentication encoding
/// `"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

impl Envelope {
    /// Signs the payload with every key.
    pub fn sign(payload_type: impl Into<String>, payload: impl Into<Vec<u8>>, keys: &[&SecretKey]) -> Self {
        let (payload_type, payload) = (payload_type.into(), payload.into());
        let message = pae(&payload_type, &payload);
        let signatures = keys
            .iter()
            .map(|key| Signature { keyid: Some(key.public().id()), sig: key.sign(&message).to_vec() })
            .collect();
        Self { payload_type, payload, signatures }
    }

    /// The distinct keys among these that signed, in the order given. A key that is given twice or
    /// signed twice counts once: a threshold is of keys, never of signatures.
    pub fn signers<'keys>(&self, keys: &'keys [PublicKey]) -> Vec<&'keys PublicKey> {
        let message = pae(&self.payload_type, &self.payload);
        let mut seen = BTreeSet::new();
        keys.iter()
            .filter(|key| {
                seen.insert(*key.as_bytes())
                    && self
                        .signatures
                        .iter()
                        .take(MAX_SIGNATURES)
                        .any(|signature| key.verify(&message, &signature.sig).is_ok())
            })
            .collect()
    }

    /// The payload, if at least `threshold` distinct keys among these signed it.
    ///
    /// # Errors
    /// [`EnvelopeError::Threshold`] when too few did, [`EnvelopeError::ZeroThreshold`] when none was asked for.
    pub fn verify(&self, keys: &[PublicKey], threshold: usize) -> Result<&[u8], EnvelopeError> {
        if threshold == 0 {
            return Err(EnvelopeError::ZeroThreshold);
        }
        if self.signatures.is_empty() {
            return Err(EnvelopeError::Unsigned);
        }
        let found = self.signers(keys).len();
        if found < threshold {
            return Err(EnvelopeError::Threshold { found, needed: threshold, trusted: keys.len() });
        }
        Ok(&self.payload)
    }

    /// The envelope as DSSE JSON, base64 in the standard alphabet.
    #[expect(clippy::missing_panics_doc, reason = "strings always encode")]
    pub fn to_json(&self) -> String {
        let wire = Wire {
            payload: STANDARD.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: self
                .signatures
                .iter()
                .map(|signature| WireSignature {
                    keyid: signature.keyid.map(|id| id.to_string()),
                    sig: STANDARD.encode(&signature.sig),
                })
                .collect(),
        };
        serde_json::to_string(&wire).expect("strings always encode")
    }

    /// Reads DSSE JSON. Either base64 alphabet is read and unknown fields are ignored, as the
    /// protocol asks.
    ///
    /// # Errors
    /// [`EnvelopeError`] for anything that is not one whole envelope within the caps.
    pub fn from_json(text: &str) -> Result<Self, EnvelopeError> {
        if text.len() > MAX_ENVELOPE_BYTES {
            return Err(EnvelopeError::TooLarge { length: text.len() });
        }
        let wire: Wire =
            serde_json::from_str(text).map_err(|error| EnvelopeError::Json { reason: error.to_string() })?;
        if wire.signatures.is_empty() {
            return Err(EnvelopeError::Unsigned);
        }
        if wire.signatures.len() > MAX_SIGNATURES {
            return Err(EnvelopeError::TooManySignatures { count: wire.signatures.len() });
        }
        let signatures = wire
            .signatures
            .into_iter()
            .map(|signature| {
                Ok(Signature {
                    keyid: signature.keyid.and_then(|id| id.parse().ok()),
                    sig: decode("sig", &signature.sig)?,
                })
            })
            .collect::<Result<_, EnvelopeError>>()?;
        Ok(Self { payload: decode("payload", &wire.payload)?, payload_type: wire.payload_type, signatures })
    }
}

fn decode(field: &'static str, text: &str) -> Result<Vec<u8>, EnvelopeError> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD_ALPHABET: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    const URL_ALPHABET: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
    STANDARD_ALPHABET.decode(text).or_else(|_| URL_ALPHABET.decode(text)).map_err(|_| EnvelopeError::Base64 { field })
}

#[derive(Serialize, Deserialize)]
struct Wire {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyid: Option<String>,
    sig: String,
}
