use std::{
    fs::{self, DirBuilder},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use adx_registry_core::ports::{Mail, MailError, Message};
use async_trait::async_trait;
use tempfile::NamedTempFile;

use super::{OpenError, compose::Composer};

/// Every message a file `.eml` in a folder, named so that they sort by time; a file that is seen is whole.
pub(super) struct Folder {
    path: PathBuf,
    composer: Composer,
}

impl Folder {
    /// Makes the folder, for this user alone: messages hold codes.
    pub(super) fn open(path: PathBuf, composer: Composer) -> Result<Self, OpenError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        // A folder that cannot be written is found at start, not by the first message.
        match made.and_then(|()| NamedTempFile::new_in(&path).map(drop)) {
            Ok(()) => Ok(Self { path, composer }),
            Err(source) => Err(OpenError::Folder { folder: path, source }),
        }
    }
}

#[async_trait]
impl Mail for Folder {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let bytes = self.composer.compose(message)?.formatted();
        let milliseconds = self.composer.clock.now().unix_timestamp_nanos() / 1_000_000;
        let file = self.path.join(format!("{milliseconds}-{}.eml", self.composer.random()));
        let folder = self.path.clone();
        let failed = |error: io::Error| MailError::Unreachable(Box::new(error));
        tokio::task::spawn_blocking(move || write(&folder, &file, &bytes))
            .await
            .map_err(|error| failed(error.into()))?
            .map_err(failed)
    }
}

/// Written beside, then renamed; on the disk when this returns.
fn write(folder: &Path, file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut partial = NamedTempFile::new_in(folder)?;
    partial.write_all(bytes)?;
    partial.as_file().sync_all()?;
    partial.persist(file)?;
    fs::File::open(folder)?.sync_all()
}
