//! The witness protocol: what a log asks, what a witness decides.
//! Source: <https://c2sp.org/tlog-witness>, `add-checkpoint`
//!
//! Both sides are here without HTTP. A witness's server must keep the decision and the storing of the new head in one
//! transaction per origin, and answer only once the head is durable: two answers that race could cosign two histories.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    checkpoint::{CheckpointError, SignedCheckpoint, TreeHead, parse_hash, parse_size},
    cosignature::{Cosigner, check},
    merkle::{MAX_PROOF_HASHES, ProofError, check_consistency, empty_root},
    note::{KeyName, MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES, NoteSignature, VerifierKey},
};
use crate::{digest::Digest, utc::UtcSecond};

/// Largest request or response body read, in bytes: a note and 63 hashes. Stops a client that sends without end.
pub const MAX_WITNESS_BODY_BYTES: usize = MAX_NOTE_BYTES + 64 * (MAX_PROOF_HASHES + 2);
/// The media type of the body that goes with a status of 409.
pub const TREE_SIZE_MEDIA_TYPE: &str = "text/x.tlog.size";

/// A log's wish to have a checkpoint cosigned: the body of `POST add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the log believes the witness saw last, 0 for none.
    pub old_size: u64,
    /// That the new tree begins with the old one; empty from size 0.
    pub proof: Vec<Digest>,
    /// The checkpoint.
    pub checkpoint: SignedCheckpoint,
}

/// A body that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More than [`MAX_WITNESS_BODY_BYTES`].
    #[error("the body has {0} bytes, the cap is {MAX_WITNESS_BODY_BYTES}")]
    TooLarge(usize),
    /// Not the form that the protocol asks for.
    #[error("not a message of the witness protocol: {0}")]
    Malformed(&'static str),
    /// The checkpoint in it.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl AddCheckpoint {
    /// Reads a request body.
    ///
    /// # Errors
    /// [`BodyError`], to be answered with 400.
    pub fn parse(body: &[u8]) -> Result<Self, BodyError> {
        let text = text(body)?;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(BodyError::Malformed("no empty line comes before the checkpoint"))?;
        let mut lines = head.split('\n');
        let old_size = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(parse_size);
        let old_size = old_size.ok_or(BodyError::Malformed("its first line is not `old` and a decimal number"))?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == MAX_PROOF_HASHES {
                return Err(BodyError::Malformed("it has more than 63 hashes"));
            }
            proof.push(parse_hash(line).ok_or(BodyError::Malformed("a hash is not 32 bytes in base64"))?);
        }
        Ok(Self { old_size, proof, checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())? })
    }
}

/// The request body.
impl fmt::Display for AddCheckpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "old {}", self.old_size)?;
        for hash in &self.proof {
            writeln!(formatter, "{}", STANDARD.encode(hash.as_bytes()))?;
        }
        write!(formatter, "\n{}", self.checkpoint.note())
    }
}

/// A log that a witness watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedLog {
    /// Its origin.
    pub origin: KeyName,
    /// Its keys.
    pub keys: Vec<VerifierKey>,
    /// The last head that the witness cosigned, none before the first.
    pub latest: Option<TreeHead>,
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 404: a log that is not watched.
    #[error("the log `{0}` is not watched by this witness")]
    UnknownLog(KeyName),
    /// 403: none of the log's keys signed, or a line of one of them is not its.
    #[error(transparent)]
    Unsigned(CheckpointError),
    /// 400: a proof from a tree that would be larger.
    #[error("the old size {old} is larger than the checkpoint's, {new}")]
    OldSize {
        /// The old size in the request.
        old: u64,
        /// The size in the checkpoint.
        new: u64,
    },
    /// 409: the log does not know what the witness saw last. The body of the answer is [`Refusal::body`].
    #[error("the request begins at {asked}, the last checkpoint cosigned has {latest} leaves: ask again from there")]
    Conflict {
        /// The old size in the request.
        asked: u64,
        /// The size the witness saw last.
        latest: u64,
    },
    /// 422: the tree does not begin with the one seen last. To be kept: it may prove that the log lies.
    #[error(transparent)]
    Inconsistent(ProofError),
}

