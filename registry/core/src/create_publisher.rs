//! A new publisher, with the token it begins with.

use adx_signing::name::Namespace;
use adx_signing::utc::UtcSecond;
use thiserror::Error;
use time::Duration;

use crate::account::{Account, Session};
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::issue_token::{self, IssuedToken};
use crate::leaf::{append_owners, append_ownership};
use crate::members::{Member, MemberState, Role};
use crate::names::{Asker, NameRefused, NewName, admit_namespace, admit_still};
use crate::operator_scope::OperatorScope;
use crate::ports::{Constraint, StoreError, Transaction, Written};
use crate::publisher::{BadDisplayName, DisplayName, Publisher, PublisherKind};
use crate::token::{Scope, TokenOwner};
use crate::{Id, Ports};
use serde_json::json;

/// Whether a reserved namespace is meant to be given away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// It is refused: whoever asks passes on what others chose.
    Refused,
    /// It is given: whoever asks knows to whom.
    Given,
}

/// Why there is no new publisher.
#[derive(Debug, Error)]
pub enum CreatePublisherError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The namespace has an owner; `-` and `_` are the same in names.
    #[error("the namespace `{0}` is taken")]
    NamespaceTaken(Namespace),
    /// The namespace is given away knowingly only.
    #[error("the namespace `{0}` is reserved")]
    Reserved(Namespace),
    /// The namespace was deleted, and is not free yet, or never will be.
    #[error("the namespace `{namespace}` was deleted, {}", until.map_or_else(
        || "and is kept for whom it belonged to: agents know its keys".to_owned(),
        |until| format!("and nobody else may take it before {until}")
    ))]
    Deleted {
        /// The namespace.
        namespace: Namespace,
        /// When anybody may take it, if ever.
        until: Option<UtcSecond>,
    },
    /// The namespace resembles another.
    #[error(transparent)]
    Name(#[from] NameRefused),
    /// The display name is none.
    #[error(transparent)]
    DisplayName(#[from] BadDisplayName),
    /// The person owns enough.
    #[error("a person owns at most {most} namespaces here")]
    TooMany {
        /// The most.
        most: u32,
    },
    /// The person has made enough for now, whoever owns them.
    #[error("a person makes at most {most} namespaces in {} days here", MADE_WITHIN.whole_days())]
    TooManyMade {
        /// The most.
        most: u32,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// For how long what a person made counts, also where somebody else owns it by now: or else whoever leaves one to an accomplice makes
/// the next.
const MADE_WITHIN: Duration = Duration::days(30);

/// What is to be created.
#[derive(Debug)]
pub struct NewPublisher<'a> {
    /// The namespace.
    pub namespace: Namespace,
    /// What people read.
    pub display_name: &'a str,
    /// Whether it may be a reserved one.
    pub reserved: Reserved,
    /// Whose it is to be.
    pub kind: PublisherKind,
}

/// Creates a publisher: an operator for others, or a person who owns it then, where the registry is open to that. What tells which is
/// whether an operator asks.
///
/// # Errors
/// [`CreatePublisherError`]
#[tracing::instrument(name = "publisher.create", skip_all, fields(namespace = %new.namespace))]
pub async fn create_publisher(
    ports: &Ports,
    actor: &Actor,
    new: NewPublisher<'_>,
) -> Result<(Publisher, IssuedToken), CreatePublisherError> {
    let founder = founder(ports, actor, &new)?;
    let NewPublisher { namespace, display_name, reserved, kind } = new;
    if reserved == Reserved::Refused && ports.names.reserved.has(&namespace) {
        return Err(CreatePublisherError::Reserved(namespace));
    }
    let taken = ports.store.read().await?.publisher_by_namespace(&namespace).await;
    if taken?.is_some() {
        return Err(CreatePublisherError::NamespaceTaken(namespace));
    }
    let asker = founder.map_or(Asker::Operator, |(account, _)| Asker::Person(account.id));
    admit_namespace(ports, asker, &namespace).await?;
    create(ports, namespace, display_name, kind, founder, Some(asker)).await
}

/// The person who is to own what is created; none if an operator creates it for others.
fn founder<'a>(
    ports: &Ports,
    actor: &'a Actor,
    new: &NewPublisher<'_>,
) -> Result<Option<Founder<'a>>, CreatePublisherError> {
    match (actor.operator(OperatorScope::Publishers), actor.person()) {
        (Ok(()), _) if new.kind == PublisherKind::Organisation => Ok(None),
        (Ok(()), Ok(founder)) => Ok(Some(founder)),
        (Err(_), Ok(founder))
            if ports.names.open && new.reserved == Reserved::Refused && founder.0.verified_at.is_some() =>
        {
            Ok(Some(founder))
        }
        (Ok(()), Err(denied)) | (Err(denied), _) => Err(denied.into()),
    }
}

