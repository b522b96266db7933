//! What publishers say against operators' decisions.

use adx_registry_core::appeals::{self, ToldAppeal};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use super::Contact;
use crate::http::{problem::Problem, refusals::unprocessable};

/// What was decided of an appeal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AppealState {
    /// It waits for an operator.
    #[default]
    Open,
    /// What it was about is undone.
    Granted,
    /// It stays.
    Denied,
}

/// What kind of thing an appeal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AppealKind {
    /// A module that is in quarantine or taken down as a whole.
    Module,
    /// A version that is in quarantine or taken down by itself.
    Version,
    /// A module's name that was refused, or the namespace that a person asked for.
    Name,
    /// A submission that an operator rejected.
    Submission,
}

/// An appeal to be opened.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppeal {
    /// What kind of thing it is about.
    pub kind: AppealKind,
    /// Of a module `namespace/name`, of a version `namespace/name@1.2.3`, else the id of the held name or the submission.
    #[schema(example = "acme/greeter@1.2.3")]
    pub subject: String,
    /// What is said; plain text of 1 to 4000 characters.
    #[schema(example = "the host is ours, as the manifest says; we have named it in the README as well")]
    pub text: String,
}

/// An appeal of a person to be opened.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccountAppeal {
    /// The namespace that was refused.
    #[schema(example = "invoicess")]
    pub namespace: String,
    /// What is said; plain text of 1 to 4000 characters.
    #[schema(example = "it is the name of our company, as the register of companies says")]
    pub text: String,
}

/// What a publisher, or a person, says against a decision.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Appeal {
    /// Its id.
    pub id: String,
    /// What kind of thing it is about.
    pub kind: AppealKind,
    /// Which.
    pub subject: String,
    /// The same as people write it.
    #[schema(example = "the name `acme/invoces`")]
    pub about: String,
    /// The namespace whose it is, unless a person's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "acme")]
    pub publisher: Option<String>,
    /// The person whose it is. For operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Contact>,
    /// What is said, plain text.
    pub text: String,
    /// What was decided.
    pub state: AppealState,
    /// Who opened it: `token:` or `account:` with an id.
    pub opened_by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub opened_at: OffsetDateTime,
    /// Who decided: `token:` or `account:` with an id, or `machine`. For operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<OffsetDateTime>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Appeals.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AppealList {
    /// The appeals.
    pub appeals: Vec<Appeal>,
    /// `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which appeals.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AppealsQuery {
    /// What was decided of them.
    #[serde(default)]
    pub state: AppealState,
    /// The last one already seen: `next` of the page before.
    pub after: Option<String>,
}

/// An operator's answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealAnswer {
    /// For whoever appealed; one line without markup, 500 characters at most.
    #[schema(example = "the README names the host now")]
    pub reason: String,
}

impl Appeal {
    /// As operators see it.
    pub(in crate::http) fn for_operators(told: &ToldAppeal) -> Self {
        Self {
            decided_by: told.appeal.decided.as_ref().map(|decided| decided.by.clone()),
            person: told.person.as_ref().map(Contact::from),
            ..Self::for_appellant(told)
        }
    }

    /// As whoever opened it sees it.
    pub(in crate::http) fn for_appellant(told: &ToldAppeal) -> Self {
        let ToldAppeal { appeal, about, publisher, .. } = told;
        let decided = appeal.decided.as_ref();
        Self {
            id: appeal.id.to_string(),
            kind: match appeal.subject {
                appeals::AppealSubject::Module(_) => AppealKind::Module,
                appeals::AppealSubject::Version(..) => AppealKind::Version,
                appeals::AppealSubject::Name(_) => AppealKind::Name,
                appeals::AppealSubject::Submission(_) => AppealKind::Submission,
            },
            subject: appeal.subject.key(),
            about: about.clone(),
            publisher: publisher.as_ref().map(ToString::to_string),
            person: None,
            text: appeal.text.clone(),
            state: match appeal.state {
                appeals::AppealState::Open => AppealState::Open,
                appeals::AppealState::Granted => AppealState::Granted,
                appeals::AppealState::Denied => AppealState::Denied,
            },
            opened_by: appeal.opened_by.clone(),
            opened_at: appeal.opened_at,
            decided_by: None,
            decided_at: decided.map(|decided| decided.at),
            reason: decided.map(|decided| decided.reason.clone()),
        }
    }
}

impl NewAppeal {
    /// What it is about.
    ///
    /// # Errors
    /// [`Problem`] when that is nothing.
    pub(in crate::http) fn subject(&self) -> Result<appeals::AppealSubject, Problem> {
        let kind = match self.kind {
            AppealKind::Module => "module",
            AppealKind::Version => "version",
            AppealKind::Name => "name",
            AppealKind::Submission => "submission",
        };
        appeals::AppealSubject::parse(kind, &self.subject)
            .map_err(|error| unprocessable("invalid", "Not valid", error.to_string()))
    }
}

impl From<AppealState> for appeals::AppealState {
    fn from(state: AppealState) -> Self {
        match state {
            AppealState::Open => Self::Open,
            AppealState::Granted => Self::Granted,
            AppealState::Denied => Self::Denied,
        }
    }
}
