use std::collections::BTreeMap;

use adx_signing::canonical::to_vec;
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

/// The vectors of securesystemslib's `tests/test_formats.py`, `test_encode_canonical`; the last two as its version 1.6.0
/// encodes them.
#[test]
fn the_encoding_is_that_of_securesystemslib() {
    let vectors: [(Value, &str); 10] = [
        (json!(""), r#""""#),
        (json!([1, 2, 3]), "[1,2,3]"),
        (json!([]), "[]"),
        (json!({}), "{}"),
        (json!({"A": [99]}), r#"{"A":[99]}"#),
        (json!({"A": true}), r#"{"A":true}"#),
        (json!({"B": false}), r#"{"B":false}"#),
        (json!({"x": 3, "y": null}), r#"{"x":3,"y":null}"#),
        (json!({"B": "y\"\\"}), r#"{"B":"y\"\\"}"#),
        (json!(-7), "-7"),
    ];
    for (value, expected) in vectors {
        assert_eq!(String::from_utf8(to_vec(&value).expect("canonical")).expect("UTF-8"), expected);
    }
}

/// What JSON would escape is written raw, as securesystemslib does: a key in PEM has newlines.
#[test]
fn control_characters_are_raw() {
    assert_eq!(to_vec("a\nb\t\u{1}\u{7f}é").expect("canonical"), "\"a\nb\t\u{1}\u{7f}é\"".as_bytes());
}

#[test]
fn a_number_that_is_no_integer_is_refused() {
    assert!(to_vec(&8.0_f64).is_err());
    assert!(to_vec(&json!({"x": 8.0})).is_err());
    assert!(to_vec(&[8.0_f32]).is_err());
}

#[derive(Serialize)]
struct OutOfOrder {
    b: u8,
    a: u8,
}

#[derive(Serialize)]
struct InnerObject {
    a: BTreeMap<String, u8>,
    b: u8,
}

/// A wrong declaration must not become a signature.
#[test]
fn a_member_out_of_order_is_refused() {
    let error = to_vec(&OutOfOrder { b: 1, a: 2 }).expect_err("out of order").to_string();
    assert!(error.contains("`a` follows `b`"), "{error}");
    // The names inside an object are not compared with those around it.
    let inner = InnerObject { a: BTreeMap::from([("z".to_owned(), 1)]), b: 2 };
    assert_eq!(to_vec(&inner).expect("canonical"), br#"{"a":{"z":1},"b":2}"#);
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_encoding_is_that_of_the_client(value in value()) {
        let theirs = sigstore_tuf::canonical_json::to_canonical_bytes(&value).expect("canonical");
        prop_assert_eq!(to_vec(&value).expect("canonical"), theirs);
    }
}
