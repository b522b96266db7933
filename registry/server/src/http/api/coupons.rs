//! `/api/v1/publishers/{namespace}/coupons`: what a publisher takes off its prices.

use actix_web::{HttpResponse, get, post, web};
use adx_registry_core::market;

use crate::http::{
    caller::{Caller, namespace},
    dto::{Coupon, CouponList, NewCoupon},
    input::JsonBody,
    problem::{Problem, ProblemBody},
    state::State,
};

/// Make a coupon
///
/// For the owners of the namespace. Orders that were placed before stay as they are.
#[utoipa::path(
    tag = "market",
    params(("namespace" = String, Path, description = "The namespace")),
    request_body = NewCoupon,
    responses(
        (status = 201, description = "Made", body = Coupon),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner of the namespace", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher of the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The code is taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/publishers/{namespace}/coupons")]
pub(super) async fn create_coupon(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewCoupon>,
) -> Result<HttpResponse, Problem> {
    let namespace = namespace(&path)?;
    actor.owner_of(&namespace)?;
    let coupon = market::create_coupon(&state.ports, &actor, &namespace, body.read()?).await?;
    Ok(HttpResponse::Created().json(Coupon::from(&coupon)))
}

/// List a publisher's coupons
///
/// For its owners, members with the role billing, and operators.
#[utoipa::path(
    tag = "market",
    params(("namespace" = String, Path, description = "The namespace")),
    responses(
        (status = 200, description = "The coupons", body = CouponList),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such publisher of the caller's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/publishers/{namespace}/coupons")]
pub(super) async fn list_coupons(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<CouponList>, Problem> {
    let found = market::coupons_of(&state.ports, &actor, &namespace(&path)?).await?;
    Ok(web::Json(CouponList { coupons: found.iter().map(Coupon::from).collect() }))
}
