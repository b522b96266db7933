//! A bundle: what is taken is within the caps, lies where a registry serves it, and no two of it get into each other's way.
#![no_main]

use std::collections::BTreeSet;

use adx_index::{
    bundle::{FOLDERS, MAX_FILES, MAX_PATH_BYTES, Unreadable, check_path, read},
    limits::MAX_PACKAGE_BYTES,
};
use libfuzzer_sys::fuzz_target;

const BLOCK_BYTES: usize = 512;

fuzz_target!(|data: &[u8]| {
    check(data);
    let archive = with_checksums(data);
    check(&zstd::encode_all(archive.as_slice(), 1).expect("bytes in memory"));
});

fn check(bytes: &[u8]) {
    let mut paths = BTreeSet::new();
    let taken = read(bytes, |path, length, content| {
        let mut found = Vec::new();
        content.read_to_end(&mut found).map_err(|error| Unreadable::Malformed(error.to_string()))?;
        assert!(found.len() as u64 <= length && length <= MAX_PACKAGE_BYTES);
        assert_eq!(check_path(path), Ok(()));
        assert!(path.len() <= MAX_PATH_BYTES && FOLDERS.iter().any(|folder| path.starts_with(folder)));
        assert!(!path.contains("..") || path.split('/').all(|part| !part.starts_with('.')));
        assert!(paths.insert(path.to_owned()), "twice: {path}");
        Ok::<_, Unreadable>(())
    });
    assert!(paths.len() <= MAX_FILES);
    if taken.is_ok() {
        assert!(!paths.is_empty());
        let mut ends = paths.iter().flat_map(|path| path.match_indices('/').map(|(end, _)| &path[..end]));
        assert!(!ends.any(|folder| paths.contains(folder)), "a file that is a folder: {paths:?}");
    }
}

/// The bytes with the checksum of each block right that looks like a header: the fuzzer would not guess it.
fn with_checksums(data: &[u8]) -> Vec<u8> {
    let mut archive = data.to_vec();
    for block in archive.chunks_exact_mut(BLOCK_BYTES).filter(|block| block[257..].starts_with(b"ustar")) {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:07o}\0").as_bytes());
    }
    archive
}
