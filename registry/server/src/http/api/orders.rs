//! `/api/v1/quotes` and `/api/v1/orders`: what is ordered, and what becomes of it.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use adx_registry_core::{
    Id,
    market::{self, MarketError, Operation, order},
    operator_scope::OperatorScope,
};

use crate::http::{
    caller::Caller,
    dto::{NewOrder, NewPayment, NewRefund, Order, OrderDetail, OrderList, OrderQuote, OrderReason, OrdersQuery},
    input::{JsonBody, Query, cursor},
    problem::{Problem, ProblemBody},
    state::State,
};

/// The header whose text makes the same order the same.
const KEY: &str = "idempotency-key";

/// Say what an order would cost
///
/// For the people of the tenant. Nothing is written.
#[utoipa::path(
    tag = "market",
    request_body = NewOrder,
    responses(
        (status = 200, description = "The quote", body = OrderQuote),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such tenant or module of the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Not possible now", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/quotes")]
pub(super) async fn quote_order(
    state: web::Data<State>,
    Caller(actor): Caller,
    JsonBody(body): JsonBody<NewOrder>,
) -> Result<web::Json<OrderQuote>, Problem> {
    actor.somebody()?;
    let quoted = market::quote_order(&state.ports, &actor, &body.read()?).await?;
    Ok(web::Json(OrderQuote::from(&quoted)))
}

/// Order a module
///
/// For the people of the tenant. Owners buy; members with the role billing buy up to the spending cap; whoever else asks for it, and those who may buy are told by mail. The same order under the same `Idempotency-Key` is the same order.
#[utoipa::path(
    tag = "market",
    params(("Idempotency-Key" = String, Header, description = "A text of up to 100 characters that this order alone has")),
    request_body = NewOrder,
    responses(
        (status = 201, description = "Ordered, or ordered before", body = Order),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such tenant or module of the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Not possible now", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/orders")]
pub(super) async fn place_order(
    state: web::Data<State>,
    Caller(actor): Caller,
    request: HttpRequest,
    JsonBody(body): JsonBody<NewOrder>,
) -> Result<HttpResponse, Problem> {
    actor.somebody()?;
    let new = body.read()?;
    let tenant = market::tenant(&state.ports, &actor, &new.tenant).await?;
    let key = request.headers().get(KEY).and_then(|key| key.to_str().ok());
    let key = key.ok_or_else(|| Problem::bad_request("the header `Idempotency-Key` is missing"))?;
    let key = key.parse().map_err(MarketError::Text)?;
    let placed = market::place_order(&state.ports, &actor, &new, key).await?;
    state.commits.announce_work();
    Ok(HttpResponse::Created().json(Order::of(&placed, &tenant)))
}

/// List orders
///
/// Operators only. In the order they were placed, 100 a page; those that wait for their money unless `state` says otherwise.
#[utoipa::path(
    tag = "market",
    params(OrdersQuery),
    responses(
        (status = 200, description = "The orders", body = OrderList),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["orders"]), ("session" = [])),
)]
#[get("/orders")]
pub(super) async fn list_orders(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<OrdersQuery>,
) -> Result<web::Json<OrderList>, Problem> {
    actor.operator_sees(OperatorScope::Orders)?;
    let order_state = query.state.as_deref().map_or(Ok(order::OrderState::Pending), str::parse);
    let order_state = order_state.map_err(|error: order::UnknownOrderState| Problem::bad_request(error.to_string()))?;
    let after = cursor("after", query.after.as_deref())?;
    let found = market::orders(&state.ports, &actor, order_state, after).await?;
    Ok(web::Json(OrderList::from(&found)))
}

/// Show an order
///
/// For the people of its tenant, and operators: with what happened, its invoices, and what is to be done to pay it.
#[utoipa::path(
    tag = "market",
    params(("id" = String, Path, description = "The id of the order")),
    responses(
        (status = 200, description = "The order", body = OrderDetail),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such order of the caller's", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])),
)]
#[get("/orders/{id}")]
pub(super) async fn get_order(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<OrderDetail>, Problem> {
    actor.somebody()?;
    let page = market::look_at_order(&state.ports, &actor, order_id(&path)?).await?;
    Ok(web::Json(OrderDetail::from(&page)))
}

/// Approve an order
///
/// What somebody asked for is bought. For owners, and up to the spending cap for the role billing.
#[utoipa::path(
    tag = "market",
    params(("id" = String, Path, description = "The id of the order")),
    responses(
        (status = 200, description = "What it is now", body = OrderDetail),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such order of the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Not possible now", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/orders/{id}/approve")]
