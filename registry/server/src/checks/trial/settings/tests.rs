use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// What is made for a schema of one setting.
fn made(schema: &Value) -> Result<Vec<Value>, String> {
    let whole = json!({ "type": "object", "properties": { "it": schema }, "required": ["it"] });
    let made = settings(&whole, 7)?;
    Ok(made.into_iter().map(|settings| settings["it"].clone()).collect())
}

fn validator(schema: &Value) -> Option<jsonschema::Validator> {
    jsonschema::options().offline().build(schema).ok()
}

#[test]
fn bounds_are_reached() {
    for (schema, expected) in [
        (json!({ "type": "integer", "minimum": 3, "maximum": 17 }), vec![json!(3), json!(17)]),
        (json!({ "type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 17.5 }), vec![json!(4), json!(17)]),
        (json!({ "type": "integer", "minimum": 4, "maximum": 20, "multipleOf": 5 }), vec![json!(5), json!(20)]),
        (json!({ "type": "number", "minimum": -0.5, "maximum": 0.25 }), vec![json!(-0.5), json!(0.25)]),
        (json!({ "type": "string", "minLength": 2, "maxLength": 5 }), vec![json!("aa"), json!("€€€€€")]),
        (json!({ "type": "string", "pattern": "^[a-z]{2,4}-\\d$" }), vec![json!("aa-0"), json!("aaaa-0")]),
        (json!({ "type": "boolean" }), vec![json!(false), json!(true)]),
        (json!({ "enum": ["first", 2, null] }), vec![json!("first"), json!(null)]),
        (json!({ "const": { "a": 1 } }), vec![json!({ "a": 1 })]),
        (json!({ "type": ["null", "string"], "format": "ipv4" }), vec![json!(null), json!("255.255.255.255")]),
        (
            json!({ "type": "array", "items": { "enum": [1, 2, 3] }, "minItems": 1, "maxItems": 3, "uniqueItems": true }),
            vec![json!([1]), json!([3, 2, 1])],
        ),
        (json!({ "oneOf": [{ "type": "integer", "maximum": 1 }, { "const": "b" }] }), vec![json!(0), json!("b")]),
    ] {
        let made = made(&schema).unwrap();
        assert!(expected.iter().all(|value| made.contains(value)), "{schema}: {made:?}");
        let validator = validator(&schema).unwrap();
        assert!(made.iter().all(|value| validator.is_valid(value)), "{schema}: {made:?}");
    }
}

#[test]
fn settings_are_bare_first_and_have_the_defaults_under_them() {
    let schema = json!({
        "type": "object",
        "properties": {
            "greeting": { "type": "string", "default": "Hello", "maxLength": 8 },
            "limits": { "$ref": "#/$defs/limits" },
            "tone": { "enum": ["kind", "curt"] },
        },
        "required": ["limits"],
        "additionalProperties": false,
        "dependentRequired": { "tone": ["greeting"] },
        "$defs": { "limits": {
            "type": "object",
            "properties": { "per_day": { "type": "integer", "minimum": 1, "maximum": 9 } },
            "required": ["per_day"],
        } },
    });
    let made = settings(&schema, 1).unwrap();
    assert_eq!(made[0], json!({ "greeting": "Hello", "limits": { "per_day": 1 } }));
    assert!(made.contains(&json!({ "greeting": "", "limits": { "per_day": 1 }, "tone": "kind" })), "{made:?}");
    assert!(
        made.contains(&json!({ "greeting": "€".repeat(8), "limits": { "per_day": 9 }, "tone": "curt" })),
        "{made:?}"
    );
    assert_eq!(settings(&schema, 1), Ok(made), "the same seed gives the same");
}

#[test]
fn why_nothing_is_made_is_told() {
    for (schema, words) in [
        (json!(false), "nothing that was tried"),
        (json!({ "type": "string" }), "nothing that was tried"),
        (json!({ "type": "object", "required": ["a"], "properties": { "a": false } }), "nothing that was tried"),
        (json!({ "$ref": "https://example.org/schema.json" }), "`$ref`"),
        (json!({ "type": "object", "required": ["a"], "properties": { "a": { "$ref": "#/nowhere" } } }), "`$ref`"),
        (json!({ "unevaluatedProperties": false }), "`unevaluatedProperties`"),
        (
            json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "string", "pattern": "^(?=a)" } } }),
            "`pattern`",
        ),
        (json!({ "allOf": [{ "$ref": "#" }] }), "circle"),
        (json!({ "minProperties": "many" }), "`minProperties`"),
        (json!({ "allOf": [{ "$schema": "http://json-schema.org/draft-07/schema#" }] }), "`$schema`"),
    ] {
        let why = settings(&schema, 1).expect_err("nothing is allowed that can be made");
        assert!(why.contains(words), "{schema}: {why}");
    }
}

/// Schemas that would take longer than anybody waits end by the number of their steps.
#[test]
fn a_schema_that_multiplies_ends() {
    let doubled = |word: &str| {
        let step = |at: u32| {
            let next = json!({ "$ref": format!("#/$defs/{}", at + 1) });
            (at.to_string(), json!({ (word): [next, next] }))
        };
        let mut steps: serde_json::Map<String, Value> = (0..60).map(step).collect();
        steps.insert("60".to_owned(), json!({ "required": ["never"], "properties": { "never": false } }));
        json!({ "$ref": "#/$defs/0", "$defs": steps })
    };
    let wide: Vec<_> = (0..2_000).map(|at| json!({ "type": "string", "pattern": format!("^x{{{at}}}$") })).collect();
    for schema in [
        doubled("allOf"),
        doubled("anyOf"),
        doubled("oneOf"),
        json!({ "type": "object", "required": ["a"], "properties": { "a": { "anyOf": wide }, "b": { "$ref": "#" } } }),
        json!({ "properties": { "a": { "$ref": "#" }, "b": { "$ref": "#" } }, "required": ["a", "b"] }),
        json!({ "required": ["a"], "properties": { "a": { "type": "string", "pattern": "((((a{0}){999}){999}){999}){999}b{9999}" } } }),
        json!({ "required": ["a"], "properties": { "a": { "type": "array", "minItems": 4_000_000_000_u64 } } }),
        json!({ "required": ["a"], "properties": { "a": { "type": "integer", "minimum": -1e300, "maximum": 1e300, "multipleOf": 1e299 } } }),
    ] {
        let _: Result<_, _> = settings(&schema, 1);
    }
}

