//! How big anything in a package may be, in bytes, and which attack each cap stops.
//!
//! A reader counts while it reads and stops at the first byte past a cap, so a hostile package
//! costs what the cap allows, never what its author wishes.

/// A mebibyte.
pub const MIB: u64 = 1024 * 1024;

/// Compressed bytes of one package. Stops an upload from filling the disk.
pub const MAX_PACKAGE_BYTES: u64 = 64 * MIB;

/// Bytes of the archive after decompression, headers and padding included. Stops the bomb that
/// stays under [`MAX_RATIO`].
pub const MAX_UNPACKED_BYTES: u64 = 256 * MIB;

/// Bytes of one file. Stops a header that announces more than memory holds.
pub const MAX_ENTRY_BYTES: u64 = 64 * MIB;

/// Files in a package. Stops a million empty files, each of which costs far more than its bytes.
pub const MAX_ENTRIES: usize = 4096;

/// Unpacked bytes per compressed byte. Stops ten gigabytes out of one megabyte after the first
/// few hundred kilobytes were read.
pub const MAX_RATIO: u64 = 200;

/// Unpacked bytes from which [`MAX_RATIO`] holds: small packages of text compress well honestly.
pub const RATIO_FLOOR_BYTES: u64 = MIB;

/// Base-2 logarithm of the largest decompression window, 8 MiB. Stops a frame that asks the
/// reader for gigabytes of memory before it yields a byte.
pub const MAX_WINDOW_LOG: u32 = 23;

/// Bytes of one path. Stops names that no file system stores and logs that no one can read.
pub const MAX_PATH_BYTES: usize = 200;

/// Bytes of `module.toml`. Stops a manifest whose parsing is the attack.
pub const MAX_MANIFEST_BYTES: u64 = 256 * 1024;

/// Problems told of one manifest. Stops a manifest of nothing but mistakes from being answered
/// with megabytes.
pub const MAX_PROBLEMS: usize = 100;

/// Bytes of `config.schema.json`, which is held as a tree: some thirty bytes for each of its own.
pub const MAX_CONFIG_SCHEMA_BYTES: u64 = MIB;

/// Bytes of one line of an index file. Stops a mirror that sends one endless line.
pub const MAX_INDEX_LINE_BYTES: usize = 64 * 1024;

/// Bytes of one index file, with a line for each version of a module: tens of thousands of versions. Stops a mirror that sends
/// lines without end.
pub const MAX_INDEX_BYTES: u64 = 16 * MIB;

/// Steps of one resolution, each a version chosen or a conflict learnt from. Choosing versions is
/// NP-hard: stops an index made so that every combination would have to be tried. An honest
/// resolution takes a few steps a module.
pub const MAX_RESOLUTION_STEPS: u32 = 1_000;

/// Lines of a conflict's explanation. Stops a conflict of a thousand modules from being told in
/// megabytes; its end, where what was asked for comes in, is kept.
pub const MAX_EXPLANATION_LINES: usize = 40;
