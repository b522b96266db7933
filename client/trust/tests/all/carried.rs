//! Bundles that are carried to a machine: taken in, kept, read where the registry's address does not answer.

use std::{
    fs,
    path::{Path, PathBuf},
};

use adx_index::bundle::Unreadable;
use adx_signing::tuf::control::RevokedPackage;
use adx_trust::{
    Limits, Refusal, Registries, Selection, Settings, Source,
    bundle::{ArchiveError, Contents, LoadError, Loaded, MAX_KEPT, write},
    log::LogError,
    repository::RepositoryError,
};
use tempfile::TempDir;

use crate::world::{MODULE, Released, World, minute, module, refusal, taken};

/// A machine without a network, and what it keeps.
struct Machine {
    state: TempDir,
    registries: Registries,
}

impl Machine {
    /// It knows the registry's root and an address at which nobody answers.
    fn of(worlds: &[(&str, &World)]) -> Self {
        let state = TempDir::new().expect("a folder");
        let registries = open(state.path(), worlds, "http://127.0.0.1:1/").expect("registries");
        Self { state, registries }
    }

    /// The same after a restart, at another address.
    fn again(self, worlds: &[(&str, &World)], address: &str) -> Self {
        let Self { state, registries } = self;
        drop(registries);
        let registries = open(state.path(), worlds, address).expect("registries");
        Self { state, registries }
    }

    async fn load(&self, bundle: &[u8], minutes: i64) -> Result<Loaded, LoadError> {
        let unpacked = self.registries.unpack(bundle)?;
        self.registries.load(unpacked, minute(minutes)).await
    }

    async fn takes(&self, id: &str, version: &str, minutes: i64) {
        taken(self.registries.of(&module(id)).expect("a registry"), id, version, minute(minutes)).await;
    }

    async fn refuses(&self, id: &str, version: &str, minutes: i64) -> Refusal {
        refusal(self.registries.of(&module(id)).expect("a registry"), id, version, minute(minutes)).await
    }

    /// What is in its folder, but for what is remembered of the registry.
    fn bundles(&self) -> Vec<String> {
        let names = |path: PathBuf| -> Vec<String> {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            entries.map(|entry| entry.file_name().into_string().expect("text")).collect()
        };
        let mut names =
            [names(self.state.path().join("main/bundles")), names(self.state.path().join(".incoming"))].concat();
        names.sort();
        names
    }
}

fn open(state: &Path, worlds: &[(&str, &World)], address: &str) -> Result<Registries, String> {
    let settings = worlds.iter().map(|(namespace, world)| {
        Ok(Settings {
            name: if *namespace == "*" { "main" } else { *namespace }.to_owned(),
            source: Source::parse(address, &Limits::default()).map_err(|error| error.to_string())?,
            root: world.read("tuf/1.root.json"),
            namespaces: vec![namespace.parse().expect("a pattern")],
        })
    });
    let settings: Vec<_> = settings.collect::<Result<_, String>>()?;
    Registries::open(state, &settings).map_err(|error| error.to_string())
}

async fn bundle(world: &World, modules: &[&str]) -> Vec<u8> {
    let folder = TempDir::new().expect("a folder");
    let selection = Selection::Modules(modules.iter().map(|name| (module(name), semver::VersionReq::STAR)).collect());
    let (source, root) = (Source::folder(world.path()), world.read("tuf/1.root.json"));
    let contents = Contents { source: &source, root: &root, selection: &selection, known_size: None };
    let out = folder.path().join("some.adxb");
    write(&contents, world.now, &out, &mut |_| {}).await.expect("a bundle");
    fs::read(out).expect("a file")
}

/// A registry in which `acme/app` needs `acme/hello`.
fn world() -> World {
    let mut world = World::new();
    world.release("acme/app", "1.0.0");
    let line = &mut world.lines.get_mut(&module("acme/app")).expect("lines")[0];
    line.dependencies.insert(module(MODULE), "^1".parse().expect("a requirement"));
    world.release("acme/other", "1.0.0");
    world.round();
    world
}

