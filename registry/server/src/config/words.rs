//! Settings that are one of a few words, and what was meant by another one.

use adx_registry_core::accounts::{Passwords, SecondFactors, SignUp};

use super::{PaymentProvider, setting::Setting};

/// What is said besides of a word that is none of `known`: the one that it is like, if there is one.
pub(super) fn meant(text: &str, known: &[&str]) -> String {
    let likely = known
        .iter()
        .map(|word| (strsim::jaro_winkler(word, text), word))
        .filter(|(likeness, word)| *likeness > 0.8 && **word != text)
        .max_by(|left, right| left.0.total_cmp(&right.0));
    likely.map_or_else(String::new, |(_, word)| format!("; did you mean `{word}`?"))
}

impl Setting for SignUp {
    const KIND: &'static str = "open or invited";

    fn parse(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or_else(|| format!("`open` or `invited`{}", meant(text, &Self::ALL.map(Self::as_str))))
    }

    fn show(&self) -> String {
        format!("\"{}\"", self.as_str())
    }
}

impl Setting for PaymentProvider {
    const KIND: &'static str = "invoice or stripe";

    fn parse(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or_else(|| format!("`invoice` or `stripe`{}", meant(text, &Self::ALL.map(Self::as_str))))
    }

    fn show(&self) -> String {
        format!("\"{}\"", self.as_str())
    }
}

impl Setting for Passwords {
    const KIND: &'static str = "on or off";

    fn parse(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or_else(|| format!("`on` or `off`{}", meant(text, &Self::ALL.map(Self::as_str))))
    }

    fn show(&self) -> String {
        format!("\"{}\"", self.as_str())
    }
}

impl Setting for SecondFactors {
    const KIND: &'static str = "optional or required";

    fn parse(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or_else(|| format!("`optional` or `required`{}", meant(text, &Self::ALL.map(Self::as_str))))
    }

    fn show(&self) -> String {
        format!("\"{}\"", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Loader;

    #[test]
    fn a_word_that_is_none_says_which_is_like_it() {
        for (text, words) in [
            ("[checks]\nsbom = \"enforcd\"", "did you mean `enforced`?"),
            ("[checks]\nsbom = \"optional reportd\"", "did you mean `optional reported`?"),
            ("[checks]\nsbom = \"optional\"", "did you mean `optional enforced`?"),
            ("[checks]\ncontent = \"if-givn\"", "did you mean `if-given`?"),
            ("[review]\nwhen = \"first-release, finding\"", "did you mean `findings`?"),
            ("[review]\nwhen = \"alway\"", "did you mean `always`?"),
            ("[accounts]\nsign_up = \"invite\"", "did you mean `invited`?"),
            ("[accounts]\nsecond_factor = \"require\"", "did you mean `required`?"),
            ("[accounts]\npasswords = \"of\"", "did you mean `off`?"),
            ("[log]\njson = \"ture\"", "did you mean `true`?"),
            ("[payments]\nprovider = \"strip\"", "did you mean `stripe`?"),
            ("[rates]\nread = \"of\"", "did you mean `off`?"),
        ] {
            let refusal = Loader::new().text("a.toml", text).unwrap().load().unwrap_err().to_string();
            assert!(refusal.starts_with("a.toml:2: ") && refusal.contains(words), "{refusal}");
        }
        let refusal = Loader::new().text("a.toml", "[checks]\nsbom = \"xyz\"").unwrap().load().unwrap_err().to_string();
        assert!(!refusal.contains("did you mean"), "{refusal}");
    }
}