pub(super) async fn approve_order(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<OrderDetail>, Problem> {
    actor.somebody()?;
    let placed = market::approve_order(&state.ports, &actor, order_id(&path)?).await?;
    state.commits.announce_work();
    show(&state, &actor, placed.order.id).await
}

/// Refuse an order
///
/// What somebody asked for is not bought. For owners and the role billing.
#[utoipa::path(
    tag = "market",
    params(("id" = String, Path, description = "The id of the order")),
    request_body = OrderReason,
    responses(
        (status = 200, description = "What it is now", body = OrderDetail),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such order of the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Not possible now", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/orders/{id}/refuse")]
pub(super) async fn refuse_order(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<OrderReason>,
) -> Result<web::Json<OrderDetail>, Problem> {
    actor.somebody()?;
    let id = order_id(&path)?;
    // Before what is sent is read: strangers are not told whether it is there.
    market::look_at_order(&state.ports, &actor, id).await?;
    let placed = market::refuse_order(&state.ports, &actor, id, &body.reason.parse()?).await?;
    state.commits.announce_work();
    show(&state, &actor, placed.order.id).await
}

/// Cancel an order
///
/// One that waits ends at once, a subscription with what was paid for. For owners and the role billing, and for whoever asked for it as long as nobody has approved it.
#[utoipa::path(
    tag = "market",
    params(("id" = String, Path, description = "The id of the order")),
    responses(
        (status = 200, description = "What it is now", body = OrderDetail),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The role does not allow it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such order of the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Not possible now", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [], "csrf" = [])),
)]
#[post("/orders/{id}/cancel")]
pub(super) async fn cancel_order(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<OrderDetail>, Problem> {
    actor.somebody()?;
    let placed = market::cancel_order(&state.ports, &actor, order_id(&path)?).await?;
    state.commits.announce_work();
    show(&state, &actor, placed.order.id).await
}

/// Note that an order was paid
///
/// Operators only: what the bank says. The same reference again is the same payment.
#[utoipa::path(
    tag = "market",
    params(("id" = String, Path, description = "The id of the order")),
    request_body = NewPayment,
    responses(
        (status = 200, description = "What it is now", body = OrderDetail),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such order of the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Not possible now", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["orders"]), ("session" = [], "csrf" = [])),
)]
#[post("/orders/{id}/paid")]
pub(super) async fn pay_order(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewPayment>,
) -> Result<web::Json<OrderDetail>, Problem> {
    actor.operator(OperatorScope::Orders)?;
    let operation = Operation::Paid {
        reference: body.reference.parse().map_err(MarketError::Text)?,
        amount: body.amount.map(|amount| amount.read()).transpose()?,
    };
    let placed = market::operate(&state.ports, &actor, order_id(&path)?, &operation).await?;
    state.commits.announce_work();
    show(&state, &actor, placed.order.id).await
}

/// Decline an order
///
/// Operators only: one that was not paid.
#[utoipa::path(
    tag = "market",
    params(("id" = String, Path, description = "The id of the order")),
    request_body = OrderReason,
    responses(
        (status = 200, description = "What it is now", body = OrderDetail),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such order of the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Not possible now", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["orders"]), ("session" = [], "csrf" = [])),
)]
#[post("/orders/{id}/decline")]
pub(super) async fn decline_order(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<OrderReason>,
) -> Result<web::Json<OrderDetail>, Problem> {
    actor.operator(OperatorScope::Orders)?;
    let operation = Operation::Decline(body.reason.parse()?);
    let placed = market::operate(&state.ports, &actor, order_id(&path)?, &operation).await?;
    state.commits.announce_work();
    show(&state, &actor, placed.order.id).await
}

/// Note that the money of an order goes back
///
/// Operators only. Its licence is revoked. The same reference again is the same refund.
#[utoipa::path(
    tag = "market",
    params(("id" = String, Path, description = "The id of the order")),
    request_body = NewRefund,
    responses(
        (status = 200, description = "What it is now", body = OrderDetail),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such order of the caller's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Not possible now", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["orders"]), ("session" = [], "csrf" = [])),
)]
#[post("/orders/{id}/refund")]
pub(super) async fn refund_order(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewRefund>,
) -> Result<web::Json<OrderDetail>, Problem> {
    actor.operator(OperatorScope::Orders)?;
    let operation = Operation::Refund {
        reference: body.reference.parse().map_err(MarketError::Text)?,
        reason: body.reason.parse()?,
    };
    let placed = market::operate(&state.ports, &actor, order_id(&path)?, &operation).await?;
    state.commits.announce_work();
    show(&state, &actor, placed.order.id).await
}

async fn show(
    state: &State,
    actor: &adx_registry_core::actor::Actor,
    id: Id<order::Order>,
) -> Result<web::Json<OrderDetail>, Problem> {
    let page = market::look_at_order(&state.ports, actor, id).await?;
    Ok(web::Json(OrderDetail::from(&page)))
}

pub(super) fn order_id(text: &str) -> Result<Id<order::Order>, Problem> {
    text.parse().map_err(|_| MarketError::NoOrder.into())
}
