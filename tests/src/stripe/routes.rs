//! What stands before `localstripe`: what that lacks, and everything else passed on.

use actix_web::{HttpRequest, HttpResponse, web};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{SECRET_KEY, Session, Shared, Told, lock};
use crate::stage::client;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/told", web::post().to(told))
        .route("/v1/checkout/sessions", web::post().to(open))
        .route("/v1/checkout/sessions/{id}", web::get().to(look))
        .route("/v1/checkout/sessions/{id}/expire", web::post().to(expire))
        .route("/v1/billing_portal/sessions", web::post().to(portal))
        .route("/v1/disputes", web::get().to(disputes))
        .default_service(web::to(pass_on));
}

async fn told(shared: web::Data<Shared>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let signature = request.headers().get("stripe-signature").and_then(|signature| signature.to_str().ok());
    lock(&shared.told).push(Told { signature: signature.unwrap_or_default().to_owned(), body: body.to_vec() });
    HttpResponse::Ok().finish()
}

async fn open(shared: web::Data<Shared>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    show(&shared, &request, &body).await;
    let key = request.headers().get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned();
    let known = lock(&shared.opened).get(&key).cloned();
    let id = known.unwrap_or_else(|| {
        let id = format!("cs_test_{}", lock(&shared.sessions).len() + 1);
        let form = form_urlencoded::parse(&body).into_owned().collect();
        lock(&shared.sessions).insert(id.clone(), Session { form, status: "open", ..Session::default() });
        lock(&shared.opened).insert(key, id.clone());
        id
    });
    shown(&shared, &id)
}

async fn look(shared: web::Data<Shared>, request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    show(&shared, &request, &[]).await;
    shown(&shared, &path)
}

async fn expire(shared: web::Data<Shared>, request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    show(&shared, &request, &[]).await;
    if let Some(session) = lock(&shared.sessions).get_mut(&*path) {
        session.status = "expired";
    }
    shown(&shared, &path)
}

async fn portal(shared: web::Data<Shared>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    show(&shared, &request, &body).await;
    let customer = form_urlencoded::parse(&body).find(|(name, _)| name == "customer");
    let customer = customer.map(|(_, customer)| customer.into_owned()).unwrap_or_default();
    HttpResponse::Ok().json(json!({ "url": format!("https://billing.example/p/session/{customer}") }))
}

async fn disputes(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    show(&shared, &request, &[]).await;
    let payment = form_urlencoded::parse(request.query_string().as_bytes()).find(|(name, _)| name == "payment_intent");
    let payment = payment.map(|(_, payment)| payment.into_owned()).unwrap_or_default();
    let status = lock(&shared.disputes).get(&payment).copied();
    let of_it: Vec<_> = status.into_iter().map(|status| json!({ "object": "dispute", "status": status })).collect();
    HttpResponse::Ok().json(json!({ "object": "list", "data": of_it }))
}

fn shown(shared: &Shared, id: &str) -> HttpResponse {
    let Some(session) = lock(&shared.sessions).get(id).cloned() else {
        let error = json!({ "error": { "type": "invalid_request_error", "message": "No such session" } });
        return HttpResponse::NotFound().json(error);
    };
    let Session { status, payment_intent, subscription, form } = session;
    HttpResponse::Ok().json(json!({
        "id": id, "object": "checkout.session", "url": format!("https://checkout.example/c/pay/{id}"), "status": status,
        "payment_intent": payment_intent, "subscription": subscription, "mode": form.get("mode"),
    }))
}

/// Passes a request on to `localstripe`.
async fn pass_on(shared: web::Data<Shared>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    show(&shared, &request, &body).await;
    let (status, mut answer) = forward(&shared.localstripe, &request, &body).await;
    mend(&shared, &mut answer).await;
    let status = actix_web::http::StatusCode::from_u16(status.as_u16()).expect("a status");
    HttpResponse::build(status).json(answer)
}

/// Says what Stripe would besides: that a payment is disputed, where an invoice is paid, and that the last one was not.
async fn mend(shared: &Shared, answer: &mut Value) {
    match answer["object"].as_str() {
        Some("payment_intent") => {
            let is_disputed = answer["id"].as_str().is_some_and(|id| lock(&shared.disputes).contains_key(id));
            if is_disputed && answer["latest_charge"].is_object() {
                answer["latest_charge"]["disputed"] = json!(true);
            }
        }
        Some("invoice") if answer["status"] == "open" => {
            let id = answer["id"].as_str().unwrap_or_default();
            answer["hosted_invoice_url"] = json!(format!("https://invoice.example/i/{id}"));
        }
        Some("subscription") if answer["status"] == "active" => {
            let last = answer["latest_invoice"].as_str().unwrap_or_default();
            let asked = client().get(format!("{}/v1/invoices/{last}", shared.localstripe)).bearer_auth(SECRET_KEY);
            let invoice: Value = asked.send().await.expect("it answers").json().await.unwrap_or(Value::Null);
            if invoice["status"] == "open" {
                answer["status"] = json!("past_due");
            }
        }
        _ => {}
    }
}

/// Shows a request to `stripe-mock`, and notes what that says against it.
async fn show(shared: &Shared, request: &HttpRequest, body: &[u8]) {
    let Some(mock) = &shared.mock else { return };
    let (status, answer) = forward(mock, request, body).await;
    if !status.is_success() {
        let line = format!("{} {}: {status} {answer}", request.method(), request.uri());
        lock(&shared.refused).push(line);
    }
}

async fn forward(to: &str, request: &HttpRequest, body: &[u8]) -> (StatusCode, Value) {
    let method: Method = request.method().as_str().parse().expect("a method");
    let mut sent = client().request(method, format!("{to}{}", request.uri())).body(body.to_vec());
    for name in ["authorization", "content-type", "stripe-version", "idempotency-key"] {
        if let Some(value) = request.headers().get(name).and_then(|value| value.to_str().ok()) {
            sent = sent.header(name, value);
        }
    }
    let answer = sent.send().await.expect("it answers");
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}
