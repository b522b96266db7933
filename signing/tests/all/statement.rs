use adx_signing::{
    Digest, Envelope, Release,
    statement::{PAYLOAD_TYPE, ReleaseError, sign_release, verify_release},
};
use serde_json::{Value, json};

use crate::key;

fn release() -> Release {
    Release {
        module: "adx/hello".parse().expect("a module"),
        version: "1.2.3".parse().expect("a version"),
        permissions: vec!["sql".to_owned(), "kv".to_owned(), "kv".to_owned()],
        sbom_sha256: Some(Digest::of(b"bill of materials")),
    }
}

fn package() -> Digest {
    Digest::of(b"package")
}

/// The shape that in-toto's Statement v1 prescribes.
#[test]
fn a_release_is_an_in_toto_statement() {
    let envelope = sign_release(&release(), package(), &key("one"));
    assert_eq!(envelope.payload_type, "application/vnd.in-toto+json");
    let statement: Value = serde_json::from_slice(&envelope.payload).expect("JSON");
    assert_eq!(
        statement,
        json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": "adx--hello--1.2.3.adxm", "digest": { "sha256": package().to_string() } }],
            "predicateType": "https://adx-core.dev/attestations/release/v1",
            "predicate": {
                "module": "adx/hello",
                "version": "1.2.3",
                "permissions": ["kv", "sql"],
                "sbom": { "digest": { "sha256": Digest::of(b"bill of materials").to_string() } },
            },
        })
    );
}

#[test]
fn a_signed_release_is_verified_whole() {
    let key = key("one");
    let envelope = sign_release(&release(), package(), &key);
    let statement = verify_release(&envelope, &[key.public()]).expect("signed by a trusted key");
    assert_eq!(statement.signed_by(), [key.public().id()]);
    assert_eq!(statement.sha256, package());
    assert_eq!(statement.subject_name, "adx--hello--1.2.3.adxm");
    let permissions = vec!["kv".to_owned(), "sql".to_owned()];
    assert_eq!(statement.into_inner().release, Release { permissions, ..release() });
}

#[test]
fn nothing_is_read_before_the_signature_holds() {
    let envelope = Envelope::sign(PAYLOAD_TYPE, *b"not even JSON", &[&key("other")]);
    assert!(matches!(verify_release(&envelope, &[key("one").public()]), Err(ReleaseError::Envelope(_))));
}

/// The sound statement with one member replaced, or removed where `value` is null.
fn with(pointer: &str, value: Value) -> Vec<u8> {
    let envelope = sign_release(&release(), package(), &key("one"));
    let mut statement: Value = serde_json::from_slice(&envelope.payload).expect("JSON");
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    let parent = statement.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    if value.is_null() {
        parent.remove(member).expect("a member");
    } else {
        parent.insert(member.to_owned(), value);
    }
    statement.to_string().into_bytes()
}

#[test]
fn each_contradiction_is_named() {
    let key = key("one");
    let verify = |payload_type: &str, payload: Vec<u8>| {
        let envelope = Envelope::sign(payload_type, payload, &[&key]);
        verify_release(&envelope, &[key.public()]).expect_err("not a sound release").to_string()
    };
    let subject = json!({ "name": "adx--hello--1.2.3.adxm", "digest": { "sha256": package().to_string() } });
    for (payload, words) in [
        (b"not JSON".to_vec(), "cannot be read"),
        (with("/_type", json!("https://in-toto.io/Statement/v0.1")), "Statement/v0.1"),
        (with("/predicateType", json!("https://slsa.dev/provenance/v1")), "https://slsa.dev/provenance/v1"),
        (with("/predicate", Value::Null), "predicate"),
        (with("/subject", json!([])), "0 subjects"),
        (with("/subject", json!([subject, subject])), "2 subjects"),
        (with("/subject/0/digest", json!({})), "no sha256"),
        (with("/subject/0/digest", json!({ "sha256": "00" })), "not a sha256"),
        (with("/subject/0/digest", json!({ "sha512": "00" })), "no sha256"),
        (with("/subject/0/name", json!("adx--hello--1.2.4.adxm")), "adx--hello--1.2.3.adxm"),
        (with("/predicate/module", json!("adx/other")), "adx--other--1.2.3.adxm"),
        (with("/predicate/module", json!("Adx/hello")), "uppercase"),
        (with("/predicate/version", json!("1.2.4")), "adx--hello--1.2.4.adxm"),
        (with("/predicate/version", json!("1.2")), "cannot be read"),
        (with("/predicate/sbom/digest", json!({})), "no sha256"),
    ] {
        let error = verify(PAYLOAD_TYPE, payload);
        assert!(error.contains(words), "{words}: {error}");
    }
    // A signature over the same bytes under another type must not count here.
    let sound = sign_release(&release(), package(), &key).payload;
    assert!(verify("application/json", sound).contains("`application/json`"));
}

/// in-toto's parsing rules: unknown members are ignored, other digests may stand beside ours.
#[test]
fn a_newer_statement_is_still_read() {
    let key = key("one");
    for payload in [
        with("/predicate/future", json!({ "any": "thing" })),
        with("/subject/0/digest", json!({ "sha256": package().to_string(), "sha512": "00" })),
        with("/predicate/sbom", Value::Null),
    ] {
        let envelope = Envelope::sign(PAYLOAD_TYPE, payload, &[&key]);
        assert_eq!(verify_release(&envelope, &[key.public()]).expect("a sound release").sha256, package());
    }
}

/// The fuzz target of envelopes starts from a proof that holds, and asserts that no other is found.
#[test]
fn the_fuzzers_seed_is_a_proof() {
    let release = Release { permissions: vec!["kv".to_owned()], sbom_sha256: None, ..release() };
    let envelope = sign_release(&release, Digest::of(b"fuzz"), &adx_signing::SecretKey::from_seed(&[7; 32]));
    assert_eq!(include_str!("../../../fuzz/seeds/envelope/signed.json"), envelope.to_json());
}
