//! What an appeal is about.

use adx_signing::name::{ModuleId, Name};
use semver::Version;
use thiserror::Error;

use super::AppealError;
use crate::Id;
use crate::names::{HeldName, HeldState, NewName};
use crate::ports::{Reader, StoreError};
use crate::publisher::Publisher;
use crate::submissions::{KEPT_BYTES, Side, Submission, SubmissionState};
use crate::takedown::in_words;
use time::OffsetDateTime;

/// What an appeal is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppealSubject {
    /// A module that is in quarantine or taken down as a whole.
    Module(ModuleId),
    /// A version that is in quarantine or taken down by itself.
    Version(ModuleId, Version),
    /// A module's name that was refused, or a namespace that a person asked for.
    Name(Id<HeldName>),
    /// A submission that an operator rejected.
    Submission(Id<Submission>),
}

/// A text that names nothing which can be appealed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{kind}` `{key}` is nothing that an appeal can be about")]
pub struct UnknownSubject {
    kind: String,
    key: String,
}

impl AppealSubject {
    /// The word for its kind, on the wire and in the database.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Module(_) => "module",
            Self::Version(..) => "version",
            Self::Name(_) => "name",
            Self::Submission(_) => "submission",
        }
    }

    /// What tells it from others of its kind: `acme/greeter`, `acme/greeter@1.2.3`, or an id.
    pub fn key(&self) -> String {
        match self {
            Self::Module(module) => module.to_string(),
            Self::Version(module, version) => format!("{module}@{version}"),
            Self::Name(id) => id.to_string(),
            Self::Submission(id) => id.to_string(),
        }
    }

    /// Reads kind and key.
    ///
    /// # Errors
    /// [`UnknownSubject`]
    pub fn parse(kind: &str, key: &str) -> Result<Self, UnknownSubject> {
        let parsed = match kind {
            "module" => key.parse().ok().map(Self::Module),
            "version" => key
                .split_once('@')
                .and_then(|(module, version)| Some(Self::Version(module.parse().ok()?, version.parse().ok()?))),
            "name" => key.parse().ok().map(Self::Name),
            "submission" => key.parse().ok().map(Self::Submission),
            _ => None,
        };
        parsed.ok_or_else(|| UnknownSubject { kind: kind.to_owned(), key: key.to_owned() })
    }
}

/// A subject that was looked up.
pub(super) struct Found {
    /// As it is written.
    pub(super) subject: AppealSubject,
    /// The name of the module that it is of.
    pub(super) module: Name,
}

/// Looks up what somebody appeals about, if it is the publisher's and an operator has decided against it.
pub(super) async fn find(
    reader: &mut dyn Reader,
    publisher: &Publisher,
    subject: AppealSubject,
    now: OffsetDateTime,
) -> Result<Found, AppealError> {
    let not_theirs = || AppealError::NotTheirs(publisher.namespace.clone());
    match subject {
        AppealSubject::Module(module) => {
            let known = reader.module(&module).await?.filter(|known| known.publisher == publisher.id);
            let known = known.ok_or_else(not_theirs)?;
            if known.quarantined_for.is_none() && known.taken_down_for.is_none() {
                return Err(AppealError::NothingDecided(in_words(&known.module, None)));
            }
            let name = known.module.name.clone();
            Ok(Found { subject: AppealSubject::Module(known.module), module: name })
        }
        AppealSubject::Version(module, version) => {
            let known = reader.module(&module).await?.filter(|known| known.publisher == publisher.id);
            let known = known.ok_or_else(not_theirs)?;
            let release = reader.release(known.id, &version).await?.ok_or_else(not_theirs)?;
            if release.quarantined_for.is_none() && release.taken_down_for.is_none() {
                return Err(if release.is_offered() {
                    AppealError::NothingDecided(in_words(&known.module, Some(&release.version)))
                } else {
                    AppealError::WholeModule { module: known.module, version: release.version }
                });
            }
            let name = known.module.name.clone();
            Ok(Found { subject: AppealSubject::Version(known.module, release.version), module: name })
        }
        AppealSubject::Name(id) => {
            let held = reader.held_name(id).await?.filter(|held| held.publisher == Some(publisher.id));
            let held = held.ok_or_else(not_theirs)?;
            let NewName::Module(module) = &held.name else { return Err(not_theirs()) };
            if held.state != HeldState::Refused {
                return Err(AppealError::NothingDecided(format!("the name `{module}`")));
            }
            Ok(Found { module: module.name.clone(), subject: AppealSubject::Name(id) })
        }
        AppealSubject::Submission(id) => {
            let sent = reader.submission(id).await?.filter(|sent| sent.publisher == publisher.id);
            let sent = sent.ok_or_else(not_theirs)?;
            let by_operator = sent.verdict.as_ref().is_some_and(|verdict| verdict.by == Side::Operator);
            if sent.state != SubmissionState::Rejected || !by_operator {
                return Err(AppealError::NothingDecided(in_words(&sent.module, Some(&sent.version))));
            }
            if now - sent.changed_at >= KEPT_BYTES {
                return Err(AppealError::NotKept);
            }
            Ok(Found { subject: AppealSubject::Submission(id), module: sent.module.name })
        }
    }
}

/// The subject as people write it.
pub(super) async fn describe(reader: &mut dyn Reader, subject: &AppealSubject) -> Result<String, StoreError> {
    Ok(match subject {
        AppealSubject::Module(module) => in_words(module, None),
        AppealSubject::Version(module, version) => in_words(module, Some(version)),
        AppealSubject::Name(id) => match reader.held_name(*id).await? {
            Some(held) => format!("the name `{}`", held.name),
            None => "a name".to_owned(),
        },
        AppealSubject::Submission(id) => match reader.submission(*id).await? {
            Some(sent) => format!("the submission of {}", in_words(&sent.module, Some(&sent.version))),
            None => "a submission".to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_as_it_is_written() {
        let id = "0".repeat(32);
        for (kind, key) in [
            ("module", "acme/greeter"),
            ("version", "acme/greeter@1.2.3-rc.1+build.7"),
            ("name", id.as_str()),
            ("submission", id.as_str()),
        ] {
            let subject = AppealSubject::parse(kind, key).unwrap();
            assert_eq!((subject.kind(), subject.key().as_str()), (kind, key));
        }
        for (kind, key) in [("module", "greeter"), ("version", "acme/greeter"), ("name", "x"), ("wish", "acme/greeter")]
        {
            assert!(AppealSubject::parse(kind, key).is_err(), "{kind} {key}");
        }
    }
}
