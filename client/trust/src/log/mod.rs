//! The transparency log as a client sees it: the last checkpoint it believed, and what it proves.
//!
//! A checkpoint is taken under `log-policy.json` and only if the tree before is the beginning of its tree, which tiles show that
//! are checked against its root. The one before is never forgotten: a registry that shows something else is found out.
//!
//! The policy is the word of people with offline keys (see [`crate::control`]): what they change is believed at once, so that a
//! witness that is gone can be replaced. Only the log's name stays.

mod error;
mod remembered;
mod tiles;

use adx_signing::{
    UtcSecond,
    log::{
        Cosignature, Leaf, LogPolicy, SignedCheckpoint, TileKind, TilePath, TreeHead,
        merkle::{
            check_consistency, check_inclusion, consistency_tiles, inclusion_tiles, leaf_hash, prove_consistency,
            prove_inclusion,
        },
        note::MAX_NOTE_BYTES,
        tile::{TILE_WIDTH, parse_entries},
    },
};

pub use error::LogError;

use self::{remembered::Remembered, tiles::fetch};
use crate::{address, source::Source, state::StateFolder};

/// The two notes of a fork, in the folder for evidence. As long as one is there, nothing is believed.
pub const FORKED: [&str; 2] = ["forked-log-before.txt", "forked-log-after.txt"];
/// The two notes of a log that went back, kept for people.
pub const REWOUND: [&str; 2] = ["rewound-log-before.txt", "rewound-log-after.txt"];

/// A leaf that is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Included {
    /// The leaf.
    pub leaf: Leaf,
    /// Its number, from 0.
    pub index: u64,
    /// The tree it was proven in.
    pub head: TreeHead,
    /// A time at which the log did not have it yet, as seen from here: a leaf may state an earlier one to look old.
    pub not_before: Option<UtcSecond>,
}

impl Included {
    /// Since when others could see it.
    pub fn since(&self) -> UtcSecond {
        self.not_before.map_or(self.leaf.at, |seen| seen.max(self.leaf.at))
    }

    /// The leaf with the time since when others could see it, and none that is still to come.
    pub(crate) fn dated(&self, now: UtcSecond) -> Leaf {
        Leaf::new(self.since().min(now), self.leaf.event.clone())
    }
}

/// Who watched a checkpoint that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// The witnesses that cosigned it, and when.
    pub cosignatures: Vec<Cosignature>,
    /// How many witnesses the log has.
    pub known: usize,
    /// How many of them must cosign.
    pub quorum: usize,
}

/// The log of one registry.
#[derive(Debug)]
pub struct Log {
    source: Source,
    last: Option<Remembered>,
}

impl Log {
    /// Opens it with what is remembered of it.
    ///
    /// # Errors
    /// [`LogError::State`] for a damaged file.
    pub fn open(source: Source, state: &StateFolder) -> Result<Self, LogError> {
        Ok(Self { source, last: Remembered::read(state)? })
    }

    /// The tree of the last checkpoint believed, none before the first.
    pub fn head(&self) -> Option<TreeHead> {
        self.last.as_ref().map(|last| last.checkpoint.claimed().head)
    }

    /// The last checkpoint believed, in its note.
    pub fn checkpoint(&self) -> Option<&SignedCheckpoint> {
        self.last.as_ref().map(|last| &last.checkpoint)
    }

    /// Who watched the last checkpoint believed; none before the first.
    pub fn witnessed(&self) -> Option<Witnessed> {
        let last = self.last.as_ref()?;
        // It held when it was taken and when it was read again.
        let verified = last.policy.verify(&last.checkpoint).ok()?.into_inner();
        let (known, quorum) = (last.policy.witnesses().len(), last.policy.quorum());
        Some(Witnessed { cosignatures: verified.cosignatures, known, quorum })
    }

    /// Takes the registry's present checkpoint, if it holds under the policy and follows the last one.
    ///
    /// # Errors
    /// [`LogError`] says which of it does not hold. A fork is refused from then on, until somebody looked at the evidence.
    pub async fn advance(&mut self, policy: &LogPolicy, state: &StateFolder, now: UtcSecond) -> Result<(), LogError> {
        if let Some(evidence) = FORKED.iter().find_map(|name| state.evidence(name)) {
            return Err(LogError::ForkedBefore { evidence: evidence.display().to_string() });
        }
        let bytes = self.source.get(address::CHECKPOINT, MAX_NOTE_BYTES as u64).await?;
        let bytes = bytes.ok_or(LogError::NoCheckpoint)?;
        let shown = SignedCheckpoint::parse(&bytes).map_err(LogError::Checkpoint)?;
        policy.verify(&shown).map_err(LogError::Policy)?;
        let mut sizes = Vec::new();
        if let Some(last) = &mut self.last {
            if last.policy == *policy && last.checkpoint.claimed() == shown.claimed() {
                return Ok(last.check_again(now, state)?);
            }
            last.check_log(policy)?;
            sizes = last.sizes_after();
        }
        if let Some(last) = &self.last {
            self.check_follows(&last.checkpoint, &shown, state).await?;
        }
        let mut remembered = Remembered::new(policy.clone(), shown, now, sizes);
        remembered.write(state)?;
        self.last = Some(remembered);
        Ok(())
    }

