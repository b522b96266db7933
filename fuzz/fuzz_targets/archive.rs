//! A package: what is read is within the caps, and written and read again it is the same.
#![no_main]

use adx_index::{
    Package, PackagePath,
    limits::{MAX_ENTRIES, MAX_ENTRY_BYTES, MAX_UNPACKED_BYTES},
    package::{COMPONENT, MANIFEST, PackageError, write},
};
use libfuzzer_sys::fuzz_target;

const BLOCK_BYTES: usize = 512;

fuzz_target!(|data: &[u8]| {
    // The bytes as they are, and as an archive inside a frame: few random bytes get past zstd.
    check(data);
    let archive = with_checksums(data);
    check(&zstd::encode_all(archive.as_slice(), 1).expect("bytes in memory"));
});

fn check(bytes: &[u8]) {
    let Ok(package) = Package::read(bytes) else {
        return;
    };
    let mut files = package.files.clone();
    for (name, content) in
        [(MANIFEST, package.manifest_text.clone().into_bytes()), (COMPONENT, package.component.clone())]
    {
        files.insert(name.parse().expect("a package's own path"), content);
    }
    assert!(files.len() <= MAX_ENTRIES);
    assert!(files.values().all(|content| content.len() as u64 <= MAX_ENTRY_BYTES));
    assert!(files.values().map(|content| content.len() as u64).sum::<u64>() <= MAX_UNPACKED_BYTES);
    assert!(files.keys().all(|path| PackagePath::new(path.as_str()).as_ref() == Ok(path)));
    let mut written = Vec::new();
    match write(&files, &mut written) {
        Ok(_) => assert_eq!(Package::read(written.as_slice()).expect("what was written"), package),
        // Our compression may be better than the sender's, and the ratio then beyond the cap.
        Err(PackageError::Bomb { .. }) => {}
        Err(error) => panic!("what was read cannot be written: {error}"),
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
