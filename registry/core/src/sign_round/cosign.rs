//! Asking the witnesses.

use std::collections::BTreeMap;

use adx_signing::log::cosignature::cosigned_by;
use adx_signing::log::merkle::{consistency_tiles, prove_consistency};
use adx_signing::log::witness::AddCheckpoint;
use adx_signing::log::{KeyName, NoteSignature, SignedCheckpoint};
use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;

use super::lease::{LEASE, Lease};
use super::present::Present;
use super::stored::tiles;
use super::{Context, SignRoundError};
use crate::ceremony::Witness;
use crate::ports::{CosignAnswer, WitnessError};

/// Adds cosignatures until there are enough. Every witness that has not cosigned is asked, all at once. That one says it has
/// seen a larger log is not signed by anybody: where the quorum is met without it, it stops nothing. One that does not answer takes
/// longer than a lease stands, so the lease is held meanwhile.
///
/// # Errors
/// [`SignRoundError::Quorum`] when too few cosign; [`SignRoundError::WitnessAhead`] when one of the others says that it has seen
/// a larger log; [`SignRoundError::LeaseLost`].
pub(super) async fn collect(
    context: &Context,
    lease: &mut Lease,
    checkpoint: &mut SignedCheckpoint,
    present: &mut Present,
) -> Result<(), SignRoundError> {
    let log = &context.ceremony.log;
    let size = checkpoint.claimed().head.size;
    let asked = &checkpoint.clone();
    let has_cosigned = |witness: &&Witness| cosigned_by(asked, &witness.verifier).is_ok_and(|line| line.is_some());
    let mut found = log.witnesses.iter().filter(has_cosigned).count();
    let mut source = None;
    let mut ahead: Option<(KeyName, u64)> = None;
    {
        let known = &present.witnessed;
        let silent = log.witnesses.iter().filter(|witness| !has_cosigned(witness));
        let mut answers: FuturesUnordered<_> =
            silent.map(|witness| async move { (witness, ask(context, witness, asked, known).await) }).collect();
        let mut seen = BTreeMap::new();
        let hold = || context.ports.clock.sleep(LEASE.unsigned_abs() / 4);
        let mut holding = hold();
        while found < log.quorum {
            let (witness, answer) = match select(answers.next(), &mut holding).await {
                Either::Left((Some(answered), _)) => answered,
                Either::Left((None, _)) => break,
                Either::Right(((), _)) => {
                    lease.hold(&context.ports).await?;
                    holding = hold();
                    continue;
                }
            };
            match answer {
                Ok(Answer::Cosigned(lines)) => {
                    for line in lines {
                        checkpoint.note_mut().add(line);
                    }
                    seen.insert(witness.verifier.name.to_string(), size);
                    found += 1;
                }
                Ok(Answer::HasSeen(latest)) => {
                    let name = &witness.verifier.name;
                    tracing::warn!(witness = %name, latest, size, "a witness says that it has seen a larger log");
                    if ahead.as_ref().is_none_or(|(_, seen)| *seen < latest) {
                        ahead = Some((name.clone(), latest));
                    }
                }
                Ok(Answer::Failed(error)) => {
                    tracing::warn!(
                        witness = %witness.verifier.name,
                        error = &error as &dyn std::error::Error,
                        "a witness did not cosign"
                    );
                    source = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        drop(answers);
        present.witnessed.extend(seen);
    }
    let needed = log.quorum;
    match ahead {
        _ if found >= needed => Ok(()),
        Some((witness, seen)) => Err(SignRoundError::WitnessAhead { witness, seen, size, found, needed }),
        None => Err(SignRoundError::Quorum { size, found, needed, source }),
    }
}

/// What came of asking one witness.
enum Answer {
    Cosigned(Vec<NoteSignature>),
    /// It says that it has seen a log of this size, which is larger.
    HasSeen(u64),
    Failed(WitnessError),
}

/// Asks from the size that the witness is known to have seen, and once more from the size it then names.
async fn ask(
    context: &Context,
    witness: &Witness,
    checkpoint: &SignedCheckpoint,
    known: &BTreeMap<String, u64>,
) -> Result<Answer, SignRoundError> {
    let head = checkpoint.claimed().head;
    let mut old_size = known.get(witness.verifier.name.as_str()).copied().unwrap_or(0).min(head.size);
    let mut again = true;
    loop {
        let tiles = tiles(&context.ports, consistency_tiles(old_size, head.size)).await?;
        let proof = prove_consistency(old_size, &head, &tiles)?;
        let request = AddCheckpoint { old_size, proof, checkpoint: checkpoint.clone() };
        match context.witnesses.cosign(witness, &request).await {
            Ok(CosignAnswer::Cosigned(lines)) => return Ok(Answer::Cosigned(lines)),
            Ok(CosignAnswer::Conflict { latest }) if latest > head.size => return Ok(Answer::HasSeen(latest)),
            Ok(CosignAnswer::Conflict { latest }) if again => (old_size, again) = (latest, false),
            Ok(CosignAnswer::Conflict { latest }) => {
                let words = format!("it names another size each time, {latest} at last");
                return Ok(Answer::Failed(WitnessError::Malformed(words.into())));
            }
            Err(error) => return Ok(Answer::Failed(error)),
        }
    }
}
