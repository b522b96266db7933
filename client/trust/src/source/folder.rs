//! A source in a folder, or in several that together hold it.

use std::{
    fs,
    io::ErrorKind,
    path::{Component, Path, PathBuf},
};

use tokio::{fs::File, io::AsyncReadExt as _};

use super::{BUNDLE_EXTENSION, Sink, SourceError};

/// Copies a file from the first of the folders that has it, false if none has.
pub(super) async fn copy(folders: &[PathBuf], path: &str, cap: u64, sink: &mut Sink<'_>) -> Result<bool, SourceError> {
    if !Path::new(path).components().all(|component| matches!(component, Component::Normal(_))) {
        return Err(SourceError::Outside(path.to_owned()));
    }
    for folder in folders {
        let path = folder.join(path);
        match File::open(&path).await {
            Ok(file) => return copy_file(file, &path, cap, sink).await.map(|()| true),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return Err(SourceError::disk(&path, &error)),
        }
    }
    Ok(false)
}

async fn copy_file(mut file: File, path: &Path, cap: u64, sink: &mut Sink<'_>) -> Result<(), SourceError> {
    let at = path.display().to_string();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece).await.map_err(|error| SourceError::disk(path, &error))? {
            0 => return Ok(()),
            read => sink.push(&at, &piece[..read], cap).await?,
        }
    }
}

/// Whether there are bundles where the files of a registry should be: one, or a folder of them.
pub(super) fn holds_bundles(path: &Path) -> bool {
    let is_bundle = |path: &Path| path.extension().is_some_and(|extension| extension == BUNDLE_EXTENSION);
    let within = || fs::read_dir(path).into_iter().flatten().flatten().any(|entry| is_bundle(&entry.path()));
    is_bundle(path) || (!path.join("tuf").exists() && within())
}
