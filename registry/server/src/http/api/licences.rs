//! `/api/v1/tenants/{tenant}/licences/{namespace}/{name}`: a licence for the tenant's people, and leases of it for its agent.

use actix_web::{FromRequest as _, HttpRequest, HttpResponse, get, http::header, web};
use adx_registry_core::market::{self, LicenceForm, Shown};

use super::tenants::tenant_id;
use crate::http::{
    caller::{Caller, bearer, module_id},
    dto::LicenceQuery,
    input::Query,
    problem::{Problem, ProblemBody},
    state::State,
};

/// The media type of a JSON Web Token (RFC 7519 section 10.3.1).
const TOKEN: &str = "application/jwt";

/// Download a licence
///
/// The one of the tenant's that is in force: of several, the one that lasts longest. For its people, and operators. What it says agents verify
/// without this registry.
#[utoipa::path(
    tag = "market",
    params(
        ("tenant" = String, Path, description = "What agents call the tenant"),
        ("namespace" = String, Path, description = "The module's namespace"),
        ("name" = String, Path, description = "The module's name in it"),
        LicenceQuery,
    ),
    responses(
        (status = 200, description = "The licence", content(
            (String = "application/jwt"),
            (String = "text/plain"),
        )),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such tenant of the caller's, or no licence that is in force", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/tenants/{tenant}/licences/{namespace}/{name}")]
pub(super) async fn get_licence(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<(String, String, String)>,
    Query(query): Query<LicenceQuery>,
) -> Result<HttpResponse, Problem> {
    actor.somebody()?;
    let (tenant, namespace, name) = path.into_inner();
    let form = match query.format.as_deref() {
        None | Some("jwt") => LicenceForm::Token,
        Some("file") => LicenceForm::File,
        Some(_) => return Err(Problem::bad_request("`format` is `jwt` or `file`")),
    };
    let module = module_id(&namespace, &name)?;
    let licence = market::licence(&state.ports, &actor, &tenant_id(&tenant)?, &module, form).await?;
    let mut answer = HttpResponse::Ok();
    match form {
        LicenceForm::Token => answer.content_type(TOKEN),
        LicenceForm::File => {
            let saved = format!("attachment; filename=\"{namespace}-{name}.licence\"");
            answer.content_type("text/plain; charset=utf-8").insert_header((header::CONTENT_DISPOSITION, saved))
        }
    };
    Ok(answer.body(licence))
}

/// Lease a licence
///
/// The same licence in a token that ends in seven days. For the tenant's people, operators, and whoever shows a licence of the module as the
/// bearer token, or a lease of one, also when it is over: that is how the tenant's agent gets the next.
#[utoipa::path(
    tag = "market",
    params(
        ("tenant" = String, Path, description = "What agents call the tenant"),
        ("namespace" = String, Path, description = "The module's namespace"),
        ("name" = String, Path, description = "The module's name in it"),
    ),
    responses(
        (status = 200, description = "The lease", body = String, content_type = "application/jwt"),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token, and no licence of this registry", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such tenant of the caller's, or no licence that is in force", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = []), ("licence" = [])),
)]
#[get("/tenants/{tenant}/licences/{namespace}/{name}/lease")]
pub(super) async fn lease_licence(
    state: web::Data<State>,
    path: web::Path<(String, String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (tenant, namespace, name) = path.into_inner();
    let read = || Ok::<_, Problem>((tenant_id(&tenant)?, module_id(&namespace, &name)?));
    // A licence has dots, and no token of ours has.
    let licence = bearer(&request)?.filter(|bearer| bearer.contains('.'));
    let lease = if let Some(licence) = licence {
        let (tenant, module) = read()?;
        market::lease(&state.ports, Shown::Licence(&licence), &tenant, &module).await?
    } else {
        let Caller(actor) = Caller::extract(&request).await?;
        actor.somebody()?;
        let (tenant, module) = read()?;
        market::lease(&state.ports, Shown::Actor(&actor), &tenant, &module).await?
    };
    Ok(HttpResponse::Ok().content_type(TOKEN).body(lease))
}
