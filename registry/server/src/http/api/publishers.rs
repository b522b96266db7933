//! `/api/v1/publishers`.

use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use adx_registry_core::{
    actor::Actor,
    change_keys::publisher_and_keys,
    create_publisher::{CreatePublisherError, NewPublisher as Wanted, Reserved, create_publisher as create},
    domains::verified_domain,
    members::{change_display_name as rename, turn_into_organisation},
    names::{NameRefused, is_told_of},
    operator_scope::OperatorScope,
};

use adx_signing::{name::Namespace, tuf::control::Revocations};

use crate::http::{
    caller::{Caller, namespace},
    conditional,
    dto::{NewDisplayName, NewPublisher, Publisher, PublisherCreated},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Read a publisher and its keys
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The publisher", body = Publisher),
        (status = 304, description = "It is what `If-None-Match` names"),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/publishers/{namespace}")]
pub(super) async fn get_publisher(
    state: web::Data<State>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    conditional::json(&request, &shown(&state, &namespace(&path)?).await?)
}

async fn shown(state: &State, namespace: &Namespace) -> Result<Publisher, Problem> {
    let (publisher, keys) = publisher_and_keys(&state.ports, namespace)
        .await?
        .ok_or_else(|| Problem::not_found(format!("there is no publisher `{namespace}`")))?;
    let mut reader = state.ports.store.read().await?;
    let revocations = reader.revocations().await?;
    let verified_domain = verified_domain(&mut *reader, publisher.id).await?.map(Into::into);
    Ok(Publisher { verified_domain, ..Publisher::with_keys(&publisher, &keys, &revocations) })
}

/// Create a publisher
///
/// Operators, for others; and where `publishers.open` is set, people, who own what they create. The publisher's first token is shown
/// this once. A reserved namespace takes `reserved`, of an operator.
#[utoipa::path(
    tag = "publishers",
    request_body = NewPublisher,
    responses(
        (status = 201, description = "Created", body = PublisherCreated),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator, and the registry is not open", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The namespace is taken or reserved, or held or refused because it resembles another; or the person owns enough", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["publishers"]), ("session" = [], "csrf" = [])),
)]
#[post("/publishers")]
pub(super) async fn create_publisher(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<NewPublisher>,
) -> Result<HttpResponse, Problem> {
    actor.may_create_publishers(state.ports.names.open)?;
    let namespace = namespace(&body.namespace)?;
    let reserved = if body.reserved { Reserved::Given } else { Reserved::Refused };
    let new = Wanted { namespace, display_name: &body.display_name, reserved, kind: body.kind.into() };
    let (publisher, issued) = match create(&state.ports, &actor, new).await {
        Ok(created) => created,
        Err(refused) => return Err(refusal(&state, &actor, refused).await?),
    };
    Ok(HttpResponse::Created().json(PublisherCreated {
        publisher: Publisher::with_keys(&publisher, &[], &Revocations::default()),
        token: issued.text.expose().to_owned(),
    }))
}

/// The refusal, with what whoever asked can do about it: a person does not decide on names.
async fn refusal(state: &State, actor: &Actor, refused: CreatePublisherError) -> Result<Problem, Problem> {
    if actor.operator(OperatorScope::Publishers).is_ok() {
        return Ok(refused.into());
    }
    let hint = match (&refused, actor.person()) {
        (CreatePublisherError::Reserved(_), _) => {
            "Choose another; if it is yours by right, ask the registry's operators."
        }
        (CreatePublisherError::Name(NameRefused::Held(held)), Ok((account, _)))
            if is_told_of(&state.ports, account.id, held.id).await? =>
        {
            "Nothing was created. You get a letter once an operator has looked at it; if it is allowed, ask again then. \
             Or choose another name."
        }
        (CreatePublisherError::Name(NameRefused::Held(_)), _) => {
            "Nothing was created. An operator looks at it for whoever asked first. Choose another name."
        }
        (CreatePublisherError::Name(NameRefused::Refused(held)), Ok((account, _)))
            if !is_told_of(&state.ports, account.id, held.id).await? =>
        {
            "It was refused to whoever asked first. Choose another name."
        }
        _ => return Ok(refused.into()),
    };
    Ok(Problem::from(refused).hint(hint))
}

/// Change what people read of a publisher
///
/// Any owner alone. The namespace stays.
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewDisplayName,
    responses(
        (status = 200, description = "The publisher", body = Publisher),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a display name", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[put("/publishers/{namespace}/display-name")]
pub(super) async fn change_display_name(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewDisplayName>,
) -> Result<web::Json<Publisher>, Problem> {
    let namespace = namespace(&path)?;
    actor.owner_of(&namespace)?;
    rename(&state.ports, &actor, &namespace, &body.display_name.parse()?).await?;
    Ok(web::Json(shown(&state, &namespace).await?))
}

/// Turn a person's publisher into an organisation
///
/// Others may be members from then on. It is not turned back.
#[utoipa::path(
    tag = "publishers",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "It is an organisation's", body = Publisher),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token or session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/organisation")]
pub(super) async fn make_organisation(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<Publisher>, Problem> {
    let namespace = namespace(&path)?;
    turn_into_organisation(&state.ports, &actor, &namespace).await?;
    Ok(web::Json(shown(&state, &namespace).await?))
}
