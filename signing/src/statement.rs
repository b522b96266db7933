//! What a publisher signs: an in-toto statement that ties a package's digest to a release.
//! Source: <https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md>

use std::{collections::BTreeMap, ops::Deref};

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    envelope::{Envelope, EnvelopeError},
    key::{KeyId, PublicKey, SecretKey},
    name::ModuleId,
};

/// The DSSE payload type of an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The predicate of a release.
pub const PREDICATE_TYPE: &str = "https://adx-core.dev/attestations/release/v1";
/// The version of the statement itself.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// A release as its publisher describes it: the predicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Which module.
    pub module: ModuleId,
    /// Which version of it.
    pub version: Version,
    /// The permissions the manifest asks for, required and optional, as text; sorted when signed.
    pub permissions: Vec<String>,
    /// The digest of `sbom.cdx.json`, if the package has one.
    pub sbom_sha256: Option<Digest>,
}

/// A statement whose subject is one package and whose predicate is its [`Release`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseStatement {
    /// The package's flat name, [`ModuleId::target_name`].
    pub subject_name: String,
    /// The digest of the package's bytes.
    pub sha256: Digest,
    /// What is released.
    pub release: Release,
}

/// Why an envelope is not the proof of a release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// The envelope itself: unsigned, by a foreign key, malformed.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A signed payload of another kind, replayed here.
    #[error("the envelope holds `{found}`, a release is `{PAYLOAD_TYPE}`: sign the release with `adx publish`")]
    PayloadType {
        /// The payload type found.
        found: String,
    },
    /// Not JSON of an in-toto statement.
    #[error("the signed statement cannot be read ({reason}): sign again with `adx publish`")]
    Json {
        /// What the parser said.
        reason: String,
    },
    /// Another version of the statement format.
    #[error("the statement is of type `{found}`, only `{STATEMENT_TYPE}` is understood")]
    StatementType {
        /// The type found.
        found: String,
    },
    /// A statement that says something else.
    #[error("the statement's predicate is `{found}`, a release is `{PREDICATE_TYPE}`")]
    PredicateType {
        /// The predicate type found.
        found: String,
    },
    /// A release names one package, no more and no less.
    #[error("the statement has {count} subjects, a release has exactly one: sign each package by itself")]
    Subjects {
        /// How many there are.
        count: usize,
    },
    /// The subject carries no sha256.
    #[error("the statement's subject `{name}` has no sha256 digest: sign again with `adx publish`")]
    NoDigest {
        /// The subject.
        name: String,
    },
    /// The subject's name and the predicate contradict each other.
    #[error("the statement's subject is `{found}`, but its release is `{expected}`: sign again with `adx publish`")]
    SubjectName {
        /// The subject found.
        found: String,
        /// What the predicate makes it.
        expected: String,
    },
}

/// Something whose proof was checked. Only a verifier of this crate makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T> {
    value: T,
    signed_by: Vec<KeyId>,
}

impl<T> Verified<T> {
    /// For the verifiers of this crate, which name at least one key.
    pub(crate) fn new(value: T, signed_by: Vec<KeyId>) -> Self {
        Self { value, signed_by }
    }

    /// The same evidence for what follows from the value.
    pub(crate) fn map<U>(self, conclude: impl FnOnce(T) -> U) -> Verified<U> {
        Verified { value: conclude(self.value), signed_by: self.signed_by }
    }

    /// The trusted keys that signed, distinct, at least one.
    pub fn signed_by(&self) -> &[KeyId] {
        &self.signed_by
    }

    /// The value, without the evidence.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Signs the release of a package.
#[expect(clippy::missing_panics_doc, reason = "strings always encode")]
pub fn sign_release(release: &Release, package: Digest, key: &SecretKey) -> Envelope {
    let mut permissions = release.permissions.clone();
    permissions.sort();
    permissions.dedup();
    let wire = Wire {
        statement_type: STATEMENT_TYPE.to_owned(),
        subject: vec![Subject { name: release.module.target_name(&release.version), digest: sha256(package) }],
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate {
            module: release.module.clone(),
            version: release.version.clone(),
            permissions,
            sbom: release.sbom_sha256.map(|digest| Sbom { digest: sha256(digest) }),
        },
    };
    let payload = serde_json::to_vec(&wire).expect("strings always encode");
    Envelope::sign(PAYLOAD_TYPE, payload, &[key])
}

/// Checks that one of the keys signed the envelope and that it holds a whole and consistent
/// release. The caller compares [`ReleaseStatement::sha256`] with the package it has.
///
/// # Errors
/// [`ReleaseError`]; nothing of the payload is looked at before the signature holds.
pub fn verify_release(envelope: &Envelope, keys: &[PublicKey]) -> Result<Verified<ReleaseStatement>, ReleaseError> {
    let payload = envelope.verify(keys, 1)?;
    let value = parse(&envelope.payload_type, payload)?;
    Ok(Verified::new(value, envelope.signers(keys).into_iter().map(PublicKey::id).collect()))
}

fn parse(payload_type: &str, payload: &[u8]) -> Result<ReleaseStatement, ReleaseError> {
    if payload_type != PAYLOAD_TYPE {
        return Err(ReleaseError::PayloadType { found: payload_type.to_owned() });
    }
    let json = |error: serde_json::Error| ReleaseError::Json { reason: error.to_string() };
    // The types come first: a statement of another kind is named, not called malformed.
    let kind: Kind = serde_json::from_slice(payload).map_err(json)?;
    if kind.statement_type != STATEMENT_TYPE {
        return Err(ReleaseError::StatementType { found: kind.statement_type });
    }
    if kind.predicate_type != PREDICATE_TYPE {
        return Err(ReleaseError::PredicateType { found: kind.predicate_type });
    }
    let wire: Wire = serde_json::from_slice(payload).map_err(json)?;
    let [subject] = wire.subject.as_slice() else {
        return Err(ReleaseError::Subjects { count: wire.subject.len() });
    };
    let digest_of = |name: &str, digests: &BTreeMap<String, String>| {
        let text = digests.get("sha256").ok_or_else(|| ReleaseError::NoDigest { name: name.into() })?;
        text.parse::<Digest>().map_err(|error| ReleaseError::Json { reason: error.to_string() })
    };
    let sha256 = digest_of(&subject.name, &subject.digest)?;
    let expected = wire.predicate.module.target_name(&wire.predicate.version);
    if subject.name != expected {
        return Err(ReleaseError::SubjectName { found: subject.name.clone(), expected });
    }
    let sbom_sha256 = wire.predicate.sbom.as_ref().map(|sbom| digest_of("sbom", &sbom.digest)).transpose()?;
    Ok(ReleaseStatement {
        subject_name: subject.name.clone(),
        sha256,
        release: Release {
            module: wire.predicate.module,
            version: wire.predicate.version,
            permissions: wire.predicate.permissions,
            sbom_sha256,
        },
    })
}

fn sha256(digest: Digest) -> BTreeMap<String, String> {
    BTreeMap::from([("sha256".to_owned(), digest.to_string())])
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "_type")]
    statement_type: String,
    #[serde(rename = "predicateType")]
    predicate_type: String,
}

/// The JSON. Unknown fields are ignored, as in-toto's parsing rules ask; other digest algorithms
/// may stand beside sha256.
#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(rename = "_type")]
    statement_type: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Predicate,
}

#[derive(Serialize, Deserialize)]
struct Subject {
    name: String,
    digest: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct Predicate {
    module: ModuleId,
    version: Version,
    permissions: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sbom: Option<Sbom>,
}

#[derive(Serialize, Deserialize)]
struct Sbom {
    digest: BTreeMap<String, String>,
}
