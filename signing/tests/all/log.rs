//! The tree: appending, proving, checking.

use std::collections::BTreeMap;

use adx_signing::{
    Digest,
    key::KeyPurpose,
    key_change::Change,
    log::{
        Event, Leaf, RightEdge, TileKind, TilePath, TreeHead,
        checkpoint::MAX_TREE_SIZE,
        leaf::{
            AdvisoryRevision, KeyAdded, KeyRecovery, KeyRemoved, LeafError, MAX_LEAF_BYTES, ModuleName, Ownership,
            Publication, ReleaseName, Revoked, RootPublished,
        },
        merkle::{
            check_consistency, check_inclusion, consistency_tiles, empty_root, inclusion_tiles, leaf_hash,
            prove_consistency, prove_inclusion,
        },
        tile::{TileError, parse_entries},
    },
};
use proptest::prelude::*;
use tlog_tiles::{HashReader, stored_hashes, tree_hash};

use crate::{at, key};

/// The leaves and roots of the Certificate Transparency reference implementation's tests for RFC 6962.
const RFC_6962: [(&str, &str); 8] = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
];

type Tiles = BTreeMap<TilePath, Vec<u8>>;

fn leaves(count: u64) -> Vec<Vec<u8>> {
    (0..count).map(|number| format!("leaf {number}").into_bytes()).collect()
}

/// Appends in batches as long as these.
fn grow(batches: &[u64]) -> (RightEdge, Tiles, Vec<TreeHead>) {
    let (mut edge, mut tiles, mut heads) = (RightEdge::default(), Tiles::new(), Vec::new());
    let all = leaves(batches.iter().sum());
    let mut rest = all.as_slice();
    for batch in batches {
        let (now, later) = rest.split_at(usize::try_from(*batch).expect("a small batch"));
        rest = later;
        let appended = edge.append(now).expect("an append");
        tiles.extend(appended.tiles);
        edge = appended.edge;
        heads.push(*edge.head());
    }
    (edge, tiles, heads)
}

#[test]
fn roots_are_those_of_rfc_6962() {
    assert_eq!(RightEdge::default().head().root, empty_root());
    assert_eq!(empty_root(), Digest::of(b""));
    let mut edge = RightEdge::default();
    for (size, (leaf, root)) in (1..).zip(RFC_6962) {
        edge = edge.append(&[hex::decode(leaf).expect("hexadecimal")]).expect("an append").edge;
        assert_eq!(*edge.head(), TreeHead { size, root: root.parse().expect("a root") });
    }
}

/// Section 2.1.3 of RFC 6962: the paths and proofs in the tree of seven leaves, named by their subtrees.
#[test]
fn proofs_are_those_of_rfc_6962() {
    let all = leaves(7);
    let (_, tiles, heads) = grow(&[1; 7]);
    // The subtree over the leaves from `first` up to `end`.
    let over =
        |first: usize, end: usize| RightEdge::default().append(&all[first..end]).expect("an append").edge.head().root;
    let head = &heads[6];
    let included = |index| prove_inclusion(head, index, &tiles).expect("a proof");
    assert_eq!(included(0), [over(1, 2), over(2, 4), over(4, 7)]);
    assert_eq!(included(3), [over(2, 3), over(0, 2), over(4, 7)]);
    assert_eq!(included(4), [over(5, 6), over(6, 7), over(0, 4)]);
    assert_eq!(included(6), [over(4, 6), over(0, 4)]);
    let consistent = |old| prove_consistency(old, head, &tiles).expect("a proof");
    assert_eq!(consistent(3), [over(2, 3), over(3, 4), over(0, 2), over(4, 7)]);
    assert_eq!(consistent(4), [over(4, 7)]);
    assert_eq!(consistent(6), [over(4, 6), over(6, 7), over(0, 4)]);
}

