//! What an issuer says of a run, read exactly.

use serde_json::{Map, Value};
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use super::workflow::{Provider, Workflow};

/// How far the clocks of an issuer and of this registry may be apart.
pub(super) const LEEWAY: Duration = Duration::seconds(60);
/// The longest life of a token that is taken.
const LONGEST_LIFE: Duration = Duration::hours(1);
/// Longest claim that is kept, in bytes.
const MAX_CLAIM_BYTES: usize = 512;
/// Events in which a workflow runs with the rights of the repository on what a stranger sent.
const EVENTS_OF_STRANGERS: [&str; 2] = ["pull_request_target", "workflow_run"];

/// A run, as its issuer tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Which of the issuer's tokens this is.
    pub jti: String,
    /// When it ends.
    pub expires_at: OffsetDateTime,
    /// The repository's number.
    pub repository_id: String,
    /// The repository's name.
    pub repository: String,
    /// The workflow's file.
    pub workflow: String,
    /// The environment, if the run is in one.
    pub environment: Option<String>,
    /// The branch or tag, in full.
    pub git_ref: String,
    /// The commit.
    pub sha: String,
    /// Which run.
    pub run_id: String,
    /// Whose doing it was, as the CI system calls them.
    pub actor: Option<String>,
}

/// Why what an issuer says is not taken, though it says it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadClaims {
    /// A claim is missing, or is something else than it must be.
    #[error("the claim `{0}` is missing or cannot be read")]
    Claim(&'static str),
    /// For somebody else.
    #[error("the token is for `{found}`; for this registry its audience is `{expected}`, alone")]
    Audience {
        /// Whom it is for.
        found: String,
        /// Who this is.
        expected: String,
    },
    /// It ended.
    #[error("the token has expired")]
    Expired,
    /// It does not count yet.
    #[error("the token is from the future: do the clocks differ?")]
    Early,
    /// It would be good for too long.
    #[error("the token is good for longer than an hour")]
    TooLong,
    /// Anybody can make such a run happen.
    #[error("a run for `{0}` works on what strangers send: it publishes nothing")]
    Event(String),
}

impl Run {
    /// Reads what an issuer said, for `audience`, at `now`. Whether it was the issuer who said it was settled before.
    ///
    /// # Errors
    /// [`BadClaims`]
    pub fn read(
        provider: Provider,
        claims: &Map<String, Value>,
        audience: &str,
        now: OffsetDateTime,
    ) -> Result<Self, BadClaims> {
        let claims = Claims(claims);
        claims.check_audience(audience)?;
        let expires_at = claims.check_times(now)?;
        let (repository_id, repository, git_ref, workflow) = match provider {
            Provider::GitHub => {
                let repository = claims.text("repository")?;
                let file = below(&claims.text("workflow_ref")?, &format!("{repository}/.github/workflows/"));
                (claims.text("repository_id")?, repository, claims.text("ref")?, file.ok_or("workflow_ref"))
            }
            Provider::GitLab => {
                let project = claims.text("project_path")?;
                let file = claims.text("ci_config_ref_uri")?;
                // The server stands before it, and two slashes between the project and the file.
                let file = file.split_once('/').and_then(|(_, path)| below(path, &format!("{project}//")));
                (claims.text("project_id")?, project, claims.text("ref_path")?, file.ok_or("ci_config_ref_uri"))
            }
        };
        if let Some(event) = claims.optional("event_name")?
            && EVENTS_OF_STRANGERS.contains(&event.as_str())
        {
            return Err(BadClaims::Event(event));
        }
        let (run, actor) = match provider {
            Provider::GitHub => ("run_id", "actor"),
            Provider::GitLab => ("pipeline_id", "user_login"),
        };
        Ok(Self {
            jti: claims.text("jti")?,
            expires_at,
            repository_id,
            repository,
            workflow: workflow.map_err(BadClaims::Claim)?,
            environment: claims.optional("environment")?,
            git_ref,
            sha: claims.text("sha")?,
            run_id: claims.text(run)?,
            actor: claims.optional(actor)?,
        })
    }

