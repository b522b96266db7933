//! A proof in a file: what is read is within the caps, written it is the same, and no other leaf than the logged one is
//! proven.
#![no_main]

use adx_signing::{
    SecretKey,
    log::{
        Cosigner, LogPolicy, TlogProof, VerifierKey, merkle::MAX_PROOF_HASHES, note::NoteAlgorithm,
        proof::MAX_TLOG_PROOF_BYTES,
    },
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(proof) = TlogProof::parse(text.as_bytes()) else {
        return;
    };
    assert!(text.len() <= MAX_TLOG_PROOF_BYTES);
    assert!(proof.hashes.len() <= MAX_PROOF_HASHES);
    assert_eq!(proof.to_string(), text);
    // The keys of the log and of the witness of `seeds/tlog_proof/yank`.
    let log = VerifierKey {
        name: "fuzz.example.com/log".parse().expect("a name"),
        algorithm: NoteAlgorithm::Ed25519,
        key: SecretKey::from_seed(&[7; 32]).public(),
    };
    let witness =
        Cosigner { name: "witness.example.com/w1".parse().expect("a name"), key: SecretKey::from_seed(&[8; 32]) };
    let policy = LogPolicy::new(log.name.clone(), vec![log], vec![witness.verifier()], 1).expect("a policy");
    if let Ok(logged) = proof.verify(&policy) {
        assert_eq!(logged.index, 42);
        assert_eq!(logged.leaf.to_bytes(), proof.leaf);
        assert_eq!(logged.witnessed.checkpoint.head.size, 300);
    }
});
