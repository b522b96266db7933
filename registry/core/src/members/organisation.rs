//! A person's publisher becomes an organisation's: others may be members from then on.

use adx_signing::name::Namespace;

use super::{MemberError, end, seat};
use crate::Ports;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::ports::Written;
use crate::publisher::{Publisher, PublisherKind};

/// Turns a person's publisher into an organisation. One that is an organisation already is no error.
///
/// # Errors
/// [`MemberError`]
#[tracing::instrument(name = "publisher.turn_into_organisation", skip_all, fields(%namespace))]
pub async fn turn_into_organisation(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
) -> Result<Publisher, MemberError> {
    actor.owner_of(namespace)?;
    let mut transaction = ports.store.begin().await?;
    let turned = match seat(&mut *transaction, actor, namespace).await {
        Ok((publisher, _)) => {
            let kind = PublisherKind::Organisation;
            if publisher.kind != kind {
                transaction.set_publisher_kind(publisher.id, kind).await?;
                Deed::new(Act::PublisherOrganisation).of(&publisher).tell(ports, &mut *transaction);
            }
            Ok(Publisher { kind, ..publisher })
        }
        Err(refused) => Err(refused),
    };
    end(transaction, Written::ToldIfChanged, turned).await
}
