//! Licences: what a tenant may do with a module, signed by its registry and verified without a network.
//!
//! A [`Licence`] has two text forms: a JSON Web Token ([`jwt`], RFC 7519, EdDSA by RFC 8037), and a file with readable lines
//! around that token for tenants without a network ([`armour`]). A **lease** is a licence in a short-lived token, which agents
//! with a network renew. What a licence allows at an instant is its [`State`]; whose signature counts, and what was revoked,
//! agents learn from the registry's signed metadata ([`Authority`]).
//!
//! Nothing here reads a clock: the instant is given, and what is verified is the signature and the form, never whether the
//! licence is in force.

pub mod armour;
mod authority;
mod error;
mod id;
pub mod jwt;
mod state;

use std::{collections::BTreeSet, fmt, str::FromStr};

use semver::{Comparator, Op, Version, VersionReq};
use serde::{Deserialize, Serialize};
use time::Duration;

pub use self::{
    authority::{Authority, LicenceKey, RevokedLicence},
    error::{LicenceError, TermsError},
    id::{LicenceId, LicenceIdError},
    jwt::{Verified, verify},
    state::{Action, State, Step, next_step, state, steps},
};
use crate::{
    log::KeyName,
    name::{ModuleId, TenantId},
    utc::UtcSecond,
};

/// Most features that a licence names.
pub const MAX_FEATURES: usize = 64;
/// Longest name of a feature, in characters.
pub const MAX_FEATURE_CHARS: usize = 64;
/// Longest stretch after the end of a licence that it may set, in seconds: ten years.
pub const MAX_STRETCH_SECONDS: u64 = 10 * 366 * 86_400;
/// Longest version requirement, in bytes of its text.
const MAX_VERSIONS_BYTES: usize = 256;

/// What was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// To try it: ends, and is given once.
    Trial,
    /// For as long as it is paid.
    Subscription,
    /// For ever, for the versions that it names.
    Perpetual,
    /// By use.
    Metered,
    /// Given by the publisher on terms of its own.
    Offer,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Trial, Self::Subscription, Self::Perpetual, Self::Metered, Self::Offer];

    /// The kind as signed documents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Subscription => "subscription",
            Self::Perpetual => "perpetual",
            Self::Metered => "metered",
            Self::Offer => "offer",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = TermsError;

    fn from_str(text: &str) -> Result<Self, TermsError> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        known.ok_or_else(|| TermsError::Kind(text.chars().take(40).flat_map(char::escape_debug).collect()))
    }
}

/// What a tenant may do with a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// Its id, of this licence and no other.
    pub id: LicenceId,
    /// The registry that signs it, by the origin of its log.
    pub registry: KeyName,
    /// Whom it is for.
    pub tenant: TenantId,
    /// The module.
    pub module: ModuleId,
    /// The versions that it covers: `*`, or `<=1.4.2` for what stays after a subscription.
    pub versions: VersionReq,
    /// What of the module it opens, by names that the module's publisher chose.
    pub features: BTreeSet<String>,
    /// How many people may use it, no matter how many where there is none.
    pub seats: Option<u32>,
    /// What was agreed on.
    pub kind: Kind,
    /// Since when.
    pub from: UtcSecond,
    /// Until when, for ever where there is none.
    pub until: Option<UtcSecond>,
    /// Seconds after `until` in which everything works still.
    pub grace: u64,
    /// Seconds after those in which what is there can be read and nothing changed.
    pub read_only: u64,
    /// Seconds after those in which the module stands still and its data are kept.
    pub retained: u64,
}

impl Licence {
    /// Checks what the types do not say.
    ///
    /// # Errors
    /// [`TermsError`] names the term.
    pub fn check(&self) -> Result<(), TermsError> {
        if let Some(until) = self.until.filter(|until| *until <= self.from) {
            return Err(TermsError::EndsBeforeItBegins { from: self.from, until });
        }
        if self.kind == Kind::Trial && self.until.is_none() {
            return Err(TermsError::EndlessTrial);
        }
        if self.seats == Some(0) {
            return Err(TermsError::NoSeats);
        }
        let versions = self.versions.to_string().len();
        if versions > MAX_VERSIONS_BYTES {
            return Err(TermsError::Versions { length: versions, maximum: MAX_VERSIONS_BYTES });
        }
        if self.features.len() > MAX_FEATURES {
            return Err(TermsError::TooManyFeatures(self.features.len()));
        }
        if let Some(feature) = self.features.iter().find(|feature| !is_feature(feature)) {
            let shown = feature.chars().take(MAX_FEATURE_CHARS).flat_map(char::escape_debug).collect();
            return Err(TermsError::Feature(shown));
        }
        let stretches = [("grace", self.grace), ("read_only", self.read_only), ("retained", self.retained)];
        match stretches.into_iter().find(|(_, seconds)| *seconds > MAX_STRETCH_SECONDS) {
            Some((name, seconds)) => Err(TermsError::Stretch { name, seconds }),
            None => Ok(()),
        }
    }

    /// Whether it covers a version. One before a release, `2.0.0-beta.1`, is covered where its release would be.
    pub fn covers(&self, version: &Version) -> bool {
        let release = Version::new(version.major, version.minor, version.patch);
        self.versions.matches(version) || (!version.pre.is_empty() && self.versions.matches(&release))
    }

    /// What stays when a subscription ends whose terms say so: the versions up to `version`, for ever.
    #[must_use]
    pub fn perpetual_fallback(&self, id: LicenceId, version: &Version, from: UtcSecond) -> Self {
        let up_to = Comparator {
            op: Op::LessEq,
            major: version.major,
            minor: Some(version.minor),
            patch: Some(version.patch),
            pre: version.pre.clone(),
        };
        let versions = VersionReq { comparators: vec![up_to] };
        Self { id, versions, kind: Kind::Perpetual, from, until: None, ..self.clone() }
    }

    /// The licence on the same terms for another tenant, from `at` on. The one before it is to be revoked at the same instant:
    /// that is what makes it a transfer and not a copy.
    #[must_use]
    pub fn transferred(&self, id: LicenceId, tenant: TenantId, at: UtcSecond) -> Self {
        Self { id, tenant, from: at.max(self.from), ..self.clone() }
    }

    /// When the last of what it allows is over: never where there is no end.
    fn end_of(&self, stretches: &[u64]) -> Option<UtcSecond> {
        let seconds: u64 = stretches.iter().map(|seconds| (*seconds).min(MAX_STRETCH_SECONDS)).sum();
        self.until.map(|until| until.after(Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX))))
    }
}

/// Lowercase letters and digits, in words parted by one `-`, `_` or `.`.
fn is_feature(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.len() <= MAX_FEATURE_CHARS && text.split(['-', '_', '.']).all(is_word)
}
