//! Ed25519 keys (RFC 8032) in the files other tools read: PKCS#8 and SPKI PEM (RFC 8410).

use std::{fmt, str::FromStr};

use ed25519_dalek::{
    Signer as _, SigningKey, VerifyingKey,
    pkcs8::{
        DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, KeypairBytes, spki::DecodePublicKey as _,
    },
};
use pkcs8::{
    EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef,
    der::{Decode as _, pem::PemLabel as _},
    pkcs5::{pbes2, scrypt},
};
use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

use crate::{digest::Digest, hexadecimal};

/// Longest PEM text read as a key, in bytes. An encrypted Ed25519 key has about 400; the cap keeps
/// a wrong file from being decoded whole.
pub const MAX_PEM_BYTES: usize = 8 * 1024;

/// The cost of guessing one passphrase: scrypt with N=2^14, r=8, p=5. Among the equally strong choices of the
/// [OWASP cheat sheet](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt) the one
/// that stays under the 32 MiB above which OpenSSL refuses to read a key.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_BLOCK_SIZE: u32 = 8;
const SCRYPT_PARALLELISM: u32 = 5;

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// More than [`MAX_PEM_BYTES`] of text.
    #[error("the key file has {length} bytes, a PEM key has at most {MAX_PEM_BYTES}: choose the key file itself")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// No PEM block at all.
    #[error("this is not a PEM file: expected a line `-----BEGIN {expected}-----`")]
    NotPem {
        /// The label that was expected.
        expected: &'static str,
    },
    /// A PEM block of another kind.
    #[error("this file holds `{found}`, expected `{expected}`{advice}", advice = advice(found))]
    WrongLabel {
        /// The label that was found.
        found: String,
        /// The label that was expected.
        expected: &'static str,
    },
    /// The right label, but not an Ed25519 key inside.
    #[error("the key cannot be read as Ed25519 ({reason}): make one with `adx key new`")]
    Malformed {
        /// What the decoder said; never a part of the key.
        reason: String,
    },
    /// An encrypted key and no passphrase.
    #[error("the key is encrypted: give its passphrase")]
    PassphraseNeeded,
    /// An encrypted key that the passphrase does not open.
    #[error("the passphrase does not open this key: check it, or export the key again")]
    WrongPassphrase,
    /// A passphrase of no characters, with which nothing would be protected.
    #[error("the passphrase is empty: give one, or write the key unencrypted on purpose")]
    EmptyPassphrase,
    /// A point with which one signature verifies for many messages.
    #[error("the public key is a point of small order, under which anything verifies: make a new key")]
    SmallOrder,
    /// Not the one encoding RFC 8032 gives this point, or no point at all.
    #[error("the public key is not the canonical encoding of a point on Ed25519")]
    NotAPoint,
    /// A public key whose byte string has another length.
    #[error("a public key has 32 bytes, this one has {length}")]
    Length {
        /// The length found.
        length: usize,
    },
    /// The operating system or the encoder failed while writing a key.
    #[error("the key cannot be written: {reason}")]
    Encode {
        /// What the encoder said.
        reason: String,
    },
}

fn advice(found: &str) -> &'static str {
    match found {
        "PUBLIC KEY" => ": this is the public half, give the secret key's file",
        "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => {
            ": this is the SECRET half, never hand it out; give the output of `adx key export`"
        }
        "OPENSSH PRIVATE KEY" => ": OpenSSH's own format is not read, make a key with `adx key new`",
        _ => ": give a file made by `adx key` or `openssl genpkey -algorithm ed25519`",
    }
}

/// A signature that does not belong to the message and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not one of this key over these bytes")]
pub struct SignatureError;

