use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use adx_signing::UtcSecond;
use adx_trust::{
    Limits, Mirror, Phase, Progress, Refusal, Selection, Source,
    mirror::{MirrorError, Updated},
};
use tempfile::TempDir;

use crate::{
    server::Server,
    world::{MODULE, World, copy, minute, module, refusal, taken},
};

async fn update(mirror: &mut Mirror, selection: &Selection, now: UtcSecond) -> Result<Updated, MirrorError> {
    mirror.update(selection, now, &mut |_| {}).await
}

fn open(world: &World, source: Source, folder: &Path) -> Mirror {
    Mirror::open(folder, source, &world.read("tuf/1.root.json")).expect("a mirror")
}

/// Files by path, what the mirror keeps for itself left out.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                if !path.ends_with(".mirror") {
                    walk(root, &path, found);
                }
            } else {
                let name = path.strip_prefix(root).expect("below").to_owned();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

fn grown() -> World {
    let mut world = World::new();
    world.fill(600);
    world.release("acme/other", "1.0.0");
    world.later(1);
    world.round();
    world
}

#[tokio::test]
async fn a_static_host_serves_it_as_if_it_were_the_registry() {
    let mut world = grown();
    world.rotate("rotated");
    world.round();
    let origin = Server::start(world.path().to_owned()).await;
    let folder = TempDir::new().expect("a folder");
    let source = Source::parse(&origin.url, &Limits::default()).expect("an address");
    let mut mirror = open(&world, source, folder.path());
    let updated = update(&mut mirror, &Selection::All, world.now).await.expect("an update");
    assert_eq!((updated.releases, updated.without_leaf), (2, vec![]));

    // Every file is the registry's; what it has no use for any more is not there.
    let (there, here) = (files(world.path()), files(folder.path()));
    for (path, bytes) in &here {
        assert_eq!(there.get(path), Some(bytes), "{}", path.display());
    }
    let host = Server::start(folder.path().to_owned()).await;
    let state = TempDir::new().expect("a folder");
    let source = Source::parse(&host.url, &Limits::default()).expect("an address");
    let registry = world.open_at(source, state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    taken(&registry, "acme/other", "1.0.0", world.now).await;
    // Whoever runs the web server may read them.
    #[cfg(unix)]
    for path in here.keys() {
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(folder.path().join(path)).expect("a file").permissions(),
        );
        assert_eq!(mode & 0o444, 0o444, "{}", path.display());
    }
    // Clients of TUF find it under its name as a target as well.
    let targets = here.keys().filter(|path| path.to_string_lossy().ends_with("acme--hello--1.0.0.adxm")).count();
    assert_eq!(targets, 1);
}

#[tokio::test]
async fn an_update_fetches_what_is_new() {
    let mut world = grown();
    let origin = Server::start(world.path().to_owned()).await;
    let folder = TempDir::new().expect("a folder");
    let source = Source::parse(&origin.url, &Limits::default()).expect("an address");
    let mut mirror = open(&world, source.clone(), folder.path());
    update(&mut mirror, &Selection::All, world.now).await.expect("an update");
    let before = origin.asked().len();
    let updated = update(&mut mirror, &Selection::All, world.now).await.expect("an update");
    assert_eq!((updated.written, updated.written_bytes), (0, 0));
    let again: Vec<_> =
        origin.asked()[before..].iter().filter(|path| !path.starts_with("index/shards/")).cloned().collect();
    assert_eq!(again, ["tuf/2.root.json", "tuf/timestamp.json", "log/checkpoint"]);

    // Also in a new process.
    drop(mirror);
    let mut mirror = open(&world, source, folder.path());
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    let before = origin.asked().len();
    let updated = update(&mut mirror, &Selection::All, world.now).await.expect("an update");
    assert_eq!(updated.timestamp_version, 3);
    let asked = &origin.asked()[before..];
    let packages: Vec<_> = asked.iter().filter(|path| path.starts_with("packages/")).collect();
    assert_eq!(packages.len(), 2, "one package and its envelope: {packages:?}");
    let indexes: Vec<_> = asked.iter().filter(|path| path.starts_with("index/ac/")).collect();
    assert_eq!(indexes, ["index/ac/he/acme/hello"]);
    let full: Vec<_> = asked.iter().filter(|path| path.starts_with("log/tile/") && !path.contains(".p/")).collect();
    assert_eq!(full, Vec::<&String>::new(), "full tiles were there already");
}

/// Whatever it is at, a reader who comes finds the state before, until the last step.
#[tokio::test(flavor = "multi_thread")]
async fn readers_find_a_whole_state_at_any_moment() {
    let mut world = World::new();
    let folder = TempDir::new().expect("a folder");
    let mut mirror = open(&world, Source::folder(world.path()), folder.path());
    update(&mut mirror, &Selection::All, world.now).await.expect("an update");
    world.later(1);
    world.rotate("rotated");
    world.release(MODULE, "1.1.0");
    world.round();

    let (pages, reader) = (folder.path().to_owned(), world.clone());
    let mut seen = Vec::new();
    let mut look = |progress: Progress| {
        if progress.phase == Phase::Publish && progress.done > 0 {
            return;
        }
        let version = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let state = TempDir::new().expect("a folder");
                let registry = reader.open_at(Source::folder(&pages), state.path()).expect("a registry");
                taken(&registry, MODULE, "1.0.0", minute(1)).await;
                registry.lines(&module(MODULE), minute(1)).await.expect("lines").len()
            })
        });
        seen.push((progress.phase, version));
    };
    mirror.update(&Selection::All, world.now, &mut look).await.expect("an update");
    assert!(seen.iter().all(|(_, versions)| *versions == 1), "{seen:?}");
    let phases: Vec<_> = [Phase::Metadata, Phase::Index, Phase::Packages, Phase::Publish]
        .into_iter()
        .filter(|phase| seen.iter().any(|(at, _)| at == phase))
        .collect();
    assert_eq!(phases.len(), 4, "{seen:?}");
    let state = TempDir::new().expect("a folder");
    let registry = world.open_at(Source::folder(folder.path()), state.path()).expect("a registry");
    taken(&registry, MODULE, "1.1.0", world.now).await;
}

