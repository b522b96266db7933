use std::{fs, path::PathBuf};

use adx_index::bundle::Unreadable;
use adx_signing::tuf::control::RevokedPackage;
use adx_trust::{
    Bundle, Refusal, Selection,
    bundle::{ArchiveError, BundleError, Contents, Written, write},
    log::LogError,
    repository::RepositoryError,
};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::world::{MODULE, World, minute, module, refusal, taken};

struct Made {
    folder: TempDir,
    written: Written,
}

impl Made {
    fn path(&self) -> PathBuf {
        self.folder.path().join("some.adxb")
    }
}

async fn make(world: &World, modules: &[&str], known_size: Option<u64>) -> Result<Made, BundleError> {
    let folder = TempDir::new().expect("a folder");
    let any = |name: &&str| (module(name), semver::VersionReq::STAR);
    let selection = Selection::Modules(modules.iter().map(any).collect());
    let source = adx_trust::Source::folder(world.path());
    let root = world.read("tuf/1.root.json");
    let contents = Contents { source: &source, root: &root, selection: &selection, known_size };
    let written = write(&contents, world.now, &folder.path().join("some.adxb"), &mut |_| {}).await?;
    Ok(Made { folder, written })
}

/// A registry in which `acme/app` needs `acme/hello`, and a log of more than one tile.
fn world() -> World {
    let mut world = World::new();
    world.release("acme/app", "1.0.0");
    let line = &mut world.lines.get_mut(&module("acme/app")).expect("lines")[0];
    line.dependencies.insert(module(MODULE), "^1".parse().expect("a requirement"));
    world.release("acme/other", "1.7.0");
    world.fill(300);
    world.round();
    world
}

#[tokio::test]
async fn a_machine_without_a_network_installs_from_one_file() {
    let world = world();
    let made = make(&world, &["acme/app"], None).await.expect("a bundle");
    let releases: Vec<_> =
        made.written.releases.iter().map(|(module, version)| format!("{module} {version}")).collect();
    assert_eq!(releases, ["acme/app 1.0.0", "acme/hello 1.0.0"]);
    assert_eq!(made.written.length, fs::metadata(made.path()).expect("a file").len());
    assert_eq!(made.written.fresh_until, world.now.after(time::Duration::hours(24)));

    let bundle = Bundle::open(&made.path()).expect("a bundle");
    let state = TempDir::new().expect("a folder");
    let registry = world.open_at(bundle.source(), state.path()).expect("a registry");
    taken(&registry, "acme/app", "1.0.0", minute(60)).await;
    taken(&registry, MODULE, "1.0.0", minute(60)).await;
    // What is not in it is refused, and told why.
    let refused = refusal(&registry, "acme/other", "1.7.0", minute(60)).await;
    assert!(refused.to_string().contains("is not served") || refused.to_string().contains("is not at"), "{refused}");
    assert!(refused.hint().contains("a selection only"), "{}", refused.hint());
    // Nothing is fresh for ever.
    let refused = refusal(&registry, MODULE, "1.0.0", minute(24 * 60)).await;
    let expired =
        Refusal::Metadata(RepositoryError::Expired { role: "timestamp".to_owned(), expires: made.written.fresh_until });
    assert_eq!(refused, expired);
    assert!(refused.hint().contains("`adx bundle load`"), "{}", refused.hint());
}

#[tokio::test]
async fn equal_content_has_equal_bytes() {
    let world = world();
    let [one, other] = [make(&world, &["acme/app"], None).await, make(&world, &["acme/app"], None).await]
        .map(|made| fs::read(made.expect("a bundle").path()).expect("a file"));
    assert_eq!(one, other);
}