/// A publisher's secret key. Wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Makes a key from the generator's next 32 bytes.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self(SigningKey::from_bytes(&seed))
    }

    /// Takes the 32-byte seed of RFC 8032 (its "private key").
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads PKCS#8 PEM, as written by [`SecretKey::to_pem`] or `openssl genpkey -algorithm ed25519`,
    /// encrypted (PBES2 with scrypt or PBKDF2) or not. A passphrase given for an unencrypted key is
    /// not used.
    ///
    /// # Errors
    /// [`KeyError`] names what the file is instead; [`KeyError::PassphraseNeeded`] asks for one.
    pub fn from_pem(text: &str, passphrase: Option<&str>) -> Result<Self, KeyError> {
        const EXPECTED: &str = "PRIVATE KEY";
        let label = pem_label(text, EXPECTED)?;
        let key = if label == PrivateKeyInfoRef::PEM_LABEL {
            SigningKey::from_pkcs8_pem(text).map_err(malformed)?
        } else if label == EncryptedPrivateKeyInfoRef::PEM_LABEL {
            let passphrase = passphrase.ok_or(KeyError::PassphraseNeeded)?;
            let (_, document) = pkcs8::der::SecretDocument::from_pem(text).map_err(malformed)?;
            let opened = EncryptedPrivateKeyInfoRef::from_der(document.as_bytes())
                .map_err(malformed)?
                .decrypt(passphrase)
                .map_err(|_| KeyError::WrongPassphrase)?;
            SigningKey::from_pkcs8_der(opened.as_bytes()).map_err(|_| KeyError::WrongPassphrase)?
        } else {
            return Err(KeyError::WrongLabel { found: label, expected: EXPECTED });
        };
        Ok(Self(key))
    }

    /// Writes PKCS#8 PEM: with a passphrase encrypted by PBES2 (scrypt N=2^14 r=8 p=5, AES-256-CBC;
    /// RFC 8018, RFC 7914), without one in the clear. The generator gives salt and IV.
    ///
    /// # Errors
    /// [`KeyError::EmptyPassphrase`], or [`KeyError::Encode`] when the encoder fails.
    pub fn to_pem(&self, passphrase: Option<&str>, rng: &mut impl CryptoRng) -> Result<Zeroizing<String>, KeyError> {
        let document = self.to_pkcs8_der()?;
        match passphrase {
            None => document.to_pem(PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF),
            Some("") => return Err(KeyError::EmptyPassphrase),
            Some(passphrase) => PrivateKeyInfoRef::from_der(document.as_bytes())
                .map_err(encode)?
                .encrypt_with_params(encryption(rng)?, passphrase)
                .map_err(encode)?
                .to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF),
        }
        .map_err(encode)
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// PKCS#8 version 1 in DER (RFC 8410), as libraries that sign by themselves take a key.
    pub(crate) fn to_pkcs8_der(&self) -> Result<pkcs8::der::SecretDocument, KeyError> {
        // Version 1, without the public key: OpenSSL does not read version 2.
        KeypairBytes { secret_key: self.0.to_bytes(), public_key: None }.to_pkcs8_der().map_err(encode)
    }

    /// Signs the bytes (Ed25519, deterministic).
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretKey(of {})", self.public().id())
    }
}

