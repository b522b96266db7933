//! Proofs over the tree of RFC 6962: that a leaf is in it, and that it begins with an older one.
//! Source: <https://www.rfc-editor.org/rfc/rfc6962#section-2.1>

use tlog_tiles::{Hash, check_record, check_tree, prove_record, prove_tree, record_hash};

use super::{
    checkpoint::{MAX_TREE_SIZE, TreeHead},
    tile::{TileError, TilePath, TileReader, tiles_read, with_hashes},
};
use crate::digest::Digest;

/// Most hashes of a proof. A tree of 2^63 leaves needs no more: longer ones only cost time.
pub const MAX_PROOF_HASHES: usize = 63;

/// A proof that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf is not at this place in the tree, or the proof is another's.
    #[error("the proof does not show that the leaf is number {index} in the tree of {size} leaves")]
    Inclusion {
        /// Where the leaf should be, from 0.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The newer tree does not begin with the older one: the log was forked or rewound, or the proof is another's.
    #[error(
        "the proof does not show that the log of {new} leaves begins with that of {old}: it may show two histories"
    )]
    Consistency {
        /// The size of the older tree.
        old: u64,
        /// The size of the newer tree.
        new: u64,
    },
}

/// The hash of a leaf's bytes.
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    Digest::from_bytes(record_hash(leaf).0)
}

/// The root of the tree without leaves.
pub fn empty_root() -> Digest {
    Digest::from_bytes(tlog_tiles::EMPTY_HASH.0)
}

/// The tiles needed to prove that leaf `index` is in the tree of this size.
pub fn inclusion_tiles(size: u64, index: u64) -> Vec<TilePath> {
    if index >= size || size > MAX_TREE_SIZE {
        return Vec::new();
    }
    tiles_read(size, |hashes| prove_record(size, index, hashes).is_ok())
}

/// Proves that leaf `index` is in the tree: the hashes from its sibling up to the root's child. The tiles are checked
/// against the root first.
///
/// # Errors
/// [`TileError`] for an index outside the tree and for tiles that are missing or not of this tree.
pub fn prove_inclusion(head: &TreeHead, index: u64, tiles: &impl TileReader) -> Result<Vec<Digest>, TileError> {
    if index >= head.size || head.size > MAX_TREE_SIZE {
        return Err(TileError::OutsideTree(index, head.size));
    }
    with_hashes(head, tiles, |hashes| prove_record(head.size, index, hashes)).map(digests)
}

/// Checks that a leaf is number `index` in the tree.
///
/// # Errors
/// [`ProofError::Inclusion`].
pub fn check_inclusion(head: &TreeHead, index: u64, leaf: Digest, proof: &[Digest]) -> Result<(), ProofError> {
    let error = ProofError::Inclusion { index, size: head.size };
    if head.size > MAX_TREE_SIZE || proof.len() > MAX_PROOF_HASHES {
        return Err(error);
    }
    check_record(&hashes(proof), head.size, hash(head.root), index, hash(leaf)).map_err(|_| error)
}

/// The tiles needed to prove that the tree of size `new` begins with that of size `old`.
pub fn consistency_tiles(old: u64, new: u64) -> Vec<TilePath> {
    if old == 0 || old >= new || new > MAX_TREE_SIZE {
        return Vec::new();
    }
    tiles_read(new, |hashes| prove_tree(new, old, hashes).is_ok())
}

/// Proves that the tree begins with the one of `old` leaves. No hash is needed for an empty tree or the same one.
///
/// # Errors
/// [`TileError`] for an older tree that is larger and for tiles that are missing or not of this tree.
pub fn prove_consistency(old: u64, head: &TreeHead, tiles: &impl TileReader) -> Result<Vec<Digest>, TileError> {
    if old > head.size || head.size > MAX_TREE_SIZE {
        return Err(TileError::OutsideTree(old, head.size));
    }
    if old == 0 || old == head.size {
        return Ok(Vec::new());
    }
    with_hashes(head, tiles, |hashes| prove_tree(head.size, old, hashes)).map(digests)
}

/// Checks that the newer tree begins with the older one.
///
/// # Errors
/// [`ProofError::Consistency`], also when the newer one is smaller: a log never shrinks.
pub fn check_consistency(old: &TreeHead, new: &TreeHead, proof: &[Digest]) -> Result<(), ProofError> {
    let error = ProofError::Consistency { old: old.size, new: new.size };
    if new.size > MAX_TREE_SIZE || proof.len() > MAX_PROOF_HASHES {
        return Err(error);
    }
    if [old, new].iter().any(|head| head.size == 0 && head.root != empty_root()) {
        return Err(error);
    }
    if old.size == 0 {
        // Every tree begins with the empty one.
        return if proof.is_empty() { Ok(()) } else { Err(error) };
    }
    check_tree(&hashes(proof), new.size, hash(new.root), old.size, hash(old.root)).map_err(|_| error)
}

pub(super) fn hash(digest: Digest) -> Hash {
    Hash(*digest.as_bytes())
}

fn hashes(digests: &[Digest]) -> Vec<Hash> {
    digests.iter().copied().map(hash).collect()
}

fn digests(hashes: Vec<Hash>) -> Vec<Digest> {
    hashes.into_iter().map(|hash| Digest::from_bytes(hash.0)).collect()
}
