//! Files that only their owner may read: tokens, keys, settings.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// Writes a private file whole or not at all: beside it first (mode 0600), then renamed over it.
pub(crate) fn keep(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || -> io::Result<()> {
        create_folder(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| Failure::failed(format!("cannot write {}", path.display())).because(&error))
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Refuses a secret that others may read: whoever read it may use it already.
#[cfg(unix)]
pub(crate) fn refuse_if_shared(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path)
        .map_err(|error| Failure::usage(format!("{} cannot be read", path.display())).because(&error))?
        .permissions()
        .mode();
    #[expect(clippy::verbose_bit_mask, reason = "file modes are read in octal")]
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Failure::refused(format!("{} may be read by others (mode {:03o})", path.display(), mode & 0o777))
        .hint(format!("run `chmod 600 {}`", path.display())))
}

/// Elsewhere the folder's own protection has to do.
#[cfg(not(unix))]
pub(crate) fn refuse_if_shared(_: &Path) -> Result<(), Failure> {
    Ok(())
}
