//! Writes an archive: beside its name first, under its name once it is whole and on disk.

use std::{
    fs::{self, File, TryLockError},
    io::{self, BufWriter, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use adx_signing::digest::{Digest, Hasher};
use tar::{EntryType, Header};

use super::{
    error::ArchiveError,
    manifest::{FORMAT, FORMAT_CONTENT, MANIFEST, Manifest, PARTS, Part},
};
use crate::trust::files;

/// How hard to compress: packages are compressed already, rows shrink a lot at any level.
const LEVEL: i32 = 3;
/// The unit that a tar archive counts in.
pub(super) const BLOCK: usize = 512;

/// An archive being written.
pub(super) struct ArchiveWriter {
    out: zstd::Encoder<'static, BufWriter<File>>,
    file: PathBuf,
    partial: PathBuf,
    parts: Vec<Part>,
}

/// A part being written.
pub(super) struct PartWriter<'a> {
    archive: &'a mut ArchiveWriter,
    path: String,
    size_bytes: u64,
    written: u64,
    hasher: Hasher,
}

impl ArchiveWriter {
    /// Begins. What an attempt that died left beside the name is written over.
    pub(super) fn create(file: &Path) -> Result<Self, ArchiveError> {
        refuse_present(file)?;
        let mut partial = file.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let io = |source| ArchiveError::Io { file: partial.clone(), source };
        let busy = || ArchiveError::Busy { file: partial.clone() };
        // Made anew, never taken over: what lies there may be readable for others, or lead elsewhere.
        if let Ok(before) = File::open(&partial)
            && matches!(before.try_lock(), Err(TryLockError::WouldBlock))
        {
            return Err(busy());
        }
        match fs::remove_file(&partial) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(io(source)),
            _ => {}
        }
        let opened = match File::options().write(true).create_new(true).mode(files::SECRET).open(&partial) {
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => return Err(busy()),
            opened => opened.map_err(io)?,
        };
        match opened.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy()),
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let mut out = zstd::Encoder::new(BufWriter::new(opened), LEVEL).map_err(io)?;
        out.include_checksum(true).map_err(io)?;
        let mut archive = Self { out, file: file.to_owned(), partial, parts: Vec::new() };
        archive.put(FORMAT, FORMAT_CONTENT)?;
        Ok(archive)
    }

    /// Adds a part whose bytes are here.
    pub(super) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<Part, ArchiveError> {
        let mut part = self.begin(path, bytes.len() as u64)?;
        part.write(bytes)?;
        part.end()
    }

    /// Begins a part of a size that is known.
    pub(super) fn begin(&mut self, path: &str, size_bytes: u64) -> Result<PartWriter<'_>, ArchiveError> {
        let header = header(path, size_bytes).map_err(|source| self.failed(source))?;
        self.out.write_all(header.as_bytes()).map_err(|source| self.failed(source))?;
        Ok(PartWriter { archive: self, path: path.to_owned(), size_bytes, written: 0, hasher: Hasher::new() })
    }

    /// The list of the parts, and its digest as the manifest tells it.
    pub(super) fn list_parts(&mut self) -> Result<Digest, ArchiveError> {
        let mut list = Vec::new();
        for part in &self.parts {
            serde_json::to_writer(&mut list, part).map_err(|error| self.failed(error.into()))?;
            list.push(b'\n');
        }
        Ok(self.put(PARTS, &list)?.sha256)
    }

    /// Ends it, and gives it its name.
    pub(super) fn finish(mut self, manifest: &Manifest) -> Result<(), ArchiveError> {
        let manifest = serde_json::to_vec_pretty(manifest).map_err(|error| self.failed(error.into()))?;
        self.put(MANIFEST, &manifest)?;
        let Self { mut out, file, partial, .. } = self;
        let named = || -> io::Result<()> {
            out.write_all(&[0; 2 * BLOCK])?;
            let written = out.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            written.sync_all()?;
            fs::rename(&partial, &file)?;
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()
        };
        refuse_present(&file)?;
        named().map_err(|source| ArchiveError::Io { file: partial.clone(), source })
    }

    /// Removes what was written of it.
    pub(super) fn discard(self) {
        // The next attempt writes over it if this fails.
        let _ = fs::remove_file(&self.partial);
    }

    fn failed(&self, source: io::Error) -> ArchiveError {
        ArchiveError::Io { file: self.partial.clone(), source }
    }
}

impl PartWriter<'_> {
    /// Appends.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        self.archive.out.write_all(bytes).map_err(|source| self.archive.failed(source))
    }

    /// Ends it.
    pub(super) fn end(self) -> Result<Part, ArchiveError> {
        let Self { archive, path, size_bytes, written, hasher } = self;
        if written != size_bytes {
            let error = format!("{path} has {written} bytes, and {size_bytes} were announced");
            return Err(archive.failed(io::Error::other(error)));
        }
        let padding = [0; BLOCK];
        archive.out.write_all(&padding[..padding_of(written)]).map_err(|source| archive.failed(source))?;
        let part = Part { path, size_bytes, sha256: hasher.finish() };
        archive.parts.push(part.clone());
        Ok(part)
    }
}

/// Bytes between the end of a part and the next header.
pub(super) fn padding_of(size_bytes: u64) -> usize {
    let block = BLOCK as u64;
    usize::try_from((block - size_bytes % block) % block).unwrap_or(0)
}

fn header(path: &str, size_bytes: u64) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_path(path)?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(files::SECRET);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size_bytes);
    header.set_cksum();
    Ok(header)
}

fn refuse_present(file: &Path) -> Result<(), ArchiveError> {
    match file.try_exists() {
        Ok(false) => Ok(()),
        Ok(true) => Err(ArchiveError::Present { file: file.to_owned() }),
        Err(source) => Err(ArchiveError::Io { file: file.to_owned(), source }),
    }
}
