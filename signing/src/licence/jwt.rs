//! A licence as a JSON Web Token (RFC 7519), signed with EdDSA (RFC 8037).
//!
//! | claim | what | | claim | what |
//! |---|---|---|---|---|
//! | `iss` | the registry | | `versions` | requirement on versions |
//! | `sub` | the tenant | | `features` | names, sorted |
//! | `jti` | the licence's id | | `seats` | a number, if limited |
//! | `iat` | when it was signed | | `kind` | [`super::Kind`] |
//! | `nbf` | since when it is in force | | `until` | until when, if it ends |
//! | `exp` | the end of a lease, in no other | | `grace`, `read_only`, `retained` | seconds |
//! | `module` | `namespace/name` | | | |
//!
//! Instants are seconds since 1970 (`NumericDate`). A header or a claim that is not listed here is refused: it might restrict
//! what is allowed, and unknown means no.

use std::collections::BTreeSet;

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode, errors::ErrorKind,
};
use semver::VersionReq;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{Authority, Kind, Licence, LicenceError, LicenceId, State, Step, TermsError, next_step, state};
use crate::{
    key::{KeyId, SecretKey},
    log::KeyName,
    name::{ModuleId, TenantId},
    utc::UtcSecond,
};

/// Longest token read, in bytes: one with as many and as long features as may be has some 8,000. Stops a server that sends
/// without end.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// Longest lease: for as long as an agent may go on without its registry, and for as long as a revocation can be kept from it.
pub const MAX_LEASE: Duration = Duration::days(31);

/// `typ` of a licence.
const LICENCE_TYP: &str = "adx-licence+jwt";
/// `typ` of a lease.
const LEASE_TYP: &str = "adx-lease+jwt";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: KeyName,
    sub: TenantId,
    jti: LicenceId,
    iat: i64,
    nbf: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    module: ModuleId,
    versions: VersionReq,
    features: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seats: Option<u32>,
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    grace: u64,
    read_only: u64,
    retained: u64,
}

/// A licence whose signature was checked. Only [`verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    licence: Licence,
    issued: UtcSecond,
    lease_until: Option<UtcSecond>,
    key: KeyId,
}

impl Verified {
    /// The licence as it was agreed on.
    pub const fn licence(&self) -> &Licence {
        &self.licence
    }

    /// When it was signed.
    pub const fn issued(&self) -> UtcSecond {
        self.issued
    }

    /// When the lease ends that it came in; none where it is the licence itself.
    pub const fn lease_until(&self) -> Option<UtcSecond> {
        self.lease_until
    }

    /// The key that signed.
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// The licence as far as this token proves it: one whose lease is not renewed ends with it, by the same steps.
    pub fn proven(&self) -> Licence {
        let until = self.licence.until.into_iter().chain(self.lease_until).min();
        Licence { until, ..self.licence.clone() }
    }

    /// Where it stands, as far as this token proves it.
    pub fn state(&self, now: UtcSecond, revoked: Option<UtcSecond>) -> State {
        state(&self.proven(), now, revoked)
    }

    /// What comes next, as far as this token proves it.
    pub fn next_step(&self, now: UtcSecond, revoked: Option<UtcSecond>) -> Option<Step> {
        next_step(&self.proven(), now, revoked)
    }
}

impl Licence {
    /// Signs the licence itself.
    ///
    /// # Errors
    /// [`LicenceError::Terms`] for terms that nobody would read.
    pub fn sign(&self, issued: UtcSecond, key: &SecretKey) -> Result<String, LicenceError> {
        self.token(issued, None, key)
    }

    /// Signs a lease of it, for [`MAX_LEASE`] at most.
    ///
    /// # Errors
    /// [`LicenceError::Terms`] for terms that nobody would read.
    pub fn lease(&self, issued: UtcSecond, until: UtcSecond, key: &SecretKey) -> Result<String, LicenceError> {
        self.token(issued, Some(until), key)
    }

    fn token(&self, issued: UtcSecond, exp: Option<UtcSecond>, key: &SecretKey) -> Result<String, LicenceError> {
        self.check()?;
        check_lease(issued, exp)?;
        let claims = Claims {
            iss: self.registry.clone(),
            sub: self.tenant.clone(),
            jti: self.id,
            iat: issued.unix_seconds(),
            nbf: self.from.unix_seconds(),
            exp: exp.map(UtcSecond::unix_seconds),
            module: self.module.clone(),
            versions: self.versions.clone(),
            features: self.features.clone(),
            seats: self.seats,
            kind: self.kind,
            until: self.until.map(UtcSecond::unix_seconds),
            grace: self.grace,
            read_only: self.read_only,
            retained: self.retained,
        };
        let der = key.to_pkcs8_der()?;
        let typ = if exp.is_some() { LEASE_TYP } else { LICENCE_TYP };
        encode(&header(typ, &key.public().id()), &claims, &EncodingKey::from_ed_der(der.as_bytes()))
            .map_err(|error| LicenceError::Malformed { reason: error.to_string() })
    }
}

