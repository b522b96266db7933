//! `/api/v1/trusted-publishing/token` and `/api/v1/publishers/{namespace}/publishing`: what publishes, and what is asked of it.

use actix_web::{HttpResponse, delete, get, post, web};
use adx_registry_core::{proposal::ProposedAction, proposals, trusted};

use crate::http::{
    caller::{Caller, namespace},
    dto::{Proposal, PublishingRules, Token, TokenCreated, WorkflowExchange},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Exchange a CI system's token
///
/// For a run of a workflow that the publisher trusts: the CI system's `OpenID` Connect token, whose only audience is the address of this
/// registry, for one that publishes what the run may, for 30 minutes. Each is good for one. It may be revoked before by itself:
/// `DELETE /api/v1/tokens/{id}`.
#[utoipa::path(
    tag = "trusted publishing",
    request_body = WorkflowExchange,
    responses(
        (status = 201, description = "Exchanged", body = TokenCreated),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token is not believed, was used, or its run is not trusted", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The registry does not know its public address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The issuer cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/trusted-publishing/token")]
pub(super) async fn exchange_workflow_token(
    state: web::Data<State>,
    JsonBody(body): JsonBody<WorkflowExchange>,
) -> Result<HttpResponse, Problem> {
    let exchanged = trusted::exchange(&state.ports, &namespace(&body.namespace)?, &body.token).await?;
    let issued = &exchanged.issued;
    Ok(HttpResponse::Created()
        .json(TokenCreated { secret: issued.text.expose().to_owned(), token: Token::from(&issued.token) }))
}

/// Read what is asked of releases
///
/// For the publisher, its owners and operators.
#[utoipa::path(
    tag = "trusted publishing",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The rules", body = PublishingRules),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token is of another namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/publishing")]
pub(super) async fn get_publishing_rules(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<PublishingRules>, Problem> {
    Ok(web::Json(trusted::tell_rules(&state.ports, &actor, &namespace(&path)?).await?.into()))
}

/// Ask more of releases
///
/// Owners only; one of them is enough, at once, and all are told by mail. `trusted-only`: ordinary tokens publish nothing. `staged`: an
/// owner confirms each release. One that is on is no error, and stays on where an operator was about to turn it off. Where there is one
/// owner only, `note` says what that means.
#[utoipa::path(
    tag = "trusted publishing",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("switch" = String, Path, description = "`trusted-only` or `staged`"),
    ),
    responses(
        (status = 200, description = "The rules", body = PublishingRules),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not the token of an owner of the namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such rule", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "No workflow is trusted: nobody could publish", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/publishing/{switch}")]
pub(super) async fn turn_on_publishing_rule(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
) -> Result<web::Json<PublishingRules>, Problem> {
    let namespace = namespace(&path.0)?;
    actor.owner_of(&namespace)?;
    trusted::turn_on(&state.ports, &actor, &namespace, switch(&path.1)?).await?;
    state.commits.announce_work();
    Ok(web::Json(trusted::tell_rules(&state.ports, &actor, &namespace).await?.into()))
}

/// Ask less of releases
///
/// Owners only: opens a proposal (`loosen-publishing`). It takes a second owner, and is done three days after enough have approved, unless
/// one of them objects; all are told by mail at once. Where there is one owner only, operators can be asked.
#[utoipa::path(
    tag = "trusted publishing",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("switch" = String, Path, description = "`trusted-only` or `staged`"),
    ),
    responses(
        (status = 201, description = "Proposed, or announced", body = Proposal),
        (status = 400, description = "Not a namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not the token of an owner of the namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such rule", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is not on, there is one owner only, or that is proposed already", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[delete("/publishers/{namespace}/publishing/{switch}")]
pub(super) async fn turn_off_publishing_rule(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let namespace = namespace(&path.0)?;
    actor.owner_of(&namespace)?;
    let action = ProposedAction::LoosenPublishing { switch: switch(&path.1)? };
    let opened = proposals::open_proposal(&state.ports, &actor, &namespace, action).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Created().json(Proposal::only(&opened)?))
}

fn switch(text: &str) -> Result<trusted::PublishingSwitch, Problem> {
    let found = trusted::PublishingSwitch::ALL.into_iter().find(|switch| switch.as_str() == text);
    found.ok_or_else(|| {
        Problem::not_found(format!("`{}` is no rule", text.escape_debug()))
            .hint("There are `trusted-only` and `staged`.")
    })
}
