//! An envelope: what is read is within the caps, written it is the same, and no other bytes than the signed ones prove
//! a release.
#![no_main]

use adx_signing::{
    Digest, Envelope, SecretKey,
    envelope::{EnvelopeError, MAX_ENVELOPE_BYTES, MAX_SIGNATURES},
    statement::verify_release,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(envelope) = Envelope::from_json(text) else {
        return;
    };
    assert!(text.len() <= MAX_ENVELOPE_BYTES);
    assert!((1..=MAX_SIGNATURES).contains(&envelope.signatures.len()));
    match Envelope::from_json(&envelope.to_json()) {
        Ok(read) => assert_eq!(read, envelope),
        // Padding that the sender left out may not fit any more.
        Err(EnvelopeError::TooLarge { .. }) => {}
        Err(error) => panic!("what was read cannot be read again: {error}"),
    }
    // The key that signed `seeds/envelope/signed.json`, for a package of these bytes.
    let key = SecretKey::from_seed(&[7; 32]).public();
    if let Ok(statement) = verify_release(&envelope, &[key]) {
        assert_eq!(statement.sha256, Digest::of(b"fuzz"));
        assert_eq!(statement.release.module.to_string(), "adx/hello");
        assert_eq!(statement.signed_by(), [key.id()]);
    }
});
