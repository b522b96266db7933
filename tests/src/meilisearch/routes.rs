//! The routes that the search adapter uses, and its tests.

use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{Error, HttpRequest, HttpResponse, delete, get, patch, post, web};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::search::{self, Order};
use super::shapes;
use super::store::{Store, Work};

type Answer = Result<HttpResponse, Refusal>;
type Shared = web::Data<Mutex<Store>>;

/// Largest body taken, in bytes: Meilisearch's default is 100 MiB; nothing here is near it.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.app_data(web::PayloadConfig::new(MAX_BODY_BYTES)).service(
        web::scope("")
            .wrap(from_fn(key))
            .service(get_index)
            .service(create_index)
            .service(delete_index)
            .service(change_settings)
            .service(add_documents)
            .service(delete_documents)
            .service(swap_indexes)
            .service(get_task)
            .service(search_documents),
    );
}

/// Asks for the key, on every route.
async fn key(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes) {
        Some(bearer) if bearer == format!("Bearer {}", super::KEY).as_bytes() => next.call(request).await,
        Some(_) => {
            let message = "The provided API key is invalid.";
            Err(Refusal::new(StatusCode::FORBIDDEN, "invalid_api_key", message).into())
        }
        None => {
            let message = "The Authorization header is missing. It must use the bearer authorization method.";
            Err(Refusal::new(StatusCode::UNAUTHORIZED, "missing_authorization_header", message).into())
        }
    }
}

#[get("/indexes/{uid}")]
async fn get_index(store: Shared, uid: web::Path<String>) -> Answer {
    let uid = index_uid(&uid)?;
    let store = lock(&store);
    let index = store.index(uid)?;
    let moment = "2026-01-01T00:00:00Z";
    Ok(HttpResponse::Ok().json(json!({
        "uid": uid,
        "primaryKey": index.primary_key,
        "createdAt": moment,
        "updatedAt": moment,
    })))
}

#[post("/indexes")]
async fn create_index(store: Shared, request: HttpRequest, body: web::Bytes) -> Answer {
    let body = json_body(&request, &body)?;
    shapes::check(&body, shapes::INDEX)?;
    let Some(uid) = body["uid"].as_str() else {
        return Err(Refusal::invalid("missing_index_uid", "Missing field `uid`"));
    };
    let primary_key = body["primaryKey"].as_str().map(str::to_owned);
    Ok(accepted(&store, index_uid(uid)?, Work::CreateIndex { primary_key }))
}

#[delete("/indexes/{uid}")]
async fn delete_index(store: Shared, uid: web::Path<String>) -> Answer {
    Ok(accepted(&store, index_uid(&uid)?, Work::DeleteIndex))
}

#[post("/swap-indexes")]
async fn swap_indexes(store: Shared, request: HttpRequest, body: web::Bytes) -> Answer {
    let body = json_body(&request, &body)?;
    let refuse = || Refusal::invalid("invalid_swap_indexes", "Two indexes must be given for each swap.");
    let [swap] = body.as_array().map_or(&[] as &[Value], Vec::as_slice) else {
        return Err(Refusal::not_implemented("other than one swap at once"));
    };
    if swap.as_object().is_none_or(|swap| swap.keys().any(|key| key != "indexes")) {
        return Err(Refusal::not_implemented("swaps that rename"));
    }
    let [one, other] = swap["indexes"].as_array().ok_or_else(refuse)?.as_slice() else { return Err(refuse()) };
    let (one, other) = (one.as_str().ok_or_else(refuse)?, other.as_str().ok_or_else(refuse)?);
    Ok(accepted(&store, index_uid(one)?, Work::SwapIndexes { with: index_uid(other)?.to_owned() }))
}

#[patch("/indexes/{uid}/settings")]
async fn change_settings(store: Shared, uid: web::Path<String>, request: HttpRequest, body: web::Bytes) -> Answer {
    let body = json_body(&request, &body)?;
    shapes::check(&body, shapes::SETTINGS)?;
    for rule in body["rankingRules"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let known = ["words", "typo", "proximity", "attribute", "sort", "exactness"];
        if !known.contains(&rule) && Order::parse(rule).is_none() {
            let message = format!(
                "Invalid value at `.rankingRules`: `{rule}` ranking rule is invalid. Valid ranking rules are words, typo, \
                 sort, proximity, attribute, exactness and custom ranking rules."
            );
            return Err(Refusal::invalid("invalid_settings_ranking_rules", message));
        }
    }
    let typos = &body["typoTolerance"]["minWordSizeForTypos"];
    if let (Some(one), Some(two)) = (typos["oneTypo"].as_u64(), typos["twoTypos"].as_u64())
        && !(one <= two && two <= 255)
    {
        let message = format!(
            "Invalid value at `.typoTolerance.minWordSizeForTypos`: `minWordSizeForTypos` setting is invalid. `oneTypo` \
             and `twoTypos` fields should be between `0` and `255`, and `twoTypos` should be greater or equals to \
             `oneTypo` but found `oneTypo: {one}` and twoTypos: {two}`."
        );
        return Err(Refusal::invalid("invalid_settings_typo_tolerance", message));
    }
    Ok(accepted(&store, index_uid(&uid)?, Work::ChangeSettings { body }))
}