/// The example of tlog-tiles: a tree of 70,000 leaves.
#[test]
fn tiles_are_those_of_the_specification() {
    let edge = RightEdge::tiles(70_000);
    let paths: Vec<_> = edge.iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["tile/entries/273.p/112", "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
    let paths: Vec<_> = RightEdge::tiles(256).iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["tile/1/000.p/1"]);
    let far = TilePath { kind: TileKind::Hashes(4), index: 1_234_067, width: 256 };
    assert_eq!(far.to_string(), "tile/4/x001/x234/067");
    assert!(RightEdge::tiles(0).is_empty());
    assert_eq!(RightEdge::tiles(MAX_TREE_SIZE).len(), 1);

    let appended = RightEdge::default().append(&leaves(257)).expect("an append");
    let paths: Vec<_> = appended.tiles.iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, ["tile/entries/000", "tile/entries/001.p/1", "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]);
    let (path, bundle) = &appended.tiles[1];
    assert_eq!(
        (bundle.as_slice(), parse_entries(path, bundle)),
        (b"\x00\x08leaf 256".as_slice(), Ok(vec![b"leaf 256".to_vec()]))
    );
}

struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).expect("an index")]).collect())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However the leaves arrive, root and tiles are the same, the library has the same root, the edge can be read
    /// back, and every proof holds in its tree and in no other.
    #[test]
    fn appending_proving_and_checking_agree(batches in prop::collection::vec(0_u64..300, 1..5), pick in any::<(u64, u64)>()) {
        let (edge, tiles, heads) = grow(&batches);
        let size = edge.head().size;
        let all = leaves(size);
        let mut stored = Stored(Vec::new());
        for (index, leaf) in (0..).zip(&all) {
            let hashes = stored_hashes(index, leaf, &stored).expect("hashes");
            stored.0.extend(hashes);
        }
        prop_assert_eq!(*edge.head().root.as_bytes(), tree_hash(size, &stored).expect("a root").0);

        let needed: Tiles = RightEdge::tiles(size).into_iter().map(|path| (path, tiles[&path].clone())).collect();
        prop_assert_eq!(RightEdge::read(*edge.head(), &needed).expect("the edge"), edge.clone());

        let at_once = RightEdge::default().append(&all).expect("an append");
        prop_assert_eq!(&at_once.edge, &edge);
        for (path, bytes) in at_once.tiles {
            prop_assert_eq!(&tiles[&path], &bytes, "{}", path);
        }

        if size > 0 {
            let index = pick.0 % size;
            let needed: Tiles = inclusion_tiles(size, index).into_iter().map(|path| (path, tiles[&path].clone())).collect();
            let proof = prove_inclusion(edge.head(), index, &needed).expect("a proof");
            let leaf = leaf_hash(&all[usize::try_from(index).expect("an index")]);
            prop_assert!(check_inclusion(edge.head(), index, leaf, &proof).is_ok());
            prop_assert!(check_inclusion(edge.head(), index, leaf_hash(b"another"), &proof).is_err());
            prop_assert!(check_inclusion(edge.head(), index + 1, leaf, &proof).is_err());
            let longer = [proof.as_slice(), &[leaf]].concat();
            prop_assert!(check_inclusion(edge.head(), index, leaf, &longer).is_err());
        }

        let old = heads[usize::try_from(pick.1 % heads.len() as u64).expect("an index")];
        let needed: Tiles = consistency_tiles(old.size, size).into_iter().map(|path| (path, tiles[&path].clone())).collect();
        let proof = prove_consistency(old.size, edge.head(), &needed).expect("a proof");
        prop_assert!(check_consistency(&old, edge.head(), &proof).is_ok());
        if old.size > 0 {
            let forked = TreeHead { root: Digest::of(b"another history"), ..old };
            prop_assert!(check_consistency(&forked, edge.head(), &proof).is_err());
        }
        if old.size < size {
            prop_assert!(check_consistency(edge.head(), &old, &proof).is_err(), "a log that was rewound");
        }
    }

    #[test]
    fn hostile_sizes_and_proofs_do_not_panic(old in any::<u64>(), new in any::<u64>(), hashes in 0_usize..70) {
        let head = |size| TreeHead { size, root: Digest::of(b"root") };
        let proof = vec![Digest::of(b"hash"); hashes];
        prop_assert!(check_consistency(&head(old), &head(new), &proof).is_err());
        prop_assert!(check_inclusion(&head(new), old, Digest::of(b"leaf"), &proof).is_err());
        // Within the cap too, where the tree is walked.
        let (small, large) = (old % (MAX_TREE_SIZE + 1), new % (MAX_TREE_SIZE + 1));
        prop_assert!(check_consistency(&head(small), &head(large), &proof).is_err() || small == large && hashes == 0);
        prop_assert!(check_inclusion(&head(large), small, Digest::of(b"leaf"), &proof).is_err());
        for (size, index) in [(new, old), (large, small), (small, large)] {
            prop_assert_eq!(inclusion_tiles(size, index).is_empty(), index >= size || size == 1 || size > MAX_TREE_SIZE);
            prop_assert!(inclusion_tiles(size, index).len() <= 24);
            prop_assert!(consistency_tiles(index, size).len() <= 24);
        }
    }
}

