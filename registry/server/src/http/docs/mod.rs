//! `/docs`: the API's description as a page. Plain HTML made once at the start; no script, nothing
//! from elsewhere, readable with a keyboard and a screen reader, light and dark.

use std::{fmt::Write as _, sync::LazyLock};

use adx_registry_core::operator_scope::OperatorScope;
use serde_json::{Map, Value};

use super::problem::TYPE_PREFIX;

/// The page's style sheet.
pub(super) const STYLE: &str = include_str!("style.css");

/// In the order in which a reader wants them.
const METHODS: [&str; 6] = ["get", "head", "put", "post", "patch", "delete"];

/// The site's header with its mark (`Mark` in `web/src/components/Icon.tsx`): the way back.
const HEADER: &str = include_str!("header.html");

struct Operation<'d> {
    id: String,
    method: &'d str,
    path: &'d str,
    value: &'d Value,
}

/// The page of an OpenAPI document.
pub(super) fn page(document: &Value) -> String {
    let title = text(&document["info"]["title"]);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}: API reference</title>\n\
         <link rel=\"stylesheet\" href=\"/docs/style.css\">\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#content\">Skip to the content</a>\n{HEADER}<div class=\"layout\">\n"
    );
    let groups = groups(document);
    navigation(&mut html, &groups);
    let _ = write!(
        html,
        "<main id=\"content\">\n<h1>{title}</h1>\n<p class=\"muted\">Version {} · <a href=\"/openapi.yaml\">openapi.yaml</a> · \
         <a href=\"/openapi.json\">openapi.json</a></p>\n{}",
        text(&document["info"]["version"]),
        prose(&document["info"]["description"]),
    );
    for (tag, operations) in &groups {
        let _ = write!(html, "<h2 id=\"{0}\">{0}</h2>\n{1}", text(&tag["name"]), prose(&tag["description"]));
        for operation in operations {
            operation_section(&mut html, operation);
        }
    }
    problem_types(&mut html, &document["x-problem-types"]);
    html.push_str("<h2 id=\"schemas\">Schemas</h2>\n");
    for (name, schema) in object(&document["components"]["schemas"]) {
        schema_section(&mut html, name, schema);
    }
    html.push_str("</main>\n</div>\n</body>\n</html>\n");
    html
}

fn groups(document: &Value) -> Vec<(&Value, Vec<Operation<'_>>)> {
    let tags = document["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    tags.iter().map(|tag| (tag, operations(document, &tag["name"]))).collect()
}

fn operations<'d>(document: &'d Value, tag: &Value) -> Vec<Operation<'d>> {
    let mut found = Vec::new();
    for (path, item) in object(&document["paths"]) {
        for method in METHODS {
            let value = &item[method];
            if value["tags"].as_array().is_some_and(|tags| tags.contains(tag)) {
                let words: String = path
                    .chars()
                    .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
                    .collect();
                found.push(Operation { id: format!("{method}{words}"), method, path, value });
            }
        }
    }
    found
}

