//! What is written is always the same, and is read back.

use std::io::{self, Read};

use adx_index::{
    Package, PackagePath,
    limits::{MAX_CONFIG_SCHEMA_BYTES, MAX_ENTRIES, MAX_ENTRY_BYTES, MAX_MANIFEST_BYTES},
    package::{PackageError, PathError, write},
};
use adx_signing::Digest;
use proptest::{collection, prelude::*};

use crate::{FULL, Files, files, pack, path};

fn refusal(files: &Files) -> PackageError {
    let mut out = Vec::new();
    let error = write(files, &mut out).expect_err("not a sound package");
    assert_eq!(out, b"", "nothing is written when the files are refused");
    error
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let one = files(&[("README.md", b"# Hello\n"), ("docs/a b.md", b""), ("LICENSE", b"MIT")]);
    let mut other = Files::new();
    for (path, content) in one.iter().rev() {
        other.insert(path.clone(), content.clone());
    }
    let bytes = pack(&one);
    assert_eq!(bytes, pack(&other));
    // On every machine and with every build. When a new zstd compresses otherwise, this fails: then all
    // packages get other digests, which the change log has to say.
    assert_eq!(Digest::of(&bytes).to_string(), "2b62b766959ead21408190dd4de3e953631421fea67cb5fc31e400dfac65145d");
    assert_eq!(write(&one, &mut Vec::new()).expect("a sound package"), Digest::of(&bytes));
}

