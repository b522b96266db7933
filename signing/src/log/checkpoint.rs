//! Checkpoints: what a log says about itself, and signs.
//! Source: <https://c2sp.org/tlog-checkpoint@v1.0.0>

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::note::{KeyName, Note, NoteError, VerifierKey};
use crate::{digest::Digest, key::SecretKey, statement::Verified};

/// Largest tree, in leaves. Far beyond any log, and small enough that no sum over indexes overflows.
pub const MAX_TREE_SIZE: u64 = 1 << 48;

/// Why a checkpoint is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A text that is not origin, size and root.
    #[error("not a checkpoint: {0}")]
    Malformed(&'static str),
    /// Another log's.
    #[error("the checkpoint is of `{found}`, expected `{expected}`")]
    Origin {
        /// The origin found.
        found: KeyName,
        /// The origin expected.
        expected: KeyName,
    },
}

/// How large a tree is and what it hashes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// Leaves in it.
    pub size: u64,
    /// Its root hash, RFC 6962.
    pub root: Digest,
}

/// A log's tree head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: its URL without the scheme.
    pub origin: KeyName,
    /// Its tree.
    pub head: TreeHead,
}

impl Checkpoint {
    /// Signs it with the log's key, which has the origin for its name.
    pub fn sign(&self, key: &SecretKey) -> SignedCheckpoint {
        let mut note = Note::unsigned(self.text());
        note.sign(&self.origin, key);
        SignedCheckpoint { checkpoint: self.clone(), note }
    }

    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.head.size, STANDARD.encode(self.head.root.as_bytes()))
    }

    /// Reads the text of a note. Lines beyond the third are signed and not looked at.
    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let text = text.strip_suffix('\n').ok_or(CheckpointError::Malformed("its last line does not end"))?;
        let lines: Vec<_> = text.split('\n').collect();
        if lines.iter().any(|line| line.is_empty()) {
            return Err(CheckpointError::Malformed("it has an empty line"));
        }
        let [origin, size, root, ..] = lines.as_slice() else {
            return Err(CheckpointError::Malformed("it has fewer than three lines"));
        };
        let size =
            parse_size(size).ok_or(CheckpointError::Malformed("its size is not a decimal number within the cap"))?;
        let root = parse_hash(root).ok_or(CheckpointError::Malformed("its root is not 32 bytes in base64"))?;
        Ok(Self { origin: origin.parse()?, head: TreeHead { size, root } })
    }
}

/// A number of leaves in decimal, without leading zeros, up to [`MAX_TREE_SIZE`].
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|size| canonical && *size <= MAX_TREE_SIZE)
}

/// 32 bytes in base64, in its one spelling.
pub(super) fn parse_hash(text: &str) -> Option<Digest> {
    STANDARD.decode(text).ok()?.try_into().ok().map(Digest::from_bytes)
}

/// A checkpoint in its note. Reading one verifies nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// Reads a note whose text is a checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError`] for anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        Ok(Self { checkpoint: Checkpoint::parse(note.text())?, note })
    }

    /// What it claims. Nothing says yet that the log signed it: ask [`SignedCheckpoint::verify`].
    pub fn claimed(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note, as it is stored and sent.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// The note, to add cosignatures to.
    pub fn note_mut(&mut self) -> &mut Note {
        &mut self.note
    }

    /// The checkpoint, if it is of this log and one of these keys signed it. Lines of other keys do not count, a bad
    /// line of one of these makes the note bad.
    ///
    /// # Errors
    /// [`CheckpointError`] says what is missing.
    pub fn verify(&self, origin: &KeyName, keys: &[VerifierKey]) -> Result<Verified<Checkpoint>, CheckpointError> {
        if self.checkpoint.origin != *origin {
            let (found, expected) = (self.checkpoint.origin.clone(), origin.clone());
            return Err(CheckpointError::Origin { found, expected });
        }
        let mut signed_by = Vec::new();
        for key in keys {
            let id = key.key.id();
            if self.note.signed_by(key)? && !signed_by.contains(&id) {
                signed_by.push(id);
            }
        }
        if signed_by.is_empty() {
            return Err(NoteError::Unsigned(origin.to_string()).into());
        }
        Ok(Verified::new(self.checkpoint.clone(), signed_by))
    }
}
