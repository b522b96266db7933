//! `/api/v1/jobs/given-up`: what the registry could not do by itself.

use actix_web::{HttpResponse, delete, get, post, web};
use adx_registry_core::{
    Id,
    given_up_jobs::{self, Fate, decide_job},
    job::Job,
    operator_scope::OperatorScope,
};

use crate::http::{
    caller::Caller,
    dto::{AfterQuery, GivenUpJob, GivenUpJobList},
    input::{Query, cursor},
    problem::{Problem, ProblemBody},
    state::State,
};

/// List jobs that were given up
///
/// Operators only. Jobs that failed as often as they are tried, those first that were made first, 100 a page.
#[utoipa::path(
    tag = "operations",
    params(AfterQuery),
    responses(
        (status = 200, description = "The jobs", body = GivenUpJobList),
        (status = 400, description = "A parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["jobs"]), ("session" = [])),
)]
#[get("/jobs/given-up")]
pub(super) async fn list_given_up_jobs(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<AfterQuery>,
) -> Result<web::Json<GivenUpJobList>, Problem> {
    actor.operator_sees(OperatorScope::Jobs)?;
    let after = cursor("after", query.after.as_deref())?;
    let found = given_up_jobs::given_up_jobs(&state.ports, &actor, after).await?;
    Ok(web::Json(GivenUpJobList {
        jobs: found.jobs.iter().map(GivenUpJob::from).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

/// Run a job again that was given up
///
/// Operators only. It is tried as often as if it were new.
#[utoipa::path(
    tag = "operations",
    params(("id" = String, Path, description = "The id of the job")),
    responses(
        (status = 204, description = "It is run again"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such job was given up", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["jobs"]), ("session" = [], "csrf" = [])),
)]
#[post("/jobs/given-up/{id}/retry")]
pub(super) async fn retry_given_up_job(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor.operator(OperatorScope::Jobs)?;
    decide_job(&state.ports, &actor, job_id(&path)?, Fate::Retry).await?;
    state.commits.announce_work();
    Ok(HttpResponse::NoContent().finish())
}

/// Drop a job that was given up
///
/// Operators only. What it was to do is not done.
#[utoipa::path(
    tag = "operations",
    params(("id" = String, Path, description = "The id of the job")),
    responses(
        (status = 204, description = "It is forgotten"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such job was given up", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["jobs"]), ("session" = [], "csrf" = [])),
)]
#[delete("/jobs/given-up/{id}")]
pub(super) async fn drop_given_up_job(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor.operator(OperatorScope::Jobs)?;
    decide_job(&state.ports, &actor, job_id(&path)?, Fate::Drop).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn job_id(text: &str) -> Result<Id<Job>, Problem> {
    text.parse().map_err(|_| Problem::not_found("no such job was given up"))
}