    /// That the log only grew since the last checkpoint.
    async fn check_follows(
        &self,
        last: &SignedCheckpoint,
        shown: &SignedCheckpoint,
        state: &StateFolder,
    ) -> Result<(), LogError> {
        let (before, after) = (last.claimed().head, shown.claimed().head);
        let keep = |names: [&str; 2]| -> Result<String, LogError> {
            state.write_evidence(names[1], shown.note().to_string().as_bytes())?;
            state.write_evidence(names[0], last.note().to_string().as_bytes())?;
            Ok(state.path("evidence").display().to_string())
        };
        let (old, new) = if after.size < before.size { (after, before) } else { (before, after) };
        // The tiles are checked against the root of the larger tree: what comes of them is what the log signed.
        let tiles = fetch(&self.source, consistency_tiles(old.size, new.size)).await;
        let proven = tiles.and_then(|tiles| prove_consistency(old.size, &new, &tiles).map_err(LogError::Tiles));
        match proven.map(|proof| check_consistency(&old, &new, &proof)) {
            Ok(Err(_)) => {
                let evidence = keep(FORKED)?;
                Err(LogError::Forked { before: Box::new(before), after: Box::new(after), evidence })
            }
            _ if after.size < before.size => {
                Err(LogError::Rewound { before: before.size, after: after.size, evidence: keep(REWOUND)? })
            }
            Ok(Ok(())) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A tile cut to its width, unverified.
    pub(crate) async fn tile(&self, tile: &TilePath) -> Result<Vec<u8>, LogError> {
        let tiles = fetch(&self.source, vec![*tile]).await?;
        tiles::cut(tile, tiles::read(&tiles, tile)?)
    }

    /// The leaf of this number, proven in the last tree believed.
    ///
    /// # Errors
    /// [`LogError`]: no such leaf, tiles that are not there or do not hash to the root, a leaf that cannot be read.
    pub async fn leaf(&self, index: u64) -> Result<Included, LogError> {
        let head = self.head().ok_or(LogError::NoCheckpoint)?;
        let mut leaf = prove(&self.source, &head, index).await;
        for other in self.source.others() {
            if leaf.is_ok() {
                break;
            }
            leaf = prove(&other, &head, index).await.or(leaf);
        }
        let not_before = self.last.as_ref().and_then(|last| last.not_before(index));
        Ok(Included { leaf: leaf?, index, head, not_before })
    }
}

/// A leaf whose tiles hash to the root of the tree.
async fn prove(source: &Source, head: &TreeHead, index: u64) -> Result<Leaf, LogError> {
    if index >= head.size {
        return Err(LogError::OutsideTree { index, size: head.size });
    }
    let first = index - index % TILE_WIDTH;
    let width = u16::try_from((head.size - first).min(TILE_WIDTH)).unwrap_or(256);
    let bundle = TilePath { kind: TileKind::Entries, index: index / TILE_WIDTH, width };
    let mut tiles = inclusion_tiles(head.size, index);
    tiles.push(bundle);
    let tiles = fetch(source, tiles).await?;
    let proof = prove_inclusion(head, index, &tiles).map_err(LogError::Tiles)?;
    let entries = tiles::read(&tiles, &bundle)?;
    let entries = parse_entries(&bundle, &entries).map_err(LogError::Tiles)?;
    // The bundle holds `width` entries and the index is below the size: the entry is there.
    let place = usize::try_from(index - first).unwrap_or(usize::MAX);
    let entry = entries.get(place).ok_or(LogError::OutsideTree { index, size: head.size })?;
    check_inclusion(head, index, leaf_hash(entry), &proof).map_err(LogError::Inclusion)?;
    Leaf::parse(entry).map_err(LogError::Leaf)
}

/// A tree as people are shown it.
pub(crate) fn shown(head: &TreeHead) -> String {
    format!("{} leaves, root {}", head.size, head.root)
}
