//! Whether somebody may be the first to have a name.

use adx_signing::name::{ModuleId, Namespace};
use adx_signing::utc::UtcSecond;
use thiserror::Error;
use time::Duration;

use super::alike::{MIN_COMPARED_CHARS, alike};
use super::decide::of_name;
use super::similar::variants;
use super::{HeldName, HeldState, Likeness, MAX_HELD_NAMES, NewName};
use crate::account::Account;
use crate::audit::Act;
use crate::job::OperatorMatter;
use crate::matters::tell_operators;
use crate::ports::{Reader, Resembling, StoreError, Transaction, Written};
use crate::publisher::Publisher;
use crate::{Id, Ports};

/// Most names of a publisher's modules that wait at once: stops one from filling the operators' list.
pub const MAX_WAITING: usize = 20;

/// Most namespaces that wait at once for one person.
pub const MAX_WAITING_OF_A_PERSON: u64 = 3;

/// How long what an operator allowed is kept for the person who asked for it.
pub(super) const PROMISED: Duration = Duration::days(30);

/// Why a name cannot be taken.
#[derive(Debug, Error)]
pub enum NameRefused {
    /// It resembles another, and an operator has not looked at it yet.
    #[error("`{}` {} `{}`, and waits for an operator to look at it", .0.name, .0.likeness, .0.resembles)]
    Held(Box<HeldName>),
    /// An operator has looked at it.
    #[error("an operator refused the name `{}`: {}", .0.name, .0.reason.as_deref().unwrap_or("without a reason"))]
    Refused(Box<HeldName>),
    /// So many names of the publisher wait that another is not even held.
    #[error("`{name}` {likeness} `{resembles}`, and enough names of yours wait for an operator already")]
    TooMany {
        /// The name.
        name: NewName,
        /// How it resembles another.
        likeness: Likeness,
        /// Which.
        resembles: NewName,
    },
    /// It was allowed to whoever asked first.
    #[error("the name `{name}` is kept until {until} for somebody else, whom an operator allowed it")]
    Promised {
        /// The name.
        name: NewName,
        /// Until when.
        until: UtcSecond,
    },
    /// What it resembles was taken at this moment.
    #[error("`{name}` {likeness} `{resembles}`, which was taken a moment ago")]
    Meanwhile {
        /// The name.
        name: NewName,
        /// How it resembles another.
        likeness: Likeness,
        /// Which.
        resembles: NewName,
    },
    /// An operator has deleted the module.
    #[error("the module `{0}` was deleted")]
    Deleted(ModuleId),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The namespace that another resembles, if there is one, and how.
///
/// # Errors
/// [`StoreError`]
pub async fn resembled(ports: &Ports, namespace: &Namespace) -> Result<Option<(NewName, Likeness)>, StoreError> {
    resembling(ports, &mut *ports.store.read().await?, &NewName::Namespace(namespace.clone()), None).await
}

/// For whom a name is admitted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asker {
    /// An operator.
    Operator,
    /// A person who is to own a namespace.
    Person(Id<Account>),
    /// A publisher.
    Publisher(Id<Publisher>),
}

impl Asker {
    fn publisher(self) -> Option<Id<Publisher>> {
        if let Self::Publisher(publisher) = self { Some(publisher) } else { None }
    }
}

/// Admits a namespace that nobody has, or holds it.
pub(crate) async fn admit_namespace(ports: &Ports, asker: Asker, namespace: &Namespace) -> Result<(), NameRefused> {
    admit(ports, NewName::Namespace(namespace.clone()), asker).await
}

/// Admits a module that a publisher has not yet, or holds its name.
pub(crate) async fn admit_module(ports: &Ports, publisher: &Publisher, module: &ModuleId) -> Result<(), NameRefused> {
    admit(ports, NewName::Module(module.clone()), Asker::Publisher(publisher.id)).await
}

async fn admit(ports: &Ports, name: NewName, asker: Asker) -> Result<(), NameRefused> {
    let known = ports.store.read().await?.held_name_of(&name).await?;
    let held = if let Some(known) = known { Some(known) } else { hold(ports, name, asker).await? };
    match held {
        None => Ok(()),
        Some(held) => match held.state {
            HeldState::Allowed => is_free(ports, asker, held).await,
            HeldState::Held => Err(NameRefused::Held(Box::new(held))),
            HeldState::Refused => Err(NameRefused::Refused(Box::new(held))),
        },
    }
}