#[test]
fn damaged_tiles_are_found_before_they_are_built_upon() {
    let (edge, tiles, _) = grow(&[300, 17]);
    let size = edge.head().size;
    for damaged in RightEdge::tiles(size) {
        let mut changed = tiles.clone();
        *changed.get_mut(&damaged).expect("a tile").last_mut().expect("a byte") ^= 1;
        assert!(RightEdge::read(*edge.head(), &changed).is_err(), "{damaged}");
        changed.remove(&damaged);
        assert_eq!(RightEdge::read(*edge.head(), &changed), Err(TileError::Missing(damaged)));
        changed.insert(damaged, vec![0; 31]);
        assert!(RightEdge::read(*edge.head(), &changed).is_err(), "{damaged}");
    }
    assert!(prove_inclusion(&TreeHead { root: empty_root(), ..*edge.head() }, 0, &tiles).is_err(), "another root");
}

/// The partial tile may be deleted once the full one is there, which begins with it.
#[test]
fn a_full_tile_stands_in_for_a_partial_one() {
    let (_, mut tiles, heads) = grow(&[100, 200]);
    let partial = TilePath { kind: TileKind::Hashes(0), index: 0, width: 100 };
    assert_eq!(inclusion_tiles(100, 7), [partial]);
    let proof = prove_inclusion(&heads[0], 7, &tiles).expect("a proof");
    tiles.remove(&partial).expect("the partial tile");
    assert_eq!(prove_inclusion(&heads[0], 7, &tiles), Ok(proof));
}

#[test]
fn a_leaf_too_large_is_not_appended() {
    let refused = RightEdge::default().append(&[vec![0; MAX_LEAF_BYTES + 1]]);
    assert_eq!(refused, Err(TileError::EntryTooLarge(MAX_LEAF_BYTES + 1)));
}

