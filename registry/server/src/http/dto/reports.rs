//! What people say is wrong with modules.

use adx_registry_core::reports;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use crate::http::{problem::Problem, refusals::unprocessable};

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportCategory {
    /// It harms whoever runs it.
    Malware,
    /// It pretends to be somebody else's.
    Impersonation,
    /// It is not what a registry of modules is for.
    Spam,
    /// The law forbids it, or it belongs to somebody else.
    Unlawful,
    /// Something else.
    Other,
}

/// What was made of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportState {
    /// It waits for an operator.
    #[default]
    Open,
    /// It is so.
    Confirmed,
    /// It is not so, or nothing to act on.
    Dismissed,
}

/// What is wrong with a module.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReport {
    /// What kind of thing is wrong.
    pub category: ReportCategory,
    /// What; plain text of 1 to 4000 characters.
    #[schema(example = "it sends what it is told to another host")]
    pub text: String,
    /// Which version, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where questions can be asked. Needed of whoever is not signed in; erased once the report is decided.
    #[schema(example = "ada@example.org")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// That a report was taken.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportTaken {
    /// Its id, for questions about it.
    pub id: String,
}

/// What somebody said of a module.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// Its id.
    pub id: String,
    /// `namespace/name`.
    pub module: String,
    /// SemVer, if a version was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What kind of thing is wrong.
    pub category: ReportCategory,
    /// What was said, plain text.
    pub text: String,
    /// The id of the account that said it, if somebody was signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Where somebody else can be asked. Nobody proved that the address is theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What was made of it.
    pub state: ReportState,
    /// When it was sent.
    #[serde(with = "time::serde::rfc3339")]
    pub sent_at: OffsetDateTime,
    /// Who decided: `token:` or `account:` with an id, or `machine`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<OffsetDateTime>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Reports.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportList {
    /// In the order they were sent.
    pub reports: Vec<Report>,
    /// `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A module that reports wait about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportedModule {
    /// `namespace/name`.
    pub module: String,
    /// How many wait.
    pub open: u32,
    /// How many of those were sent by different people who were signed in.
    pub accounts: u64,
    /// How many of those say that it does harm.
    pub malware: u64,
    /// When the first of them was sent.
    #[serde(with = "time::serde::rfc3339")]
    pub first_at: OffsetDateTime,
}

/// The modules that reports wait about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportedModuleList {
    /// Those with most of them first.
    pub modules: Vec<ReportedModule>,
    /// `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which reports.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReportsQuery {
    /// What was made of them.
    #[serde(default)]
    pub state: ReportState,
    /// Only those of this module, `namespace/name`.
    pub module: Option<String>,
    /// The last one already seen: `next` of the page before.
    pub after: Option<String>,
}

/// What is done about a module when a report of it is confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReportAct {
    /// Nothing, or it has been done.
    #[default]
    Nothing,
    /// The version is put into quarantine.
    Quarantine,
    /// The whole module is.
    QuarantineModule,
    /// The version is put on the kill list, and into quarantine.
    Revoke,
}

/// That a report is confirmed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportConfirmation {
    /// For the publisher, whoever uses the module, and the reporter; one line without markup, 500 characters at most.
    #[schema(example = "it sends what it is told to another host")]
    pub reason: String,
    /// What is done about it in the same act.
    #[serde(default)]
    pub act: ReportAct,
    /// To which version, if not the one that the report names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether every open report of the module is confirmed.
    #[serde(default)]
    pub all: bool,
}

/// That a report is dismissed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportDismissal {
    /// For the reporter; one line without markup, 500 characters at most.
    #[schema(example = "the host is the one that the manifest names")]
    pub reason: String,
    /// Whether every open report of the module is dismissed.
    #[serde(default)]
    pub all: bool,
}

impl From<&reports::Report> for Report {
    fn from(report: &reports::Report) -> Self {
        let (account, email) = match &report.reporter {
            reports::Reporter::Account(account) => (Some(account.to_string()), None),
            reports::Reporter::Anonymous(address) => {
                (None, address.as_ref().map(|address| address.as_str().to_owned()))
            }
        };
        let decided = report.decided.as_ref();
        Self {
            id: report.id.to_string(),
            module: report.module.to_string(),
            version: report.version.as_ref().map(ToString::to_string),
            category: report.category.into(),
            text: report.text.clone(),
            account,
            email,
            state: report.state.into(),
            sent_at: report.sent_at,
            decided_by: decided.map(|decided| decided.by.clone()),
            decided_at: decided.map(|decided| decided.at),
            reason: decided.map(|decided| decided.reason.clone()),
        }
    }
}

impl From<&reports::ReportedModule> for ReportedModule {
    fn from(reported: &reports::ReportedModule) -> Self {
        Self {
            module: reported.module.to_string(),
            open: reported.open,
            accounts: reported.accounts,
            malware: reported.malware,
            first_at: reported.first_at,
        }
    }
}

impl TryFrom<NewReport> for reports::NewReport {
    type Error = Problem;

    fn try_from(said: NewReport) -> Result<Self, Problem> {
        let NewReport { category, text, version, email } = said;
        Ok(Self {
            version: version.map(|text| semver(&text)).transpose()?,
            category: category.into(),
            text: text.parse()?,
            address: email.map(|text| text.parse().map_err(|error| invalid("email", &error))).transpose()?,
        })
    }
}

impl ReportConfirmation {
    /// What is made of the report.
    ///
    /// # Errors
    /// [`Problem`] when the version is none.
    pub(in crate::http) fn outcome(&self) -> Result<reports::Outcome, Problem> {
        let version = self.version.as_deref().map(semver).transpose()?;
        Ok(reports::Outcome::Confirm(match self.act {
            ReportAct::Nothing => reports::Act::Nothing,
            ReportAct::Quarantine => reports::Act::Quarantine(version),
            ReportAct::QuarantineModule => reports::Act::QuarantineModule,
            ReportAct::Revoke => reports::Act::Revoke(version),
        }))
    }
}

fn semver(text: &str) -> Result<semver::Version, Problem> {
    text.parse().map_err(|error: semver::Error| invalid("version", &error))
}

fn invalid(what: &str, error: &dyn std::error::Error) -> Problem {
    unprocessable("invalid", "Not valid", format!("`{what}`: {error}"))
}

impl From<ReportCategory> for reports::Category {
    fn from(category: ReportCategory) -> Self {
        match category {
            ReportCategory::Malware => Self::Malware,
            ReportCategory::Impersonation => Self::Impersonation,
            ReportCategory::Spam => Self::Spam,
            ReportCategory::Unlawful => Self::Unlawful,
            ReportCategory::Other => Self::Other,
        }
    }
}

impl From<reports::Category> for ReportCategory {
    fn from(category: reports::Category) -> Self {
        match category {
            reports::Category::Malware => Self::Malware,
            reports::Category::Impersonation => Self::Impersonation,
            reports::Category::Spam => Self::Spam,
            reports::Category::Unlawful => Self::Unlawful,
            reports::Category::Other => Self::Other,
        }
    }
}

impl From<ReportState> for reports::ReportState {
    fn from(state: ReportState) -> Self {
        match state {
            ReportState::Open => Self::Open,
            ReportState::Confirmed => Self::Confirmed,
            ReportState::Dismissed => Self::Dismissed,
        }
    }
}

impl From<reports::ReportState> for ReportState {
    fn from(state: reports::ReportState) -> Self {
        match state {
            reports::ReportState::Open => Self::Open,
            reports::ReportState::Confirmed => Self::Confirmed,
            reports::ReportState::Dismissed => Self::Dismissed,
        }
    }
}
