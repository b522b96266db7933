//! What is kept between going to the provider and coming back: sealed, in the browser, so that no row is made for whoever does not
//! come back.

use adx_signing::digest::Digest;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use time::{Duration, OffsetDateTime};
use url::Url;
use zeroize::Zeroizing;

use super::{AccountError, Code};
use crate::account::{Account, Session};
use crate::ports::{NotOurs, Round};
use crate::{Id, Ports};

/// How long a person may take at the provider.
pub const OPENID_LASTS: Duration = Duration::minutes(10);
/// What keeps these apart from everything else that the vault seals.
const BELONGS_TO: &str = "openid round";
/// Where the provider sends the browser back to, below the registry's address.
const CALLBACK: &str = "api/v1/session/openid/callback";

/// A way to the provider, begun.
#[derive(Debug)]
pub struct BegunOpenId {
    /// Where the browser goes.
    pub address: Url,
    /// What it keeps meanwhile, for [`OPENID_LASTS`].
    pub sealed: String,
}

/// Who was signed in, and where: another session of the account has shown nothing.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Whose {
    pub(super) account: Id<Account>,
    pub(super) session: Id<Session>,
}

/// What somebody goes to the provider for.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    /// To sign in.
    SignIn,
    /// To sign in and become an operator, by the code of the operators' link with this sha256.
    Operate(Digest),
    /// To connect the identity to an account.
    Connect(Whose),
    /// To show to be the person of an account.
    Prove(Whose),
}

impl Purpose {
    /// Whether it is for somebody who is signed in.
    pub(super) const fn is_of_somebody(self) -> bool {
        matches!(self, Self::Connect(_) | Self::Prove(_))
    }
}

/// What must be the same on the way back.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    state: String,
    nonce: String,
    verifier: String,
    /// The registry as the browser reached it.
    back_to: Url,
    pub(super) purpose: Purpose,
    /// In seconds since 1970.
    until: i64,
}

impl Kept {
    pub(super) fn new(ports: &Ports, purpose: Purpose) -> Result<Self, AccountError> {
        let registry = ports.public_url.as_ref().ok_or(AccountError::NoProvider)?;
        let registry = registry.as_str().trim_end_matches('/');
        // An address of http stays one with a longer path.
        let back_to = format!("{registry}/{CALLBACK}").parse().map_err(|_| AccountError::NoProvider)?;
        let secret = || Code::new(&*ports.entropy).expose().to_owned();
        let until = (ports.now() + OPENID_LASTS).unix_timestamp();
        Ok(Self { state: secret(), nonce: secret(), verifier: secret(), back_to, purpose, until })
    }

    pub(super) fn seal(&self, ports: &Ports) -> String {
        // Texts and numbers are JSON always.
        let json = Zeroizing::new(serde_json::to_vec(self).unwrap_or_default());
        ports.vault.seal(&json, BELONGS_TO)
    }

    /// What was sealed, if it is not too old.
    pub(super) fn open(ports: &Ports, sealed: &str, now: OffsetDateTime) -> Result<Self, NotOurs> {
        let json = ports.vault.open(sealed, BELONGS_TO)?;
        let kept: Self = serde_json::from_slice(&json).map_err(|_| NotOurs)?;
        if kept.until > now.unix_timestamp() { Ok(kept) } else { Err(NotOurs) }
    }

    /// Whether the provider's answer is to this round.
    pub(super) fn has_state(&self, state: &str) -> bool {
        self.state.as_bytes().ct_eq(state.as_bytes()).into()
    }

    pub(super) fn round(&self) -> Round<'_> {
        let anew = matches!(self.purpose, Purpose::Prove(_));
        Round { state: &self.state, nonce: &self.nonce, verifier: &self.verifier, back_to: &self.back_to, anew }
    }
}
