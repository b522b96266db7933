//! A source in a folder.

use std::{
    io::ErrorKind,
    path::{Component, Path},
};

use tokio::io::AsyncReadExt as _;

use super::{Sink, SourceError};

/// Copies a file, false if it is not there.
pub(super) async fn copy(folder: &Path, path: &str, cap: u64, sink: &mut Sink<'_>) -> Result<bool, SourceError> {
    if !Path::new(path).components().all(|component| matches!(component, Component::Normal(_))) {
        return Err(SourceError::Outside(path.to_owned()));
    }
    let file_path = folder.join(path);
    let disk = |error: &std::io::Error| SourceError::disk(&file_path, error);
    let mut file = match tokio::fs::File::open(&file_path).await {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(false),
        Err(error) => return Err(disk(&error)),
    };
    let at = file_path.display().to_string();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece).await.map_err(|error| disk(&error))? {
            0 => return Ok(true),
            read => sink.push(&at, &piece[..read], cap).await?,
        }
    }
}