fn navigation(html: &mut String, groups: &[(&Value, Vec<Operation<'_>>)]) {
    html.push_str("<nav class=\"operations\" aria-label=\"Operations\">\n");
    for (tag, operations) in groups {
        let _ = write!(html, "<h2>{}</h2>\n<ul>\n", text(&tag["name"]));
        for operation in operations.iter().filter(|operation| operation.method != "head") {
            let summary = text(&operation.value["summary"]);
            let _ = writeln!(html, "<li><a href=\"#{}\">{summary}</a></li>", operation.id);
        }
        html.push_str("</ul>\n");
    }
    html.push_str("<h2>Problems</h2>\n<ul>\n<li><a href=\"#problems\">All types of problems</a></li>\n</ul>\n");
    html.push_str("<h2>Schemas</h2>\n<ul>\n<li><a href=\"#schemas\">All schemas</a></li>\n</ul>\n</nav>\n");
}

fn operation_section(html: &mut String, operation: &Operation<'_>) {
    let Operation { id, method, path, value } = operation;
    // GET's words are HEAD's too; a heading of its own would only be in the way.
    if *method == "head" {
        return;
    }
    let _ = write!(
        html,
        "<section class=\"operation\" aria-labelledby=\"{id}\">\n<h3 id=\"{id}\">{}</h3>\n\
         <p class=\"address\"><span class=\"method method-{method}\">{}</span> <code>{}</code></p>\n{}",
        text(&value["summary"]),
        method.to_uppercase(),
        escape(path),
        prose(&value["description"]),
    );
    if let Some(needed) = needed(&value["security"]) {
        let _ = writeln!(html, "<p class=\"muted\">{needed}</p>");
    }
    let parameters = value["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        open_table(html, "Parameters", &["Name", "In", "Type", "Meaning"]);
        for parameter in parameters {
            let required = if parameter["required"] == true { "" } else { " (optional)" };
            row(
                html,
                &[
                    &format!("<code>{}</code>{required}", text(&parameter["name"])),
                    &text(&parameter["in"]),
                    &kind(&parameter["schema"]),
                    &words(&parameter["description"]),
                ],
            );
        }
        close_table(html);
    }
    let bodies = object(&value["requestBody"]["content"]);
    if !bodies.is_empty() {
        open_table(html, "Body", &["Content type", "Type"]);
        for (content_type, body) in bodies {
            row(html, &[&format!("<code>{}</code>", escape(content_type)), &kind(&body["schema"])]);
        }
        close_table(html);
    }
    open_table(html, "Answers", &["Status", "Type", "When"]);
    for (status, response) in object(&value["responses"]) {
        let body = object(&response["content"]).iter().next().map(|(_, body)| kind(&body["schema"]));
        row(html, &[&escape(status), &body.unwrap_or_default(), &words(&response["description"])]);
    }
    close_table(html);
    html.push_str("</section>\n");
}

/// What a request has to bring, in HTML: the rules of an operation's `security` are ways of which any will do.
fn needed(security: &Value) -> Option<String> {
    let rules = security.as_array()?;
    let scopes = rules.iter().filter_map(|rule| rule["token"].as_array()).flatten().filter_map(Value::as_str);
    let (of_operators, of_publishers): (Vec<_>, Vec<_>) =
        scopes.partition(|scope| scope.parse::<OperatorScope>().is_ok());
    let scopes = [("a publisher’s", of_publishers), ("operators", of_operators)].map(|(whose, scopes)| {
        let any = scopes.iter().map(|scope| format!("<code>{}</code>", escape(scope))).collect::<Vec<_>>().join(" or ");
        if any.is_empty() { any } else { format!("; of {whose}, with the scope {any}") }
    });
    let scopes = scopes.concat();
    let is_one = |scheme: &str| rules.iter().any(|rule| rule.get(scheme).is_some());
    let needed = match (is_one("token"), is_one("session")) {
        (true, true) if is_one("licence") => {
            "Needs a token, a session or a licence: <code>Authorization: Bearer …</code>, or the cookie of whoever is signed in"
        }
        (true, true) => {
            "Needs a token or a session: <code>Authorization: Bearer …</code>, or the cookie of whoever is signed in"
        }
        (true, false) => "Needs a token: <code>Authorization: Bearer …</code>",
        (false, true) => "Needs a session: the cookie of whoever is signed in",
        (false, false) => return None,
    };
    Some(format!("{needed}{scopes}"))
}

/// What `type` of a problem may be.
fn problem_types(html: &mut String, types: &Value) {
    let _ = write!(
        html,
        "<section class=\"operation\" aria-labelledby=\"problems\">\n<h2 id=\"problems\">Problems</h2>\n\
         <p>The <code>type</code> of a problem is <code>{TYPE_PREFIX}</code> and one of these.</p>\n"
    );
    open_table(html, "Types of problems", &["Type", "Title"]);
    for (slug, title) in object(types) {
        row(html, &[&format!("<code id=\"problem-{0}\">{0}</code>", escape(slug)), &text(title)]);
    }
    close_table(html);
    html.push_str("</section>\n");
}

fn schema_section(html: &mut String, name: &str, schema: &Value) {
    let _ = write!(
        html,
        "<section class=\"operation\" aria-labelledby=\"schema-{0}\">\n<h3 id=\"schema-{0}\">{0}</h3>\n{1}",
        escape(name),
        prose(&schema["description"])
    );
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    let properties = object(&schema["properties"]);
    if properties.is_empty() {
        let _ = writeln!(html, "<p>{}</p>", kind(schema));
    } else {
        open_table(html, "Members", &["Name", "Type", "Meaning"]);
        for (member, value) in properties {
            let optional = if required.iter().any(|name| name == member) { "" } else { " (optional)" };
            row(
                html,
                &[&format!("<code>{}</code>{optional}", escape(member)), &kind(value), &words(&value["description"])],
            );
        }
        close_table(html);
    }
    html.push_str("</section>\n");
}

fn open_table(html: &mut String, caption: &str, heads: &[&str]) {
    // Wide tables scroll by themselves; the focus makes that possible without a mouse.
    let _ = write!(
        html,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\n<table>\n<caption>{caption}</caption>\n<thead><tr>"
    );
    for head in heads {
        let _ = write!(html, "<th scope=\"col\">{head}</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
}

/// Cells are HTML already.
fn row(html: &mut String, cells: &[&str]) {
    html.push_str("<tr>");
    for cell in cells {
        let _ = write!(html, "<td>{cell}</td>");
    }
    html.push_str("</tr>\n");
}

fn close_table(html: &mut String) {
    html.push_str("</tbody>\n</table>\n</div>\n");
}

/// A schema in a few words, with a link where it has a name.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escape(name));
    }
    if let Some(choices) = schema["enum"].as_array() {
        let choices: Vec<_> = choices.iter().map(|choice| format!("<code>{}</code>", text(choice))).collect();
        return choices.join(" | ");
    }
    for combination in ["oneOf", "allOf", "anyOf"] {
        if let Some(parts) = schema[combination].as_array() {
            return parts.iter().map(kind).collect::<Vec<_>>().join(" | ");
        }
    }
    let name = match &schema["type"] {
        Value::Array(names) => names.iter().map(text).collect::<Vec<_>>().join(" | "),
        other => text(other),
    };
    if name == "array" {
        return format!("list of {}", kind(&schema["items"]));
    }
    match schema["format"].as_str() {
        Some(format) => format!("{name} ({})", escape(format)),
        None => name,
    }
}

/// Paragraphs of a description.
fn prose(value: &Value) -> String {
    let paragraphs = value.as_str().unwrap_or_default().split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    paragraphs.map(|paragraph| format!("<p>{}</p>\n", coded(paragraph))).collect()
}

/// One line of a description.
fn words(value: &Value) -> String {
    value.as_str().map(coded).unwrap_or_default()
}

/// What stands between `` ` `` is code.
fn coded(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some((before, (code, after))) =
        rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        let _ = write!(html, "{}<code>{}</code>", escape(before), escape(code));
        rest = after;
    }
    html + &escape(rest)
}

fn object(value: &Value) -> &Map<String, Value> {
    static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    value.as_object().unwrap_or(&EMPTY)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => escape(text),
        Value::Null => String::new(),
        other => escape(&other.to_string()),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_operation_is_on_the_page_and_every_link_leads_somewhere() {
        let document = serde_json::to_value(crate::http::document()).unwrap();
        let html = page(&document);
        for (path, item) in object(&document["paths"]) {
            for (method, operation) in object(item) {
                if method != "head" {
                    assert!(html.contains(&format!("<code>{path}</code>")), "{method} {path}");
                    assert!(html.contains(&text(&operation["summary"])), "{method} {path}");
                }
            }
        }
        for target in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(html.contains(&format!("id=\"{target}\"")), "nothing is at #{target}");
        }
    }

    #[test]
    fn an_operation_says_whether_it_needs_a_token_or_a_session() {
        for (security, words) in [
            (json!([{"token": []}]), Some("Needs a token: ")),
            (json!([{"session": []}]), Some("Needs a session: ")),
            (json!([{"session": [], "csrf": []}]), Some("Needs a session: ")),
            (
                json!([{"token": ["publish"]}, {"token": ["moderate"]}, {"session": []}]),
                Some(
                    "; of a publisher’s, with the scope <code>publish</code>; of operators, with the scope <code>moderate</code>",
                ),
            ),
            (
                json!([{"token": ["read"]}, {"token": ["names"]}]),
                Some("; of operators, with the scope <code>read</code> or <code>names</code>"),
            ),
            (json!([{"token": []}, {"session": [], "csrf": []}]), Some("Needs a token or a session: ")),
            (json!([{"token": []}, {"session": []}, {"licence": []}]), Some("Needs a token, a session or a licence: ")),
            (json!([]), None),
            (Value::Null, None),
        ] {
            let document = json!({
                "tags": [{"name": "names"}],
                "paths": {"/names": {"get": {"tags": ["names"], "security": security}}},
            });
            let html = page(&document);
            assert_eq!(html.contains("Needs a "), words.is_some(), "{security}: {html}");
            assert!(html.contains(words.unwrap_or_default()), "{security}: {html}");
        }
    }

    #[test]
    fn what_an_operation_needs_is_known_of_each() {
        let document = serde_json::to_value(crate::http::document()).unwrap();
        for (path, item) in object(&document["paths"]) {
            for (method, operation) in object(item) {
                let rules = operation["security"].as_array().map_or(0, Vec::len);
                assert_eq!(needed(&operation["security"]).is_some(), rules > 0, "{method} {path}");
            }
        }
    }

    #[test]
    fn nothing_runs_and_nothing_comes_from_elsewhere() {
        let html = page(&serde_json::to_value(crate::http::document()).unwrap());
        assert!(!html.contains("<script") && !html.contains("style=\"") && !html.contains("src="));
    }

    #[test]
    fn descriptions_are_escaped() {
        let html = page(&json!({"info": {"title": "<b>&", "version": "1"}}));
        assert!(html.contains("&lt;b&gt;&amp;") && !html.contains("<b>&"));
    }

    #[test]
    fn what_stands_in_backticks_is_code() {
        assert_eq!(coded("unless `a<b` says `so`"), "unless <code>a&lt;b</code> says <code>so</code>");
        assert_eq!(coded("one ` alone"), "one ` alone");
    }

    #[test]
    fn there_is_a_way_back_to_the_site() {
        let html = page(&serde_json::to_value(crate::http::document()).unwrap());
        let header = html.split("<header").nth(1).and_then(|rest| rest.split("</header>").next()).unwrap();
        assert!(header.contains("href=\"/\"") && header.contains("href=\"/docs\" aria-current=\"page\""), "{header}");
    }
}