/// What was allowed is kept for the person who asked for it, for a while.
async fn is_free(ports: &Ports, asker: Asker, held: HeldName) -> Result<(), NameRefused> {
    let Asker::Person(account) = asker else { return Ok(()) };
    let promised = ports.store.read().await?.asker_of(held.id).await?.filter(|asked| *asked != account);
    let until = held.decided.map(|decided| decided.at + PROMISED);
    match (promised, until) {
        (Some(_), Some(until)) if ports.now() < until => {
            Err(NameRefused::Promised { name: held.name, until: until.into() })
        }
        _ => Ok(()),
    }
}

/// Looks once more, while nobody else takes a name: what a name resembles may have been taken since it was admitted.
pub(crate) async fn admit_still(
    transaction: &mut dyn Transaction,
    name: NewName,
    asker: Asker,
) -> Result<(), NameRefused> {
    if transaction.held_name_of(&name).await?.is_some() {
        return Ok(());
    }
    match similar(transaction, &name, asker.publisher()).await? {
        None => Ok(()),
        Some((resembles, likeness)) => Err(NameRefused::Meanwhile { name, likeness, resembles }),
    }
}

/// Keeps a name that resembles another; none if it resembles no other.
async fn hold(ports: &Ports, name: NewName, asker: Asker) -> Result<Option<HeldName>, NameRefused> {
    let publisher = asker.publisher();
    let mut reader = ports.store.read().await?;
    let Some((resembles, likeness)) = resembling(ports, &mut *reader, &name, publisher).await? else {
        return Ok(None);
    };
    let is_enough = match asker {
        Asker::Operator => false,
        Asker::Person(account) => reader.names_held_for(account).await? >= MAX_WAITING_OF_A_PERSON,
        Asker::Publisher(publisher) => {
            let last = reader.held_names_of(publisher, MAX_HELD_NAMES).await?;
            last.iter().filter(|held| held.state == HeldState::Held).count() >= MAX_WAITING
        }
    };
    if is_enough {
        return Err(NameRefused::TooMany { name, likeness, resembles });
    }
    drop(reader);
    let asked_at = ports.now();
    let id = Id::new(asked_at, &*ports.entropy);
    let state = HeldState::Held;
    let held = HeldName { id, name, resembles, likeness, publisher, state, asked_at, decided: None, reason: None };
    let mut transaction = ports.store.begin().await?;
    transaction.hold_name(&held).await?;
    if let Asker::Person(account) = asker {
        transaction.note_asker(held.id, account).await?;
    }
    of_name(Act::NameHold, &held).tell(ports, &mut *transaction);
    tell_operators(ports, &mut *transaction, OperatorMatter::HeldNames).await?;
    transaction.commit(Written::Told).await?;
    tracing::info!(name = %held.name, resembles = %held.resembles, likeness = likeness.as_str(), "held a name");
    Ok(Some(held))
}

/// The name that a new one resembles: one that is there, or of namespaces a reserved one.
async fn resembling(
    ports: &Ports,
    reader: &mut dyn Reader,
    name: &NewName,
    publisher: Option<Id<Publisher>>,
) -> Result<Option<(NewName, Likeness)>, StoreError> {
    let found = similar(reader, name, publisher).await?;
    Ok(found.or_else(|| match name {
        NewName::Namespace(namespace) => {
            let (word, likeness) = ports.names.reserved.resembled(namespace)?;
            Some((NewName::Namespace(word), likeness))
        }
        NewName::Module(_) => None,
    }))
}

/// The name that a new one resembles: of namespaces any, of modules any of another publisher's.
async fn similar(
    reader: &mut dyn Reader,
    name: &NewName,
    publisher: Option<Id<Publisher>>,
) -> Result<Option<(NewName, Likeness)>, StoreError> {
    let canonical = match name {
        NewName::Namespace(namespace) => namespace.canonical().to_string(),
        NewName::Module(module) => module.name.canonical().to_string(),
    };
    if canonical.len() < MIN_COMPARED_CHARS {
        return Ok(None);
    }
    let variants = variants(&canonical);
    let alike = alike(&canonical);
    let wanted = Resembling { canonical, variants: variants.keys().cloned().collect(), alike };
    let likeness = |canonical: &str| variants.get(canonical).copied().unwrap_or(Likeness::Looks);
    Ok(match publisher {
        None => reader.similar_namespace(&wanted).await?.map(|found| {
            let likeness = likeness(found.canonical().as_str());
            (NewName::Namespace(found), likeness)
        }),
        Some(publisher) => reader.similar_module(publisher, &wanted).await?.map(|found| {
            let likeness = likeness(found.name.canonical().as_str());
            (NewName::Module(found), likeness)
        }),
    })
}
