//! Archives that no honest writer makes. Each is refused for what it is, before its content is believed.

use std::io::{Read, Write as _};

use adx_index::{
    Package,
    limits::{MAX_ENTRIES, MAX_ENTRY_BYTES, MIB, RATIO_FLOOR_BYTES},
    package::{PackageError, PathError},
};
use tar::{EntryType, Header};

use crate::{files, pack};

const CLOSING: [u8; 1024] = [0; 1024];

/// The header that our writer makes, under a name of any bytes.
fn header(name: &[u8], size: usize) -> Header {
    let mut header = Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(EntryType::Regular);
    header.set_size(size as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    header
}

fn entry(name: &[u8], content: &[u8]) -> Vec<u8> {
    changed(name, content, |_| {})
}

/// An entry whose header was changed, its checksum made right again.
fn changed(name: &[u8], content: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = header(name, content.len());
    change(&mut header);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn of_kind(kind: EntryType) -> Vec<u8> {
    changed(b"docs/a", b"", |header| {
        header.set_entry_type(kind);
        if matches!(kind, EntryType::Link | EntryType::Symlink) {
            header.set_link_name("/etc/passwd").expect("a short name");
        }
    })
}

/// The entries of a sound package, without the blocks that close it.
fn sound() -> Vec<u8> {
    files(&[]).iter().flat_map(|(path, content)| entry(path.as_str().as_bytes(), content)).collect()
}

fn compress(archive: &[u8]) -> Vec<u8> {
    zstd::encode_all(archive, 3).expect("bytes in memory")
}

/// A sound package with more entries.
fn with(entries: &[Vec<u8>]) -> Vec<u8> {
    compress(&[sound(), entries.concat(), CLOSING.to_vec()].concat())
}

fn refusal(what: &str, source: impl Read) -> PackageError {
    match Package::read(source) {
        Ok(_) => panic!("{what} was taken for a package"),
        Err(error) => error,
    }
}

fn assert_refused(what: &str, package: &[u8], is_expected: fn(&PackageError) -> bool, words: &str) {
    let error = refusal(what, package);
    assert!(is_expected(&error), "{what}: {error:?}");
    assert!(error.to_string().contains(words), "{what}: `{error}` does not say `{words}`");
}

/// Noise that does not compress (xorshift64, Marsaglia 2003).
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(length.div_ceil(8)).flatten().take(length).collect()
}

/// All cases below add one wrong thing to this.
#[test]
fn the_base_of_the_cases_is_sound() {
    Package::read(with(&[entry(b"docs/a", b"text")]).as_slice()).expect("a sound package");
}

#[test]
fn entries_that_are_not_regular_files() {
    for (kind, words) in [
        (EntryType::Symlink, "a symbolic link"),
        (EntryType::Link, "a hard link"),
        (EntryType::Char, "a character device"),
        (EntryType::Block, "a block device"),
        (EntryType::Fifo, "a named pipe"),
        (EntryType::Directory, "a folder"),
        (EntryType::GNULongName, "a GNU long name"),
        (EntryType::GNULongLink, "a GNU long name"),
        (EntryType::GNUSparse, "a sparse file"),
        (EntryType::XHeader, "a PAX header"),
        (EntryType::XGlobalHeader, "a PAX header"),
        (EntryType::Continuous, "of type `7`"),
        (EntryType::new(b'V'), "of type `V`"),
    ] {
        let package = with(&[of_kind(kind)]);
        assert_refused(words, &package, |error| matches!(error, PackageError::EntryType { .. }), words);
    }
}

#[test]
fn names_that_lead_elsewhere() {
    for (name, is_expected) in [
        (&b"../evil"[..], (|error| matches!(error, PathError::Traversal { .. })) as fn(&PathError) -> bool),
        (b"docs/../../evil", |error| matches!(error, PathError::Traversal { .. })),
        (b"docs\\..\\evil", |error| matches!(error, PathError::Traversal { .. })),
        (b"/etc/cron.d/evil", |error| matches!(error, PathError::Absolute { .. })),
        (b"C:/evil", |error| matches!(error, PathError::Absolute { .. })),
        (b"./docs/a", |error| matches!(error, PathError::NotNormal { .. })),
        (b"docs/a/", |error| matches!(error, PathError::NotNormal { .. })),
        (b"", |error| matches!(error, PathError::Empty)),
        (b".git/config", |error| matches!(error, PathError::UnknownPlace { .. })),
        ("docs/é".as_bytes(), |error| matches!(error, PathError::Character { .. })),
    ] {
        let what = name.escape_ascii().to_string();
        let error = refusal(&what, with(&[entry(name, b"x")]).as_slice());
        assert!(matches!(&error, PackageError::Path(path) if is_expected(path)), "{what}: {error:?}");
    }
    let package = with(&[entry(b"docs/\xff", b"x")]);
    assert_refused("not UTF-8", &package, |error| matches!(error, PackageError::NotUtf8 { .. }), "docs/\\xff");
}

#[test]
fn names_that_stand_for_two_files() {
    let twice = with(&[entry(b"docs/a", b"1"), entry(b"docs/a", b"2")]);
    assert_refused("twice", &twice, |error| matches!(error, PackageError::Duplicate { .. }), "docs/a");
    let manifest_twice = with(&[entry(b"module.toml", b"")]);
    assert_refused("manifest", &manifest_twice, |error| matches!(error, PackageError::Duplicate { .. }), "module.toml");
    let by_case = with(&[entry(b"docs/a", b"1"), entry(b"docs/A", b"2")]);
    assert_refused("by case", &by_case, |error| matches!(error, PackageError::DuplicateByCase { .. }), "docs/A");
    let file_then_folder = with(&[entry(b"docs/a", b""), entry(b"docs/A/b", b"")]);
    let folder_then_file = with(&[entry(b"docs/A/b", b""), entry(b"docs/a", b"")]);
    for package in [file_then_folder, folder_then_file] {
        assert_refused("both", &package, |error| matches!(error, PackageError::FileAndFolder { .. }), "docs/A/b");
    }
}

#[test]
fn headers_that_say_more_than_name_and_size() {
    type Change = fn(&mut Header);
    let cases: [(&str, Change, &str); 12] = [
        ("owner", |header| header.set_uid(1000), "says more"),
        ("group", |header| header.set_gid(1000), "says more"),
        ("executable", |header| header.set_mode(0o755), "says more"),
        ("set-user-id", |header| header.set_mode(0o4644), "says more"),
        ("time", |header| header.set_mtime(1), "says more"),
        ("owner's name", |header| header.set_username("root").expect("ustar"), "says more"),
        ("link name", |header| header.set_link_name("a").expect("a short name"), "says more"),
        ("bytes behind the name", |header| header.as_mut_bytes()[90] = b'x', "says more"),
        ("bytes behind the fields", |header| header.as_mut_bytes()[511] = 1, "says more"),
        ("a type of the old format", |header| header.as_mut_bytes()[156] = 0, "says more"),
        ("another magic", |header| header.as_mut_bytes()[257..265].copy_from_slice(b"ustar  \0"), "magic"),
        (
            "a size in words",
            |header| header.as_mut_bytes()[124..136].copy_from_slice(b"four bytes\0\0"),
            "not a number",
        ),
    ];
    for (what, change, words) in cases {
        let package = with(&[changed(b"docs/a", b"text", change)]);
        assert_refused(what, &package, |error| matches!(error, PackageError::Header { number: 3, .. }), words);
    }
    // GNU's binary sizes: one number in another way, which ustar readers take for another.
    let binary = changed(b"docs/a", b"text", |header| {
        header.as_mut_bytes()[124..136].copy_from_slice(b"\x80\0\0\0\0\0\0\0\0\0\0\x04");
    });
    assert_refused("binary", &with(&[binary]), |error| matches!(error, PackageError::Header { .. }), "says more");
    // A prefix where none is needed is a second spelling of a name.
    let split = changed(b"a", b"text", |header| header.as_mut_bytes()[345..349].copy_from_slice(b"docs"));
    assert_refused("split", &with(&[split]), |error| matches!(error, PackageError::Header { .. }), "says more");
    let mut checksum = entry(b"docs/a", b"text");
    checksum[148] ^= 1;
    assert_refused("checksum", &with(&[checksum]), |error| matches!(error, PackageError::Header { .. }), "checksum");
}

#[test]
fn bytes_where_none_belong() {
    let mut padded = entry(b"docs/a", b"text");
    padded[1023] = 1;
    assert_refused("padding", &with(&[padded]), |error| matches!(error, PackageError::Padding { .. }), "docs/a");
    let in_archive = |more: &[u8]| compress(&[&sound()[..], &CLOSING, more].concat());
    for more in [&b"x"[..], &[0], &entry(b"docs/a", b"text")] {
        let package = in_archive(more);
        assert_refused("archive", &package, |error| matches!(error, PackageError::TrailingArchiveData), "hidden");
    }
    let half_closed = compress(&[&sound()[..], &CLOSING[..512], &[1; 512]].concat());
    assert_refused("half", &half_closed, |error| matches!(error, PackageError::TrailingArchiveData), "hidden");
    let package = pack(&files(&[]));
    let skippable = b"\x50\x2a\x4d\x18\x04\0\0\0data";
    for more in [&b"x"[..], &package, skippable] {
        let package = [&package[..], more].concat();
        assert_refused("behind", &package, |error| matches!(error, PackageError::TrailingData), "hidden");
    }
    let before = [&skippable[..], &package].concat();
    assert_refused("before", &before, |error| matches!(error, PackageError::NotAPackage), "adx pack");
}

#[test]
fn every_truncation() {
    let package = pack(&files(&[("docs/noise", &noise(3000))]));
    for length in 0..package.len() {
        let error = refusal(&format!("{length} bytes"), &package[..length]);
        match length {
            0..4 => assert!(matches!(error, PackageError::NotAPackage), "{length} bytes: {error:?}"),
            _ => assert!(matches!(error, PackageError::Truncated { .. }), "{length} bytes: {error:?}"),
        }
    }
    // Whole as a frame, and still cut.
    for archive in [sound(), [&sound()[..], &CLOSING[..512]].concat(), sound()[..700].to_vec(), Vec::new()] {
        let error = refusal("a cut archive", compress(&archive).as_slice());
        assert!(matches!(error, PackageError::Truncated { .. }), "{error:?}");
    }
}

#[test]
fn every_flipped_bit() {
    let sound = pack(&files(&[("docs/noise", &noise(600))]));
    let whole = Package::read(sound.as_slice()).expect("a sound package");
    for bit in 0..sound.len() * 8 {
        let mut flipped = sound.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // A bit that zstd does not look at may flip, if nothing of the content follows it.
        if let Ok(package) = Package::read(flipped.as_slice()) {
            assert_eq!(package, whole, "bit {bit}");
        }
    }
}

#[test]
fn more_than_is_allowed_of_anything() {
    let many: Vec<_> = (0..MAX_ENTRIES).map(|number| entry(format!("docs/{number}").as_bytes(), b"")).collect();
    assert_refused("many", &with(&many), |error| matches!(error, PackageError::TooManyEntries), "4096");
    // The most that ustar can announce, 8 GiB, and more than memory holds; nothing of it ever comes.
    let huge = changed(b"docs/a", b"", |header| header.set_size(0o77_777_777_777));
    let endless = changed(b"docs/a", b"", |header| header.set_size(u64::MAX));
    let over = changed(b"docs/a", b"", |header| header.set_size(MAX_ENTRY_BYTES + 1));
    for entry in [huge, endless, over] {
        assert_refused("size", &with(&[entry]), |error| matches!(error, PackageError::EntryTooLarge { .. }), "docs/a");
    }
    // What is announced within the cap, but does not come, is not waited for in memory.
    let announced = changed(b"docs/a", b"", |header| header.set_size(MAX_ENTRY_BYTES));
    let cut = compress(&[sound(), announced].concat());
    assert_refused("announced", &cut, |error| matches!(error, PackageError::Truncated { .. }), "docs/a");
    let long = entry(format!("docs/{}", "a".repeat(95)).as_bytes(), b"");
    Package::read(with(&[long]).as_slice()).expect("a name of exactly the 100 bytes of its field");
}

#[test]
fn a_bomb_is_left_after_its_first_megabyte() {
    let bomb = with(&[entry(b"docs/zeros", &vec![0; 60 << 20])]);
    assert!(bomb.len() < 16 << 10, "{} bytes", bomb.len());
    match refusal("bomb", bomb.as_slice()) {
        PackageError::Bomb { unpacked_bytes, .. } => {
            assert!(unpacked_bytes < RATIO_FLOOR_BYTES + 128 * 1024, "it read on to {unpacked_bytes} bytes");
        }
        error => panic!("{error:?}"),
    }
}

#[test]
fn a_window_that_would_take_the_memory() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("an encoder");
    encoder.window_log(27).expect("a window zstd knows");
    encoder.write_all(&[&sound()[..], &CLOSING].concat()).expect("bytes in memory");
    let package = encoder.finish().expect("bytes in memory");
    assert_refused("window", &package, |error| matches!(error, PackageError::WindowTooLarge), "8388608");
}

