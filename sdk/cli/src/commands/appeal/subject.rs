//! The ids of what people know by its name.

use adx_signing::Namespace;
use serde_json::Value;

use crate::failure::Failure;
use crate::http::Server;

/// How long the ids of names and submissions are.
const ID_CHARS: usize = 32;

/// Whether what was given for a refused name is a namespace, and not a module's name or an id.
pub(super) fn is_namespace(subject: &str) -> bool {
    let is_id = subject.len() == ID_CHARS && subject.bytes().all(|byte| byte.is_ascii_hexdigit());
    !is_id && subject.parse::<Namespace>().is_ok()
}

/// The id of a name that was refused to the publisher; an id is one already.
pub(super) async fn name(registry: &Server, publisher: &Namespace, subject: &str) -> Result<String, Failure> {
    if !subject.contains('/') {
        return Ok(subject.to_owned());
    }
    let found = registry.list(&["api", "v1", "publishers", publisher.as_str(), "names"], &[], "names").await?;
    let named: Vec<_> = found.iter().filter(|name| name["name"] == subject).collect();
    if let Some(refused) = named.iter().find(|name| name["state"] == "refused") {
        return Ok(text(refused, "id").to_owned());
    }
    let failure = Failure::not_found(format!("`{subject}` was not refused to {publisher}"));
    Err(match named.first().map(|name| text(name, "state")) {
        Some("held") => failure.hint("an operator looks at it still: wait for the answer, by mail"),
        Some("allowed") => failure.hint("it is allowed: run `adx publish`"),
        _ => failure.hint("name it as it was refused, such as acme/invoces"),
    })
}

/// The id of a rejected submission of a version; an id is one already.
pub(super) async fn submission(registry: &Server, publisher: &Namespace, subject: &str) -> Result<String, Failure> {
    let Some((module, version)) = subject.split_once('@') else { return Ok(subject.to_owned()) };
    let path = ["api", "v1", "publishers", publisher.as_str(), "submissions"];
    let rejected = registry.list(&path, &[("state", "rejected")], "submissions").await?;
    let of_version = rejected.iter().filter(|one| one["module"] == module && one["version"] == version);
    let rejected: Vec<_> = of_version.map(|one| text(one, "id").to_owned()).collect();
    match &rejected[..] {
        [id] => Ok(id.clone()),
        [] => Err(Failure::not_found(format!("no submission of {subject} was rejected"))
            .hint(format!("run `adx submissions list {publisher}`"))),
        several => Err(Failure::usage(format!("{} submissions of {subject} were rejected", several.len()))
            .hint(format!("name one by its id, the newest first: {}", several.join(", ")))),
    }
}

fn text<'v>(document: &'v Value, name: &str) -> &'v str {
    document[name].as_str().unwrap_or_default()
}
