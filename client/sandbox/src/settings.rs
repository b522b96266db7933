//! A module's settings: its schema's defaults under what was set.

use serde_json::{Map, Value};

/// The schema's defaults under what was set. Objects are merged key by key, anything else is replaced.
pub fn effective_settings(schema: Option<&Value>, own: &Value) -> Value {
    let mut base = schema.map_or_else(|| Value::Object(Map::new()), defaults);
    lay_over(&mut base, own);
    base
}

fn defaults(schema: &Value) -> Value {
    let mut object = match schema.get("default") {
        Some(Value::Object(object)) => object.clone(),
        Some(other) => return other.clone(),
        None => Map::new(),
    };
    for (key, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let is_object = property.get("properties").is_some();
        if !object.contains_key(key) && (property.get("default").is_some() || is_object) {
            let value = defaults(property);
            if !is_object || value.as_object().is_none_or(|inner| !inner.is_empty()) {
                object.insert(key.clone(), value);
            }
        }
    }
    Value::Object(object)
}

fn lay_over(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (_, Value::Null) => {}
        (base, over) => *base = over.clone(),
    }
}
