//! Trusted publishing, and tokens that somebody found.

use adx_registry_core::trusted;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::http::problem::Problem;

/// In whose words an issuer tells of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WorkflowProvider {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI/CD.
    GitLab,
}

/// A workflow to trust.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrustedPublisher {
    /// In whose words.
    pub provider: WorkflowProvider,
    /// The CI system's issuer, as it writes itself; the first of its kind that this registry believes.
    #[serde(default)]
    #[schema(example = "https://token.actions.githubusercontent.com")]
    pub issuer: Option<String>,
    /// The repository's number (GitHub's `repository_id`, GitLab's `project_id`): unlike its name, it is never given to another.
    #[schema(example = "74")]
    pub repository_id: String,
    /// The repository's name, for people.
    #[schema(example = "octo-org/octo-repo")]
    pub repository: String,
    /// The workflow's file: its name below `.github/workflows`, or the path of GitLab's configuration.
    #[schema(example = "publish.yml")]
    pub workflow: String,
    /// The environment that the run must be in; in any or none where there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The branch or tag that it must be of, in full, perhaps with `*` at the end; of any where there is nothing.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    #[schema(example = "refs/tags/v*")]
    pub git_ref: Option<String>,
    /// Which modules it may publish: a name, a prefix with `*`, or `*`.
    #[schema(example = "hel*")]
    pub modules: String,
    /// Whether an owner must confirm what it publishes.
    #[serde(default)]
    pub staged: bool,
}

/// A workflow that a publisher trusts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrustedPublisher {
    /// Its id.
    pub id: String,
    /// In whose words.
    pub provider: WorkflowProvider,
    /// The CI system's issuer.
    pub issuer: String,
    /// The repository's number.
    pub repository_id: String,
    /// The repository's name when it was added, for people: nothing is compared with it.
    pub repository: String,
    /// The workflow's file.
    pub workflow: String,
    /// The environment that the run must be in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The branch or tag that it must be of.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub git_ref: Option<String>,
    /// Which modules it may publish.
    pub modules: String,
    /// Whether an owner must confirm what it publishes.
    pub staged: bool,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub added_at: OffsetDateTime,
}

/// The workflows that a publisher trusts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrustedPublisherList {
    /// In the order they were added; 32 at most.
    pub trusted_publishers: Vec<TrustedPublisher>,
}

/// What a publisher asks of its releases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublishingRules {
    /// Only runs of trusted workflows publish.
    pub trusted_only: bool,
    /// An owner confirms each release.
    pub staged: bool,
    /// What the only owner should know while a rule is on: to turn it off takes a second one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Rules that an operator turns off: whoever objects turns them on again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turning_off: Vec<TurningOff>,
}

/// A rule that an operator turns off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TurningOff {
    /// Which.
    pub switch: PublishingSwitch,
    /// Why.
    pub reason: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub effective_at: OffsetDateTime,
}

/// One of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PublishingSwitch {
    /// Only runs of trusted workflows publish.
    TrustedOnly,
    /// An owner confirms each release.
    Staged,
}

/// What a CI system says of a run, to exchange.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkflowExchange {
    /// Where it wants to publish.
    #[schema(example = "adhera")]
    pub namespace: String,
    /// The CI system's `OpenID` Connect token, with the address of this registry as its only audience.
    pub token: String,
}

/// The run of a trusted workflow.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Provenance {
    /// All of it in a sentence.
    #[schema(example = "published by the workflow publish.yml of the repository octo-org/octo-repo at commit 0f1e2d")]
    pub words: String,
    /// Who told of it.
    pub issuer: String,
    /// The repository's number.
    pub repository_id: String,
    /// The repository's name at that time.
    pub repository: String,
    /// The workflow's file.
    pub workflow: String,
    /// The environment, if the run was in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The branch or tag.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// The commit.
    pub sha: String,
    /// Which run.
    pub run_id: String,
}

/// A token that was found.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundToken {
    /// Its text.
    pub token: String,
}

/// What came of a report.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenReport {
    /// Whether it, or a token that was made with it, counted until now. Otherwise it is none of this registry, or they counted no more.
    pub revoked: bool,
}

impl From<trusted::Provider> for WorkflowProvider {
    fn from(provider: trusted::Provider) -> Self {
        match provider {
            trusted::Provider::GitHub => Self::GitHub,
            trusted::Provider::GitLab => Self::GitLab,
        }
    }
}

impl From<WorkflowProvider> for trusted::Provider {
    fn from(provider: WorkflowProvider) -> Self {
        match provider {
            WorkflowProvider::GitHub => Self::GitHub,
            WorkflowProvider::GitLab => Self::GitLab,
        }
    }
}

