//! `POST …/modules/{namespace}/{name}/report` and `/api/v1/reports`.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use adx_registry_core::{
    Id,
    operator_scope::OperatorScope,
    reports::{self, Outcome, WhichReports, decide_report, send_report},
};

use crate::http::{
    caller::{Caller, module_id},
    dto::{
        AfterQuery, NewReport, Report, ReportConfirmation, ReportDismissal, ReportList, ReportTaken, ReportedModule,
        ReportedModuleList, ReportsQuery,
    },
    input::{JsonBody, Query, cursor},
    limiter::too_many,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Report a module
///
/// For anybody: whoever is signed in is told by mail what was made of it, anybody else leaves an address for questions. Only operators
/// see it.
#[utoipa::path(
    tag = "discovery",
    params(
        ("namespace" = String, Path, description = "The namespace"),
        ("name" = String, Path, description = "The module's name"),
    ),
    request_body = NewReport,
    responses(
        (status = 202, description = "Taken", body = ReportTaken),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "The token or session that is shown is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A session without its token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module or version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The account has a report of it that waits", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a text, a version or an address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/modules/{namespace}/{name}/report")]
pub(super) async fn report_module(
    state: web::Data<State>,
    Caller(actor): Caller,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    JsonBody(body): JsonBody<NewReport>,
) -> Result<HttpResponse, Problem> {
    state.module_reports.count(request.headers(), request.peer_addr()).map_err(too_many)?;
    let module = module_id(&path.0, &path.1)?;
    let report = send_report(&state.ports, &actor, &module, body.try_into()?).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Accepted().json(ReportTaken { id: report.id.to_string() }))
}

/// List reports
///
/// Operators only. In the order they were sent, 100 a page; those that wait unless `state` says otherwise.
#[utoipa::path(
    tag = "moderation",
    params(ReportsQuery),
    responses(
        (status = 200, description = "The reports", body = ReportList),
        (status = 400, description = "A parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such module", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["moderate"]), ("session" = [])),
)]
#[get("/reports")]
pub(super) async fn list_reports(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<ReportsQuery>,
) -> Result<web::Json<ReportList>, Problem> {
    actor.operator_sees(OperatorScope::Moderate)?;
    let module = query.module.as_deref().map(|text| {
        let (namespace, name) = text.split_once('/').unwrap_or((text, ""));
        module_id(namespace, name)
    });
    let after = cursor("after", query.after.as_deref())?;
    let which = WhichReports { state: query.state.into(), module: module.transpose()?, after };
    let found = reports::reports(&state.ports, &actor, &which).await?;
    Ok(web::Json(ReportList {
        reports: found.reports.iter().map(Report::from).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

/// List the modules that reports wait about
///
/// Operators only. Those with most of them first, 100 a page.
#[utoipa::path(
    tag = "moderation",
    params(AfterQuery),
    responses(
        (status = 200, description = "The modules", body = ReportedModuleList),
        (status = 400, description = "`after` is no cursor", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["moderate"]), ("session" = [])),
)]
#[get("/reports/modules")]
pub(super) async fn list_reported_modules(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<AfterQuery>,
) -> Result<web::Json<ReportedModuleList>, Problem> {
    actor.operator_sees(OperatorScope::Moderate)?;
    let after = cursor("after", query.after.as_deref())?;
    let found = reports::reported_modules(&state.ports, &actor, after).await?;
    Ok(web::Json(ReportedModuleList {
        modules: found.modules.iter().map(ReportedModule::from).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

/// Confirm a report
///
/// Operators only. What `act` says is done in the same transaction; whoever was signed in is told by mail.
#[utoipa::path(
    tag = "moderation",
    params(("id" = String, Path, description = "The id of the report")),
    request_body = ReportConfirmation,
    responses(
        (status = 200, description = "Confirmed", body = Report),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such report or version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is decided, or nothing can be done about the version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason or version", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[post("/reports/{id}/confirm")]
pub(super) async fn confirm_report(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<ReportConfirmation>,
) -> Result<web::Json<Report>, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    let (reason, outcome) = (body.reason.parse()?, body.outcome()?);
    let report = decide_report(&state.ports, &actor, report_id(&path)?, &outcome, &reason, body.all).await?;
    state.commits.announce_work();
    Ok(web::Json(Report::from(&report)))
}

/// Dismiss a report
///
/// Operators only. Whoever was signed in is told by mail.
#[utoipa::path(
    tag = "moderation",
    params(("id" = String, Path, description = "The id of the report")),
    request_body = ReportDismissal,
    responses(
        (status = 200, description = "Dismissed", body = Report),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such report", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is decided", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["moderate"]), ("session" = [], "csrf" = [])),
)]
#[post("/reports/{id}/dismiss")]
pub(super) async fn dismiss_report(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<ReportDismissal>,
) -> Result<web::Json<Report>, Problem> {
    actor.operator(OperatorScope::Moderate)?;
    let reason = body.reason.parse()?;
    let report = decide_report(&state.ports, &actor, report_id(&path)?, &Outcome::Dismiss, &reason, body.all).await?;
    state.commits.announce_work();
    Ok(web::Json(Report::from(&report)))
}

fn report_id(text: &str) -> Result<Id<reports::Report>, Problem> {
    text.parse().map_err(|_| reports::ReportError::Unknown.into())
}
