//! From hostile bytes to files.
//!
//! The layers, from the outside: [`Counted`] counts compressed bytes, zstd decompresses one frame
//! with a bounded window, [`Unpacked`] counts what comes out and judges the ratio, and the tar
//! headers are walked block by block. No layer trusts a length that another one announced.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead as _, BufReader, Cursor, Read},
};

use tar::{EntryType, Header};
use zstd::stream::read::Decoder;

use super::{PackageError, PackagePath, writing};
use crate::limits::{
    MAX_ENTRIES, MAX_ENTRY_BYTES, MAX_PACKAGE_BYTES, MAX_RATIO, MAX_UNPACKED_BYTES, MAX_WINDOW_LOG, RATIO_FLOOR_BYTES,
};

/// The unit of a tar archive.
const BLOCK_BYTES: usize = 512;
/// How much of a file is read at a time: a header may announce more than ever comes.
const CHUNK_BYTES: usize = 64 * 1024;
/// What every zstd frame begins with (RFC 8878 section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Reads every file of a package.
pub(super) fn files(source: impl Read) -> Result<BTreeMap<PackagePath, Vec<u8>>, PackageError> {
    let mut unpacked = Unpacked::new(check_magic(source)?)?;
    let mut files = Files::default();
    for number in 1.. {
        let Some(header) = unpacked.header(number)? else {
            break;
        };
        if files.taken.len() == MAX_ENTRIES {
            return Err(PackageError::TooManyEntries);
        }
        let path = files.claim(&header)?;
        let content = unpacked.content(&header, &path, number)?;
        files.taken.insert(path, content);
    }
    unpacked.finish()?;
    Ok(files.taken)
}

/// The files read, and the names that no later entry may have.
#[derive(Default)]
struct Files {
    taken: BTreeMap<PackagePath, Vec<u8>>,
    folded: BTreeMap<String, PackagePath>,
    folders: BTreeSet<String>,
}

impl Files {
    /// The path of an entry, if it is a regular file under a name that is still free.
    fn claim(&mut self, header: &Header) -> Result<PackagePath, PackageError> {
        let name = header.path_bytes();
        let Ok(text) = std::str::from_utf8(&name) else {
            return Err(PackageError::NotUtf8 { shown: name.escape_ascii().to_string() });
        };
        // The kind comes first: a symlink is told to be one, wherever it lies.
        if header.entry_type() != EntryType::Regular {
            return Err(PackageError::EntryType {
                entry: text.escape_debug().to_string(),
                kind: kind(header.entry_type()),
            });
        }
        let path = PackagePath::new(text)?;
        let folded = path.folded();
        if let Some(other) = self.folded.get(&folded) {
            return Err(if *other == path {
                PackageError::Duplicate { entry: path.to_string() }
            } else {
                PackageError::DuplicateByCase { entry: path.to_string(), other: other.to_string() }
            });
        }
        self.claim_folders(&path, &folded)?;
        self.folded.insert(folded, path.clone());
        Ok(path)
    }

    fn claim_folders(&mut self, path: &PackagePath, folded: &str) -> Result<(), PackageError> {
        if self.folders.contains(folded) {
            let below = format!("{folded}/");
            let entry = self.folded.range(below.clone()..).next().map_or(below, |(_, entry)| entry.to_string());
            return Err(PackageError::FileAndFolder { file: path.to_string(), entry });
        }
        for (slash, _) in folded.match_indices('/') {
            let parent = &folded[..slash];
            if let Some(file) = self.folded.get(parent) {
                return Err(PackageError::FileAndFolder { file: file.to_string(), entry: path.to_string() });
            }
            self.folders.insert(parent.to_owned());
        }
        Ok(())
    }
}

fn kind(entry_type: EntryType) -> String {
    match entry_type {
        EntryType::Link => "a hard link".to_owned(),
        EntryType::Symlink => "a symbolic link".to_owned(),
        EntryType::Char => "a character device".to_owned(),
        EntryType::Block => "a block device".to_owned(),
        EntryType::Directory => "a folder entry".to_owned(),
        EntryType::Fifo => "a named pipe".to_owned(),
        EntryType::GNULongName | EntryType::GNULongLink => "a GNU long name".to_owned(),
        EntryType::GNUSparse => "a sparse file".to_owned(),
        EntryType::XGlobalHeader | EntryType::XHeader => "a PAX header".to_owned(),
        other => format!("of type `{}`", other.as_byte().escape_ascii()),
    }
}

/// Looks at the first bytes, and gives the source back whole.
fn check_magic<R: Read>(mut source: R) -> Result<impl Read, PackageError> {
    let mut begin = Vec::with_capacity(ZSTD_MAGIC.len());
    source.by_ref().take(ZSTD_MAGIC.len() as u64).read_to_end(&mut begin).map_err(PackageError::Io)?;
    if begin != ZSTD_MAGIC {
        return Err(PackageError::NotAPackage);
    }
    Ok(Cursor::new(begin).chain(source))
}

/// Counts the compressed bytes, and remembers whether it was the source that failed.
struct Counted<R> {
    source: R,
    bytes: u64,
    state: SourceState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SourceState {
    Sound,
    Failed,
    TooLarge,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // One byte more than the cap is asked for: without it, a package of exactly the cap and
        // one that goes on look the same.
        let allowed = MAX_PACKAGE_BYTES + 1 - self.bytes;
        let length = buffer.len().min(usize::try_from(allowed).unwrap_or(usize::MAX));
        let read = loop {
            match self.source.read(&mut buffer[..length]) {
                Ok(read) => break read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.state = SourceState::Failed;
                    return Err(error);
                }
            }
        };
        self.bytes += read as u64;
        if self.bytes > MAX_PACKAGE_BYTES {
            self.state = SourceState::TooLarge;
            return Err(io::Error::other("the package is too large"));
        }
        Ok(read)
    }
}

