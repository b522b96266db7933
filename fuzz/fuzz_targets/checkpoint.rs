//! A checkpoint: what is read is within the caps, written it is the same, and no other text than the signed one is the
//! log's.
#![no_main]

use adx_signing::{
    SecretKey,
    log::{
        SignedCheckpoint, VerifierKey,
        checkpoint::MAX_TREE_SIZE,
        note::{MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES, NoteAlgorithm},
    },
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(key) = text.trim_end().parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text.trim_end());
    }
    let Ok(checkpoint) = SignedCheckpoint::parse(text.as_bytes()) else {
        return;
    };
    assert!(text.len() <= MAX_NOTE_BYTES);
    assert!((1..=MAX_NOTE_SIGNATURES).contains(&checkpoint.note().signatures().len()));
    assert!(checkpoint.claimed().head.size <= MAX_TREE_SIZE);
    assert_eq!(checkpoint.note().to_string(), text);
    // The key that signed `seeds/checkpoint/signed`.
    let key = SecretKey::from_seed(&[7; 32]).public();
    let origin: adx_signing::log::KeyName = "fuzz.example.com/log".parse().expect("a name");
    let log = VerifierKey { name: origin.clone(), algorithm: NoteAlgorithm::Ed25519, key };
    if let Ok(verified) = checkpoint.verify(&origin, &[log]) {
        assert!([5, 300].contains(&verified.head.size));
        assert_eq!(verified.signed_by(), [key.id()]);
    }
});