/// A person, and where it is signed in.
type Founder<'a> = (&'a Account, &'a Session);

/// Creates the publisher of `namespace` for whoever sits at the machine that holds the database: the `admin` command. A reserved one
/// too, and one that resembles another: whoever types it knows to whom it goes.
///
/// # Errors
/// [`CreatePublisherError`]
pub async fn create_publisher_on_the_machine(
    ports: &Ports,
    namespace: Namespace,
    display_name: &str,
) -> Result<(Publisher, IssuedToken), CreatePublisherError> {
    create(ports, namespace, display_name, PublisherKind::Organisation, None, None).await
}

async fn create(
    ports: &Ports,
    namespace: Namespace,
    display_name: &str,
    kind: PublisherKind,
    founder: Option<Founder<'_>>,
    asker: Option<Asker>,
) -> Result<(Publisher, IssuedToken), CreatePublisherError> {
    let display_name: DisplayName = display_name.parse()?;
    let now = ports.now();
    let publisher = Publisher {
        id: Id::new(now, &*ports.entropy),
        namespace,
        display_name: display_name.as_str().to_owned(),
        kind,
        created_at: now,
    };
    let owner = TokenOwner::Publisher(publisher.id);
    let issued = issue_token::make(ports, owner, "first token", Scope::everything(), None);

    let mut transaction = ports.store.begin().await?;
    match insert(ports, &mut *transaction, &publisher, &issued, founder, asker).await {
        Ok(()) => {
            let deed = Deed::new(Act::PublisherCreate).of(&publisher).with(json!({ "token": issued.token.id }));
            deed.tell(ports, &mut *transaction);
            transaction.commit(Written::Told).await?;
        }
        Err(refused) => {
            transaction.rollback().await?;
            return Err(match refused {
                CreatePublisherError::Store(StoreError::Violated(Constraint::PublisherNamespace)) => {
                    CreatePublisherError::NamespaceTaken(publisher.namespace)
                }
                other => other,
            });
        }
    }
    ports.progress.logged();
    Ok((publisher, issued))
}

async fn insert(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    issued: &IssuedToken,
    founder: Option<Founder<'_>>,
    asker: Option<Asker>,
) -> Result<(), CreatePublisherError> {
    let now = publisher.created_at;
    // Whoever restores the namespace meanwhile has this lock as well, and so has whoever takes another.
    transaction.lock_leaves().await?;
    if let Some(asker) = asker {
        admit_still(transaction, NewName::Namespace(publisher.namespace.clone()), asker).await?;
    }
    if let Some(deleted) = transaction.deleted_publisher(&publisher.namespace).await? {
        let cooled_down = deleted.deletion.at.checked_add(ports.names.cool_down);
        let free_at = cooled_down.filter(|_| !deleted.had_keys);
        if free_at.is_none_or(|free_at| now < free_at) {
            let until = free_at.map(UtcSecond::from);
            return Err(CreatePublisherError::Deleted { namespace: publisher.namespace.clone(), until });
        }
        transaction.give_up_namespace(deleted.publisher.id).await?;
    }
    let Some((account, session)) = founder else {
        transaction.insert_publisher(publisher).await?;
        transaction.insert_token(&issued.token).await?;
        return Ok(append_ownership(transaction, &*ports.entropy, publisher).await?);
    };
    let account = transaction.account(account.id).await?.filter(Account::is_active);
    let is_signed_in = transaction.session_by_hash(&session.hash).await?.is_some();
    let account = account.filter(|_| is_signed_in).ok_or(Denied::Unauthenticated)?;
    let memberships = transaction.memberships_of(account.id).await?;
    let owned = memberships.iter().filter(|membership| membership.member.is_owner()).count();
    let most = ports.names.most_of_a_person;
    if !account.is_operator && usize::try_from(most).is_ok_and(|most| owned >= most) {
        return Err(CreatePublisherError::TooMany { most });
    }
    let made = transaction.publishers_made_by(account.id, now - MADE_WITHIN).await?;
    if !account.is_operator && made >= u64::from(most) {
        return Err(CreatePublisherError::TooManyMade { most });
    }
    let owner = Member {
        id: Id::new(now, &*ports.entropy),
        publisher: publisher.id,
        role: Role::Owner,
        account: Some(account.id),
        name: account.name.ok_or(Denied::Unauthenticated)?,
        email: account.email,
        state: MemberState::Accepted,
        created_at: now,
        accepted_at: Some(now),
    };
    transaction.insert_publisher(publisher).await?;
    transaction.insert_member(&owner).await?;
    transaction.insert_token(&issued.token).await?;
    transaction.note_token_maker(issued.token.id, owner.id).await?;
    Ok(append_owners(transaction, &*ports.entropy, publisher, now, &[owner.id.to_string()]).await?)
}