#[test]
fn more_unpacked_bytes_than_the_cap() {
    // Honest enough in its ratio: one byte in 64 is noise.
    let mut content = vec![0; 60 << 20];
    for (chunk, noise) in content.chunks_mut(64 * 1024).zip(noise(1 << 20).chunks(1024)) {
        chunk[..noise.len()].copy_from_slice(noise);
    }
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    encoder.write_all(&sound()).expect("bytes in memory");
    for number in 0..5 {
        encoder.write_all(&entry(format!("docs/{number}").as_bytes(), &content)).expect("bytes in memory");
    }
    let package = encoder.finish().expect("bytes in memory");
    assert_refused("unpacked", &package, |error| matches!(error, PackageError::UnpackedTooLarge), "268435456");
}

#[test]
fn more_compressed_bytes_than_the_cap() {
    let content = noise(usize::try_from(33 * MIB).expect("fits"));
    let package = with(&[entry(b"docs/a", &content), entry(b"docs/b", &content)]);
    assert_refused("compressed", &package, |error| matches!(error, PackageError::TooLarge), "67108864");
}

#[test]
fn other_formats() {
    for bytes in [&b""[..], b"PK\x03\x04", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f", &with(&[])[4..]] {
        assert_refused("other", bytes, |error| matches!(error, PackageError::NotAPackage), "adx pack");
    }
    let not_tar = compress(&noise(2048));
    assert_refused("no tar", &not_tar, |error| matches!(error, PackageError::Header { number: 1, .. }), "checksum");
    let mut damaged = with(&[]);
    // A block of the reserved type 3 (RFC 8878 section 3.1.1.2.2).
    damaged[6..9].fill(0xff);
    assert_refused("damaged", &damaged, |error| matches!(error, PackageError::Damaged { .. }), "damaged");
}