fn events() -> Vec<(Event, &'static str)> {
    let release =
        || ReleaseName { module: "adx/hello".parse().expect("a module"), version: "1.0.0".parse().expect("a version") };
    let one = key("one").public();
    let namespace = || "adx".parse().expect("a namespace");
    let publication = Publication {
        envelope_sha256: Digest::of(b"envelope"),
        keyids: [one.id()].into(),
        module: release().module,
        sha256: Digest::of(b"package"),
        version: release().version,
    };
    let added = KeyAdded {
        namespace: namespace(),
        not_after: Some(at("2027-11-25T07:46:49Z")),
        public: one,
        purposes: [KeyPurpose::Release, KeyPurpose::KeyChange].into(),
    };
    let recovery = || KeyRecovery { change: Change::Remove { keyid: one.id() }, namespace: namespace() };
    vec![
        (Event::Publish(publication), "publish"),
        (Event::Yank(release()), "yank"),
        (Event::Unyank(release()), "unyank"),
        (Event::Quarantine(release()), "quarantine"),
        (Event::ReleaseFromQuarantine(release()), "release-from-quarantine"),
        (
            Event::Ownership(Ownership {
                namespace: namespace(),
                owners: 2,
                owners_sha256: Digest::of(b"salt, owners"),
            }),
            "ownership",
        ),
        (Event::PublisherKeyAdded(added), "publisher-key-added"),
        (Event::PublisherKeyRemoved(KeyRemoved { keyid: one.id(), namespace: namespace() }), "publisher-key-removed"),
        (Event::KeyRecoveryAnnounced(recovery()), "key-recovery-announced"),
        (Event::KeyRecoveryCancelled(recovery()), "key-recovery-cancelled"),
        (Event::Revoked(Revoked::Key { from_leaf: 7, keyid: one.id() }), "revoked"),
        (Event::Unrevoked(Revoked::Package { sha256: Digest::of(b"package") }), "unrevoked"),
        (Event::RootPublished(RootPublished { sha256: Digest::of(b"root"), version: 2 }), "root-published"),
        (Event::Deprecate(ModuleName { module: release().module }), "deprecate"),
        (Event::Undeprecate(ModuleName { module: release().module }), "undeprecate"),
        (
            Event::Advisory(AdvisoryRevision {
                id: "ADX-2026-0001".to_owned(),
                module: release().module,
                revision: 2,
                sha256: Digest::of(b"document"),
            }),
            "advisory",
        ),
    ]
}

#[test]
fn a_leaf_of_each_kind_is_written_and_read() {
    for (event, kind) in events() {
        let leaf = Leaf::new(at("2026-11-25T07:46:49Z"), event);
        let bytes = leaf.to_bytes();
        let text = std::str::from_utf8(&bytes).expect("UTF-8");
        assert!(text.starts_with(&format!(r#"{{"at":"2026-11-25T07:46:49Z","event":{{"{kind}":{{"#)), "{text}");
        assert_eq!(Leaf::parse(&bytes), Ok(leaf));
    }
    let yank = br#"{"at":"2026-11-25T07:46:49Z","event":{"yank":{"module":"adx/hello","version":"1.0.0"}},"v":1}"#;
    assert_eq!(Leaf::parse(yank).expect("a leaf").to_bytes(), yank);
}

#[test]
fn a_leaf_that_is_not_understood_is_an_error() {
    let json = |text: &str| matches!(Leaf::parse(text.as_bytes()), Err(LeafError::Json(_)));
    assert!(json(r#"{"at":"2026-11-25T07:46:49Z","event":{"erase":{"module":"adx/hello"}},"v":1}"#), "an unknown kind");
    assert!(json(r#"{"at":"2026-11-25T07:46:49Z","event":{"yank":{"module":"adx/hello","version":"1.0.0"}},"v":2}"#));
    assert!(json(
        r#"{"at":"2026-11-25T07:46:49Z","event":{"yank":{"module":"adx/hello","version":"1.0.0","who":"x"}},"v":1}"#
    ));
    let spaced = br#"{"at": "2026-11-25T07:46:49Z","event":{"yank":{"module":"adx/hello","version":"1.0.0"}},"v":1}"#;
    assert_eq!(Leaf::parse(spaced), Err(LeafError::NotCanonical));
    let reordered = br#"{"at":"2026-11-25T07:46:49Z","event":{"yank":{"version":"1.0.0","module":"adx/hello"}},"v":1}"#;
    assert_eq!(Leaf::parse(reordered), Err(LeafError::NotCanonical));
    assert_eq!(Leaf::parse(&vec![b' '; MAX_LEAF_BYTES + 1]), Err(LeafError::TooLarge(MAX_LEAF_BYTES + 1)));
}