fn revoke(world: &mut World, released: &Released) {
    let Released { module, version, .. } = released;
    let (module, version, at) = (module.clone(), version.clone(), world.now);
    let revoked = RevokedPackage { module, version, at, reason: "it mines".to_owned() };
    world.revocations.packages.insert(released.sha256(), revoked);
}

#[tokio::test]
async fn a_bundle_is_installed_from_while_the_address_does_not_answer_also_after_a_restart() {
    let world = world();
    let machine = Machine::of(&[("*", &world)]);
    let silent = machine.registries.named("main").expect("it is").refresh(minute(1)).await.expect_err("nobody answers");
    assert!(silent.hint().contains("adx bundle load"), "{}", silent.hint());
    let loaded = machine.load(&bundle(&world, &["acme/app"]).await, 1).await.expect("it is taken");
    assert_eq!((loaded.registry.as_str(), loaded.timestamp_version), ("main", 2));
    assert_eq!(loaded.fresh_until, world.now.after(time::Duration::hours(24)));
    let releases: Vec<_> = loaded.releases.iter().map(|(module, version)| format!("{module} {version}")).collect();
    assert_eq!(releases, ["acme/app 1.0.0", "acme/hello 1.0.0"], "with what it needs");
    machine.takes("acme/app", "1.0.0", 1).await;
    machine.takes(MODULE, "1.0.0", 1).await;
    let refused = machine.refuses("acme/other", "1.0.0", 1).await;
    assert!(refused.hint().contains("a selection only"), "{refused}: {}", refused.hint());

    let machine = machine.again(&[("*", &world)], "http://127.0.0.1:1/");
    let refreshed = machine.registries.named("main").expect("it is").refresh(minute(2)).await.expect("carried");
    assert!(matches!(refreshed.carried, Some(Refusal::Metadata(RepositoryError::Source(_)))), "{refreshed:?}");
    machine.takes("acme/app", "1.0.0", 2).await;
}

#[tokio::test]
async fn the_address_goes_before_the_bundles_and_they_before_an_address_that_is_behind() {
    let mut world = World::new();
    let before = world.parted();
    world.release(MODULE, "1.1.0");
    world.round();
    let carried = bundle(&world, &[MODULE]).await;
    world.release(MODULE, "1.2.0");
    world.round();
    let address = |world: &World| format!("file://{}/", world.path().display());
    let machine = Machine::of(&[("*", &world)]);
    machine.load(&carried, 1).await.expect("it is taken");
    let machine = machine.again(&[("*", &world)], &address(&before));
    machine.takes(MODULE, "1.1.0", 1).await;
    let machine = machine.again(&[("*", &world)], &address(&world));
    machine.takes(MODULE, "1.2.0", 1).await;
    // What the address once told stays known: the bundle is older than that, and does not serve any more.
    let machine = machine.again(&[("*", &world)], "http://127.0.0.1:1/");
    let silent = machine.registries.named("main").expect("it is").refresh(minute(1)).await.expect_err("nobody answers");
    assert!(silent.is_passing(), "{silent}");
}

#[tokio::test]
async fn a_later_bundle_updates_and_an_older_one_after_it_is_refused() {
    let mut world = world();
    let first = bundle(&world, &["acme/app", "acme/other"]).await;
    let released = world.release(MODULE, "1.1.0");
    world.fill(300);
    world.later(60);
    world.round();
    let second = bundle(&world, &[MODULE]).await;
    let machine = Machine::of(&[("*", &world)]);
    machine.load(&first, 1).await.expect("it is taken");
    machine.load(&second, 60).await.expect("it is taken");
    machine.takes(MODULE, "1.1.0", 60).await;
    assert_eq!(machine.bundles(), ["1", "2"]);

    let refused = machine.load(&first, 61).await.expect_err("it is older");
    let LoadError::Refused { registry, refusal } = &refused else { panic!("{refused:?}") };
    assert_eq!(registry, "main");
    assert!(
        matches!(**refusal, Refusal::Metadata(RepositoryError::Rollback { trusted: 3, found: 2, .. })),
        "{refusal}"
    );
    assert!(refused.hint().contains("something newer"), "{}", refused.hint());
    assert_eq!(machine.bundles(), ["1", "2"], "nothing is left of it");
    machine.takes(MODULE, "1.1.0", 61).await;

    // What a later one called back stays so.
    revoke(&mut world, &released);
    world.release(MODULE, "1.1.1");
    world.round();
    machine.load(&bundle(&world, &["acme/other"]).await, 62).await.expect("it is taken");
    let registry = machine.registries.named("main").expect("it is");
    let reason = registry.revoked(&released.sha256(), &[], 0).expect("a kill list");
    assert_eq!(reason.as_deref(), Some("it mines"));
}