#[test]
fn an_older_draft_holds_texts_against_their_format() {
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["day"],
        "properties": { "day": { "if": true, "then": { "type": "string", "format": "date" }, "else": { "maxLength": 0 } } },
    });
    let made = settings(&schema, 1).unwrap();
    let validator = validator(&schema).unwrap();
    assert!(!made.is_empty() && made.iter().all(|value| validator.is_valid(value)), "{made:?}");
}

/// Schemas of what is followed; most allow something.
fn schemas() -> impl Strategy<Value = Value> {
    let whole = -40_i64..40;
    let leaf = prop_oneof![
        Just(json!({ "type": "boolean" })),
        Just(json!({ "type": "null" })),
        Just(json!(true)),
        (whole.clone(), 0_i64..30, 1_i64..5).prop_map(|(least, more, step)| {
            json!({ "type": "integer", "minimum": least, "maximum": least + more, "multipleOf": step })
        }),
        (whole.clone(), 1_i64..30).prop_map(|(least, more)| {
            json!({ "type": "integer", "exclusiveMinimum": least, "exclusiveMaximum": least + more })
        }),
        (whole, prop_oneof![Just(0.25), Just(0.1), Just(3.0)])
            .prop_map(|(least, step)| { json!({ "type": "number", "minimum": least, "multipleOf": step }) }),
        (-4.0..4.0, 0.0..4.0).prop_map(|(least, more)| {
            json!({ "type": "number", "exclusiveMinimum": least, "maximum": least + more })
        }),
        (0_usize..6, 0_usize..300)
            .prop_map(|(least, more)| { json!({ "type": "string", "minLength": least, "maxLength": least + more }) }),
        (
            prop_oneof![
                Just("^[a-z]+$"),
                Just("[0-9]{3}"),
                Just("^(a|bc)*\\.x?$"),
                Just("^\\w+@\\w+\\.de$"),
                Just("^[^a]$"),
                Just("é|€{2,}"),
                Just("^\\d{4}-\\d{2}$"),
                Just("^\\p{Lu}"),
            ],
            0_usize..20
        )
            .prop_map(|(pattern, most)| json!({ "type": "string", "pattern": pattern, "maxLength": most })),
        prop_oneof![
            Just("date"),
            Just("email"),
            Just("uri"),
            Just("uuid"),
            Just("ipv6"),
            Just("date-time"),
            Just("hostname")
        ]
        .prop_map(|format| json!({ "type": "string", "format": format })),
        proptest::collection::vec(
            prop_oneof![Just(json!(1)), Just(json!(1.0)), Just(json!("a")), Just(json!([])), Just(json!({}))],
            1..4
        )
        .prop_map(|values| json!({ "enum": values })),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let many = proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            (inner.clone(), 0_usize..4, 0_usize..4, any::<bool>()).prop_map(|(items, least, more, unique)| {
                json!({ "type": "array", "items": items, "minItems": least, "maxItems": least + more, "uniqueItems": unique })
            }),
            (many.clone(), inner.clone()).prop_map(|(first, rest)| json!({ "type": "array", "prefixItems": first, "items": rest, "minItems": 2 })),
            (many.clone(), any::<bool>(), 0_usize..4).prop_map(|(members, open, least)| {
                let members: serde_json::Map<_, _> =
                    ["a", "b", "c"].into_iter().map(ToOwned::to_owned).zip(members).collect();
                json!({
                    "type": "object", "properties": members, "required": ["a"], "additionalProperties": open,
                    "minProperties": least, "dependentRequired": { "b": ["a", "c"] },
                })
            }),
            (inner.clone(), inner.clone()).prop_map(|(named, rest)| {
                json!({ "type": "object", "patternProperties": { "^x-[a-z]+$": named }, "additionalProperties": rest, "maxProperties": 3 })
            }),
            many.clone().prop_map(|branches| json!({ "anyOf": branches })),
            many.clone().prop_map(|branches| json!({ "oneOf": branches })),
            many.prop_map(|parts| json!({ "allOf": parts })),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| json!({ "allOf": [one], "not": other })),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(test, then, other)| json!({ "if": test, "then": then, "else": other })),
            inner.prop_map(|named| json!({ "$defs": { "named": named.clone() }, "allOf": [named] })),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is made, a validator that others wrote accepts.
    #[test]
    fn what_is_made_is_valid(members in proptest::collection::vec(schemas(), 1..4), required in any::<bool>(), seed in any::<u64>()) {
        let names = ["one", "two", "three"].map(ToOwned::to_owned);
        let required: Vec<_> = names.iter().take(if required { members.len() } else { 0 }).cloned().collect();
        let properties: serde_json::Map<_, _> = names.into_iter().zip(members).collect();
        let schema = json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
        let Some(validator) = validator(&schema) else { return Ok(()) };
        for made in settings(&schema, seed).unwrap_or_default() {
            prop_assert!(validator.is_valid(&made), "{}\nis not allowed by\n{}", made, schema);
        }
    }
}
