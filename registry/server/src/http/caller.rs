//! Who calls, and what address they call: extractors.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, http::header, web};
use adx_registry_core::{
    Id,
    accounts::{recognise_session, require_second_factor},
    actor::Actor,
    audit::Who,
    authenticate::authenticate_from,
    publisher::Publisher,
    shown::Shown,
};
use adx_signing::name::{ModuleId, Namespace};
use semver::Version;

use super::{problem::Problem, state::State};
use crate::world::is_asked_by;

/// The caller, authenticated by a token or by the session of a browser: one that is unknown or has ended is refused even where none is
/// needed, and so are both at once. What changes something in a session brings the session's token too. Where everybody has to have a second
/// factor, a session without one is refused here, whatever it asks for.
#[derive(Clone, Debug)]
pub(super) struct Caller(pub(super) Actor);

/// The same, of a session too that has to add a second factor first: for what leads there, and out again, only.
#[derive(Clone, Debug)]
pub(super) struct CallerToBe(pub(super) Actor);

/// Whose token a request showed, for those who count.
pub(super) struct OfPublisher(pub(super) Id<Publisher>);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (state, actor) = recognise(&request).await?;
            require_second_factor(&state.ports, &actor).await?;
            Ok(Self(actor))
        })
    }
}

impl FromRequest for CallerToBe {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { recognise(&request).await.map(|(_, actor)| Self(actor)) })
    }
}

/// Who shows a token or a session that counts.
async fn recognise(request: &HttpRequest) -> Result<(web::Data<State>, Actor), Problem> {
    let state = request.app_data::<web::Data<State>>().cloned();
    let state = state.ok_or_else(|| Problem::internal(&std::io::Error::other("no shared state")))?;
    let actor = match (bearer(request)?, state.cookie.shown(request.headers())) {
        (Some(_), Some(_)) => {
            return Err(Problem::bad_request("the request shows a token and a session: send one of the two"));
        }
        (None, Some(secret)) => {
            let actor = recognise_session(&state.ports, &secret).await?;
            is_asked_by(Who::from(&actor), Shown::of(&actor));
            state.cookie.refuse_forged(request.method(), request.headers(), &secret)?;
            actor
        }
        (bearer, None) => {
            let address = state.believed.address(request.headers(), request.peer_addr());
            authenticate_from(&state.ports, bearer.as_deref(), address).await?
        }
    };
    is_asked_by(Who::from(&actor), Shown::of(&actor));
    if let Actor::Publisher { publisher, .. } | Actor::Owner { publisher, .. } = &actor {
        request.extensions_mut().insert(OfPublisher(publisher.id));
    }
    Ok((state, actor))
}

/// The bearer token, if one is shown.
pub(super) fn bearer(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    token.map(Some).ok_or_else(|| Problem::unauthenticated("the Authorization header is not `Bearer TOKEN`"))
}

/// Reads `namespace` and `name` of an address.
pub(super) fn module_id(namespace: &str, name: &str) -> Result<ModuleId, Problem> {
    format!("{namespace}/{name}")
        .parse()
        .map_err(|error| Problem::bad_request(format!("`{namespace}/{name}` is not a module's name: {error}")))
}

/// Reads a `namespace` of an address or a body.
pub(super) fn namespace(text: &str) -> Result<Namespace, Problem> {
    text.parse().map_err(|error| Problem::bad_request(format!("`{text}` is not a namespace: {error}")))
}

/// Reads a `version` of an address.
pub(super) fn version(text: &str) -> Result<Version, Problem> {
    Version::parse(text).map_err(|error| {
        Problem::bad_request(format!("`{text}` is not a SemVer version: {error}"))
            .hint("Write major.minor.patch, such as 1.2.3 or 1.2.3-beta.1.")
    })
}
