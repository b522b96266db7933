//! Settings that a tenant could set: values that `config.schema.json` allows, made up from it. The same package gives the same ones.
//!
//! Both the schema and its values come from a stranger, so everything here counts its steps. That is why what was made up is held
//! against the schema by `accept`, of the keywords that can be followed in bounded time, and not by a validator, which cannot be
//! stopped; a property test holds the two against each other. Crates that draw values from a schema draw any, and not those at its bounds.

mod accept;
mod formats;
mod make;
mod pattern;

use adx_sandbox::effective_settings;
use serde_json::{Value, json};

use self::accept::Reader;
use self::make::{Bent, Dice, make};

/// Steps for all settings of a package: stops a schema whose branches multiply.
const MAX_STEPS: u32 = 1_000_000;
/// Largest settings, in bytes: an agent takes no larger ones.
const MAX_BYTES: usize = 64 * 1024;
/// What is made: as little as there has to be, the least of everything, the most of everything, and mixtures.
const BENTS: [Bent; 7] = [Bent::Bare, Bent::Low, Bent::High, Bent::Mixed, Bent::Mixed, Bent::Mixed, Bent::Mixed];

/// Settings that the schema allows, the schema's defaults under them, each once and the barest first. `seed` decides the mixtures.
///
/// # Errors
/// When none can be made up: why, for the publisher.
pub(super) fn settings(schema: &Value, seed: u64) -> Result<Vec<Value>, String> {
    let reader = Reader::new(schema, MAX_STEPS);
    let object = json!({ "type": "object" });
    let dice = Dice::new(seed);
    let mut found: Vec<Value> = Vec::new();
    for bent in BENTS {
        let Some(own) = make(&reader, &dice, &[schema, &object], bent) else { continue };
        let effective = effective_settings(Some(schema), &own);
        let is_allowed =
            effective.is_object() && effective.to_string().len() <= MAX_BYTES && reader.accepts(&effective);
        if is_allowed && !found.contains(&effective) {
            found.push(effective);
        }
    }
    if found.is_empty() {
        return Err(reader.obstacle().unwrap_or_else(|| "nothing that was tried is allowed by it".to_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
