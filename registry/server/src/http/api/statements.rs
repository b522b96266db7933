//! Invoices, and statements of accounts as JSON and as CSV (RFC 4180).

use actix_web::{HttpResponse, get, http::header, web};
use adx_registry_core::{
    Id,
    market::{self, ledger},
};

use super::tenants::tenant_id;
use crate::{
    http::{
        caller::{Caller, namespace},
        dto::{Invoice, Statement, StatementQuery},
        input::Query,
        problem::{Problem, ProblemBody},
        state::State,
    },
    payments::pdf,
};

/// Show an invoice
///
/// For those of the tenant's people who see what is about money, and operators.
#[utoipa::path(
    tag = "market",
    params(("invoice" = String, Path, description = "The number of the invoice, such as `2027-000001`")),
    responses(
        (status = 200, description = "The invoice", body = Invoice),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such invoice of the caller's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/invoices/{invoice}")]
pub(super) async fn get_invoice(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<Invoice>, Problem> {
    Ok(web::Json(Invoice::from(&found(&state, &actor, &path).await?)))
}

/// Download an invoice
///
/// As a PDF. For those of the tenant's people who see what is about money, and operators.
#[utoipa::path(
    tag = "market",
    params(("invoice" = String, Path, description = "The number of the invoice, such as `2027-000001`")),
    responses(
        (status = 200, description = "The invoice", body = Vec<u8>, content_type = "application/pdf"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such invoice of the caller's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/invoices/{invoice}/pdf")]
pub(super) async fn get_invoice_pdf(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let invoice = found(&state, &actor, &path).await?;
    let name = format!("attachment; filename=\"invoice-{}.pdf\"", invoice.number);
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(pdf::invoice(&invoice)))
}

/// Show a tenant's statement
///
/// For those of its people who see what is about money, and operators: what it was asked for and has paid. 1000 lines a page.
#[utoipa::path(
    tag = "market",
    params(("tenant" = String, Path, description = "What agents call the tenant"), StatementQuery),
    responses(
        (status = 200, description = "The statement", body = Statement),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such tenant of the caller's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/tenants/{tenant}/statement")]
pub(super) async fn statement_of_tenant(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    Query(query): Query<StatementQuery>,
) -> Result<web::Json<Statement>, Problem> {
    actor.somebody()?;
    let found = market::statement_of_tenant(&state.ports, &actor, &tenant_id(&path)?, after(&query)?).await?;
    Ok(web::Json(Statement::from(&found)))
}

/// Download a tenant's statement
///
/// As CSV, all of it. For those of its people who see what is about money, and operators: what it was asked for and has paid.
#[utoipa::path(
    tag = "market",
    params(("tenant" = String, Path, description = "What agents call the tenant")),
    responses(
        (status = 200, description = "The statement", body = String, content_type = "text/csv"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such tenant of the caller's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/tenants/{tenant}/statement.csv")]
pub(super) async fn statement_of_tenant_csv(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor.somebody()?;
    let (name, mut lines, mut next) = (tenant_id(&path)?, Vec::new(), None);
    loop {
        let page = market::statement_of_tenant(&state.ports, &actor, &name, next).await?;
        lines.extend(page.lines);
        next = page.next;
        if next.is_none() {
            return table(&lines);
        }
    }
}

/// Show a publisher's statement
///
/// For its owners, members with the role billing, and operators: what it is owed for what was sold. 1000 lines a page.
#[utoipa::path(
    tag = "market",
    params(("namespace" = String, Path, description = "The namespace"), StatementQuery),
    responses(
        (status = 200, description = "The statement", body = Statement),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher of the caller's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/statement")]
pub(super) async fn statement_of_publisher(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    Query(query): Query<StatementQuery>,
) -> Result<web::Json<Statement>, Problem> {
    actor.somebody()?;
    let found = market::statement_of_publisher(&state.ports, &actor, &namespace(&path)?, after(&query)?).await?;
    Ok(web::Json(Statement::from(&found)))
}

/// Download a publisher's statement
///
/// As CSV, all of it. For its owners, members with the role billing, and operators: what it is owed for what was sold.
#[utoipa::path(
    tag = "market",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The statement", body = String, content_type = "text/csv"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher of the caller's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/statement.csv")]
pub(super) async fn statement_of_publisher_csv(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    actor.somebody()?;
    let (name, mut lines, mut next) = (namespace(&path)?, Vec::new(), None);
    loop {
        let page = market::statement_of_publisher(&state.ports, &actor, &name, next).await?;
        lines.extend(page.lines);
        next = page.next;
        if next.is_none() {
            return table(&lines);
        }
    }
}

async fn found(
    state: &State,
    actor: &adx_registry_core::actor::Actor,
    number: &str,
) -> Result<market::invoice::Invoice, Problem> {
    actor.somebody()?;
    let number = number.parse().map_err(|_| Problem::not_found("there is no such invoice of yours"))?;
    Ok(market::invoice(&state.ports, actor, number).await?)
}

fn after(query: &StatementQuery) -> Result<Option<Id<ledger::Entry>>, Problem> {
    let after = query.after.as_deref().map(str::parse).transpose();
    after.map_err(|_| Problem::bad_request("`after` is not the `next` of a page before"))
}

fn table(lines: &[market::StatementLine]) -> Result<HttpResponse, Problem> {
    let text = written(lines).map_err(|error| Problem::internal(&*error))?;
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(text))
}

fn written(lines: &[market::StatementLine]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["at", "kind", "order", "reference", "amount_minor", "currency"])?;
    for line in lines {
        table.write_record([
            adx_signing::utc::UtcSecond::from(line.at).to_string(),
            line.kind.as_str().to_owned(),
            line.order.to_string(),
            harmless(line.reference.as_deref().unwrap_or_default()),
            line.amount.minor.to_string(),
            line.amount.currency.code().to_owned(),
        ])?;
    }
    Ok(table.into_inner()?)
}

/// A text that no program for tables takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reference_is_a_formula() {
        assert_eq!(harmless("=HYPERLINK(\"https://evil.example\")"), "'=HYPERLINK(\"https://evil.example\")");
        assert_eq!(harmless("bank 1"), "bank 1");
    }
}