#[tokio::test]
async fn what_is_not_fresh_any_more_is_refused_and_told_what_to_do() {
    let world = world();
    let carried = bundle(&world, &[MODULE]).await;
    let machine = Machine::of(&[("*", &world)]);
    let late = machine.load(&carried, 24 * 60).await.expect_err("a day later");
    assert!(late.to_string().contains("metadata: timestamp expired at 2026-11-26T08:00:00Z"), "{late}");
    assert!(late.hint().contains("`adx bundle load`"), "{}", late.hint());
    assert!(machine.bundles().is_empty());
    machine.load(&carried, 1).await.expect("in time");
    let late = machine.refuses(MODULE, "1.0.0", 24 * 60).await;
    assert!(matches!(late, Refusal::Metadata(RepositoryError::Expired { .. })), "{late}");
    assert!(late.hint().contains("`adx bundle load`"), "{}", late.hint());
}

#[tokio::test]
async fn a_bundle_belongs_to_the_registry_whose_root_signed_it() {
    let (one, other) = (World::new(), World::named("other.example.com/log", "other"));
    let machine = Machine::of(&[("*", &one), ("elsewhere", &one)]);
    let refused = machine.load(&bundle(&other, &[MODULE]).await, 1).await.expect_err("another registry's");
    assert!(matches!(&refused, LoadError::OtherRegistry { registries } if registries == &["main", "elsewhere"]));
    assert!(refused.to_string().ends_with("main, elsewhere"), "{refused}");
    assert!(machine.bundles().is_empty());

    // Each has its own, and neither serves what is the other's.
    let machine = Machine::of(&[("*", &one), ("elsewhere", &other)]);
    let loaded = machine.load(&bundle(&other, &[MODULE]).await, 1).await.expect("it is taken");
    assert_eq!((loaded.registry.as_str(), loaded.releases.len()), ("elsewhere", 0));
    let silent = machine.registries.of(&module(MODULE)).expect("main").refresh(minute(1)).await.expect_err("nobody");
    assert!(silent.is_passing(), "{silent}");
}

#[tokio::test]
async fn a_bundle_from_before_or_after_a_change_of_keys_is_known() {
    let mut world = World::new();
    let before = bundle(&world, &[MODULE]).await;
    world.rotate("new");
    world.round();
    let after = bundle(&world, &[MODULE]).await;
    let machine = Machine::of(&[("*", &world)]);
    machine.load(&after, 1).await.expect("it is taken");
    machine.takes(MODULE, "1.0.0", 1).await;
    let refused = machine.load(&before, 1).await.expect_err("the keys are not believed any more");
    let LoadError::Refused { refusal, .. } = &refused else { panic!("{refused:?}") };
    assert!(matches!(**refusal, Refusal::Metadata(RepositoryError::BeforeRotation { root: 2, .. })), "{refusal}");
    assert!(refused.hint().contains("make the bundle again"), "{}", refused.hint());
    machine.takes(MODULE, "1.0.0", 1).await;
}

