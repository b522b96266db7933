use adx_signing::{
    Envelope, PublicKey,
    envelope::{EnvelopeError, MAX_ENVELOPE_BYTES, MAX_SIGNATURES, pae},
};
use base64::{Engine as _, engine::general_purpose};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::key;

const TYPE: &str = "http://example.com/HelloWorld";
const BODY: &[u8] = b"hello world";

/// The example of DSSE's protocol.md.
#[test]
fn the_encoding_is_that_of_the_protocol() {
    assert_eq!(pae(TYPE, BODY), b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    // Lengths are of bytes, not of characters.
    assert_eq!(pae("é", b"x"), "DSSEv1 2 é 1 x".as_bytes());
}

/// The envelope of DSSE's test vector. It is signed with ECDSA, so no key of ours signed it.
#[test]
fn the_envelope_of_the_protocol_is_read() {
    let text = r#"{"payload": "aGVsbG8gd29ybGQ=", "payloadType": "http://example.com/HelloWorld", "signatures":
        [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}"#;
    let envelope = Envelope::from_json(text).expect("DSSE");
    assert_eq!((envelope.payload_type.as_str(), envelope.payload.as_slice()), (TYPE, BODY));
    assert_eq!(envelope.signatures[0].keyid, None);
    assert!(matches!(envelope.verify(&[key("one").public()], 1), Err(EnvelopeError::Threshold { found: 0, .. })));
}

#[test]
fn what_was_signed_is_verified_and_nothing_else() {
    let (one, other) = (key("one"), key("other"));
    let envelope = Envelope::sign(TYPE, BODY, &[&one]);
    assert_eq!(envelope.verify(&[one.public()], 1), Ok(BODY));
    assert_eq!(envelope.verify(&[other.public(), one.public()], 1), Ok(BODY));
    let refused = envelope.verify(&[other.public()], 1);
    assert_eq!(refused, Err(EnvelopeError::Threshold { found: 0, needed: 1, trusted: 1 }));
    assert!(envelope.verify(&[], 1).is_err());
    assert_eq!(envelope.verify(&[one.public()], 0), Err(EnvelopeError::ZeroThreshold));
    assert_eq!(Envelope::sign(TYPE, BODY, &[]).verify(&[one.public()], 1), Err(EnvelopeError::Unsigned));
}

#[test]
fn a_threshold_counts_keys_not_signatures() {
    let (one, other) = (key("one"), key("other"));
    let twice = Envelope::sign(TYPE, BODY, &[&one, &one]);
    assert!(twice.verify(&[one.public(), one.public()], 2).is_err());
    let both = Envelope::sign(TYPE, BODY, &[&one, &other]);
    assert_eq!(both.verify(&[one.public(), other.public()], 2), Ok(BODY));
}

fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[bit / 8] ^= 1 << (bit % 8);
    flipped
}

#[test]
fn a_flipped_bit_in_any_part_is_refused() {
    let key = key("one");
    let sound = Envelope::sign(TYPE, BODY, &[&key]);
    let trusted = [key.public()];
    for bit in 0..BODY.len() * 8 {
        let envelope = Envelope { payload: flip(BODY, bit), ..sound.clone() };
        assert!(envelope.verify(&trusted, 1).is_err(), "payload bit {bit}");
    }
    for bit in 0..TYPE.len() * 8 {
        // Some flips are not UTF-8: they cannot even be said.
        if let Ok(payload_type) = String::from_utf8(flip(TYPE.as_bytes(), bit)) {
            let envelope = Envelope { payload_type, ..sound.clone() };
            assert!(envelope.verify(&trusted, 1).is_err(), "type bit {bit}");
        }
    }
    for bit in 0..512 {
        let mut envelope = sound.clone();
        envelope.signatures[0].sig = flip(&sound.signatures[0].sig, bit);
        assert!(envelope.verify(&trusted, 1).is_err(), "signature bit {bit}");
    }
    for length in [0, 63] {
        let mut envelope = sound.clone();
        envelope.signatures[0].sig.truncate(length);
        assert!(envelope.verify(&trusted, 1).is_err(), "signature of {length} bytes");
    }
}

