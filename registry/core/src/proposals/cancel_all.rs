//! What owners proposed ends when the namespace is somebody else's.

use super::deed;
use crate::Ports;
use crate::audit::Act;
use crate::leaf::{append, recovery_cancelled};
use crate::ports::{StoreError, Transaction};
use crate::proposal::{ProposalState, ProposedAction};
use crate::publisher::Publisher;

/// Cancels every proposal that is open or announced; a change of keys that was announced is taken back in the log. Nobody is told. The
/// leaves are locked.
pub(crate) async fn cancel_all(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
) -> Result<(), StoreError> {
    let now = ports.now();
    for mut proposal in transaction.live_proposals_of(publisher.id).await? {
        if let (ProposedAction::Keys(change), ProposalState::Announced) = (&proposal.action, proposal.state) {
            let objection = recovery_cancelled(&publisher.namespace, change);
            proposal.leaf = Some(append(transaction, now, objection).await?);
        }
        proposal.end(ProposalState::Cancelled, now);
        transaction.update_proposal(&proposal).await?;
        deed(Act::ProposalCancel, publisher, &proposal).leaf(proposal.leaf).tell(ports, transaction);
    }
    Ok(())
}