/// A machine that has seen the log at some size, which the maker of the bundle may know or not.
#[tokio::test]
async fn a_machine_that_knows_the_log_sees_that_it_only_grew() {
    let mut world = World::new();
    let before = make(&world, &[MODULE], Some(0)).await.expect("a bundle");
    let known = world.edge.head().size;
    let grown = self::world();
    world.fill(300);
    world.later(1);
    world.round();
    for size in [None, Some(known)] {
        let state = TempDir::new().expect("a folder");
        let bundle = Bundle::open(&before.path()).expect("a bundle");
        let registry = world.open_at(bundle.source(), state.path()).expect("a registry");
        taken(&registry, MODULE, "1.0.0", world.now).await;
        drop(registry);
        let after = make(&world, &[MODULE], size).await.expect("a bundle");
        let bundle = Bundle::open(&after.path()).expect("a bundle");
        let registry = world.open_at(bundle.source(), state.path()).expect("a registry");
        taken(&registry, MODULE, "1.0.0", world.now).await;
        drop(registry);

        // Another history is found out from a bundle too.
        let forked = make(&grown, &[MODULE], None).await.expect("a bundle");
        let bundle = Bundle::open(&forked.path()).expect("a bundle");
        let registry = grown.open_at(bundle.source(), state.path()).expect("a registry");
        let refused = registry.refresh(world.now).await.expect_err("another history");
        assert!(matches!(refused, Refusal::Checkpoint(LogError::Forked { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn what_would_be_refused_is_not_put_in() {
    let mut world = World::new();
    let refused = make(&world, &["acme/nothing"], None).await.err().expect("nothing");
    assert_eq!(refused, BundleError::Nothing);
    let sha256 = crate::world::made(MODULE, "1.0.0", &world.publisher).sha256();
    let revoked = RevokedPackage {
        module: module(MODULE),
        version: "1.0.0".parse().expect("a version"),
        at: world.now,
        reason: "it sends data away".to_owned(),
    };
    world.revocations.packages.insert(sha256, revoked);
    world.round();
    let refused = make(&world, &[MODULE], None).await.err().expect("revoked");
    assert_eq!(refused.to_string(), "acme/hello 1.0.0 would be refused: revocation: it sends data away");
}

/// A tar with these entries, in a zstd frame.
fn archive(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (path, kind, content) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_ustar_mut().expect("ustar").name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    zstd::encode_all(bytes.as_slice(), 3).expect("a frame")
}

#[test]
fn hostile_bundles_are_refused() {
    use tar::EntryType::{Directory, GNULongName, Link, Regular, Symlink, XHeader};
    let regular = |path| [(path, Regular, b"x".as_slice())];
    let entry = |bytes: &[u8]| match Bundle::read(bytes) {
        Err(ArchiveError::Unreadable(Unreadable::Entry { what, .. })) => what,
        other => panic!("{other:?}"),
    };
    for path in ["../tuf/x", "/tuf/x", "etc/passwd", "tuf", "tuf/../../x", ".mirror/state"] {
        let what = entry(&archive(&regular(path)));
        assert!(
            ["not in a folder that a registry serves", "a path that no registry has"].contains(&what),
            "{path}: {what}"
        );
    }
    for path in ["tuf/", "tuf//x", "tuf/.x", "tuf/a b", "tuf/a\\b", "tuf/a:b", "tuf/\u{e9}"] {
        assert_eq!(entry(&archive(&regular(path))), "a path that no registry has", "{path}");
    }
    for kind in [Symlink, Link, Directory, GNULongName, XHeader] {
        assert_eq!(entry(&archive(&[("tuf/x", kind, b"")])), "not a regular file", "{kind:?}");
    }
    for (one, other) in [("tuf/x", "tuf/x"), ("tuf/x", "tuf/x/y"), ("tuf/x/y", "tuf/x")] {
        assert_eq!(entry(&archive(&[(one, Regular, b"x"), (other, Regular, b"y")])), "there twice", "{one} {other}");
    }
    // A header that announces more than any file has, and sends nothing.
    let mut header = tar::Header::new_ustar();
    header.as_ustar_mut().expect("ustar").name[..5].copy_from_slice(b"tuf/x");
    header.set_entry_type(Regular);
    header.set_size(1 << 40);
    header.set_cksum();
    let bytes = zstd::encode_all(header.as_bytes().as_slice(), 3).expect("a frame");
    assert_eq!(entry(&bytes), "larger than any file of a registry");

    let sound = archive(&regular("tuf/x"));
    Bundle::read(sound.as_slice()).expect("sound");
    for broken in [b"".as_slice(), b"not a bundle", &sound[..sound.len() / 2], &archive(&[])] {
        let error = Bundle::read(broken).expect_err("broken");
        assert!(matches!(error, ArchiveError::Unreadable(Unreadable::Malformed(_))), "{error:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever is changed in a bundle, reading it ends, and nothing is written but below the folders that a registry serves.
    #[test]
    fn a_changed_bundle_stays_in_its_folder(
        changes in proptest::collection::vec((0..2560_usize, any::<u8>()), 1..8),
        length in 0..4096_usize,
    ) {
        let sound = archive(&[("tuf/timestamp.json", tar::EntryType::Regular, b"{}"), ("log/checkpoint", tar::EntryType::Regular, b"x")]);
        let mut bytes = zstd::decode_all(sound.as_slice()).expect("sound");
        for (place, value) in changes {
            if let Some(byte) = bytes.get_mut(place) {
                *byte = value;
            }
        }
        // The checksum of each header right: chance would not find it.
        for block in bytes.chunks_exact_mut(512).filter(|block| block[257..].starts_with(b"ustar")) {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
        bytes.truncate(length);
        let folder = TempDir::new().expect("a folder");
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).expect("a folder");
        // Whether it is taken or refused is not the question here.
        drop(Bundle::read_into(zstd::encode_all(bytes.as_slice(), 1).expect("a frame").as_slice(), &inner));
        let names = |path: &std::path::Path| -> Vec<_> {
            fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect()
        };
        prop_assert_eq!(names(folder.path()), ["inner"]);
        for name in names(&inner) {
            prop_assert!(["index", "log", "packages", "tuf"].contains(&name.as_str()), "{}", name);
        }
    }
}
