//! Names that are held because they resemble others.

use adx_registry_core::names::{self, WantedName};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use super::Contact;

/// How a name resembles another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Likeness {
    /// Only a number at its end differs.
    Number,
    /// It repeats a character of the other.
    Repeated,
    /// It swaps two characters of the other.
    Swapped,
    /// It has the words of the other in another order.
    Words,
    /// It leaves a character of the other out.
    Omitted,
    /// It has a character more than the other.
    Added,
    /// It looks like the other.
    Looks,
}

/// What was decided of a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HeldNameState {
    /// It waits for an operator.
    #[default]
    Held,
    /// It may be taken by who asked for it.
    Allowed,
    /// It may not.
    Refused,
}

/// A new name that resembles another.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeldName {
    /// Its id.
    pub id: String,
    /// The name: a namespace, or a module.
    #[schema(example = "acme/invoces")]
    pub name: String,
    /// The name that was there before.
    #[schema(example = "adhera/invoices")]
    pub resembles: String,
    /// How it does.
    pub likeness: Likeness,
    /// What was decided.
    pub state: HeldNameState,
    /// When it was asked for first.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
    /// When an operator decided last.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<OffsetDateTime>,
    /// Who decided: `token:` or `account:` with an id, or `machine`. For operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The namespace that wants the name for a module. For operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "acme")]
    pub publisher: Option<String>,
    /// The person who asked for a namespace. For operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<Contact>,
}

/// Names that were held.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeldNameList {
    /// The names.
    pub names: Vec<HeldName>,
    /// `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Why a name is refused.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNameRefusal {
    /// For whoever asked for it; one line without markup, 500 characters at most.
    #[schema(example = "it would be taken for adhera/invoices")]
    pub reason: String,
}

/// Which names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HeldNamesQuery {
    /// What was decided of them.
    #[serde(default)]
    pub state: HeldNameState,
    /// The last one already seen: `next` of the page before.
    pub after: Option<String>,
}

impl HeldName {
    /// As operators see it.
    pub(in crate::http) fn for_operators(wanted: &WantedName) -> Self {
        Self {
            decided_by: wanted.held.decided.as_ref().map(|decided| decided.by.clone()),
            publisher: wanted.publisher.as_ref().map(ToString::to_string),
            asked_by: wanted.person.as_ref().map(Contact::from),
            ..Self::for_publisher(&wanted.held)
        }
    }

    /// As whoever asked for it sees it.
    pub(in crate::http) fn for_publisher(name: &names::HeldName) -> Self {
        Self {
            id: name.id.to_string(),
            name: name.name.to_string(),
            resembles: name.resembles.to_string(),
            likeness: match name.likeness {
                names::Likeness::Number => Likeness::Number,
                names::Likeness::Repeated => Likeness::Repeated,
                names::Likeness::Swapped => Likeness::Swapped,
                names::Likeness::Words => Likeness::Words,
                names::Likeness::Omitted => Likeness::Omitted,
                names::Likeness::Added => Likeness::Added,
                names::Likeness::Looks => Likeness::Looks,
            },
            state: match name.state {
                names::HeldState::Held => HeldNameState::Held,
                names::HeldState::Allowed => HeldNameState::Allowed,
                names::HeldState::Refused => HeldNameState::Refused,
            },
            asked_at: name.asked_at,
            decided_at: name.decided.as_ref().map(|decided| decided.at),
            decided_by: None,
            reason: name.reason.clone(),
            publisher: None,
            asked_by: None,
        }
    }
}

impl From<HeldNameState> for names::HeldState {
    fn from(state: HeldNameState) -> Self {
        match state {
            HeldNameState::Held => Self::Held,
            HeldNameState::Allowed => Self::Allowed,
            HeldNameState::Refused => Self::Refused,
        }
    }
}