#[tokio::test]
async fn an_update_that_broke_off_is_continued() {
    let mut world = World::new();
    let folder = TempDir::new().expect("a folder");
    let origin = Server::start(world.path().to_owned()).await;
    let source = Source::parse(&origin.url, &Limits::default()).expect("an address");
    let mut mirror = open(&world, source.clone(), folder.path());
    update(&mut mirror, &Selection::All, world.now).await.expect("an update");
    world.later(1);
    let released = ["1.1.0", "1.2.0", "1.3.0"].map(|version| world.release(MODULE, version));
    world.round();

    // The last of them cannot be had.
    let file = world.file(&format!("packages/{}.adxm", released[2].sha256()));
    let package = fs::read(&file).expect("a package");
    fs::remove_file(&file).expect("a file");
    let error = update(&mut mirror, &Selection::All, world.now).await.expect_err("a package is missing");
    assert!(error.to_string().starts_with("source: package "), "{error}");
    drop(mirror);
    let served = || Source::folder(folder.path());
    let state = TempDir::new().expect("a folder");
    let registry = world.open_at(served(), state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    assert_eq!(registry.lines(&module(MODULE), world.now).await.expect("lines").len(), 1, "the state before");

    fs::write(&file, package).expect("a file");
    // What a download left that was cut off.
    let incoming = folder.path().join(".mirror/incoming");
    fs::create_dir_all(&incoming).expect("a folder");
    fs::write(incoming.join(released[2].sha256().to_string()), "half").expect("a file");
    let before = origin.asked().len();
    let mut mirror = open(&world, source, folder.path());
    update(&mut mirror, &Selection::All, world.now).await.expect("an update");
    let packages = origin.asked()[before..].iter().filter(|path| path.contains(".adxm")).count();
    assert_eq!(packages, 1, "the two that came are there");
    taken(&registry, MODULE, "1.3.0", world.now).await;
}

#[tokio::test]
async fn a_selection_brings_its_dependencies_and_refuses_the_rest() {
    let mut world = World::new();
    world.release("acme/app", "1.0.0");
    world.release("acme/app", "2.0.0");
    let lines = world.lines.get_mut(&module("acme/app")).expect("lines");
    lines[1].dependencies.insert(module("acme/library"), "^2".parse().expect("a requirement"));
    world.release("acme/library", "1.0.0");
    world.release("acme/library", "2.1.0");
    world.round();
    let folder = TempDir::new().expect("a folder");
    let mut mirror = open(&world, Source::folder(world.path()), folder.path());
    let selection = Selection::Modules(vec![(module("acme/app"), "^2".parse().expect("a requirement"))]);
    let updated = update(&mut mirror, &selection, world.now).await.expect("an update");
    assert_eq!(updated.releases, 2);

    let state = TempDir::new().expect("a folder");
    let registry = world.open_at(Source::folder(folder.path()), state.path()).expect("a registry");
    taken(&registry, "acme/app", "2.0.0", world.now).await;
    taken(&registry, "acme/library", "2.1.0", world.now).await;
    for (id, version) in [(MODULE, "1.0.0"), ("acme/app", "1.0.0"), ("acme/library", "1.0.0")] {
        // All metadata is there, so that what is missing is known to be missing.
        assert!(!registry.lines(&module(id), world.now).await.expect("lines").is_empty());
        let refused = refusal(&registry, id, version, world.now).await;
        assert!(matches!(refused, Refusal::NotServed { .. }), "{refused:?}");
        assert!(refused.to_string().starts_with("source: package ") && refused.hint().contains("a selection only"));
    }
}

/// A registry that serves other bytes than it signs gets no further than the mirror.
#[tokio::test]
async fn what_is_not_signed_is_not_mirrored() {
    let honest = grown();
    let sha256 = crate::world::made(MODULE, "1.0.0", &honest.publisher).sha256();
    let changed = |path: &str| {
        let world = honest.parted();
        let mut bytes = world.read(path);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        world.serve(path, &bytes);
        world
    };
    for (path, text) in [
        ("log/tile/0/001", "the tile tile/0/001 does not belong to the checkpoint"),
        ("log/tile/entries/000", "the tile tile/entries/000 does not belong to the checkpoint"),
        ("log/tile/1/000.p/2", "checkpoint: the tiles do not hash to the root"),
        ("index/ac/he/acme/hello", "index: index/ac/he/acme/hello is not the one that the metadata lists"),
        (&format!("packages/{sha256}.adxm"), "target: the package is "),
        (&format!("packages/{sha256}.dsse.json"), "the envelope of acme/hello 1.0.0 is not the one in the log"),
    ] {
        let world = changed(path);
        let folder = TempDir::new().expect("a folder");
        let mut mirror = open(&world, Source::folder(world.path()), folder.path());
        let error = update(&mut mirror, &Selection::All, world.now).await.expect_err(path);
        assert!(error.to_string().starts_with(text), "{path}: {error}");
        assert!(!folder.path().join("tuf/timestamp.json").exists(), "nothing is visible");
    }
}

/// A mirror of a mirror is a mirror.
#[tokio::test]
async fn a_mirror_can_be_mirrored() {
    let world = World::new();
    let [first, second, copied] = [(); 3].map(|()| TempDir::new().expect("a folder"));
    let mut mirror = open(&world, Source::folder(world.path()), first.path());
    update(&mut mirror, &Selection::All, world.now).await.expect("an update");
    // Copied elsewhere, as a stick is.
    copy(first.path(), copied.path());
    let mut mirror = open(&world, Source::folder(copied.path()), second.path());
    update(&mut mirror, &Selection::All, world.now).await.expect("an update");
    assert_eq!(files(first.path()), files(second.path()));
}

/// What nothing names any more stays for readers in the midst of an update, and goes later.
#[tokio::test]
async fn what_nothing_names_any_more_is_removed_after_a_while() {
    let mut world = World::new();
    world.release("acme/other", "1.0.0");
    world.round();
    let folder = TempDir::new().expect("a folder");
    let mut mirror = open(&world, Source::folder(world.path()), folder.path());
    update(&mut mirror, &Selection::All, world.now).await.expect("an update");
    let first = files(folder.path());
    for ours in ["tuf/notes.json", "index/notes", "index/ac/ot/acme/notes"] {
        fs::create_dir_all(folder.path().join(ours).parent().expect("a folder")).expect("a folder");
        fs::write(folder.path().join(ours), "ours").expect("a file");
    }
    world.rotate("rotated");
    world.fill(300);
    world.lines.remove(&module("acme/other"));
    let mut removed = Vec::new();
    for minutes in [1, 60, 46 * 60, 100] {
        world.later(minutes);
        world.round();
        removed.push(update(&mut mirror, &Selection::All, world.now).await.expect("an update").removed);
    }
    assert_eq!(removed[..3], [0, 0, 0], "readers may still be there");
    assert!(removed[3] > 0);
    let last = files(folder.path());
    let is_gone = |name: &str| {
        let name = Path::new(name);
        assert!(first.contains_key(name), "{}", name.display());
        !last.contains_key(name)
    };
    for gone in ["tuf/2.snapshot.json", "log/tile/entries/000.p/3", "index/ac/ot/acme/other"] {
        assert!(is_gone(gone), "{gone}: {:?}", last.keys());
    }
    let ours = ["tuf/notes.json", "index/notes", "index/ac/ot/acme/notes"];
    for kept in ["tuf/1.root.json", "tuf/2.root.json", "index/ac/he/acme/hello"].iter().chain(&ours) {
        assert!(last.contains_key(Path::new(kept)), "{kept}: {:?}", last.keys());
    }
    let state = TempDir::new().expect("a folder");
    let registry = world.open_at(Source::folder(folder.path()), state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
}

/// Eight at once take an eighth of the time, and as many requests.
#[tokio::test]
async fn several_files_are_fetched_at_once() {
    let mut world = World::new();
    for patch in 0..24 {
        world.release(MODULE, &format!("1.1.{patch}"));
    }
    world.round();
    let origin = Server::start(world.path().to_owned()).await;
    let folder = TempDir::new().expect("a folder");
    let source = Source::parse(&origin.url, &Limits::default()).expect("an address");
    let mut mirror = open(&world, source, folder.path());
    let updated = update(&mut mirror, &Selection::All, world.now).await.expect("an update");
    assert_eq!(updated.releases, 25);
    let most = origin.most_at_once();
    assert!((2..=8).contains(&most), "{most} at once");
}
