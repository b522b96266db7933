//! The provider's endpoints. Sources: OpenID Connect Discovery 1.0 and Core 1.0, RFC 6749, RFC 7636.

use std::collections::BTreeMap;
use std::sync::Mutex;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

use super::{CLIENT_ID, Grant, RUN_SECRET, Shared, lock, token};

type Parameters = BTreeMap<String, String>;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/.well-known/openid-configuration", web::get().to(document))
        .route("/keys", web::get().to(keys))
        .route("/authorize", web::get().to(authorize))
        .route("/token", web::post().to(exchange))
        .route("/me", web::get().to(user_info))
        .route("/actions/token", web::get().to(run_token));
}

async fn document(shared: web::Data<Mutex<Shared>>) -> HttpResponse {
    let mut shared = lock(&shared);
    if shared.is_down {
        return HttpResponse::ServiceUnavailable().finish();
    }
    shared.documents += 1;
    let url = &shared.url;
    HttpResponse::Ok().json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/me"),
        "jwks_uri": format!("{url}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
    }))
}

async fn keys(shared: web::Data<Mutex<Shared>>) -> HttpResponse {
    let shared = lock(&shared);
    let keys: Vec<Value> = shared.keys.iter().map(|(name, key)| token::jwk(name, key)).collect();
    HttpResponse::Ok().json(json!({ "keys": keys }))
}

async fn authorize(shared: web::Data<Mutex<Shared>>, request: HttpRequest) -> HttpResponse {
    let asked = parameters(request.query_string().as_bytes());
    let get = |name: &str| asked.get(name).cloned().unwrap_or_default();
    for (name, expected) in [("response_type", "code"), ("client_id", CLIENT_ID), ("code_challenge_method", "S256")] {
        if get(name) != expected {
            return HttpResponse::BadRequest().body(format!("{name} is not {expected}"));
        }
    }
    if !["openid", "email", "profile"].iter().all(|scope| get("scope").split(' ').any(|asked| asked == *scope)) {
        return HttpResponse::BadRequest().body("a scope is missing");
    }
    let mut shared = lock(&shared);
    shared.made += 1;
    let code = format!("code {}", shared.made);
    let grant = Grant {
        user: shared.user.clone(),
        redirect_uri: get("redirect_uri"),
        challenge: get("code_challenge"),
        nonce: get("nonce"),
    };
    let mut back = Url::parse(&grant.redirect_uri).expect("an address");
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", &get("state"))
        .append_pair("iss", &shared.url);
    shared.grants.insert(code, grant);
    HttpResponse::SeeOther().insert_header(("location", back.as_str())).finish()
}

async fn exchange(shared: web::Data<Mutex<Shared>>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let asked = parameters(&body);
    let get = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let mut shared = lock(&shared);
    if shared.is_down {
        return HttpResponse::ServiceUnavailable().finish();
    }
    let shown = basic(&request);
    let is_client = match shared.secret {
        Some(secret) => shown == Some((CLIENT_ID.to_owned(), secret.to_owned())),
        None => shown.is_none() && get("client_id") == CLIENT_ID,
    };
    if !is_client {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    // A code is good once.
    let Some(grant) = shared.grants.remove(&get("code")) else {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(get("code_verifier")));
    if challenge != grant.challenge
        || get("redirect_uri") != grant.redirect_uri
        || get("grant_type") != "authorization_code"
    {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    let access = format!("access-{}", shared.made);
    let id_token = token::id_token(&shared, &grant.user, &grant.nonce);
    shared.tokens.insert(access.clone(), grant.user);
    HttpResponse::Ok().json(json!({
        "access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": id_token,
    }))
}

async fn user_info(shared: web::Data<Mutex<Shared>>, request: HttpRequest) -> HttpResponse {
    let shown = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let shared = lock(&shared);
    match shown.strip_prefix("Bearer ").and_then(|access| shared.tokens.get(access)) {
        Some(user) => HttpResponse::Ok().json(token::person(user, true)),
        None => HttpResponse::Unauthorized().finish(),
    }
}

/// A token of a run, for the audience that it asks for. Source: GitHub's documentation of OpenID Connect in Actions.
async fn run_token(shared: web::Data<Mutex<Shared>>, request: HttpRequest) -> HttpResponse {
    let shown = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = parameters(request.query_string().as_bytes());
    let mut shared = lock(&shared);
    if shown != format!("Bearer {RUN_SECRET}") || asked.get("api-version").is_none_or(|version| version != "2.0") {
        return HttpResponse::Unauthorized().finish();
    }
    shared.made += 1;
    let mut claims = shared.run.clone();
    claims["jti"] = json!(format!("run {}", shared.made));
    claims["aud"] = json!(asked.get("audience"));
    HttpResponse::Ok().json(json!({ "value": token::of_run(&shared, &claims), "count": 1 }))
}

fn refused(status: StatusCode, word: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": word }))
}

fn parameters(form: &[u8]) -> Parameters {
    form_urlencoded::parse(form).into_owned().collect()
}

/// Name and secret of a client: form-encoded each, then Base64. Source: RFC 6749, 2.3.1.
fn basic(request: &HttpRequest) -> Option<(String, String)> {
    let shown = request.headers().get("authorization")?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(shown).ok()?).ok()?;
    let (name, secret) = text.split_once(':')?;
    let decode = |text: &str| form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned());
    Some((decode(name)?, decode(secret)?))
}
