//! Test and live, which Stripe keeps apart by the key.

use secrecy::{ExposeSecret as _, SecretString};

/// Whether money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It does not.
    Test,
    /// It does.
    Live,
}

impl Mode {
    /// The mode of a secret or restricted key; none for other texts, such as keys that are public.
    pub fn of(key: &SecretString) -> Option<Self> {
        let known =
            [("sk_test_", Self::Test), ("rk_test_", Self::Test), ("sk_live_", Self::Live), ("rk_live_", Self::Live)];
        known.into_iter().find_map(|(prefix, mode)| {
            let rest = key.expose_secret().strip_prefix(prefix)?;
            let is_plain = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            is_plain.then_some(mode)
        })
    }

    /// The word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_says_whether_money_moves() {
        for (key, mode) in [
            ("sk_test_51H", Some(Mode::Test)),
            ("rk_test_51H", Some(Mode::Test)),
            ("sk_live_51H", Some(Mode::Live)),
            ("rk_live_51H", Some(Mode::Live)),
            ("pk_live_51H", None),
            ("sk_live_", None),
            ("sk_live_51H\n", None),
            ("whsec_1", None),
            ("", None),
        ] {
            assert_eq!(Mode::of(&SecretString::from(key)), mode, "{key}");
        }
    }
}