/// Reads a licence or a lease and checks that a key of the registry signed it, byte for byte. Whether it is in force, or for
/// whom, is for the caller to look at.
///
/// # Errors
/// [`LicenceError`] for anything that is not exactly what [`Licence::sign`] or [`Licence::lease`] writes with a key of `authority`.
pub fn verify(token: &str, authority: &Authority) -> Result<Verified, LicenceError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(LicenceError::TooLarge { length: token.len() });
    }
    let found = decode_header(token).map_err(unread)?;
    let typ = match found.typ.as_deref() {
        Some(LICENCE_TYP) => LICENCE_TYP,
        Some(LEASE_TYP) => LEASE_TYP,
        _ => return Err(LicenceError::Header("its `typ` is neither a licence's nor a lease's")),
    };
    if found.alg != Algorithm::EdDSA {
        return Err(LicenceError::Header("its `alg` is not EdDSA"));
    }
    let kid = found.kid.as_deref().and_then(|kid| kid.parse::<KeyId>().ok());
    let kid = kid.ok_or(LicenceError::Header("its `kid` is not the id of a key"))?;
    if found != header(typ, &kid) {
        return Err(LicenceError::Header("it has more than `typ`, `alg` and `kid`"));
    }
    let key = authority.key(&kid).ok_or(LicenceError::UnknownKey { key: kid })?;

    // Which instants count is for `state` to say, by a clock that is given: this one looks at signature and form.
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims =
        decode::<Claims>(token, &DecodingKey::from_ed_der(key.as_bytes()), &validation).map_err(unread)?.claims;
    let verified = verified(claims, kid)?;
    if verified.lease_until.is_some() != (typ == LEASE_TYP) {
        return Err(LicenceError::Header("a lease has an end, and a licence none"));
    }
    if verified.licence.registry != authority.registry {
        let (found, expected) = (verified.licence.registry, authority.registry.clone());
        return Err(LicenceError::OtherRegistry { found, expected });
    }
    Ok(verified)
}

fn verified(claims: Claims, key: KeyId) -> Result<Verified, LicenceError> {
    let licence = Licence {
        id: claims.jti,
        registry: claims.iss,
        tenant: claims.sub,
        module: claims.module,
        versions: claims.versions,
        features: claims.features,
        seats: claims.seats,
        kind: claims.kind,
        from: instant(claims.nbf)?,
        until: claims.until.map(instant).transpose()?,
        grace: claims.grace,
        read_only: claims.read_only,
        retained: claims.retained,
    };
    licence.check()?;
    let (issued, lease_until) = (instant(claims.iat)?, claims.exp.map(instant).transpose()?);
    check_lease(issued, lease_until)?;
    Ok(Verified { licence, issued, lease_until, key })
}

fn header(typ: &str, kid: &KeyId) -> Header {
    Header { typ: Some(typ.to_owned()), kid: Some(kid.to_string()), ..Header::new(Algorithm::EdDSA) }
}

fn check_lease(issued: UtcSecond, until: Option<UtcSecond>) -> Result<(), TermsError> {
    match until {
        Some(until) if until <= issued || until > issued.after(MAX_LEASE) => {
            Err(TermsError::Lease { issued, until, maximum: MAX_LEASE.whole_seconds() })
        }
        _ => Ok(()),
    }
}

fn instant(seconds: i64) -> Result<UtcSecond, LicenceError> {
    let time = OffsetDateTime::from_unix_timestamp(seconds).map(UtcSecond::from).ok();
    // Held within the years that can be written: one outside of them is none.
    time.filter(|time| time.unix_seconds() == seconds)
        .ok_or_else(|| LicenceError::Malformed { reason: format!("{seconds} is no instant") })
}

fn unread(error: jsonwebtoken::errors::Error) -> LicenceError {
    match error.kind() {
        ErrorKind::InvalidSignature => LicenceError::Signature,
        _ => LicenceError::Malformed { reason: error.to_string() },
    }
}
