//! `/api/v1/submissions/{id}/approve`, `…/reject` and `…/ask`: what operators say of what waits; and `…/confirm`, an owner's word.

use actix_web::{HttpResponse, post, web};
use adx_registry_core::{
    operator_scope::OperatorScope,
    reason::Reason,
    review::{Approved, approve, ask, confirm, reject},
    submissions::{Remark, Side, show_submission},
};

use super::submissions::submission_id;
use crate::{
    http::{
        caller::Caller,
        dto::{NewRejection, NewRemark, NewVerdict, PublishReceipt, Submission, SubmissionDetail},
        input::JsonBody,
        problem::{Problem, ProblemBody},
        state::State,
    },
    world::Behalf,
};

/// Approve a submission
///
/// Operators only. It is released, if it still can be: signature, keys, version and name are looked at again. One that an owner has to
/// confirm waits for that. Its owners are told by mail.
#[utoipa::path(
    tag = "submissions",
    params(("id" = String, Path, description = "The id of the submission")),
    request_body = NewVerdict,
    responses(
        (status = 200, description = "Released", body = PublishReceipt),
        (status = 202, description = "Staged: an owner has to confirm it", body = Submission),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such submission", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It does not wait any more, or cannot be released any more", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason, or its signature does not count any more", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["review"]), ("session" = [], "csrf" = [])),
)]
#[post("/submissions/{id}/approve")]
pub(super) async fn approve_submission(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewVerdict>,
) -> Result<HttpResponse, Problem> {
    actor.operator(OperatorScope::Review)?;
    let reason = body.reason.map(|reason| reason.parse::<Reason>()).transpose()?;
    let id = submission_id(&actor, &path)?;
    // A task of its own: a client that hangs up does not stop what has begun to commit.
    let ports = state.ports.clone();
    let work = async move { approve(&ports, &actor, id, reason.as_ref()).await };
    let approving = state.tasks.spawn(Behalf::current().run(work));
    let approved = approving.await.map_err(|panicked| Problem::internal(&panicked))??;
    state.metrics.reviewed("approved");
    state.commits.announce_work();
    Ok(match approved {
        Approved::Released(release) => HttpResponse::Ok().json(PublishReceipt::from(&*release)),
        Approved::Staged(submission) => HttpResponse::Accepted().json(Submission::seen(&submission, Side::Operator)),
    })
}

/// Confirm a submission
///
/// For the owners of its namespace: one that is staged is released, if it still can be. A publisher's token is not enough.
#[utoipa::path(
    tag = "submissions",
    params(("id" = String, Path, description = "The id of the submission")),
    responses(
        (status = 200, description = "Released", body = PublishReceipt),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such submission, or somebody else's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It does not wait for an owner, your own token sent it, or it cannot be released any more", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Its signature does not count any more", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/submissions/{id}/confirm")]
pub(super) async fn confirm_submission(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<PublishReceipt>, Problem> {
    let id = submission_id(&actor, &path)?;
    // A task of its own: a client that hangs up does not stop what has begun to commit.
    let ports = state.ports.clone();
    let work = async move { confirm(&ports, &actor, id).await };
    let confirming = state.tasks.spawn(Behalf::current().run(work));
    let release = confirming.await.map_err(|panicked| Problem::internal(&panicked))??;
    state.metrics.reviewed("confirmed");
    state.commits.announce_work();
    Ok(web::Json(PublishReceipt::from(&release)))
}

/// Reject a submission
///
/// Operators only. Its publisher is told the reason; the very same bytes are refused from then on.
#[utoipa::path(
    tag = "submissions",
    params(("id" = String, Path, description = "The id of the submission")),
    request_body = NewRejection,
    responses(
        (status = 200, description = "Rejected", body = Submission),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such submission", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It does not wait any more", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["review"]), ("session" = [], "csrf" = [])),
)]
#[post("/submissions/{id}/reject")]
pub(super) async fn reject_submission(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewRejection>,
) -> Result<web::Json<Submission>, Problem> {
    actor.operator(OperatorScope::Review)?;
    let reason = body.reason.parse::<Reason>()?;
    let rejected = reject(&state.ports, &actor, submission_id(&actor, &path)?, &reason).await?;
    state.metrics.reviewed("rejected");
    state.commits.announce_work();
    Ok(web::Json(Submission::seen(&rejected, Side::Operator)))
}

/// Ask about a submission
///
/// Operators only, as long as it waits. Its owners are told by mail, and answer with a comment.
#[utoipa::path(
    tag = "submissions",
    params(("id" = String, Path, description = "The id of the submission")),
    request_body = NewRemark,
    responses(
        (status = 200, description = "The submission with the question", body = SubmissionDetail),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such submission", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It does not wait any more", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a remark", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["review"]), ("session" = [], "csrf" = [])),
)]
#[post("/submissions/{id}/ask")]
pub(super) async fn ask_about_submission(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewRemark>,
) -> Result<web::Json<SubmissionDetail>, Problem> {
    actor.operator(OperatorScope::Review)?;
    let id = submission_id(&actor, &path)?;
    ask(&state.ports, &actor, id, &body.text.parse::<Remark>()?).await?;
    state.metrics.reviewed("asked");
    state.commits.announce_work();
    let seen = show_submission(&state.ports, &actor, id).await?;
    Ok(web::Json(SubmissionDetail::from(&seen)))
}