/// A bundle from before a change of keys is old and no attack: what the address itself says is told.
#[tokio::test]
async fn a_bundle_from_before_a_change_of_keys_hides_nothing() {
    let mut world = World::new();
    let machine = Machine::of(&[("*", &world)]);
    machine.load(&bundle(&world, &[MODULE]).await, 1).await.expect("it is taken");
    let before = world.parted();
    world.rotate("new");
    world.round();
    let older = world.parted();
    world.release(MODULE, "1.1.0");
    world.round();
    let address = |world: &World| format!("file://{}/", world.path().display());
    let machine = machine.again(&[("*", &world)], &address(&world));
    machine.takes(MODULE, "1.1.0", 1).await;

    let refused = async |machine: &Machine| {
        machine.registries.named("main").expect("it is").refresh(minute(1)).await.expect_err("nothing newer is there")
    };
    let machine = machine.again(&[("*", &world)], "http://127.0.0.1:1/");
    let silent = refused(&machine).await;
    assert!(matches!(silent, Refusal::Metadata(RepositoryError::Source(_))) && silent.is_passing(), "{silent}");
    let machine = machine.again(&[("*", &world)], &address(&older));
    let back = refused(&machine).await;
    assert!(matches!(back, Refusal::Metadata(RepositoryError::Rollback { trusted: 3, found: 2, .. })), "{back}");
    // A mirror that was not updated since.
    let machine = machine.again(&[("*", &world)], &address(&before));
    let stale = refused(&machine).await;
    assert!(stale.to_string().contains("is from before the registry's keys were changed"), "{stale}");
    assert!(stale.hint().starts_with("update the mirror"), "{}", stale.hint());
    let machine = machine.again(&[("*", &world)], &address(&world));
    machine.takes(MODULE, "1.1.0", 1).await;
}

#[tokio::test]
async fn what_is_refused_half_way_leaves_nothing_behind() {
    let mut world = World::new();
    let first = bundle(&world, &[MODULE]).await;
    let machine = Machine::of(&[("*", &world)]);
    machine.load(&first, 1).await.expect("it is taken");
    // A true and newer timestamp with nothing behind it: whoever carries bundles cannot hold a machine up with it.
    world.later(1);
    world.round();
    let unpacked = TempDir::new().expect("a folder");
    adx_trust::Bundle::read_into(bundle(&world, &[MODULE]).await.as_slice(), unpacked.path()).expect("a bundle");
    let damages: [(&str, Damage); 2] = [
        ("no snapshot", |folder| fs::remove_file(folder.join("tuf/2.snapshot.json")).expect("it was there")),
        ("no checkpoint", |folder| fs::write(folder.join("log/checkpoint"), "none").expect("a file")),
    ];
    for (what, damage) in damages {
        let damaged = TempDir::new().expect("a folder");
        crate::world::copy(unpacked.path(), damaged.path());
        damage(damaged.path());
        let refused = machine.load(&tar_of(damaged.path()), 2).await.expect_err(what);
        assert!(matches!(refused, LoadError::Refused { .. }), "{what}: {refused}");
        assert_eq!(machine.bundles(), ["1"], "{what}");
        machine.takes(MODULE, "1.0.0", 2).await;
    }
    for garbage in [b"".as_slice(), b"no bundle", &first[..first.len() / 2]] {
        let refused = machine.load(garbage, 2).await.expect_err("no bundle");
        assert!(
            matches!(refused, LoadError::Archive(ArchiveError::Unreadable(Unreadable::Malformed(_)))),
            "{refused:?}"
        );
    }
    assert_eq!(machine.bundles(), ["1"]);
}

/// The index says so, and it is signed. Our own bundles carry no such release.
#[tokio::test]
async fn an_envelope_whose_leaf_is_of_something_else_is_refused() {
    let mut world = world();
    let key = world.register("other", &crate::world::key("other"));
    world.lines.get_mut(&module(MODULE)).expect("lines")[0].leaf = Some(key);
    world.round();
    let machine = Machine::of(&[("*", &world)]);
    let folder = TempDir::new().expect("a folder");
    adx_trust::Bundle::read_into(bundle(&world, &["acme/other"]).await.as_slice(), folder.path()).expect("a bundle");
    crate::world::copy(world.path(), folder.path());
    let refused = machine.load(&tar_of(folder.path()), 2).await.expect_err("it is no publication");
    let why = format!("inclusion: leaf {key} event is publisher-key-added, not publish");
    assert!(refused.to_string().contains(&why), "{refused}");
    assert_eq!(machine.bundles(), [""; 0]);
}

