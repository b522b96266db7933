//! Reads an archive: nothing of it is used before all of it was read once and every digest was right.

use std::{
    fs::File,
    io::{self, BufReader, Read as _},
    path::{Path, PathBuf},
};

use adx_signing::digest::Digest;
use tar::Header;

use super::{
    error::ArchiveError,
    manifest::{FORMAT, FORMAT_CONTENT, MANIFEST, Manifest, PARTS, Part},
    writer::{BLOCK, padding_of},
};

/// Largest part that is read, in bytes: a damaged size must not fill the memory. Packages and metadata stay far below.
const MAX_PART_BYTES: u64 = 512 * 1024 * 1024;
/// The same of the list of parts, which has some 190 bytes for each: of 80 million.
const MAX_LIST_BYTES: u64 = 16 * 1024 * 1024 * 1024;

/// An archive all of whose digests are right.
pub(super) struct CheckedArchive {
    file: PathBuf,
    /// What is in it.
    pub(super) manifest: Manifest,
    /// Its parts, without list and manifest.
    pub(super) parts: Vec<Part>,
}

impl CheckedArchive {
    /// Reads all of it.
    ///
    /// # Errors
    /// [`ArchiveError`] names the part that is not what was written.
    pub(super) fn open(file: &Path) -> Result<Self, ArchiveError> {
        let mut input = Input::open(file)?;
        match input.next() {
            Ok(Some((path, content))) if path == FORMAT && content == FORMAT_CONTENT => {}
            Err(error @ ArchiveError::Io { .. }) => return Err(error),
            _ => {
                let reason = format!("it does not begin with `{FORMAT}` of version 1");
                return Err(ArchiveError::Foreign { file: file.to_owned(), reason });
            }
        }
        let mut parts = vec![part(FORMAT, FORMAT_CONTENT)];
        let mut list = None;
        let damaged = |part: &str, reason: String| ArchiveError::Damaged {
            file: file.to_owned(),
            part: format!("`{part}`"),
            reason,
        };
        let manifest = loop {
            let Some((path, content)) = input.next()? else {
                return Err(damaged(MANIFEST, "it is not there: the backup was not written to its end".to_owned()));
            };
            match (path.as_str(), &list) {
                (PARTS, None) => list = Some(content),
                (MANIFEST, Some(_)) => break content,
                (path, None) => parts.push(part(path, &content)),
                (path, Some(_)) => return Err(damaged(path, "it is on no list".to_owned())),
            }
        };
        input.end()?;
        let manifest: Manifest =
            serde_json::from_slice(&manifest).map_err(|error| damaged(MANIFEST, error.to_string()))?;
        let list = list.unwrap_or_default();
        if Digest::of(&list) != manifest.parts_sha256 {
            return Err(damaged(PARTS, "it has another sha256 than the manifest says".to_owned()));
        }
        let listed: Result<Vec<Part>, _> =
            list.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(serde_json::from_slice).collect();
        let listed = listed.map_err(|error| damaged(PARTS, error.to_string()))?;
        for (found, listed) in parts.iter().zip(&listed) {
            if found != listed {
                return Err(damaged(&listed.path, "it has another name, size or sha256 than the list says".to_owned()));
            }
        }
        if let Some(missing) = listed.get(parts.len()) {
            return Err(damaged(&missing.path, "it is not there".to_owned()));
        }
        if let Some(more) = parts.get(listed.len()) {
            return Err(damaged(&more.path, "it is on no list".to_owned()));
        }
        Ok(Self { file: file.to_owned(), manifest, parts })
    }

    /// That a part is not what it should be.
    pub(super) fn damaged(&self, part: &str, reason: &str) -> ArchiveError {
        ArchiveError::Damaged { file: self.file.clone(), part: format!("`{part}`"), reason: reason.to_owned() }
    }

    /// The parts below a folder once more, in order.
    pub(super) fn read_below(&self, folder: &str) -> Result<Below<'_>, ArchiveError> {
        let input = Input::open(&self.file)?;
        Ok(Below { archive: self, folder: format!("{folder}/"), input, next: 0 })
    }
}