impl From<trusted::PublishingSwitch> for PublishingSwitch {
    fn from(switch: trusted::PublishingSwitch) -> Self {
        match switch {
            trusted::PublishingSwitch::TrustedOnly => Self::TrustedOnly,
            trusted::PublishingSwitch::Staged => Self::Staged,
        }
    }
}

impl From<PublishingSwitch> for trusted::PublishingSwitch {
    fn from(switch: PublishingSwitch) -> Self {
        match switch {
            PublishingSwitch::TrustedOnly => Self::TrustedOnly,
            PublishingSwitch::Staged => Self::Staged,
        }
    }
}

impl From<trusted::ToldRules> for PublishingRules {
    fn from(told: trusted::ToldRules) -> Self {
        let trusted::ToldRules { rules, has_sole_owner, loosenings } = told;
        let turning_off = loosenings.into_iter().map(|loosening| TurningOff {
            switch: loosening.switch.into(),
            reason: loosening.reason,
            effective_at: loosening.effective_at,
        });
        Self {
            trusted_only: rules.trusted_only,
            staged: rules.staged,
            note: (has_sole_owner && rules.is_strict()).then(|| trusted::SOLE_OWNER.to_owned()),
            turning_off: turning_off.collect(),
        }
    }
}

impl NewTrustedPublisher {
    /// What a run must be; of the first of `issuers` that speaks the words, if none is named.
    ///
    /// # Errors
    /// 422 where that is nothing that a run could be.
    pub(in crate::http) fn into_workflow(
        self,
        issuers: &[(trusted::Provider, String)],
    ) -> Result<trusted::Workflow, Problem> {
        let provider = self.provider.into();
        let first = || issuers.iter().find(|(known, _)| *known == provider).map(|(_, issuer)| issuer.clone());
        let invalid = |detail: String| {
            Problem::new(actix_web::http::StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Not valid", detail)
        };
        let modules =
            self.modules.parse().map_err(|error: adx_registry_core::token::ScopeError| invalid(error.to_string()))?;
        Ok(trusted::Workflow {
            provider,
            issuer: self
                .issuer
                .or_else(first)
                .ok_or_else(|| invalid(format!("which issuer of {} is meant is not said", provider.as_str())))?,
            repository_id: self.repository_id,
            repository: self.repository,
            workflow: self.workflow,
            environment: self.environment,
            git_ref: self.git_ref.map(|git_ref| git_ref.parse()).transpose()?,
            modules,
            staged: self.staged,
        })
    }
}

impl From<&trusted::Workflow> for NewTrustedPublisher {
    fn from(workflow: &trusted::Workflow) -> Self {
        Self {
            provider: workflow.provider.into(),
            issuer: Some(workflow.issuer.clone()),
            repository_id: workflow.repository_id.clone(),
            repository: workflow.repository.clone(),
            workflow: workflow.workflow.clone(),
            environment: workflow.environment.clone(),
            git_ref: workflow.git_ref.as_ref().map(ToString::to_string),
            modules: workflow.modules.to_string(),
            staged: workflow.staged,
        }
    }
}

impl From<&trusted::TrustedPublisher> for TrustedPublisher {
    fn from(trusted: &trusted::TrustedPublisher) -> Self {
        let workflow = &trusted.workflow;
        Self {
            id: trusted.id.to_string(),
            provider: workflow.provider.into(),
            issuer: workflow.issuer.clone(),
            repository_id: workflow.repository_id.clone(),
            repository: workflow.repository.clone(),
            workflow: workflow.workflow.clone(),
            environment: workflow.environment.clone(),
            git_ref: workflow.git_ref.as_ref().map(ToString::to_string),
            modules: workflow.modules.to_string(),
            staged: workflow.staged,
            added_at: trusted.added_at,
        }
    }
}

impl From<&trusted::Provenance> for Provenance {
    fn from(provenance: &trusted::Provenance) -> Self {
        let trusted::Provenance { workflow, repository, sha, .. } = provenance;
        Self {
            words: format!("published by the workflow {workflow} of the repository {repository} at commit {sha}"),
            issuer: provenance.issuer.clone(),
            repository_id: provenance.repository_id.clone(),
            repository: repository.clone(),
            workflow: workflow.clone(),
            environment: provenance.environment.clone(),
            git_ref: provenance.git_ref.clone(),
            sha: sha.clone(),
            run_id: provenance.run_id.clone(),
        }
    }
}
