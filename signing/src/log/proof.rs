//! `.tlog-proof`: a leaf, its place, the way to the root and the cosigned checkpoint in one file, for a machine without
//! a network.
//! Source: <https://c2sp.org/tlog-proof>
//!
//! The extra data of ours is the leaf itself, for its bytes hold a time that only the registry knows. It is believed no
//! more than the rest: it is hashed, and that hash is what the proof is about.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    checkpoint::{CheckpointError, SignedCheckpoint, parse_hash, parse_size},
    leaf::{Leaf, LeafError, MAX_LEAF_BYTES},
    merkle::{MAX_PROOF_HASHES, ProofError, check_inclusion, leaf_hash},
    note::MAX_NOTE_BYTES,
    policy::{LogPolicy, PolicyError, WitnessedCheckpoint},
};
use crate::{digest::Digest, statement::Verified};

/// Largest proof read, in bytes: a note, a leaf in base64 and the hashes. Stops a file that never ends.
pub const MAX_TLOG_PROOF_BYTES: usize = MAX_NOTE_BYTES + 2 * MAX_LEAF_BYTES + 64 * (MAX_PROOF_HASHES + 2);
/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Why a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// More than [`MAX_TLOG_PROOF_BYTES`].
    #[error("the proof has {0} bytes, the cap is {MAX_TLOG_PROOF_BYTES}")]
    TooLarge(usize),
    /// Not the form of a proof.
    #[error("not a tlog-proof: {0}")]
    Malformed(&'static str),
    /// The checkpoint in it cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint in it is not believed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The leaf is not where the proof says.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The leaf cannot be read.
    #[error(transparent)]
    Leaf(#[from] LeafError),
}

/// A proof as it stands in its file. Reading one verifies nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// The leaf's bytes.
    pub leaf: Vec<u8>,
    /// Its number in the log, from 0.
    pub index: u64,
    /// The hashes from its sibling up to the root's child.
    pub hashes: Vec<Digest>,
    /// The checkpoint it is proven under.
    pub checkpoint: SignedCheckpoint,
}

/// A leaf that is in a log we believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedLeaf {
    /// The leaf.
    pub leaf: Leaf,
    /// Its number in the log, from 0.
    pub index: u64,
    /// Under which checkpoint, and who cosigned it.
    pub witnessed: WitnessedCheckpoint,
}

impl TlogProof {
    /// Reads a proof.
    ///
    /// # Errors
    /// [`TlogProofError`] for anything else or beyond the caps.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        if bytes.len() > MAX_TLOG_PROOF_BYTES {
            return Err(TlogProofError::TooLarge(bytes.len()));
        }
        let malformed = TlogProofError::Malformed;
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        // The checkpoint is read by the note's own parser, as one piece.
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(malformed("no empty line comes before the checkpoint"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(malformed("its first line is not `c2sp.org/tlog-proof@v1`"));
        }
        let leaf =
            lines.next().and_then(|line| line.strip_prefix("extra ")).and_then(|leaf| STANDARD.decode(leaf).ok());
        let leaf = leaf.ok_or(malformed("its second line is not `extra` and the leaf in base64"))?;
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(parse_size);
        let index = index.ok_or(malformed("its third line is not `index` and a decimal number"))?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() == MAX_PROOF_HASHES {
                return Err(malformed("it has more than 63 hashes"));
            }
            hashes.push(parse_hash(line).ok_or(malformed("a hash is not 32 bytes in base64"))?);
        }
        Ok(Self { leaf, index, hashes, checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())? })
    }

    /// Verifies leaf, checkpoint and cosignatures. The caller compares the leaf with what it is about to believe.
    ///
    /// # Errors
    /// [`TlogProofError`] names the first thing that does not hold.
    pub fn verify(&self, policy: &LogPolicy) -> Result<Verified<LoggedLeaf>, TlogProofError> {
        let verified = policy.verify(&self.checkpoint)?;
        check_inclusion(&verified.checkpoint.head, self.index, leaf_hash(&self.leaf), &self.hashes)?;
        let leaf = Leaf::parse(&self.leaf)?;
        Ok(verified.map(|witnessed| LoggedLeaf { leaf, index: self.index, witnessed }))
    }
}

/// The file.
impl fmt::Display for TlogProof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{HEADER}\nextra {}\nindex {}", STANDARD.encode(&self.leaf), self.index)?;
        for hash in &self.hashes {
            writeln!(formatter, "{}", STANDARD.encode(hash.as_bytes()))?;
        }
        write!(formatter, "\n{}", self.checkpoint.note())
    }
}
