//! What activities are called with where nothing says what they want: JSON of every shape, and what programs stumble over; and how
//! such an input is told, so that whoever reads it can send it again.

use serde_json::{Value, json};

/// Characters of the longest text. Each is of three bytes, so that it fits the least memory that a module can have.
const LONG_CHARS: usize = 10_000;
/// Lists in one another. Readers of JSON give up at 128, and the module may wrap what it answers.
const DEEP: usize = 64;
/// Equal characters in a row that are told by their number.
const MANY: usize = 24;
/// Longest input that a message repeats whole, in bytes.
const MAX_SHOWN_BYTES: usize = 700;

/// Inputs of every shape, beside `{}`, `null` and `[]`.
pub(super) fn shapes() -> Vec<Value> {
    let deep = (0..DEEP).fold(json!([]), |inner, _| json!([inner]));
    vec![
        json!(true),
        json!(0),
        json!(-1),
        json!(0.5),
        json!(u64::MAX),
        json!(""),
        json!("a"),
        json!("€".repeat(LONG_CHARS)),
        json!([null, 1, "a", {}]),
        json!({ "": null }),
        json!({ "a": { "a": { "a": [] } } }),
        deep,
    ]
}

/// Values to put in the place of one that is accepted: of its type at the bounds, and of no type that it can have.
pub(super) fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::String(_) => vec![
            json!(""),
            json!(" "),
            json!("€"),
            json!("\u{0}'\"\\\u{202e}%s"),
            json!("-1"),
            json!("€".repeat(LONG_CHARS)),
            Value::Null,
        ],
        Value::Number(_) => {
            vec![
                json!(0),
                json!(-1),
                json!(i64::MIN),
                json!(i64::MAX),
                json!(u64::MAX),
                json!(0.5),
                json!(1e300),
                Value::Null,
            ]
        }
        Value::Array(_) => vec![json!([[]]), json!([null]), json!([0, "a"]), Value::Null],
        Value::Object(_) => vec![json!({ "a": {} }), Value::Null],
        Value::Bool(_) | Value::Null => vec![json!(true), json!(false), Value::Null],
    }
}

/// A value as JSON in ASCII, of which a message is made. Many equal characters in a row are told by their number: `"€"×10000`.
pub(super) fn shown(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    if out.len() > MAX_SHOWN_BYTES {
        let bytes = out.len();
        out.truncate(MAX_SHOWN_BYTES);
        out.push_str(&format!("… ({bytes} bytes)"));
    }
    out
}

fn write(value: &Value, out: &mut String) {
    let mut separator = "";
    match value {
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for item in items {
                out.push_str(separator);
                write(item, out);
                separator = ",";
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (name, member) in members {
                out.push_str(separator);
                write_text(name, out);
                out.push(':');
                write(member, out);
                separator = ",";
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

fn write_text(text: &str, out: &mut String) {
    let count = text.chars().count();
    let first = text.chars().next().filter(|first| count > MANY && text.chars().all(|other| other == *first));
    let told = first.map_or_else(|| text.to_owned(), String::from);
    out.push('"');
    for unit in told.encode_utf16() {
        match char::from_u32(unit.into()) {
            Some(special @ ('"' | '\\')) => out.extend(['\\', special]),
            Some(plain @ ' '..='~') => out.push(plain),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out.push('"');
    if first.is_some() {
        out.push_str(&format!("\u{d7}{count}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_can_be_sent_again() {
        for value in [json!({ "a\"": ["\\", "\u{202e}\u{1F600}\n", 1.5, null, true] }), json!("é"), json!([])] {
            let told = shown(&value);
            assert!(told.is_ascii(), "{told}");
            assert_eq!(serde_json::from_str::<Value>(&told).unwrap(), value, "{told}");
        }
    }

    #[test]
    fn what_is_long_is_told_in_short() {
        assert_eq!(shown(&json!(["€".repeat(10_000)])), "[\"\\u20ac\"×10000]");
        let told = shown(&json!((0..10_000).collect::<Vec<_>>()));
        assert!(told.len() < MAX_SHOWN_BYTES + 40 && told.ends_with("… (48891 bytes)"), "{told}");
    }

    /// No shape is refused by the reader of JSON before the module sees what it is.
    #[test]
    fn shapes_are_read_back() {
        for shape in shapes() {
            assert_eq!(serde_json::from_str::<Value>(&shape.to_string()).unwrap(), shape);
        }
    }
}
