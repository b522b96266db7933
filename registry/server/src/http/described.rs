//! What any operation of the API may answer or be asked, described in one place: handlers describe what is their own.

use utoipa::openapi::{
    Content, Header, ObjectBuilder, OpenApi as Document, Ref, RefOr, Required, Response, ResponseBuilder, Type,
    header::HeaderBuilder,
    path::{Operation, ParameterBuilder, ParameterIn, PathItem},
};

use super::problem::PROBLEM_JSON;

/// Below which addresses callers are counted, and requests have a deadline.
const COUNTED: &str = "/api/v1/";

/// Adds to every operation of the API that callers are counted and what the registry stands on may not answer, to those with a body that
/// it may not come in time, and to those that answer 304 how to ask for that.
pub(super) fn complete(document: &mut Document) {
    let counted = document.paths.paths.iter_mut().filter(|(path, _)| path.starts_with(COUNTED));
    for operation in counted.flat_map(|(_, item)| operations(item)) {
        answers(operation, "429", "Too many requests, of this address or of whoever asks", true);
        answers(operation, "503", "A part the registry depends on does not answer at the moment", true);
        if operation.request_body.is_some() {
            answers(operation, "408", "The body did not arrive in time", false);
        }
        if operation.responses.responses.contains_key("304") {
            is_conditional(operation);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, options, head, patch, trace, query, .. } = item;
    [get, put, post, delete, options, head, patch, trace, query].into_iter().flatten()
}

/// Adds an answer, unless the handler describes it; `waits` adds when to ask again.
fn answers(operation: &mut Operation, status: &str, description: &str, waits: bool) {
    let problem = || {
        let body = Content::new(Some(Ref::from_schema_name("Problem")));
        RefOr::T(ResponseBuilder::new().description(description).content(PROBLEM_JSON, body).build())
    };
    let response = operation.responses.responses.entry(status.to_owned()).or_insert_with(problem);
    if waits {
        bears(response, "Retry-After", header(Type::Integer, "After how many seconds to ask again"));
    }
}

/// Says how the caller names what it has, and how the answer does.
fn is_conditional(operation: &mut Operation) {
    for status in ["200", "304"] {
        if let Some(response) = operation.responses.responses.get_mut(status) {
            bears(response, "ETag", header(Type::String, "Names this content; weak where the answer is compressed"));
        }
    }
    let parameter = ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The ETag of what the caller has"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
}

fn bears(response: &mut RefOr<Response>, name: &str, header: Header) {
    if let RefOr::T(response) = response {
        response.headers.entry(name.to_owned()).or_insert(RefOr::T(header));
    }
}

fn header(kind: Type, description: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(kind).build();
    HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
}