/// The tar is whole: whoever packed it had a damaged copy, or meant harm.
#[tokio::test]
async fn a_damaged_package_or_envelope_is_refused_and_hides_no_sound_one() {
    let world = world();
    let machine = Machine::of(&[("*", &world)]);
    let sound = bundle(&world, &[MODULE]).await;
    machine.load(&sound, 1).await.expect("it is taken");
    let sha256 = crate::world::made(MODULE, "1.0.0", &world.publisher).sha256();
    let (package, envelope) = (format!("packages/{sha256}.adxm"), format!("packages/{sha256}.dsse.json"));
    let damaged = |file: &str, damage: fn(&mut Vec<u8>)| {
        let folder = TempDir::new().expect("a folder");
        adx_trust::Bundle::read_into(sound.as_slice(), folder.path()).expect("a bundle");
        let path = folder.path().join(file);
        let mut bytes = fs::read(&path).expect("it is in the bundle");
        damage(&mut bytes);
        fs::write(path, bytes).expect("a file");
        tar_of(folder.path())
    };
    let flip: fn(&mut Vec<u8>) = |bytes| bytes[20] ^= 1;
    let cases: [(&str, Alteration, &str); 3] = [
        (&package, flip, "target: the package is "),
        (&package, |bytes| bytes.push(0), "target: the package has "),
        (&envelope, flip, "inclusion: leaf 1 envelope is "),
    ];
    for (file, damage, why) in cases {
        let refused = machine.load(&damaged(file, damage), 2).await.expect_err(file);
        assert!(refused.to_string().contains(why), "{file}: {refused}");
        assert!(refused.hint().contains("make it again"), "{}", refused.hint());
        assert_eq!(machine.bundles(), ["1"], "nothing is left of it");
        machine.takes(MODULE, "1.0.0", 2).await;
    }

    // Nor does one that brings a package which none of its index files names.
    let folder = TempDir::new().expect("a folder");
    adx_trust::Bundle::read_into(bundle(&world, &["acme/other"]).await.as_slice(), folder.path()).expect("a bundle");
    fs::write(folder.path().join(&package), "another").expect("a file");
    let loaded = machine.load(&tar_of(folder.path()), 3).await.expect("it is taken");
    assert_eq!(loaded.releases.len(), 1);
    let registry = machine.registries.named("main").expect("it is");
    let listed = registry.evidence(&module(MODULE), &"1.0.0".parse().expect("a version"), minute(3)).await;
    let to = folder.path().join("fetched");
    registry.download(&listed.target().expect("it is listed"), &to).await.expect("the sound one");
}

/// One that was taken in before loading looked at all of it, or a disk that forgets.
#[tokio::test]
async fn a_file_that_is_damaged_where_it_is_kept_hides_no_sound_copy() {
    let mut world = world();
    world.fill(300);
    world.round();
    let mut machine = Machine::of(&[("*", &world)]);
    for id in ["acme/app", MODULE] {
        machine.load(&bundle(&world, &[id]).await, 1).await.expect("it is taken");
    }
    let kept = machine.state.path().join("main/bundles/2");
    // What tells which state is the latest is the newest bundle's to say.
    let files: Vec<_> = files(&kept).into_iter().filter(|file| !file.ends_with("timestamp.json")).collect();
    let is_there = |part: &str| files.iter().any(|file| file.display().to_string().contains(part));
    for part in [".adxm", ".dsse.json", ".bin-", "log/tile/0", "log/tile/entries", "index/shards", "index/ac"] {
        assert!(is_there(part), "{part} is in {files:?}");
    }
    for file in files.iter().filter(|file| !file.ends_with("checkpoint")) {
        let sound = fs::read(file).expect("a file");
        let mut damaged = sound.clone();
        damaged[sound.len() / 2] ^= 1;
        for damaged in [damaged, [sound.as_slice(), b"0"].concat()] {
            fs::write(file, damaged).expect("a file");
            // Else the lists that were read from it before would do.
            for entry in fs::read_dir(machine.state.path().join("main/tuf")).expect("a folder").flatten() {
                if entry.file_name().as_encoded_bytes().starts_with(b"bin-") {
                    fs::remove_file(entry.path()).expect("it was there");
                }
            }
            machine = machine.again(&[("*", &world)], "http://127.0.0.1:1/");
            println!("damaged: {}", file.display());
            machine.takes(MODULE, "1.0.0", 2).await;
        }
        fs::write(file, sound).expect("a file");
    }
}

