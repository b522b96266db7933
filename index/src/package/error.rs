//! Why a package is refused.

use std::io;

use super::path::PathError;
use crate::{
    limits::{MAX_ENTRIES, MAX_PACKAGE_BYTES, MAX_RATIO, MAX_UNPACKED_BYTES, MAX_WINDOW_LOG},
    manifest::ManifestError,
};

/// Why a package is refused. Each refusal is a variant of its own and names the entry, the cap in
/// bytes and the remedy, as far as it has them.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The bytes could not be had or written: not the package's fault.
    #[error("the package's bytes could not be read or written")]
    Io(#[source] io::Error),
    /// More compressed bytes than allowed.
    #[error(
        "the package is larger than {MAX_PACKAGE_BYTES} bytes: leave out what the module does not need at run time"
    )]
    TooLarge,
    /// Not zstd at all.
    #[error("this is not a package: it does not begin as zstd does; make one with `adx pack`")]
    NotAPackage,
    /// The bytes end too early.
    #[error("the package is truncated {place}: fetch or pack it again")]
    Truncated {
        /// Where it ends.
        place: String,
    },
    /// The compressed bytes contradict themselves.
    #[error("the package is damaged ({reason}): fetch or pack it again")]
    Damaged {
        /// What the decompressor said.
        reason: String,
    },
    /// The frame asks for more memory than allowed before it yields anything.
    #[error(
        "the package asks for a decompression window over {} bytes: pack it with `adx pack`",
        1_u64 << MAX_WINDOW_LOG
    )]
    WindowTooLarge,
    /// More unpacked bytes than allowed.
    #[error(
        "the package unpacks to more than {MAX_UNPACKED_BYTES} bytes: leave out what the module does not need at run time"
    )]
    UnpackedTooLarge,
    /// More unpacked bytes per compressed byte than allowed: a decompression bomb.
    #[error(
        "{compressed_bytes} bytes of the package unpacked to {unpacked_bytes}, more than {MAX_RATIO} times as \
         many: this is a decompression bomb, or a file of nothing but repetition that should be left out"
    )]
    Bomb {
        /// Compressed bytes read until then.
        compressed_bytes: u64,
        /// Unpacked bytes they gave.
        unpacked_bytes: u64,
    },
    /// Bytes after the end of the compressed frame.
    #[error("bytes follow the end of the package: nothing may be hidden there, pack it again")]
    TrailingData,
    /// Bytes after the end of the archive, inside the frame.
    #[error("bytes follow the end of the archive inside the package: nothing may be hidden there, pack it again")]
    TrailingArchiveData,
    /// Something else than zeros between two entries.
    #[error("`{entry}` is followed by bytes that are not zero: nothing may be hidden there, pack it again")]
    Padding {
        /// The entry before them.
        entry: String,
    },
    /// More files than allowed.
    #[error("the package has more than {MAX_ENTRIES} files: bundle small files together")]
    TooManyEntries,
    /// A file larger than allowed: any file, or one of those that are read into memory as a tree.
    #[error("`{entry}` has {size_bytes} bytes, the cap is {cap_bytes}: make it smaller or leave it out")]
    EntryTooLarge {
        /// The file.
        entry: String,
        /// Its size in bytes, as its header says.
        size_bytes: u64,
        /// The most it may have.
        cap_bytes: u64,
    },
    /// A header that is not the one a writer makes for this name and size.
    #[error("entry {number} of the archive has no sound ustar header ({reason}): pack it with `adx pack`")]
    Header {
        /// Which entry, from 1.
        number: usize,
        /// What is wrong.
        reason: String,
    },
    /// A link, a device, a folder, a PAX or GNU extension: anything but a regular file.
    #[error("`{entry}` is {kind}: a package holds only regular files, replace it with its content or remove it")]
    EntryType {
        /// The entry.
        entry: String,
        /// What it is.
        kind: String,
    },
    /// A name that is not UTF-8.
    #[error("an entry's name `{shown}` is not UTF-8: rename the file with ASCII letters")]
    NotUtf8 {
        /// The name, its foreign bytes escaped.
        shown: String,
    },
    /// A name that is not a path inside a package.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Two entries of one name: readers differ in which one they take.
    #[error("`{entry}` is in the archive twice: pack it again")]
    Duplicate {
        /// The entry.
        entry: String,
    },
    /// Two names that are one file where case is ignored.
    #[error("`{entry}` and `{other}` differ only in case and are one file on some systems: rename one")]
    DuplicateByCase {
        /// The later entry.
        entry: String,
        /// The earlier one.
        other: String,
    },
    /// A name that would have to be a file and a folder.
    #[error("`{file}` is a file and the folder of `{entry}` at once: rename one")]
    FileAndFolder {
        /// The file.
        file: String,
        /// What lies below it.
        entry: String,
    },
    /// No manifest.
    #[error("the package has no module.toml: pack the module's folder with `adx pack`")]
    MissingManifest,
    /// No component.
    #[error("the package has no module.wasm: build it with `adx build`, then pack it again")]
    MissingComponent,
    /// A manifest with problems.
    #[error("the manifest is refused:\n{0}")]
    Manifest(#[from] ManifestError),
    /// A file that must be text and is not.
    #[error("`{entry}` is not UTF-8 text without NUL characters: save it as UTF-8")]
    NotText {
        /// The file.
        entry: String,
    },
    /// `config.schema.json` or `sbom.cdx.json` is not JSON.
    #[error("`{entry}` is not JSON ({reason}): correct it")]
    NotJson {
        /// The file.
        entry: String,
        /// What the parser said.
        reason: String,
    },
    /// A file under `migrations/` of another name.
    #[error(
        "`{entry}` is not a migration: name it migrations/NNNN_name.up.sql or migrations/NNNN_name.down.sql, with a name of a-z 0-9 _"
    )]
    MigrationName {
        /// The file.
        entry: String,
    },
    /// An up without its down, or the reverse.
    #[error("`{entry}` has no counterpart `{missing}`: a rollback needs both, add it")]
    MigrationHalf {
        /// The file.
        entry: String,
        /// The file that is missing.
        missing: String,
    },
    /// Two migrations of one number.
    #[error("`{entry}` and `{other}` have the same number: give each migration its own")]
    MigrationNumber {
        /// The later file.
        entry: String,
        /// The earlier one.
        other: String,
    },
    /// A file that the manifest names and the package lacks.
    #[error("the manifest's `{key}` names `{entry}`, which the package does not have: add the file or correct the key")]
    MissingFile {
        /// The manifest's key.
        key: &'static str,
        /// The file.
        entry: String,
    },
}