impl Refusal {
    /// The status of the HTTP answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::OldSize { .. } => 400,
            Self::Unsigned(_) => 403,
            Self::UnknownLog(_) => 404,
            Self::Conflict { .. } => 409,
            Self::Inconsistent(_) => 422,
        }
    }

    /// The body of the HTTP answer: for 409 the size, of type [`TREE_SIZE_MEDIA_TYPE`], else what is wrong.
    pub fn body(&self) -> String {
        match self {
            Self::Conflict { latest, .. } => format!("{latest}\n"),
            other => format!("{other}\n"),
        }
    }
}

/// A witness's consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// The head to be stored as the latest before the answer is sent.
    pub head: TreeHead,
    /// The cosignature; as text the body of the answer.
    pub line: NoteSignature,
}

/// Decides on a request. `log` is the one of the checkpoint's origin, if the witness watches it.
///
/// # Errors
/// [`Refusal`], in the order of the protocol: nothing is told about a log to someone who has no checkpoint of it.
pub fn decide(
    request: &AddCheckpoint,
    log: Option<&WatchedLog>,
    cosigner: &Cosigner,
    now: UtcSecond,
) -> Result<Cosigned, Refusal> {
    let claimed = request.checkpoint.claimed();
    let log = log.filter(|log| log.origin == claimed.origin);
    let log = log.ok_or_else(|| Refusal::UnknownLog(claimed.origin.clone()))?;
    let checkpoint = request.checkpoint.verify(&log.origin, &log.keys).map_err(Refusal::Unsigned)?;
    let head = checkpoint.head;
    if request.old_size > head.size {
        return Err(Refusal::OldSize { old: request.old_size, new: head.size });
    }
    let latest = log.latest.unwrap_or(TreeHead { size: 0, root: empty_root() });
    if request.old_size != latest.size {
        return Err(Refusal::Conflict { asked: request.old_size, latest: latest.size });
    }
    check_consistency(&latest, &head, &request.proof).map_err(Refusal::Inconsistent)?;
    Ok(Cosigned { head, line: cosigner.cosign(&request.checkpoint, now) })
}

/// Reads the answer of a witness with status 200: the cosignatures in it that are of this witness and hold. Lines of
/// other keys are ignored.
///
/// # Errors
/// [`BodyError`] for anything else, also when none is left.
pub fn parse_cosignatures(
    body: &[u8],
    checkpoint: &SignedCheckpoint,
    witness: &VerifierKey,
) -> Result<Vec<NoteSignature>, BodyError> {
    let lines = text(body)?.strip_suffix('\n').ok_or(BodyError::Malformed("its last line does not end"))?;
    let mut cosignatures = Vec::new();
    for (number, line) in lines.split('\n').enumerate() {
        if number == MAX_NOTE_SIGNATURES {
            return Err(BodyError::Malformed("it has too many lines"));
        }
        let line = NoteSignature::parse(line).map_err(CheckpointError::from)?;
        if line.is_of(witness) {
            check(checkpoint, witness, &line).map_err(CheckpointError::from)?;
            cosignatures.push(line);
        }
    }
    if cosignatures.is_empty() {
        return Err(BodyError::Malformed("it has no cosignature of the witness that was asked"));
    }
    Ok(cosignatures)
}

/// Reads the answer of a witness with status 409: the size it saw last.
///
/// # Errors
/// [`BodyError`] for anything else.
pub fn parse_conflict(body: &[u8]) -> Result<u64, BodyError> {
    let size = text(body)?.strip_suffix('\n').and_then(parse_size);
    size.ok_or(BodyError::Malformed("it is not a decimal number and a newline"))
}

fn text(body: &[u8]) -> Result<&str, BodyError> {
    if body.len() > MAX_WITNESS_BODY_BYTES {
        return Err(BodyError::TooLarge(body.len()));
    }
    std::str::from_utf8(body).map_err(|_| BodyError::Malformed("it is not UTF-8"))
}