/// All files in a folder and those below it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What is done to an unpacked bundle.
type Damage = fn(&Path);
/// What is done to one of its files.
type Alteration = fn(&mut Vec<u8>);

/// A folder as a bundle, whatever is in it.
fn tar_of(folder: &Path) -> Vec<u8> {
    fn add(root: &Path, folder: &Path, tar: &mut tar::Builder<Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                add(root, &path, tar);
                continue;
            }
            let bytes = fs::read(&path).expect("a file");
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            let name = path.strip_prefix(root).expect("below").display().to_string();
            header.as_ustar_mut().expect("ustar").name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            tar.append(&header, bytes.as_slice()).expect("an entry");
        }
    }
    let mut tar = tar::Builder::new(Vec::new());
    add(folder, folder, &mut tar);
    zstd::encode_all(tar.into_inner().expect("a tar").as_slice(), 1).expect("a frame")
}

/// Whoever has the log's key shows another history by a courier.
#[tokio::test]
async fn another_history_is_found_out_and_remembered() {
    let mut world = World::new();
    let mut other = world.parted();
    world.fill(1);
    world.round();
    other.later(1);
    other.fill(3);
    other.round();
    other.round();
    let machine = Machine::of(&[("*", &world)]);
    machine.load(&bundle(&world, &[MODULE]).await, 1).await.expect("it is taken");
    let refused = machine.load(&bundle(&other, &[MODULE]).await, 1).await.expect_err("another history");
    let LoadError::Refused { refusal, .. } = refused else { panic!("{refused:?}") };
    assert!(matches!(*refusal, Refusal::Checkpoint(LogError::Forked { .. })), "{refusal}");
    let machine = machine.again(&[("*", &world)], "http://127.0.0.1:1/");
    let refused = machine.refuses(MODULE, "1.0.0", 1).await;
    assert!(matches!(refused, Refusal::Checkpoint(LogError::ForkedBefore { .. })), "{refused}");
}

#[tokio::test]
async fn the_last_few_are_kept_and_hold_together_what_is_of_one_round() {
    let mut world = world();
    let machine = Machine::of(&[("*", &world)]);
    for id in ["acme/app", "acme/other"] {
        machine.load(&bundle(&world, &[id]).await, 1).await.expect("it is taken");
    }
    machine.takes("acme/app", "1.0.0", 1).await;
    machine.takes("acme/other", "1.0.0", 1).await;
    for _ in 0..MAX_KEPT {
        world.later(1);
        world.round();
        machine.load(&bundle(&world, &[MODULE]).await, 10).await.expect("it is taken");
    }
    let kept: Vec<_> = (3..3 + MAX_KEPT).map(|number| number.to_string()).collect();
    assert_eq!(machine.bundles(), kept);
    machine.takes(MODULE, "1.0.0", 10).await;
}

/// What was being unpacked or tried when the process was killed.
#[test]
fn a_start_removes_what_was_cut_off() {
    let world = World::new();
    let machine = Machine::of(&[("*", &world)]);
    for folder in [".incoming/half", "main/.try-half/tuf"] {
        fs::create_dir_all(machine.state.path().join(folder)).expect("a folder");
    }
    let machine = machine.again(&[("*", &world)], "http://127.0.0.1:1/");
    assert!(!machine.state.path().join(".incoming").exists());
    assert!(!machine.state.path().join("main/.try-half").exists());
}

#[test]
fn an_address_that_is_a_bundle_or_has_bundles_is_refused_at_the_start() {
    let (world, folder) = (World::new(), TempDir::new().expect("a folder"));
    fs::write(folder.path().join("some.adxb"), "whatever").expect("a file");
    let state = TempDir::new().expect("a folder");
    for address in ["", "some.adxb"] {
        let address = format!("file://{}/{address}", folder.path().display());
        let refused = open(state.path(), &[("*", &world)], &address).expect_err("bundles");
        assert!(refused.ends_with("is not the folder of a registry but a bundle, or has bundles in it"), "{refused}");
    }
    // A mirror beside which somebody put one is a mirror.
    fs::write(world.file("some.adxb"), "whatever").expect("a file");
    open(state.path(), &[("*", &world)], &format!("file://{}/", world.path().display())).expect("a registry");
}