/// The key id is a hint that nobody signed: it must neither be needed nor believed.
#[test]
fn the_key_id_is_not_believed() {
    let (one, other) = (key("one"), key("other"));
    let mut envelope = Envelope::sign(TYPE, BODY, &[&one]);
    for keyid in [None, Some(other.public().id())] {
        envelope.signatures[0].keyid = keyid;
        assert_eq!(envelope.verify(&[one.public()], 1), Ok(BODY));
        assert!(envelope.verify(&[other.public()], 1).is_err());
    }
}

/// Whatever bit of the JSON flips: what then still verifies says what was signed.
#[test]
fn no_flipped_bit_of_the_text_changes_what_is_proved() {
    let key = key("one");
    let sound = Envelope::sign(TYPE, BODY, &[&key]);
    let text = sound.to_json().into_bytes();
    for bit in 0..text.len() * 8 {
        let Ok(flipped) = String::from_utf8(flip(&text, bit)) else {
            continue;
        };
        if let Ok(envelope) = Envelope::from_json(&flipped)
            && envelope.verify(&[key.public()], 1).is_ok()
        {
            assert_eq!((&envelope.payload, &envelope.payload_type), (&sound.payload, &sound.payload_type), "bit {bit}");
        }
    }
}

#[test]
fn either_alphabet_is_read_with_or_without_padding() {
    let payload = [0xfb, 0xff, 0xfe, 0x00];
    let key = key("one");
    let sound = Envelope::sign(TYPE, payload, &[&key]);
    let sig = &sound.signatures[0].sig;
    for engine in [
        general_purpose::STANDARD,
        general_purpose::STANDARD_NO_PAD,
        general_purpose::URL_SAFE,
        general_purpose::URL_SAFE_NO_PAD,
    ] {
        let text = json!({
            "payload": engine.encode(payload), "payloadType": TYPE, "unknown": 1,
            "signatures": [{ "keyid": "somebody", "sig": engine.encode(sig) }],
        });
        let envelope = Envelope::from_json(&text.to_string()).expect("DSSE");
        assert_eq!(envelope.verify(&[key.public()], 1), Ok(&payload[..]));
    }
}

#[test]
fn what_is_no_envelope_is_refused_with_a_reason() {
    let signature = json!({ "sig": "AAAA" });
    let envelope = |payload: &str, signatures: Value| {
        json!({ "payload": payload, "payloadType": TYPE, "signatures": signatures }).to_string()
    };
    let cases = [
        ("", "line 1 column 0"),
        ("[]", "line 1"),
        (r#"{"payload": "AAAA", "signatures": []}"#, "payloadType"),
        (&envelope("AAAA", json!([])), "no signature"),
        (&envelope("not base64!", json!([signature])), "`payload`"),
        (&envelope("+_+_", json!([signature])), "`payload`"),
        (&envelope("AAAA", json!([{ "sig": "=" }])), "`sig`"),
        (&envelope("AAAA", json!(vec![&signature; MAX_SIGNATURES + 1])), "17 signatures"),
        (&format!("{} ", envelope("AAAA", json!([signature]))).repeat(2), "trailing characters"),
        (&" ".repeat(MAX_ENVELOPE_BYTES + 1), "16385 bytes"),
    ];
    for (text, words) in cases {
        let error = Envelope::from_json(text).expect_err(text).to_string();
        assert!(error.contains(words), "{error}");
    }
    let most = envelope("AAAA", json!(vec![&signature; MAX_SIGNATURES]));
    assert_eq!(Envelope::from_json(&most).expect("as many as allowed").signatures.len(), MAX_SIGNATURES);
}

proptest! {
    #[test]
    fn an_envelope_survives_its_json(payload_type in any::<String>(), payload: Vec<u8>, signers in 1..=3_usize) {
        let keys: Vec<_> = ["one", "two", "three"][..signers].iter().map(|seed| key(seed)).collect();
        let envelope = Envelope::sign(payload_type, payload, &keys.iter().collect::<Vec<_>>());
        let read = Envelope::from_json(&envelope.to_json()).expect("our own JSON");
        prop_assert_eq!(&read, &envelope);
        let trusted: Vec<PublicKey> = keys.iter().map(adx_signing::SecretKey::public).collect();
        prop_assert_eq!(read.verify(&trusted, signers), Ok(&envelope.payload[..]));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = Envelope::from_json(&text);
    }
}
