//! Names, keys, envelopes, repository metadata, the log and tokens, through the crate's public door and against the published vectors.

mod canonical;
mod ceremony;
mod control;
mod envelope;
mod key;
mod key_history;
mod licence;
mod log;
mod name;
mod repository;
mod statement;
mod token;
mod tuf;
mod utc;
mod witness;

use std::convert::Infallible;

use adx_signing::{Digest, SecretKey, UtcSecond, digest::Hasher};
use rand_core::{TryCryptoRng, TryRng};

/// A generator that always gives the same bytes: a chain of hashes. Secrets made from it are secrets of tests.
struct Chain(Digest);

impl Chain {
    fn new(seed: &str) -> Self {
        Self(Digest::of(seed.as_bytes()))
    }
}

impl TryRng for Chain {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(32) {
            self.0 = Digest::of(self.0.as_bytes());
            chunk.copy_from_slice(&self.0.as_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Chain {}

fn key(seed: &str) -> SecretKey {
    SecretKey::generate(&mut Chain::new(seed))
}

fn at(text: &str) -> UtcSecond {
    text.parse().expect("a time")
}

fn bytes<const LENGTH: usize>(hexadecimal: &str) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    hex::decode_to_slice(hexadecimal, &mut bytes).expect("hexadecimal of the right length");
    bytes
}

/// FIPS 180-4's example, and the same in pieces.
#[test]
fn digests_are_sha256() {
    let digest = Digest::of(b"abc");
    let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(digest.to_string(), text);
    let mut hasher = Hasher::new();
    hasher.update(b"a");
    hasher.update(b"bc");
    assert_eq!(hasher.finish(), digest);
    assert_eq!(text.parse(), Ok(digest));
    for (wrong, words) in [
        (text.to_uppercase(), "`B` at position 1"),
        (text[1..].to_owned(), "63 bytes"),
        (format!("{text}0"), "65 bytes"),
        (text.replacen('a', "\u{1b}", 1), "\\u{1b}"),
    ] {
        let error = wrong.parse::<Digest>().expect_err(&wrong).to_string();
        assert!(error.contains(words), "{error}");
    }
}