    /// Whether a workflow that is trusted is the one of this run. The name of the repository is not looked at: it may be another's by now.
    pub fn is_of(&self, workflow: &Workflow) -> bool {
        self.repository_id == workflow.repository_id
            && self.workflow == workflow.workflow
            && workflow.environment.as_ref().is_none_or(|wanted| self.environment.as_ref() == Some(wanted))
            && workflow.git_ref.as_ref().is_none_or(|wanted| wanted.selects(&self.git_ref))
    }
}

/// The file of `folder/file@ref`.
fn below(path: &str, folder: &str) -> Option<String> {
    let (file, _) = path.strip_prefix(folder)?.split_once('@')?;
    Some(file.to_owned())
}

struct Claims<'c>(&'c Map<String, Value>);

impl Claims<'_> {
    /// A claim that is text, or a number.
    fn optional(&self, name: &'static str) -> Result<Option<String>, BadClaims> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) if text.len() <= MAX_CLAIM_BYTES => Ok(Some(text.clone())),
            Some(Value::Number(number)) if number.is_u64() => Ok(Some(number.to_string())),
            Some(_) => Err(BadClaims::Claim(name)),
        }
    }

    fn text(&self, name: &'static str) -> Result<String, BadClaims> {
        self.optional(name)?.ok_or(BadClaims::Claim(name))
    }

    /// One that is for others as well could be shown here by them.
    fn check_audience(&self, expected: &str) -> Result<(), BadClaims> {
        let found = match self.0.get("aud") {
            Some(Value::String(one)) => one.clone(),
            Some(Value::Array(several)) => match several.as_slice() {
                [Value::String(one)] => one.clone(),
                several => several.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            },
            _ => return Err(BadClaims::Claim("aud")),
        };
        if found == expected {
            return Ok(());
        }
        Err(BadClaims::Audience { found: found.chars().take(200).collect(), expected: expected.to_owned() })
    }

    fn check_times(&self, now: OffsetDateTime) -> Result<OffsetDateTime, BadClaims> {
        let (expires, issued) = (self.time("exp")?, self.time("iat")?);
        let (expires, issued) = (expires.ok_or(BadClaims::Claim("exp"))?, issued.ok_or(BadClaims::Claim("iat"))?);
        let from = self.time("nbf")?.unwrap_or(issued);
        if now - expires >= LEEWAY {
            return Err(BadClaims::Expired);
        }
        if issued.max(from) - now > LEEWAY {
            return Err(BadClaims::Early);
        }
        if expires - issued > LONGEST_LIFE {
            return Err(BadClaims::TooLong);
        }
        Ok(expires)
    }

    /// Seconds since 1970. Source: RFC 7519, 2 (`NumericDate`).
    fn time(&self, name: &'static str) -> Result<Option<OffsetDateTime>, BadClaims> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let seconds = value.as_i64().ok_or(BadClaims::Claim(name))?;
        OffsetDateTime::from_unix_timestamp(seconds).map(Some).map_err(|_| BadClaims::Claim(name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HERE: &str = "https://registry.example";

    fn now() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_800_000_000).expect("a time")
    }

    fn github() -> Value {
        json!({
            "aud": HERE, "iat": 1_800_000_000, "exp": 1_800_000_300, "jti": "one", "event_name": "push",
            "repository_id": "74", "repository": "acme/tools", "ref": "refs/tags/v1", "sha": "0f",
            "workflow_ref": "acme/tools/.github/workflows/publish.yml@refs/tags/v1", "run_id": "9", "actor": "ada",
        })
    }

    fn read(change: &Value) -> Result<Run, BadClaims> {
        let mut claims = github();
        for (name, value) in change.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        Run::read(Provider::GitHub, claims.as_object().expect("an object"), HERE, now())
    }

    #[test]
    fn a_run_of_github_is_read() {
        let run = read(&json!({})).expect("a run");
        assert_eq!((run.workflow.as_str(), run.repository_id.as_str(), run.environment), ("publish.yml", "74", None));
        assert_eq!(read(&json!({ "repository_id": 74 })).expect("a run").repository_id, "74", "numbers as strings");
    }

    #[test]
    fn a_run_of_gitlab_is_read() {
        let claims = json!({
            "aud": [HERE], "iat": 1_800_000_000, "exp": 1_800_000_300, "nbf": 1_799_999_995, "jti": "one",
            "project_id": 22, "project_path": "acme/deep/tools", "ref_path": "refs/heads/main", "sha": "0f",
            "ci_config_ref_uri": "lab.example/acme/deep/tools//ci/publish.yml@refs/heads/main",
            "pipeline_id": "5", "user_login": "ada", "environment": "release",
        });
        let run = Run::read(Provider::GitLab, claims.as_object().expect("an object"), HERE, now()).expect("a run");
        assert_eq!((run.workflow.as_str(), run.repository_id.as_str()), ("ci/publish.yml", "22"));
        assert_eq!((run.environment.as_deref(), run.actor.as_deref()), (Some("release"), Some("ada")));
    }

    #[test]
    fn times_have_a_minute_and_a_life_of_an_hour() {
        let at = |iat: i64, exp: i64| read(&json!({ "iat": 1_800_000_000 + iat, "exp": 1_800_000_000 + exp }));
        assert!(at(-300, -59).is_ok() && at(60, 120).is_ok() && at(0, 3_600).is_ok());
        assert_eq!(at(-300, -60), Err(BadClaims::Expired));
        assert_eq!(at(61, 120), Err(BadClaims::Early));
        assert_eq!(at(0, 3_601), Err(BadClaims::TooLong));
        assert_eq!(read(&json!({ "nbf": 1_800_000_061 })), Err(BadClaims::Early));
        assert_eq!(read(&json!({ "exp": null })), Err(BadClaims::Claim("exp")));
        assert_eq!(read(&json!({ "exp": "1800000300" })), Err(BadClaims::Claim("exp")));
    }

    #[test]
    fn only_what_is_for_this_registry_alone_is_taken() {
        for aud in [
            json!("https://registry.example/"),
            json!([HERE, "https://other"]),
            json!([]),
            json!("https://Registry.example"),
        ] {
            assert!(matches!(read(&json!({ "aud": aud })), Err(BadClaims::Audience { .. })), "{aud}");
        }
        assert_eq!(read(&json!({ "aud": null })), Err(BadClaims::Claim("aud")));
        assert!(read(&json!({ "aud": [HERE] })).is_ok());
    }

    #[test]
    fn a_workflow_of_another_repository_is_not_one_of_this() {
        for other in [
            "evil/tools/.github/workflows/publish.yml@refs/tags/v1",
            "acme/tools/.github/workflows/publish.yml",
            "acme/tools/.github/other/publish.yml@refs/tags/v1",
            "acme/toolsX/.github/workflows/publish.yml@refs/tags/v1",
        ] {
            assert_eq!(read(&json!({ "workflow_ref": other })), Err(BadClaims::Claim("workflow_ref")), "{other}");
        }
    }

    #[test]
    fn runs_on_what_strangers_send_publish_nothing() {
        for event in EVENTS_OF_STRANGERS {
            assert_eq!(read(&json!({ "event_name": event })), Err(BadClaims::Event(event.to_owned())));
        }
    }

    #[test]
    fn a_claim_of_another_kind_is_no_claim() {
        for value in [json!(["74"]), json!({}), json!(true), json!(7.5), json!(-74), json!(""), json!("7".repeat(513))]
        {
            assert_eq!(read(&json!({ "repository_id": value })), Err(BadClaims::Claim("repository_id")), "{value}");
        }
        assert_eq!(read(&json!({ "jti": null })), Err(BadClaims::Claim("jti")));
    }
}
