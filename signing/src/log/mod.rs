//! The transparency log: what a registry did, in an order that nobody can change later, and the proofs that everyone
//! sees the same.
//!
//! A [`Leaf`] is appended to the [`RightEdge`] of the tree, which gives tiles to store; the [`Checkpoint`] over them is
//! signed by the log and cosigned by [`witness`]es; a [`TlogProof`] shows a leaf to somebody without a network, who
//! verifies it under a [`LogPolicy`].
//! Source: <https://c2sp.org/tlog-tiles>

pub mod append;
pub mod checkpoint;
pub mod cosignature;
pub mod leaf;
pub mod merkle;
pub mod note;
pub mod policy;
pub mod proof;
pub mod tile;
pub mod witness;

pub use append::{Appended, RightEdge};
pub use checkpoint::{Checkpoint, SignedCheckpoint, TreeHead};
pub use cosignature::{Cosignature, Cosigner};
pub use leaf::{Event, Leaf};
pub use note::{KeyName, NoteSignature, VerifierKey};
pub use policy::{LogPolicy, WitnessedCheckpoint};
pub use proof::{LoggedLeaf, TlogProof};
pub use tile::{TileKind, TilePath, TileReader};