#[test]
fn a_full_package_is_read_back() {
    let mut files = files(&[
        ("README.md", b"# Clients\n"),
        ("CHANGELOG.md", b"## 2.1.0\n"),
        ("LICENSE", b"MIT"),
        ("config.schema.json", br#"{"type": "object"}"#),
        ("sbom.cdx.json", br#"{"bomFormat": "CycloneDX"}"#),
        ("migrations/0002_address.up.sql", b"alter table client add address text"),
        ("migrations/0002_address.down.sql", b"alter table client drop address"),
        ("migrations/0001_client.up.sql", b"create table client (id integer primary key)"),
        ("migrations/0001_client.down.sql", b"drop table client"),
        ("frontend/remoteEntry.js", b"export {}"),
        ("screenshots/list.png", b"\x89PNG"),
        ("docs/README.de.md", b"# Kunden\n"),
    ]);
    files.insert(path("module.toml"), FULL.into());
    let package = Package::read(pack(&files).as_slice()).expect("a sound package");
    assert_eq!(package.manifest_text, FULL);
    assert_eq!(package.manifest.id().to_string(), "adx/client-management");
    assert_eq!(package.component, b"\0asm");
    assert_eq!((package.readme(), package.changelog()), (Some("# Clients\n"), Some("## 2.1.0\n")));
    assert_eq!(package.config_schema(), Some(serde_json::json!({ "type": "object" })));
    assert_eq!(package.sbom_sha256(), Some(Digest::of(br#"{"bomFormat": "CycloneDX"}"#)));
    let migrations = package.migrations();
    let names: Vec<_> = migrations.iter().map(|migration| (migration.number, migration.name.as_str())).collect();
    assert_eq!(names, [(1, "client"), (2, "address")]);
    assert_eq!(migrations[0].down, "drop table client");
    files.remove("module.toml");
    files.remove("module.wasm");
    assert_eq!(package.files, files);
}

#[test]
fn files_that_make_no_package_are_refused() {
    let without = |name: &str| {
        let mut files = files(&[]);
        files.remove(name);
        refusal(&files).to_string()
    };
    assert!(without("module.toml").contains("no module.toml"));
    assert!(without("module.wasm").contains("no module.wasm"));
    let deep = [&b"["[..]; 200].concat();
    let huge = usize::try_from(MAX_MANIFEST_BYTES).expect("small") + 1;
    let huge_schema = usize::try_from(MAX_CONFIG_SCHEMA_BYTES).expect("small") + 1;
    let cases: [(&str, &[u8], &str); 15] = [
        ("module.toml", b"[module]\nname = 1", "`module.name` is an integer"),
        ("module.toml", b"\xff", "`module.toml` is not UTF-8"),
        ("module.toml", &vec![b'#'; huge], "the cap is 262144"),
        ("README.md", b"\xff", "`README.md` is not UTF-8"),
        ("README.md", b"a\0b", "`README.md` is not UTF-8 text without NUL"),
        ("LICENSE", b"\xff", "`LICENSE` is not UTF-8"),
        ("config.schema.json", b"{", "`config.schema.json` is not JSON"),
        // Both would pass a reader that only skims, and then be no schema at all.
        ("config.schema.json", &[&deep[..], &[b']'; 200]].concat(), "recursion limit"),
        ("config.schema.json", b"1e999", "out of range"),
        ("config.schema.json", &vec![b' '; huge_schema], "the cap is 1048576"),
        ("sbom.cdx.json", b"<bom/>", "`sbom.cdx.json` is not JSON"),
        ("migrations/1_client.up.sql", b"", "migrations/NNNN_name.up.sql"),
        ("migrations/0001_Client.up.sql", b"", "migrations/NNNN_name.up.sql"),
        ("migrations/0001_client.up.sql", b"", "no counterpart `migrations/0001_client.down.sql`"),
        ("migrations/0001_client.down.sql", b"", "no counterpart `migrations/0001_client.up.sql`"),
    ];
    for (name, content, words) in cases {
        let error = refusal(&files(&[(name, content)])).to_string();
        assert!(error.contains(words), "{name}: {error}");
    }
    let error = refusal(&files(&[
        ("migrations/0001_client.up.sql", b""),
        ("migrations/0001_client.down.sql", b""),
        ("migrations/0001_other.up.sql", b""),
    ]));
    assert!(error.to_string().contains("the same number"), "{error}");
    let referred: [(&str, &str); 3] = [
        ("frontend/remoteEntry.js", "frontend.entry"),
        ("screenshots/list.png", "screenshots"),
        ("docs/README.de.md", "localised.readme"),
    ];
    for (missing, key) in referred {
        let mut files = files(&referred.map(|(name, _)| (name, &b""[..])));
        files.insert(path("module.toml"), FULL.into());
        files.remove(missing);
        let error = refusal(&files).to_string();
        assert!(error.contains(missing) && error.contains(key), "{error}");
    }
}

#[test]
fn a_writer_keeps_the_caps_of_the_reader() {
    let mut many = files(&[]);
    for number in 0..MAX_ENTRIES - 1 {
        many.insert(path(&format!("docs/{number}")), Vec::new());
    }
    assert!(matches!(refusal(&many), PackageError::TooManyEntries));
    let large = vec![0; usize::try_from(MAX_ENTRY_BYTES).expect("fits") + 1];
    assert!(matches!(refusal(&files(&[("docs/large", &large)])), PackageError::EntryTooLarge { .. }));
    // Within the caps on bytes, and still a bomb to whoever reads it.
    assert!(matches!(refusal(&files(&[("docs/zeros", &large[..8 << 20])])), PackageError::Bomb { .. }));
    let clash = files(&[("docs/Guide.md", b""), ("docs/guide.md", b"")]);
    assert!(matches!(refusal(&clash), PackageError::DuplicateByCase { .. }));
}

#[test]
fn paths_that_are_not_safe_on_every_system_are_refused() {
    let long = format!("docs/{}", "a".repeat(196));
    let wide = format!("docs/{}", "a".repeat(101));
    for (text, words) in [
        ("", "empty"),
        ("/etc/passwd", "absolute"),
        ("\\\\server\\share", "absolute"),
        ("C:\\Windows", "absolute"),
        ("c:docs", "absolute"),
        ("..", "climbs"),
        ("docs/../../evil", "climbs"),
        ("docs\\..\\evil", "climbs"),
        ("docs/./a", "`.` part"),
        ("docs//a", "empty or"),
        ("docs/", "empty or"),
        ("docs/a\\b", "at byte 7"),
        ("docs/a:b", "at byte 7"),
        ("docs/a\0b", "at byte 7"),
        ("docs/a\u{1b}[2J", "\\u{1b}"),
        // The same letter in both Unicode normal forms: neither is taken, so neither can shadow the other.
        ("docs/é", "'é' at byte 6"),
        ("docs/e\u{301}", "at byte 7"),
        ("docs/nul", "Windows"),
        ("docs/Aux.md", "Windows"),
        ("docs/con .md", "Windows"),
        ("docs/a.", "Windows"),
        ("docs/a ", "Windows"),
        ("docs", "no place"),
        ("src/lib.rs", "no place"),
        ("Module.toml", "no place"),
        (&long, "the cap is 200"),
        (&wide, "ustar"),
    ] {
        let error = PackagePath::new(text).expect_err(text).to_string();
        assert!(error.contains(words), "{text:?}: {error}");
        assert!(!error.contains(['\u{1b}', '\0']), "{error:?}");
    }
    assert!(matches!(PackagePath::new(&wide), Err(PathError::Unsplittable { .. })));
}

/// Yields a byte at a time, interrupted before each.
struct Dripping<'bytes>(&'bytes [u8], bool);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

#[test]
fn it_does_not_matter_how_the_bytes_arrive() {
    let bytes = pack(&files(&[("README.md", b"# Hello\n")]));
    let whole = Package::read(bytes.as_slice()).expect("a sound package");
    assert_eq!(Package::read(Dripping(&bytes, false)).expect("a sound package"), whole);
    let foreign = Package::read(Dripping(b"PK\x03\x04", false));
    assert!(matches!(foreign, Err(PackageError::NotAPackage)));
}

#[test]
fn a_failing_source_is_not_the_packages_fault() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let bytes = pack(&files(&[]));
    for length in [0, 3, 4, bytes.len() / 2, bytes.len()] {
        let error = Package::read(bytes[..length].chain(Failing)).expect_err("the source fails");
        assert!(matches!(error, PackageError::Io(_)), "after {length} bytes: {error}");
    }
}

fn any_files() -> impl Strategy<Value = Files> {
    // Names that share folders and differ little, so that clashes of case and folder occur.
    let name = "(docs|frontend|screenshots)(/[aAbB.-]{1,3}){1,3}|README[.]md|docs/[a-z]{60,98}/[a-z]{60,90}";
    let content = prop_oneof![collection::vec(any::<u8>(), 0..2000), collection::vec(Just(b'a'), 500..530)];
    collection::btree_map(name.prop_filter_map("a path", |text| PackagePath::new(&text).ok()), content, 0..8)
}

proptest! {
    // Each case compresses twice at the level of packages, which takes tens of milliseconds.
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is written is read back, and written again to the same bytes.
    #[test]
    fn what_is_written_is_read(more in any_files()) {
        let mut files = files(&[]);
        files.extend(more);
        let mut bytes = Vec::new();
        match write(&files, &mut bytes) {
            Ok(digest) => {
                prop_assert_eq!(digest, Digest::of(&bytes));
                let package = Package::read(bytes.as_slice()).expect("what was written");
                let mut read = package.files;
                read.insert(path("module.toml"), package.manifest_text.into_bytes());
                read.insert(path("module.wasm"), package.component);
                prop_assert_eq!(&read, &files);
                prop_assert_eq!(pack(&read), bytes);
            }
            Err(PackageError::DuplicateByCase { .. } | PackageError::FileAndFolder { .. } | PackageError::NotText { .. }) => {}
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    #[test]
    fn any_text_is_a_path_only_if_it_stays_inside(text in any::<String>()) {
        if let Ok(path) = PackagePath::new(&text) {
            prop_assert_eq!(path.as_str(), &text[..]);
            let inside = std::path::Path::new(&text).components().all(|part| matches!(part, std::path::Component::Normal(_)));
            prop_assert!(inside);
        }
    }
}
