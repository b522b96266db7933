//! A blob being written: in memory as long as it is small, in parts once it is not.
//!
//! Most packages are small. One that fits a part is stored by a single write under its final name, which costs a folder
//! one flush and S3 one request; only a larger one stands under a temporary name for a while.

use std::sync::Arc;

use adx_registry_core::ports::{BlobError, BlobKey, TemporaryBlob};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};

use super::{delete, path, storage};

/// Size of all parts but the last. S3 takes none below 5 MiB.
const PART_BYTES: usize = 8 * 1024 * 1024;

pub(super) struct Temporary {
    store: Arc<dyn ObjectStore>,
    path: Path,
    stage: Stage,
}

enum Stage {
    /// Everything is here.
    Small(Vec<Bytes>, usize),
    /// Whole parts are in the store, the rest is here.
    Large(Box<dyn MultipartUpload>, Vec<Bytes>, usize),
    /// Everything is here, and no more may come.
    Ready(Bytes),
    /// Everything is in the store under the temporary name.
    Stored,
}

impl Temporary {
    pub(super) fn new(store: Arc<dyn ObjectStore>, path: Path) -> Self {
        Self { store, path, stage: Stage::Small(Vec::new(), 0) }
    }

    /// Ends the writing: what is small stays here, what is large is completed in the store.
    async fn end(&mut self) -> Result<(), BlobError> {
        match &mut self.stage {
            Stage::Small(chunks, _) => self.stage = Stage::Ready(concatenate(chunks)),
            Stage::Large(upload, chunks, held) => {
                if *held > 0 {
                    upload.put_part(chunks.drain(..).collect::<PutPayload>()).await.map_err(storage)?;
                    *held = 0;
                }
                upload.complete().await.map_err(storage)?;
                self.stage = Stage::Stored;
            }
            Stage::Ready(_) | Stage::Stored => {}
        }
        Ok(())
    }
}

#[async_trait]
impl TemporaryBlob for Temporary {
    async fn write(&mut self, chunk: Bytes) -> Result<(), BlobError> {
        let (chunks, held) = match &mut self.stage {
            Stage::Small(chunks, held) | Stage::Large(_, chunks, held) => (chunks, held),
            Stage::Ready(_) | Stage::Stored => {
                return Err(BlobError::Storage("nothing may be written after the blob has been read".into()));
            }
        };
        *held += chunk.len();
        chunks.push(chunk);
        while let Stage::Small(chunks, held) | Stage::Large(_, chunks, held) = &mut self.stage
            && *held >= PART_BYTES
        {
            let part = take(chunks, PART_BYTES);
            *held -= PART_BYTES;
            if let Stage::Small(chunks, held) = &mut self.stage {
                let (chunks, held) = (std::mem::take(chunks), *held);
                let upload = self.store.put_multipart(&self.path).await.map_err(storage)?;
                self.stage = Stage::Large(upload, chunks, held);
            }
            if let Stage::Large(upload, ..) = &mut self.stage {
                upload.put_part(part).await.map_err(storage)?;
            }
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<Bytes, BlobError> {
        self.end().await?;
        if let Stage::Ready(bytes) = &self.stage {
            return Ok(bytes.clone());
        }
        self.store.get(&self.path).await.map_err(storage)?.bytes().await.map_err(storage)
    }

    async fn promote(mut self: Box<Self>, key: &BlobKey) -> Result<(), BlobError> {
        self.end().await?;
        let to = path(key);
        match self.stage {
            Stage::Ready(bytes) => self.store.put(&to, bytes.into()).await.map(drop).map_err(storage),
            // A rename in a folder; on S3 a copy on the server's side.
            _ => self.store.rename(&self.path, &to).await.map_err(storage),
        }
    }

    async fn discard(mut self: Box<Self>) -> Result<(), BlobError> {
        match &mut self.stage {
            Stage::Small(..) | Stage::Ready(_) => Ok(()),
            Stage::Large(upload, ..) => upload.abort().await.map_err(storage),
            Stage::Stored => delete(&*self.store, &self.path).await,
        }
    }
}

/// The first `count` bytes of the chunks, which hold at least as many.
fn take(chunks: &mut Vec<Bytes>, count: usize) -> PutPayload {
    let mut taken = Vec::new();
    let mut missing = count;
    for chunk in chunks.iter_mut() {
        let part = chunk.split_to(missing.min(chunk.len()));
        missing -= part.len();
        taken.push(part);
        if missing == 0 {
            break;
        }
    }
    chunks.retain(|chunk| !chunk.is_empty());
    taken.into_iter().collect()
}

fn concatenate(chunks: &mut Vec<Bytes>) -> Bytes {
    if chunks.len() <= 1 {
        return chunks.pop().unwrap_or_default();
    }
    let mut whole = BytesMut::with_capacity(chunks.iter().map(Bytes::len).sum());
    for chunk in chunks.drain(..) {
        whole.extend_from_slice(&chunk);
    }
    whole.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_cut_in_the_middle_of_a_chunk() {
        let mut chunks = vec![Bytes::from_static(b"abc"), Bytes::from_static(b"def"), Bytes::from_static(b"g")];
        let part = take(&mut chunks, 4);
        assert_eq!(part.iter().map(AsRef::as_ref).collect::<Vec<&[u8]>>().concat(), b"abcd");
        assert_eq!(concatenate(&mut chunks), "efg");
        assert_eq!(concatenate(&mut chunks), "");
    }
}
