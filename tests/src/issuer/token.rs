//! ID tokens, right ones and forged ones. Sources: RFC 7515, RFC 8037.

use adx_registry::world::SystemClock;
use adx_registry_core::ports::Clock as _;
use adx_signing::key::SecretKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{CLIENT_ID, CLIENT_SECRET, Shared, User};
use crate::stage::random;

/// How a token is not what it should be.
#[derive(Clone, Debug, Default)]
pub struct Forgery {
    /// Claims in the place of the right ones; `null` leaves one out.
    pub claims: Vec<(&'static str, Value)>,
    /// What it is signed with.
    pub signature: Signature,
}

/// What a token is signed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signature {
    /// The provider's key.
    #[default]
    Right,
    /// Nothing: `alg` is `none`.
    None,
    /// The client's secret: `alg` is `HS256`.
    Secret,
    /// What everybody knows of the provider's key, as a secret: `alg` is `HS256`.
    PublicKeyAsSecret,
    /// A key that nobody knows, under the name of the provider's.
    OtherKey,
    /// A key that nobody knows, under a name of its own.
    UnknownKey,
}

/// What a person is, in claims.
pub(super) fn person(user: &User, tells_all: bool) -> Value {
    let mut claims = json!({ "sub": user.subject });
    if tells_all {
        for (name, value) in
            [("email", json!(user.email)), ("email_verified", json!(user.is_verified)), ("name", json!(user.name))]
        {
            if !value.is_null() {
                claims[name] = value;
            }
        }
    }
    claims
}

/// A key as it is published.
pub(super) fn jwk(name: &str, key: &SecretKey) -> Value {
    let x = URL_SAFE_NO_PAD.encode(key.public().as_bytes());
    json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": name, "use": "sig", "alg": "EdDSA" })
}

pub(super) fn id_token(shared: &Shared, user: &User, nonce: &str) -> String {
    let now = SystemClock.now().unix_timestamp();
    let mut claims = person(user, shared.tells_in_token);
    for (name, value) in [
        ("iss", json!(shared.url)),
        ("aud", json!(CLIENT_ID)),
        ("exp", json!(now + 60)),
        ("iat", json!(now)),
        ("nonce", json!(nonce)),
    ]
    .into_iter()
    .chain(shared.forgery.claims.clone())
    {
        claims[name] = value;
    }
    claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    sign(shared, &claims)
}

/// A token of a run.
pub(super) fn of_run(shared: &Shared, claims: &Value) -> String {
    let now = SystemClock.now().unix_timestamp();
    let mut all = json!({ "iss": shared.url, "sub": "a run", "iat": now, "nbf": now - 5, "exp": now + 300 });
    for (name, value) in claims.as_object().expect("an object") {
        all[name] = value.clone();
    }
    all.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    sign(shared, &all)
}

/// Claims in a token that is signed as the provider signs now.
pub(super) fn sign(shared: &Shared, claims: &Value) -> String {
    let name = shared.signs_with.as_str();
    let key = &shared.keys[name];
    let signature = shared.forgery.signature;
    let header = match signature {
        Signature::Right | Signature::OtherKey => json!({ "alg": "EdDSA", "kid": name }),
        Signature::UnknownKey => json!({ "alg": "EdDSA", "kid": "nobody's" }),
        Signature::None => json!({ "alg": "none" }),
        Signature::Secret => json!({ "alg": "HS256" }),
        Signature::PublicKeyAsSecret => json!({ "alg": "HS256", "kid": name }),
    };
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    let bytes = match signature {
        Signature::Right => key.sign(signed.as_bytes()).to_vec(),
        Signature::OtherKey | Signature::UnknownKey => {
            SecretKey::generate(&mut random()).sign(signed.as_bytes()).to_vec()
        }
        Signature::None => Vec::new(),
        Signature::Secret => mac(CLIENT_SECRET.as_bytes(), &signed),
        Signature::PublicKeyAsSecret => mac(key.public().as_bytes(), &signed),
    };
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
