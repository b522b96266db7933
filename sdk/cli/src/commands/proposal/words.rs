//! A proposal in words.

use std::io::{self, Write};

use adx_signing::{Namespace, PublicKey};
use serde_json::Value;

/// A member that is text; empty without it.
pub(super) fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document[member].as_str().unwrap_or_default()
}

/// What is to be done.
pub(super) fn what(proposal: &Value) -> String {
    let action = &proposal["action"];
    match text(action, "kind") {
        "add-key" => {
            let key = PublicKey::from_pem(text(action, "public_key_pem"));
            let key = key.map_or_else(|_| "that cannot be read".to_owned(), |key| key.id().to_string());
            let purposes = action["purposes"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let purposes = purposes.collect::<Vec<_>>().join(", ");
            let until = action["not_after"].as_str().map(|until| format!(", until {until}")).unwrap_or_default();
            format!("add key {key} for {purposes}{until}")
        }
        "remove-key" => format!("remove key {}", text(action, "key_id")),
        "invite-owner" => match action["email"].as_str() {
            Some(email) => format!("invite {} <{email}>", text(action, "name")),
            None => format!("invite {}", text(action, "name")),
        },
        "remove-owner" => match text(&proposal["removes"], "name") {
            "" => format!("remove owner {}", text(action, "owner")),
            name => format!("remove owner {name} ({})", text(action, "owner")),
        },
        "add-trusted-publisher" => {
            let trusted = &action["trusted"];
            let more = |words: &str, name: &str| trusted[name].as_str().map(|value| format!(", {words} {value}"));
            format!(
                "trust workflow {} of {} ({} {}{}{}) to publish {}",
                text(trusted, "workflow"),
                text(trusted, "repository"),
                text(trusted, "provider"),
                text(trusted, "repository_id"),
                more("environment", "environment").unwrap_or_default(),
                more("of", "ref").unwrap_or_default(),
                text(trusted, "modules")
            )
        }
        "loosen-publishing" => format!("turn {} off", text(action, "switch")),
        "change-role" => format!("make member {} {}", text(action, "member"), text(action, "role")),
        "transfer" => match action["email"].as_str() {
            Some(email) => format!("give the namespace to {} <{email}>", text(action, "name")),
            None => format!("give the namespace to {}", text(action, "name")),
        },
        "give-up" => "give the namespace up".to_owned(),
        "set-threshold" => format!("set the threshold to {}", action["threshold"]),
        other => format!("`{other}`, which this version of adx does not know"),
    }
}

/// Who approved, and how many must; apart from them, whose approval does not count any more.
pub(super) fn approvals(proposal: &Value) -> String {
    let given = proposal["approvals"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let (gone, counted): (Vec<&Value>, Vec<_>) = given.iter().partition(|approval| approval["counts"] == false);
    let names = |of: &[&Value]| of.iter().map(|approval| text(approval, "name")).collect::<Vec<_>>().join(", ");
    let mut line = format!("{} of {}: {}", counted.len(), proposal["needed"], names(&counted));
    if !gone.is_empty() {
        line.push_str(&format!("; owners no more, not counted: {}", names(&gone)));
    }
    line
}

/// What there is to tell of it besides, each with its name.
pub(super) fn particulars(proposal: &Value) -> Vec<(&'static str, String)> {
    let members: &[(&'static str, &Value)] = match text(proposal, "state") {
        "open" => &[("expires", &proposal["expires_at"])],
        "announced" => &[("announced in leaf", &proposal["announced_leaf"]), ("is done at", &proposal["effective_at"])],
        "done" => &[
            ("announced in leaf", &proposal["announced_leaf"]),
            ("done at", &proposal["ended_at"]),
            ("done in leaf", &proposal["leaf"]),
        ],
        _ => &[
            ("announced in leaf", &proposal["announced_leaf"]),
            ("ended at", &proposal["ended_at"]),
            ("cancelled by", &proposal["cancelled_by"]["name"]),
            ("objection in leaf", &proposal["leaf"]),
            ("why not", &proposal["failure"]),
        ],
    };
    let told = |(name, value): &(&'static str, &Value)| match value {
        Value::Null => None,
        Value::String(value) => Some((*name, value.clone())),
        value => Some((*name, value.to_string())),
    };
    members.iter().filter_map(told).collect()
}

/// How far a proposal has come with what was just done, and what comes next.
pub(in crate::commands) fn report(out: &mut dyn Write, publisher: &Namespace, proposal: &Value) -> io::Result<()> {
    let (id, what) = (text(proposal, "id"), what(proposal));
    match text(proposal, "state") {
        "open" => {
            writeln!(out, "proposed: {what}")?;
            writeln!(out, "  approved by {}; open until {}", approvals(proposal), text(proposal, "expires_at"))?;
            writeln!(out, "next, as another owner: adx proposal approve {publisher} {id}")
        }
        "announced" => {
            writeln!(out, "announced: {what}")?;
            writeln!(out, "  it is done at {} unless an owner objects", text(proposal, "effective_at"))?;
            writeln!(out, "next: adx proposal show {publisher} {id}")
        }
        "failed" => {
            writeln!(out, "failed: {what}")?;
            writeln!(out, "  {}", text(proposal, "failure"))
        }
        state => writeln!(out, "{state}: {what}"),
    }
}
