//! `secrets`: keys, tokens and passwords that were packed by mistake. A finding never repeats one: four characters at most say
//! which it is.

mod likely;
mod rules;

use adx_index::Package;
use adx_index::package::{COMPONENT, MANIFEST};
use regex::bytes::Match;

use self::rules::{Certainty, RULES, Rule};
use super::finding::{line_place, told};
use super::{Check, CheckBroke, Finding, Subject};

/// The check.
#[derive(Debug, Clone, Copy, Default)]
pub struct Secrets;

/// Findings that are kept of one file: a file of nothing but tokens is told as such by fewer.
const MAX_IN_FILE: usize = 50;

/// Characters of a secret that are told.
const SHOWN_CHARS: usize = 4;

impl Check for Secrets {
    fn name(&self) -> &'static str {
        "secrets"
    }

    /// What a newer version of the registry knows to be a secret may have been released before.
    fn is_run_again(&self) -> bool {
        true
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let mut findings = Vec::new();
        for (path, bytes) in all_files(subject.package) {
            look(path, bytes, &mut findings);
        }
        Ok(told(findings))
    }
}

/// Every file of a package, manifest and component among them, with its path.
pub fn all_files(package: &Package) -> impl Iterator<Item = (&str, &[u8])> {
    let fixed = [(MANIFEST, package.manifest_text.as_bytes()), (COMPONENT, package.component.as_slice())];
    fixed.into_iter().chain(package.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())))
}

fn look(path: &str, bytes: &[u8], findings: &mut Vec<Finding>) {
    let is_text = std::str::from_utf8(bytes).is_ok();
    let place = |found: &Match<'_>| if is_text { line_place(path, bytes, found.start()) } else { path.to_owned() };
    let mut told_of: Vec<&[u8]> = Vec::new();
    for Rule { pattern, code, what, certainty, is_real } in &*RULES {
        for captures in pattern.captures_iter(bytes) {
            if told_of.len() >= MAX_IN_FILE {
                return;
            }
            let (part, Some(whole)) = (captures.name("secret"), captures.get(0)) else { continue };
            let secret = part.or_else(|| captures.name("token")).unwrap_or(whole).as_bytes();
            if told_of.contains(&secret) || likely::is_placeholder(secret) || !is_real(secret) {
                continue;
            }
            told_of.push(secret);
            // What stands before the secret tells what it is; where there is nothing, its beginning does, and is of its form.
            let begins = if part.is_some() { "this is ".to_owned() } else { begins(secret) };
            let message = format!("{begins}{what}: take it back where it was made, then remove it from the package");
            let finding = match certainty {
                Certainty::Certain => Finding::error(code, message),
                Certainty::Likely => Finding::warning(code, message),
            };
            findings.push(finding.at(place(&whole)));
        }
    }
    if is_text && path != COMPONENT {
        for (value, offset, name) in likely::assignments(bytes) {
            if told_of.iter().any(|known| value.starts_with(known)) {
                continue;
            }
            told_of.push(value);
            let message = format!(
                "`{name}` is given a value that looks like a real one: keep it out of the package, modules take secrets from \
                 the permission `secrets`"
            );
            findings.push(Finding::warning("password", message).at(line_place(path, bytes, offset)));
        }
    }
}

/// `ghp_… is ` where the beginning of a secret is a form that all of its kind have, and tells nothing of it.
fn begins(secret: &[u8]) -> String {
    let start: String = String::from_utf8_lossy(secret).chars().take(SHOWN_CHARS).collect();
    format!("`{start}…` is ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::subjects::{codes, of_files, subject};
    use super::*;
    use crate::checks::Severity;

    fn run(text: &str) -> Vec<Finding> {
        Secrets.run(&subject(&of_files(&[("docs/notes.md", text)]))).expect("the check ends")
    }

    /// Letters that look drawn by chance, the same ones every time. Put together here, so that no scanner of this repository
    /// finds them.
    fn random(length: usize) -> String {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut state = 7_u32;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(alphabet[(state >> 16) as usize % alphabet.len()])
        })
        .take(length)
        .collect()
    }

    fn upper(length: usize) -> String {
        random(length * 3).to_uppercase().chars().filter(|c| !matches!(c, '0' | '1' | '8' | '9')).take(length).collect()
    }

    #[test]
    fn each_kind_is_found_once_and_never_repeated() {
        let url = |text: &str| {
            use base64::Engine as _;
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
        };
        let jwt =
            format!("{}.{}.{}", url(r#"{"alg":"HS256","typ":"JWT"}"#), url(r#"{"sub":"1234567","iat":1}"#), random(43));
        for (code, severity, secret) in [
            ("private-key", Severity::Error, format!("-----BEGIN PRIVATE KEY-----\n{}\n{}\n", random(64), random(64))),
            ("private-key", Severity::Error, format!("-----BEGIN RSA PRIVATE KEY-----\\n{}\\n", random(64))),
            ("aws-key", Severity::Error, format!("AKIA{}", upper(16))),
            ("google-key", Severity::Warning, format!("AIza{}", random(35))),
            ("azure-key", Severity::Error, format!("AccountKey={}==", random(86))),
            ("github-token", Severity::Error, format!("ghp_{}", random(36))),
            ("github-token", Severity::Error, format!("github_pat_{}_{}", random(22), random(59))),
            ("gitlab-token", Severity::Error, format!("glpat-{}", random(20))),
            ("slack-token", Severity::Error, format!("xoxb-{}", random(40))),
            (
                "slack-token",
                Severity::Error,
                format!("https://hooks.slack.com/services/T{}/B{}/{}", upper(9), upper(9), random(24)),
            ),
            ("stripe-key", Severity::Error, format!("sk_live_{}", random(24))),
            ("npm-token", Severity::Error, format!("npm_{}", random(36))),
            ("adx-token", Severity::Error, format!("adx_p_{}", random(43))),
            ("jwt", Severity::Warning, jwt),
            ("password", Severity::Warning, format!("db_password = \"{}\"", random(24))),
        ] {
            let findings = run(&format!("one\n{secret}\nagain {secret}"));
            assert_eq!(codes(&findings), [code], "{secret}");
            assert_eq!(findings[0].severity, severity, "{secret}");
            assert_eq!(findings[0].place.as_deref(), Some("docs/notes.md:2"));
            let drawn = random(60);
            assert!(!findings[0].message.contains(&drawn[..6]), "{findings:?}");
        }
    }

    #[test]
    fn secrets_in_the_component_are_found() {
        let mut package = of_files(&[]);
        package.component.extend(format!("\u{0}ghp_{}\u{0}", random(36)).bytes());
        package.component.push(0xff);
        let findings = Secrets.run(&subject(&package)).unwrap();
        assert_eq!(codes(&findings), ["github-token"]);
        assert_eq!(findings[0].place.as_deref(), Some("module.wasm"));
    }

    #[test]
    fn examples_and_placeholders_are_left_alone() {
        for harmless in [
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----",
            "adx_p_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "password = \"change-me-please\"",
            "password = \"${DATABASE_PASSWORD_9}\"",
            "secret: \"your-secret-goes-here-1\"",
            "api_key = \"https://example.com/where-to-get-1\"",
            "password = \"correct horse\"",
            "const passwordField = \"settings.password.label\"",
            "eyJhbGciOiJIUzI1NiJ9 alone",
        ] {
            assert_eq!(run(harmless), [], "{harmless}");
        }
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "(password|secret)[ =:\"'a-z0-9é]{0,80}") {
            let mut findings = Vec::new();
            look("docs/a", &bytes, &mut findings);
            look("docs/a", text.as_bytes(), &mut findings);
        }
    }
}