#[post("/indexes/{uid}/documents")]
async fn add_documents(store: Shared, uid: web::Path<String>, request: HttpRequest, body: web::Bytes) -> Answer {
    let documents = match json_body(&request, &body)? {
        Value::Array(documents) => documents,
        document => vec![document],
    };
    let mut primary_key = None;
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        match &*name {
            "primaryKey" => primary_key = Some(value.into_owned()),
            "csvDelimiter" | "customMetadata" | "skipCreation" => return Err(Refusal::not_implemented(&name)),
            _ => {
                let message = format!("Unknown parameter `{name}`: expected one of `primaryKey`, `csvDelimiter`");
                return Err(Refusal::invalid("bad_request", message));
            }
        }
    }
    Ok(accepted(&store, index_uid(&uid)?, Work::AddDocuments { documents, primary_key }))
}

#[post("/indexes/{uid}/documents/delete-batch")]
async fn delete_documents(store: Shared, uid: web::Path<String>, request: HttpRequest, body: web::Bytes) -> Answer {
    let body = json_body(&request, &body)?;
    let key = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        value => Err(Refusal::invalid("bad_request", format!("Document identifier `{value}` is invalid."))),
    };
    let Value::Array(keys) = &body else {
        return Err(Refusal::invalid("bad_request", "Json deserialize error: invalid type, expected a sequence"));
    };
    let keys = keys.iter().map(key).collect::<Result<_, _>>()?;
    Ok(accepted(&store, index_uid(&uid)?, Work::DeleteDocuments { keys }))
}

#[get("/tasks/{uid}")]
async fn get_task(store: Shared, uid: web::Path<String>) -> Answer {
    let message = format!("Invalid value in parameter `task_uid`: could not parse `{uid}` as a positive integer");
    let uid = uid.parse().map_err(|_| Refusal::invalid("bad_request", message))?;
    Ok(HttpResponse::Ok().json(lock(&store).task(uid)?))
}

#[post("/indexes/{uid}/search")]
async fn search_documents(store: Shared, uid: web::Path<String>, request: HttpRequest, body: web::Bytes) -> Answer {
    let body = json_body(&request, &body)?;
    shapes::check(&body, shapes::SEARCH)?;
    let store = lock(&store);
    Ok(HttpResponse::Ok().json(search::search(store.index(index_uid(&uid)?)?, &body)?))
}

fn accepted(store: &Shared, uid: &str, work: Work) -> HttpResponse {
    HttpResponse::Accepted().json(lock(store).enqueue(uid, work))
}

fn index_uid(uid: &str) -> Result<&str, Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !uid.is_empty() && uid.len() <= 400 && uid.bytes().all(allowed) {
        return Ok(uid);
    }
    let message = format!(
        "`{uid}` is not a valid index uid. Index uid can be an integer or a string containing only alphanumeric \
         characters, hyphens (-) and underscores (_), and can not be more than 400 bytes."
    );
    Err(Refusal::invalid("invalid_index_uid", message))
}

fn json_body(request: &HttpRequest, body: &[u8]) -> Result<Value, Refusal> {
    let unsupported = |code, message: String| Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, message);
    let accepted = "Accepted values for the Content-Type header are: `application/json`";
    let Some(kind) = request.headers().get(CONTENT_TYPE) else {
        return Err(unsupported("missing_content_type", format!("A Content-Type header is missing. {accepted}")));
    };
    if kind.as_bytes() != b"application/json" {
        let message = format!("The Content-Type `{}` is invalid. {accepted}", kind.as_bytes().escape_ascii());
        return Err(unsupported("invalid_content_type", message));
    }
    if body.is_empty() {
        return Err(Refusal::invalid("missing_payload", "A json payload is missing."));
    }
    let malformed = |error| format!("The json payload provided is malformed. `{error}`.");
    serde_json::from_slice(body).map_err(|error| Refusal::invalid("malformed_payload", malformed(error)))
}

fn lock(store: &Shared) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}