/// The archive inside the frame.
struct Unpacked<R: Read> {
    decoder: Decoder<'static, BufReader<Counted<R>>>,
    bytes: u64,
}

impl<R: Read> Unpacked<R> {
    fn new(source: R) -> Result<Self, PackageError> {
        let source = BufReader::with_capacity(CHUNK_BYTES, Counted { source, bytes: 0, state: SourceState::Sound });
        let mut decoder = Decoder::with_buffer(source).map_err(PackageError::Io)?;
        decoder.window_log_max(MAX_WINDOW_LOG).map_err(PackageError::Io)?;
        Ok(Self { decoder: decoder.single_frame(), bytes: 0 })
    }

    /// The next header, or none at the end of the archive.
    fn header(&mut self, number: usize) -> Result<Option<Header>, PackageError> {
        let place = || format!("before entry {number}");
        let mut header = Header::new_ustar();
        self.fill(header.as_mut_bytes(), place)?;
        if header.as_bytes().iter().all(|byte| *byte == 0) {
            let mut second = [0; BLOCK_BYTES];
            self.fill(&mut second, || "in its closing blocks".to_owned())?;
            if second.iter().any(|byte| *byte != 0) {
                return Err(PackageError::TrailingArchiveData);
            }
            return Ok(None);
        }
        let unsound = |reason: &str| PackageError::Header { number, reason: reason.to_owned() };
        if header.cksum().ok() != Some(checksum(header.as_bytes())) {
            return Err(unsound("its checksum is wrong"));
        }
        if header.as_ustar().is_none() {
            return Err(unsound("its magic is not `ustar`, version `00`"));
        }
        Ok(Some(header))
    }

    /// The bytes of an entry, and the padding behind them.
    fn content(&mut self, header: &Header, path: &PackagePath, number: usize) -> Result<Vec<u8>, PackageError> {
        let size_bytes = header
            .entry_size()
            .map_err(|_| PackageError::Header { number, reason: "its size is not a number".to_owned() })?;
        let too_large =
            || PackageError::EntryTooLarge { entry: path.to_string(), size_bytes, cap_bytes: MAX_ENTRY_BYTES };
        if size_bytes > MAX_ENTRY_BYTES {
            return Err(too_large());
        }
        let size = usize::try_from(size_bytes).map_err(|_| too_large())?;
        // Nothing is hidden in owners, times or behind the end of a name, and no two readers can take
        // a field for two things.
        if header.as_bytes() != writing::header(path, size_bytes).as_bytes() {
            return Err(PackageError::Header {
                number,
                reason: "it says more than the name and size of a file, or says them in another way".to_owned(),
            });
        }
        let place = || format!("inside `{path}`");
        let mut content = Vec::new();
        while content.len() < size {
            let start = content.len();
            content.resize(size.min(start + CHUNK_BYTES), 0);
            self.fill(&mut content[start..], place)?;
        }
        let mut padding = [0; BLOCK_BYTES];
        let padding = &mut padding[..(BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES];
        self.fill(padding, place)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(PackageError::Padding { entry: path.to_string() });
        }
        Ok(content)
    }

    /// Fills the buffer whole, counting.
    fn fill(&mut self, buffer: &mut [u8], place: impl Fn() -> String) -> Result<(), PackageError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..], &place)? {
                0 => return Err(PackageError::Truncated { place: place() }),
                read => filled += read,
            }
        }
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8], place: impl Fn() -> String) -> Result<usize, PackageError> {
        let read = self.decoder.read(buffer).map_err(|error| self.failure(error, place()))?;
        self.bytes += read as u64;
        if self.bytes > MAX_UNPACKED_BYTES {
            return Err(PackageError::UnpackedTooLarge);
        }
        let compressed_bytes = self.decoder.get_ref().get_ref().bytes;
        if self.bytes > RATIO_FLOOR_BYTES && self.bytes > compressed_bytes.saturating_mul(MAX_RATIO) {
            return Err(PackageError::Bomb { compressed_bytes, unpacked_bytes: self.bytes });
        }
        Ok(read)
    }

    /// Whose fault an error of the decoder is.
    fn failure(&self, error: io::Error, place: String) -> PackageError {
        match self.decoder.get_ref().get_ref().state {
            SourceState::TooLarge => PackageError::TooLarge,
            SourceState::Failed => PackageError::Io(error),
            SourceState::Sound if error.kind() == io::ErrorKind::UnexpectedEof => PackageError::Truncated { place },
            SourceState::Sound => match error.to_string() {
                reason if reason.contains("too much memory") => PackageError::WindowTooLarge,
                reason => PackageError::Damaged { reason },
            },
        }
    }

    /// Checks that frame and source end here. Only now has zstd compared its checksum.
    fn finish(mut self) -> Result<(), PackageError> {
        let place = || "before the end of its frame".to_owned();
        if self.read(&mut [0], place)? != 0 {
            return Err(PackageError::TrailingArchiveData);
        }
        let mut source = self.decoder.finish();
        match source.fill_buf() {
            Ok([]) => Ok(()),
            Ok(_) => Err(PackageError::TrailingData),
            Err(error) => Err(match source.get_ref().state {
                SourceState::TooLarge => PackageError::TooLarge,
                SourceState::Sound | SourceState::Failed => PackageError::Io(error),
            }),
        }
    }
}

/// The sum of a header's bytes, its own field taken as spaces (POSIX.1-1988 ustar).
fn checksum(header: &[u8; BLOCK_BYTES]) -> u32 {
    header
        .iter()
        .enumerate()
        .map(|(index, byte)| match index {
            148..156 => u32::from(b' '),
            _ => u32::from(*byte),
        })
        .sum()
}
