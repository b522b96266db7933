//! Finds out what an activity wants, for nothing in a package says so: modules that the guest library makes answer what does not fit
//! in the words of serde, such as ``missing field `name` ``. An input is built by those, one member after the other.

use adx_sandbox::CallError;
use serde_json::{Map, Value, json};

use super::run::{End, Run, place_of};

/// Calls for one activity.
const MAX_CALLS: usize = 48;
/// Members of an input.
const MAX_MEMBERS: usize = 16;
/// Longest name of a member, in bytes.
const MAX_NAME_BYTES: usize = 100;

/// What an answer says of the input.
enum Said {
    /// A member of that name is not there.
    Missing(String),
    /// A member of that name should not be there.
    Unknown(String),
    /// A member is another thing than it should be, or something else is wrong.
    Other,
}

/// An input that the activity accepts, made of what it says; `{}` and `null` where it takes none. Nothing where none is found, or a
/// call ends as it must not, which is told.
pub(super) async fn learn(run: &mut Run<'_>, name: &str) -> Result<Option<Value>, End> {
    let guesses = [json!("a"), json!(1), json!(true), json!([]), json!({}), json!("2024-02-29T12:00:00Z"), Value::Null];
    let mut members: Map<String, Value> = Map::new();
    // The member that was added last, and how many guesses were made: readers of JSON complain of the first that does not fit, and all
    // before it did.
    let mut last: Option<(String, usize)> = None;
    for _ in 0..MAX_CALLS {
        if run.is_blamed(&place_of(name)) {
            return Ok(None);
        }
        let input = Value::Object(members.clone());
        let message = match run.activity(name, input.clone()).await? {
            Ok(_) => return Ok(Some(input)),
            Err(CallError::Module { message, .. }) => message,
            Err(_) => return Ok(None),
        };
        match said(&message) {
            Said::Missing(member) if !members.contains_key(&member) && members.len() < MAX_MEMBERS => {
                members.insert(member.clone(), guesses[0].clone());
                last = Some((member, 0));
            }
            Said::Unknown(member) if members.remove(&member).is_some() => last = None,
            _ => {
                let Some((member, guess)) = &mut last else { return Ok(None) };
                *guess += 1;
                let Some(next) = guesses.get(*guess) else { return Ok(None) };
                members.insert(member.clone(), next.clone());
            }
        }
    }
    Ok(None)
}

fn said(message: &str) -> Said {
    let words: [(&str, fn(String) -> Said); 2] =
        [("missing field `", Said::Missing), ("unknown field `", Said::Unknown)];
    let named = |(words, said): (&str, fn(String) -> Said)| {
        let (name, _) = message.split_once(words)?.1.split_once('`')?;
        (name.len() <= MAX_NAME_BYTES).then(|| said(name.to_owned()))
    };
    words.into_iter().find_map(named).unwrap_or(Said::Other)
}