/// Parts of a checked archive.
pub(super) struct Below<'a> {
    archive: &'a CheckedArchive,
    folder: String,
    input: Input,
    next: usize,
}

impl Below<'_> {
    /// The next part and its path below the folder.
    ///
    /// # Errors
    /// [`ArchiveError`] where the file is not any more what was checked.
    pub(super) fn next(&mut self) -> Result<Option<(String, Vec<u8>)>, ArchiveError> {
        while let Some(expected) = self.archive.parts.get(self.next) {
            self.next += 1;
            let found = self.input.next()?;
            let Some((path, content)) = found.filter(|(path, content)| part(path, content) == *expected) else {
                let file = self.archive.file.clone();
                let part = format!("`{}`", expected.path);
                return Err(ArchiveError::Damaged { file, part, reason: "it was changed meanwhile".to_owned() });
            };
            if let Some(path) = path.strip_prefix(&self.folder) {
                return Ok(Some((path.to_owned(), content)));
            }
        }
        Ok(None)
    }
}

/// The stream of an archive.
struct Input {
    file: PathBuf,
    stream: zstd::Decoder<'static, BufReader<File>>,
    before: String,
}

impl Input {
    fn open(file: &Path) -> Result<Self, ArchiveError> {
        let io = |source| ArchiveError::Io { file: file.to_owned(), source };
        let opened = File::open(file).map_err(io)?;
        let stream = zstd::Decoder::new(opened).map_err(io)?;
        Ok(Self { file: file.to_owned(), stream, before: "the beginning".to_owned() })
    }

    /// The next part; none at the end.
    fn next(&mut self) -> Result<Option<(String, Vec<u8>)>, ArchiveError> {
        let mut block = [0; BLOCK];
        self.stream.read_exact(&mut block).map_err(|error| self.unreadable(&error))?;
        if block == [0; BLOCK] {
            return Ok(None);
        }
        let header = Header::from_byte_slice(&block);
        let damaged = |reason: &str| ArchiveError::Damaged {
            file: self.file.clone(),
            part: format!("after {}", self.before),
            reason: reason.to_owned(),
        };
        let mut summed = header.clone();
        summed.set_cksum();
        if header.cksum().ok() != summed.cksum().ok() || header.as_ustar().is_none() {
            return Err(damaged("what follows is no part"));
        }
        let path = header.path_bytes();
        let path = std::str::from_utf8(&path).map_err(|_| damaged("the next name is no text"))?.to_owned();
        let longest = if path == PARTS { MAX_LIST_BYTES } else { MAX_PART_BYTES };
        let size = header.size().ok().filter(|size| *size <= longest);
        let size = size.ok_or_else(|| damaged("the next part has a size that none has"))?;
        self.before = format!("`{path}`");
        // Grows with what arrives, and not with what the header promises.
        let mut content = Vec::new();
        let read = self.stream.by_ref().take(size).read_to_end(&mut content);
        let whole = |read| if read as u64 == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        read.and_then(whole).map_err(|error| self.unreadable(&error))?;
        let mut padding = [0; BLOCK];
        self.stream.read_exact(&mut padding[..padding_of(size)]).map_err(|error| self.unreadable(&error))?;
        Ok(Some((path, content)))
    }

    /// Reads to the end, where the checksum of the stream stands.
    fn end(&mut self) -> Result<(), ArchiveError> {
        let rest = io::copy(&mut self.stream.by_ref().take(MAX_PART_BYTES), &mut io::sink());
        rest.map(drop).map_err(|error| self.unreadable(&error))
    }

    fn unreadable(&self, error: &io::Error) -> ArchiveError {
        let reason = match error.kind() {
            io::ErrorKind::UnexpectedEof => "the file ends there: it was cut off".to_owned(),
            _ => format!("it cannot be unpacked ({error})"),
        };
        ArchiveError::Damaged { file: self.file.clone(), part: format!("in or after {}", self.before), reason }
    }
}

fn part(path: &str, content: &[u8]) -> Part {
    Part { path: path.to_owned(), size_bytes: content.len() as u64, sha256: Digest::of(content) }
}
