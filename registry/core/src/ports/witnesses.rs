use adx_signing::log::{NoteSignature, witness::AddCheckpoint};
use async_trait::async_trait;
use thiserror::Error;

use crate::ceremony::Witness;

/// Asks witnesses for their cosignature.
#[async_trait]
pub trait Witnesses: Send + Sync {
    /// Asks one witness to cosign a checkpoint.
    ///
    /// # Errors
    /// [`WitnessError`]; whether the witness has cosigned is unknown then, and asking again is harmless.
    async fn cosign(&self, witness: &Witness, request: &AddCheckpoint) -> Result<CosignAnswer, WitnessError>;
}

/// What a witness answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CosignAnswer {
    /// Its cosignatures, verified; at least one.
    Cosigned(Vec<NoteSignature>),
    /// The proof must begin at this size, which is the last it saw.
    Conflict {
        /// The size in leaves.
        latest: u64,
    },
}

/// Why a witness did not answer with a cosignature.
#[derive(Debug, Error)]
pub enum WitnessError {
    /// It refused: 400, 403, 404 or 422, with what it said.
    #[error("the witness refused with status {status}: {words}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said, cut to one line.
        words: String,
    },
    /// It answered with something that is not of the protocol.
    #[error("the witness's answer cannot be used")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It did not answer.
    #[error("the witness cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
