//! A publisher is called something else: what people read, not its namespace, which stays.

use adx_signing::name::Namespace;
use serde_json::json;

use super::{MemberError, end, seat};
use crate::Ports;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::ports::{StoreError, Transaction, Written};
use crate::publisher::{DisplayName, Publisher};

/// Changes what people read of a publisher, as any owner may alone. The same name as before is no error.
///
/// # Errors
/// [`MemberError`]; nothing has changed then.
#[tracing::instrument(name = "publisher.rename", skip_all, fields(%namespace))]
pub async fn change_display_name(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    name: &DisplayName,
) -> Result<Publisher, MemberError> {
    actor.owner_of(namespace)?;
    let mut transaction = ports.store.begin().await?;
    let changed = match seat(&mut *transaction, actor, namespace).await {
        Ok((publisher, _)) => change(ports, &mut *transaction, publisher, name).await.map_err(Into::into),
        Err(refused) => Err(refused),
    };
    end(transaction, Written::ToldIfChanged, changed).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`MemberError`]; nothing has changed then.
pub async fn change_display_name_on_the_machine(
    ports: &Ports,
    namespace: &Namespace,
    name: &DisplayName,
) -> Result<Publisher, MemberError> {
    let mut transaction = ports.store.begin().await?;
    let changed = find_and_change(ports, &mut *transaction, namespace, name).await;
    end(transaction, Written::ToldIfChanged, changed).await
}

async fn find_and_change(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    namespace: &Namespace,
    name: &DisplayName,
) -> Result<Publisher, MemberError> {
    transaction.lock_leaves().await?;
    let publisher = transaction.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| MemberError::NoPublisher(namespace.clone()))?;
    Ok(change(ports, transaction, publisher, name).await?)
}

async fn change(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: Publisher,
    name: &DisplayName,
) -> Result<Publisher, StoreError> {
    if publisher.display_name != name.as_str() {
        transaction.set_display_name(publisher.id, name).await?;
        let detail = json!({ "before": publisher.display_name, "display_name": name.as_str() });
        Deed::new(Act::PublisherRename).of(&publisher).with(detail).tell(ports, transaction);
    }
    Ok(Publisher { display_name: name.as_str().to_owned(), ..publisher })
}
