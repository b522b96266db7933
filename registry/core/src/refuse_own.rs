//! Operators who are members of publishers too: what is their own waits for another one.

use crate::account::Account;
use crate::actor::{Actor, Denied};
use crate::appeals::{Appeal, Appellant};
use crate::members::Membership;
use crate::names::HeldName;
use crate::ports::StoreError;
use crate::submissions::Submission;
use crate::{Id, Ports};

/// What waits for an operator's decision.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Matter {
    /// A submission.
    Submission(Id<Submission>),
    /// An appeal.
    Appeal(Id<Appeal>),
    /// A name that is held.
    Name(Id<HeldName>),
}

/// Refuses an operator who would decide on what it asked for, or a publisher of which it is a member: one stolen session must not both
/// send a package and let it pass. An operator's token is made on the machine, and nobody's.
///
/// # Errors
/// [`StoreError`]
pub(crate) async fn refuse_own(ports: &Ports, actor: &Actor, matter: Matter) -> Result<Result<(), Denied>, StoreError> {
    let Actor::Person { account, .. } = actor else { return Ok(Ok(())) };
    let whose = whose(ports, account, matter).await?;
    Ok(whose.map_or(Ok(()), |whose| Err(Denied::Own { whose, on_the_machine: on_the_machine(matter) })))
}

/// In which words it is the person's own, if it is.
async fn whose(ports: &Ports, account: &Account, matter: Matter) -> Result<Option<String>, StoreError> {
    let mut reader = ports.store.read().await?;
    let (publisher, person) = match matter {
        Matter::Submission(id) => (reader.submission(id).await?.map(|submission| submission.publisher), None),
        Matter::Appeal(id) => match reader.appeal(id).await?.map(|appeal| appeal.appellant) {
            Some(Appellant::Publisher(publisher)) => (Some(publisher), None),
            Some(Appellant::Account(person)) => (None, Some(person)),
            None => (None, None),
        },
        Matter::Name(id) => (reader.held_name(id).await?.and_then(|held| held.publisher), reader.asker_of(id).await?),
    };
    if person == Some(account.id) {
        return Ok(Some("your own".to_owned()));
    }
    let Some(publisher) = publisher else { return Ok(None) };
    let memberships = reader.memberships_of(account.id).await?;
    let own = memberships.into_iter().find(|membership| membership.publisher.id == publisher);
    Ok(own.map(|Membership { publisher, .. }| format!("of `{}`, of which you are a member", publisher.namespace)))
}

/// What whoever has the machine types instead.
fn on_the_machine(matter: Matter) -> String {
    match matter {
        Matter::Submission(id) => {
            format!("adx-registry admin review approve {id}, or … reject {id} --reason TEXT")
        }
        Matter::Appeal(id) => {
            format!("adx-registry admin appeal grant {id} --reason TEXT, or … deny {id} --reason TEXT")
        }
        Matter::Name(id) => format!("adx-registry admin names allow {id}, or … refuse {id} --reason TEXT"),
    }
}
