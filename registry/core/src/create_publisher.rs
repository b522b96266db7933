//! A new publisher, with the token it begins with.

use adx_signing::name::Namespace;
use adx_signing::utc::UtcSecond;
use thiserror::Error;

use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::issue_token::{self, IssuedToken};
use crate::leaf::append_ownership;
use crate::names::{NameRefused, admit_namespace};
use crate::ports::{Constraint, StoreError, Written};
use crate::publisher::Publisher;
use crate::token::{Scope, TokenOwner};
use crate::{Id, Ports};
use serde_json::json;

/// Longest display name, in characters: it is shown in lists.
pub const MAX_DISPLAY_NAME_CHARS: usize = 80;

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
    /// The display name is empty, too long, or holds control characters.
    #[error("a display name has 1 to {MAX_DISPLAY_NAME_CHARS} characters and no control characters")]
    BadDisplayName,
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
}

/// Creates the publisher of `namespace`, as an operator's request.
///
/// # Errors
/// [`CreatePublisherError`]
#[tracing::instrument(name = "publisher.create", skip_all, fields(%namespace))]
pub async fn create_publisher(
    ports: &Ports,
    actor: &Actor,
    namespace: Namespace,
    display_name: &str,
    reserved: Reserved,
) -> Result<(Publisher, IssuedToken), CreatePublisherError> {
    actor.operator()?;
    if reserved == Reserved::Refused && ports.names.reserved.has(&namespace) {
        return Err(CreatePublisherError::Reserved(namespace));
    }
    let taken = ports.store.read().await.map_err(CreatePublisherError::Store)?.publisher_by_namespace(&namespace).await;
    if taken.map_err(CreatePublisherError::Store)?.is_some() {
        return Err(CreatePublisherError::NamespaceTaken(namespace));
    }
    admit_namespace(ports, &namespace).await?;
    create_publisher_on_the_machine(ports, namespace, display_name).await
}

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
    let display_name = display_name.trim();
    let readable = (1..=MAX_DISPLAY_NAME_CHARS).contains(&display_name.chars().count());
    if !readable || display_name.chars().any(char::is_control) {
        return Err(CreatePublisherError::BadDisplayName);
    }
    let now = ports.now();
    let publisher = Publisher {
        id: Id::new(now, &*ports.entropy),
        namespace,
        display_name: display_name.to_owned(),
        created_at: now,
    };
    let owner = TokenOwner::Publisher(publisher.id);
    let issued = issue_token::make(ports, owner, "first token", Scope::everything(), None);

    let mut transaction = ports.store.begin().await.map_err(CreatePublisherError::Store)?;
    // Whoever restores the namespace meanwhile has this lock as well.
    transaction.lock_leaves().await.map_err(CreatePublisherError::Store)?;
    if let Some(deleted) =
        transaction.deleted_publisher(&publisher.namespace).await.map_err(CreatePublisherError::Store)?
    {
        let cooled_down = deleted.deletion.at.checked_add(ports.names.cool_down);
        let free_at = cooled_down.filter(|_| !deleted.had_keys);
        if free_at.is_none_or(|free_at| now < free_at) {
            transaction.rollback().await.map_err(CreatePublisherError::Store)?;
            let until = free_at.map(UtcSecond::from);
            return Err(CreatePublisherError::Deleted { namespace: publisher.namespace, until });
        }
        transaction.give_up_namespace(deleted.publisher.id).await.map_err(CreatePublisherError::Store)?;
    }
    match transaction.insert_publisher(&publisher).await {
        Err(StoreError::Violated(Constraint::PublisherNamespace)) => {
            transaction.rollback().await.map_err(CreatePublisherError::Store)?;
            return Err(CreatePublisherError::NamespaceTaken(publisher.namespace));
        }
        other => other.map_err(CreatePublisherError::Store)?,
    }
    transaction.insert_token(&issued.token).await.map_err(CreatePublisherError::Store)?;
    append_ownership(&mut *transaction, &*ports.entropy, &publisher).await.map_err(CreatePublisherError::Store)?;
    let deed = Deed::new(Act::PublisherCreate).of(&publisher).with(json!({ "token": issued.token.id }));
    deed.tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await.map_err(CreatePublisherError::Store)?;
    ports.progress.logged();
    Ok((publisher, issued))
}
