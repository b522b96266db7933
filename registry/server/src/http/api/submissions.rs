//! `/api/v1/submissions` and `/api/v1/publishers/{namespace}/submissions`: versions that were sent.

use actix_web::{
    HttpResponse, get,
    http::header::{self, ContentEncoding},
    post, web,
};
use adx_registry_core::{
    Id,
    members::Right,
    operator_scope::OperatorScope,
    review::{Cause, comment, compare_with_release, package_of},
    submissions::{self, Remark, SeeError, Side, SubmissionState, show_submission, withdraw},
};

use crate::http::{
    caller::{Caller, namespace},
    dto::{
        Binary, NewRemark, OwnSubmissionsQuery, Submission, SubmissionDetail, SubmissionDiff, SubmissionList,
        SubmissionsQuery,
    },
    input::{JsonBody, Query, cursor},
    problem::{Problem, ProblemBody},
    state::State,
};

/// List submissions
///
/// Operators only. In the order they were sent, 100 a page; those that wait for an operator unless `state` says otherwise.
#[utoipa::path(
    tag = "submissions",
    params(SubmissionsQuery),
    responses(
        (status = 200, description = "The submissions", body = SubmissionList),
        (status = 400, description = "A parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["review"]), ("session" = [])),
)]
#[get("/submissions")]
pub(super) async fn list_submissions(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<SubmissionsQuery>,
) -> Result<web::Json<SubmissionList>, Problem> {
    actor.operator_sees(OperatorScope::Review)?;
    let after = cursor("after", query.after.as_deref())?;
    let wanted = query.state.map(SubmissionState::from);
    let states = wanted.as_ref().map_or(&SubmissionState::IN_REVIEW as &[_], std::slice::from_ref);
    let found = submissions::submissions(&state.ports, &actor, states, query.cause.map(Cause::from), after).await?;
    Ok(web::Json(SubmissionList::seen(&found, Side::Operator)))
}

/// List a namespace's submissions
///
/// For its publisher, operators, and its owners, maintainers and readers: the last one first, 100 a page.
#[utoipa::path(
    tag = "submissions",
    params(("namespace" = String, Path, description = "The namespace"), OwnSubmissionsQuery),
    responses(
        (status = 200, description = "The submissions", body = SubmissionList),
        (status = 400, description = "Not a namespace, or a parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token is of another namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/submissions")]
pub(super) async fn list_submissions_of_publisher(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    Query(query): Query<OwnSubmissionsQuery>,
) -> Result<web::Json<SubmissionList>, Problem> {
    let namespace = namespace(&path)?;
    actor.may_see(&namespace, Right::SeeSubmissions)?;
    let before = cursor("before", query.before.as_deref())?;
    let side = if actor.operator_sees(OperatorScope::Review).is_ok() { Side::Operator } else { Side::Publisher };
    let wanted = query.state.map(SubmissionState::from);
    let states = match (wanted.as_ref(), side) {
        (None, _) => &SubmissionState::ALL as &[_],
        // What a publisher is told of both.
        (Some(state), Side::Publisher) if state.is_in_review() => &SubmissionState::IN_REVIEW,
        (Some(state), _) => std::slice::from_ref(state),
    };
    let found = submissions::submissions_of(&state.ports, &actor, &namespace, states, before).await?;
    Ok(web::Json(SubmissionList::seen(&found, side)))
}

/// Show a submission
///
/// For its publisher, operators, and the owners, maintainers and readers of its namespace, with what happened to it.
#[utoipa::path(
    tag = "submissions",
    params(("id" = String, Path, description = "The id of the submission")),
    responses(
        (status = 200, description = "The submission", body = SubmissionDetail),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such submission, or somebody else's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/submissions/{id}")]
pub(super) async fn get_submission(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<SubmissionDetail>, Problem> {
    let seen = show_submission(&state.ports, &actor, submission_id(&actor, &path)?).await?;
    Ok(web::Json(SubmissionDetail::from(&seen)))
}

/// Compare a submission
///
/// With the release that people have now, or had when it was decided: files, permissions, hosts, imports, exports, bill of materials. As
/// long as its package is kept: while it waits, and 30 days after that.
#[utoipa::path(
    tag = "submissions",
    params(("id" = String, Path, description = "The id of the submission")),
    responses(
        (status = 200, description = "What it changes", body = SubmissionDiff),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such submission, somebody else's, or its package is not kept", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/submissions/{id}/diff")]
pub(super) async fn diff_submission(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<SubmissionDiff>, Problem> {
    let (before, diff) = compare_with_release(&state.ports, &actor, submission_id(&actor, &path)?).await?;
    Ok(web::Json(SubmissionDiff::of(before.map(|release| release.version.to_string()), diff)))
}

/// Download a submission's package
///
/// Operators only, as long as it is kept.
#[utoipa::path(
    tag = "submissions",
    params(("id" = String, Path, description = "The id of the submission")),
    responses(
        (status = 200, description = "The package", body = Binary, content_type = "application/vnd.adx.module"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such submission, or its package is not kept", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["review"]), ("session" = [])),
)]
#[get("/submissions/{id}/package")]
pub(super) async fn get_submission_package(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor.operator_sees(OperatorScope::Review)?;
    let (submission, read) = package_of(&state.ports, &actor, submission_id(&actor, &path)?).await?;
    let name = format!("{}-{}.adxm", submission.module.name, submission.version);
    Ok(HttpResponse::Ok()
        .content_type("application/vnd.adx.module")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // It is compressed as it is.
        .insert_header(ContentEncoding::Identity)
        .streaming(read.bytes))
}

/// Comment on a submission
///
/// For whoever may publish its module, the owners of its namespace and operators. The other side is told by mail.
#[utoipa::path(
    tag = "submissions",
    params(("id" = String, Path, description = "The id of the submission")),
    request_body = NewRemark,
    responses(
        (status = 200, description = "The submission with the comment", body = SubmissionDetail),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such submission, or somebody else's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Too much was said", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a remark", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/submissions/{id}/comments")]
pub(super) async fn comment_on_submission(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewRemark>,
) -> Result<web::Json<SubmissionDetail>, Problem> {
    let id = submission_id(&actor, &path)?;
    comment(&state.ports, &actor, id, &body.text.parse::<Remark>()?).await?;
    state.metrics.reviewed("commented");
    state.commits.announce_work();
    let seen = show_submission(&state.ports, &actor, id).await?;
    Ok(web::Json(SubmissionDetail::from(&seen)))
}

/// Withdraw a submission
///
/// For whoever may publish its module, and the owners of its namespace, as long as it waits. Another of its version can be sent then.
#[utoipa::path(
    tag = "submissions",
    params(("id" = String, Path, description = "The id of the submission")),
    responses(
        (status = 200, description = "Withdrawn", body = Submission),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such submission, or somebody else's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It does not wait any more", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/submissions/{id}/withdraw")]
pub(super) async fn withdraw_submission(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<Submission>, Problem> {
    let withdrawn = withdraw(&state.ports, &actor, submission_id(&actor, &path)?).await?;
    state.metrics.reviewed("withdrawn");
    Ok(web::Json(Submission::told(&withdrawn)))
}

/// Reads the id of an address. What is none is nobody's submission, which a stranger is not told.
pub(super) fn submission_id(
    actor: &adx_registry_core::actor::Actor,
    text: &str,
) -> Result<Id<submissions::Submission>, Problem> {
    if matches!(actor, adx_registry_core::actor::Actor::Anonymous) {
        return Err(adx_registry_core::actor::Denied::Unauthenticated.into());
    }
    text.parse().map_err(|_| SeeError::Unknown.into())
}
