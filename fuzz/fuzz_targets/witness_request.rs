//! The witness protocol: what is read is within the caps, written it is the same, and a witness cosigns no other tree
//! than one that the log signed and that begins with the last one.
#![no_main]

use adx_signing::{
    SecretKey,
    log::{
        Cosigner, TreeHead, VerifierKey,
        merkle::MAX_PROOF_HASHES,
        note::NoteAlgorithm,
        witness::{AddCheckpoint, MAX_WITNESS_BODY_BYTES, WatchedLog, decide, parse_conflict, parse_cosignatures},
    },
};
use libfuzzer_sys::fuzz_target;

/// The root of the five leaves that `seeds/witness_request/grown` begins with.
const OLD_ROOT: &str = "341515982d650e23520dbd54d7fcf0afa1b70cc3a16a411d464dc9c1ac96c301";

fuzz_target!(|text: &str| {
    if let Ok(size) = parse_conflict(text.as_bytes()) {
        assert_eq!(text, format!("{size}\n"));
    }
    let Ok(request) = AddCheckpoint::parse(text.as_bytes()) else {
        return;
    };
    assert!(text.len() <= MAX_WITNESS_BODY_BYTES);
    assert!(request.proof.len() <= MAX_PROOF_HASHES);
    assert_eq!(request.to_string(), text);
    let origin: adx_signing::log::KeyName = "fuzz.example.com/log".parse().expect("a name");
    let key = SecretKey::from_seed(&[7; 32]).public();
    let latest = TreeHead { size: 5, root: OLD_ROOT.parse().expect("a root") };
    let log = WatchedLog {
        origin: origin.clone(),
        keys: vec![VerifierKey { name: origin, algorithm: NoteAlgorithm::Ed25519, key }],
        latest: Some(latest),
    };
    let witness =
        Cosigner { name: "witness.example.com/w1".parse().expect("a name"), key: SecretKey::from_seed(&[8; 32]) };
    let now = "2026-11-25T08:00:00Z".parse().expect("a time");
    match decide(&request, Some(&log), &witness, now) {
        Ok(consent) => {
            assert!(consent.head == latest || consent.head.size == 300);
            let answer = consent.line.to_string();
            let taken = parse_cosignatures(answer.as_bytes(), &request.checkpoint, &witness.verifier());
            assert_eq!(taken, Ok(vec![consent.line]));
        }
        Err(refusal) => assert!([400, 403, 404, 409, 422].contains(&refusal.status())),
    }
});