/// A publisher's public key: a point that is canonically encoded and not of small order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Takes the 32 bytes of RFC 8032.
    ///
    /// # Errors
    /// [`KeyError::NotAPoint`] also for a second encoding of a valid point, so that one key cannot
    /// count as two; [`KeyError::SmallOrder`] for a key under which foreign messages verify.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotAPoint)?;
        if key.to_edwards().compress().to_bytes() != *bytes {
            return Err(KeyError::NotAPoint);
        }
        if key.is_weak() {
            return Err(KeyError::SmallOrder);
        }
        Ok(Self(key))
    }

    /// The 32 bytes of RFC 8032.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Reads SPKI PEM (`-----BEGIN PUBLIC KEY-----`).
    ///
    /// # Errors
    /// [`KeyError`] names what the file is instead; handing in a secret key is told loudly.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        const EXPECTED: &str = "PUBLIC KEY";
        let label = pem_label(text, EXPECTED)?;
        if label != EXPECTED {
            return Err(KeyError::WrongLabel { found: label, expected: EXPECTED });
        }
        let key = VerifyingKey::from_public_key_pem(text)
            .map_err(|error| KeyError::Malformed { reason: error.to_string() })?;
        Self::from_bytes(key.as_bytes())
    }

    /// Writes SPKI PEM.
    #[expect(clippy::missing_panics_doc, reason = "32 bytes always encode")]
    pub fn to_pem(&self) -> String {
        self.0.to_public_key_pem(LineEnding::LF).expect("32 bytes under a fixed header always encode")
    }

    /// The id under which repository metadata, envelopes and index lines name this key.
    pub fn id(&self) -> KeyId {
        // Canonical JSON (OLPC): keys sorted, no space; hexadecimal needs no escape.
        let canonical = format!(
            r#"{{"keytype":"ed25519","keyval":{{"public":"{}"}},"scheme":"ed25519"}}"#,
            hex::encode(self.as_bytes())
        );
        KeyId(Digest::of(canonical.as_bytes()))
    }

    /// Checks a signature strictly: small-order points and non-canonical scalars are refused, so
    /// every verifier agrees (<https://eprint.iacr.org/2020/1244>).
    ///
    /// # Errors
    /// [`SignatureError`] when it is not this key's signature over this message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| SignatureError)?;
        self.0.verify_strict(message, &signature).map_err(|_| SignatureError)
    }
}

impl TryFrom<&[u8]> for PublicKey {
    type Error = KeyError;

    fn try_from(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes = bytes.try_into().map_err(|_| KeyError::Length { length: bytes.len() })?;
        Self::from_bytes(bytes)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({})", hex::encode(self.as_bytes()))
    }
}

/// The name of a public key: the SHA-256 of its canonical JSON in TUF's form, so that TUF clients
/// arrive at the same id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Digest);

/// A text that is not a key id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a key id: {reason}; copy the 64 digits that `adx key show` prints")]
pub struct KeyIdError {
    reason: String,
}

impl KeyId {
    /// The id as the digest it is.
    pub const fn digest(&self) -> Digest {
        self.0
    }
}

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        hexadecimal::parse_32(text)
            .map(|bytes| Self(Digest::from_bytes(bytes)))
            .map_err(|error| KeyIdError { reason: error.to_string() })
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({self})")
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What a publisher's key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurpose {
    /// Releases.
    Release,
    /// The addition and removal of the publisher's keys.
    KeyChange,
}

/// A public key as a member of a document: 64 lowercase hexadecimal digits, as TUF writes it.
pub(crate) mod public_hex {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::PublicKey;
    use crate::hexadecimal;

    pub(crate) fn serialize<S: Serializer>(key: &PublicKey, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(key.as_bytes()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PublicKey, D::Error> {
        let bytes = hexadecimal::parse_32(&String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        PublicKey::from_bytes(&bytes).map_err(D::Error::custom)
    }
}

/// PBES2 with a fresh salt and IV.
fn encryption(rng: &mut impl CryptoRng) -> Result<pbes2::Parameters, KeyError> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut iv);
    let cost = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_BLOCK_SIZE, SCRYPT_PARALLELISM).map_err(encode)?;
    pbes2::Parameters::generate_scrypt_aes256cbc(cost, &salt, iv).map_err(encode)
}

fn pem_label(text: &str, expected: &'static str) -> Result<String, KeyError> {
    if text.len() > MAX_PEM_BYTES {
        return Err(KeyError::TooLarge { length: text.len() });
    }
    pkcs8::der::pem::decode_label(text.as_bytes()).map(str::to_owned).map_err(|_| KeyError::NotPem { expected })
}

fn malformed(error: impl fmt::Display) -> KeyError {
    KeyError::Malformed { reason: error.to_string() }
}

fn encode(error: impl fmt::Display) -> KeyError {
    KeyError::Encode { reason: error.to_string() }
}
