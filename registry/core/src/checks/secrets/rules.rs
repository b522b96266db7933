//! The forms of secrets that can be told by their looks.

use std::sync::LazyLock;

use adx_signing::token::TokenKind;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use regex::bytes::Regex;

/// How sure one can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// The form is of secrets only.
    Certain,
    /// The form is fixed, and some of them are meant to be seen, or mean nothing any more.
    Likely,
}

/// One form.
pub(super) struct Rule {
    /// What to look for. The group `secret`, if there is one, is the secret, of which nothing is told; or else `token` or all of it, of which the
    /// first characters are of its form.
    pub(super) pattern: Regex,
    /// The finding's code.
    pub(super) code: &'static str,
    /// What it is, after “is”.
    pub(super) what: &'static str,
    pub(super) certainty: Certainty,
    /// What the form alone does not show.
    pub(super) is_real: fn(&[u8]) -> bool,
}

/// All forms, the surest first.
pub(super) static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let any: fn(&[u8]) -> bool = |_| true;
    let jwt: fn(&[u8]) -> bool = is_jwt;
    let ours = TokenKind::ALL.map(TokenKind::prefix).join("|");
    let ours = format!(r"\b(?P<token>(?:{ours})[A-Za-z0-9_-]{{43}})(?:[^A-Za-z0-9_-]|$)");
    // A line end may be written as two characters within a string of JSON or source.
    let pem = r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr])*(?:[A-Za-z-]+: [^\n\\]*(?:\s|\\[nr])+)*(?P<secret>[A-Za-z0-9+/]{40,})";
    [
        ("private-key", "a private key", pem, Certainty::Certain, any),
        ("adx-token", "a token of a registry or an agent", ours.as_str(), Certainty::Certain, any),
        ("aws-key", "an access key of AWS", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b", Certainty::Certain, any),
        (
            "azure-key",
            "an account key of Azure",
            r"AccountKey=(?P<secret>[A-Za-z0-9+/]{86}==)",
            Certainty::Certain,
            any,
        ),
        ("github-token", "a token of GitHub", r"\bgh[pousr]_[A-Za-z0-9]{36,251}\b", Certainty::Certain, any),
        (
            "github-token",
            "a token of GitHub",
            r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b",
            Certainty::Certain,
            any,
        ),
        (
            "gitlab-token",
            "a token of GitLab",
            r"\bgl(?:pat|dt|rt|ft|ptt|agent)-[A-Za-z0-9_-]{20,}",
            Certainty::Certain,
            any,
        ),
        ("slack-token", "a token of Slack", r"\bxox[abeoprs]-[A-Za-z0-9-]{20,}", Certainty::Certain, any),
        (
            "slack-token",
            "a webhook of Slack",
            r"https://hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}",
            Certainty::Certain,
            any,
        ),
        ("stripe-key", "a live key of Stripe", r"\b[sr]k_live_[A-Za-z0-9]{16,}", Certainty::Certain, any),
        ("npm-token", "a token of npm", r"\bnpm_[A-Za-z0-9]{36}\b", Certainty::Certain, any),
        ("pypi-token", "a token of PyPI", r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}", Certainty::Certain, any),
        // Those for pages are meant to be seen, bound to the page's address.
        (
            "google-key",
            "an API key of Google",
            r"\b(?P<token>AIza[A-Za-z0-9_-]{35})(?:[^A-Za-z0-9_-]|$)",
            Certainty::Likely,
            any,
        ),
        (
            "jwt",
            "a signed token (JWT)",
            r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
            Certainty::Likely,
            jwt,
        ),
    ]
    .into_iter()
    .map(|(code, what, pattern, certainty, is_real)| Rule {
        // Without Unicode: files of any encoding are searched.
        pattern: regex::bytes::RegexBuilder::new(pattern).unicode(false).build().expect("the pattern is one"),
        code,
        what,
        certainty,
        is_real,
    })
    .collect()
});

/// Whether the first part is a header that names an algorithm (RFC 7519).
fn is_jwt(text: &[u8]) -> bool {
    let header = text.split(|byte| *byte == b'.').next().unwrap_or_default();
    let Ok(json) = URL_SAFE_NO_PAD.decode(header) else { return false };
    serde_json::from_slice::<serde_json::Value>(&json).is_ok_and(|header| header.get("alg").is_some())
}
