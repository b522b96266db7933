//! Bearer tokens: `adx_<kind>_<43 characters>`, 256 random bits in base64url (RFC 4648 section 5).
//!
//! The fixed prefix lets secret scanners find a leaked one. Only [`Token::hash`] is stored.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::digest::Digest;

/// Characters of the random part.
const SECRET_CHARS: usize = 43;

/// Whom a token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenKind {
    /// A publisher, at the registry.
    Publisher,
    /// The operator, at the registry.
    Operator,
    /// One of the owners of a publisher's namespace, at the registry.
    Owner,
    /// One run of a workflow that a publisher trusts, at the registry.
    Workflow,
    /// The administrator of an agent.
    Agent,
    /// One tenant, at its agent.
    Tenant,
}

impl TokenKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Publisher, Self::Operator, Self::Owner, Self::Workflow, Self::Agent, Self::Tenant];

    /// What every token of this kind begins with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Publisher => "adx_p_",
            Self::Operator => "adx_o_",
            Self::Owner => "adx_w_",
            Self::Workflow => "adx_c_",
            Self::Agent => "adx_a_",
            Self::Tenant => "adx_t_",
        }
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Publisher => "publisher",
            Self::Operator => "operator",
            Self::Owner => "owner",
            Self::Workflow => "workflow",
            Self::Agent => "agent",
            Self::Tenant => "tenant",
        })
    }
}

/// Why a text is not a token. Never holds a part of the text: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It begins with no known prefix.
    #[error("this is not a token: one begins with adx_p_, adx_o_, adx_w_, adx_c_, adx_a_ or adx_t_")]
    Prefix,
    /// What follows the prefix is not 43 base64url characters.
    #[error("the token is damaged: after its prefix come {SECRET_CHARS} characters of A-Z a-z 0-9 - _; copy it whole")]
    Secret,
}

/// A bearer token. Wiped from memory when dropped, compared in constant time, never printed.
#[derive(Clone)]
pub struct Token {
    kind: TokenKind,
    text: Zeroizing<String>,
}

impl Token {
    /// Makes a token from the generator's next 32 bytes.
    pub fn generate(kind: TokenKind, rng: &mut impl CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut());
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.as_ref()));
        Self { kind, text: Zeroizing::new(format!("{}{}", kind.prefix(), encoded.as_str())) }
    }

    /// Reads a token's text.
    ///
    /// # Errors
    /// [`TokenError`], which never repeats the text.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let (kind, secret) = TokenKind::ALL
            .into_iter()
            .find_map(|kind| Some((kind, text.strip_prefix(kind.prefix())?)))
            .ok_or(TokenError::Prefix)?;
        if secret.len() != SECRET_CHARS {
            return Err(TokenError::Secret);
        }
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(secret).map_err(|_| TokenError::Secret)?);
        debug_assert_eq!(bytes.len(), 32, "43 canonical characters are 32 bytes");
        Ok(Self { kind, text: Zeroizing::new(text.to_owned()) })
    }

    /// Whom it speaks for.
    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The secret text, to be shown once or sent; never to be logged or stored.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What is stored instead of the token. It has 256 random bits, so a plain hash is enough.
    pub fn hash(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        Self::parse(text)
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.text.as_bytes().ct_eq(other.text.as_bytes()).into()
    }
}

impl Eq for Token {}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Token({}…)", self.kind.prefix())
    }
}
