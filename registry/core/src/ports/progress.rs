/// Watches a publish pass its steps: the server traces them and, in debug builds, can end the process at one
/// (`ADX_ABORT_AT`), which is how the crash tests visit each of them.
pub trait PublishProgress: Send + Sync {
    /// The step has been reached: what its name says has just happened.
    fn reached(&self, step: PublishStep);
}

/// The steps of a publish, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublishStep {
    /// The request is allowed and its envelope verified; nothing of the package has been read.
    Received,
    /// The whole package is in a temporary blob.
    BlobTemporary,
    /// Digest, archive, manifest and component have been checked.
    Verified,
    /// The package stands under its content address.
    BlobStored,
    /// The envelope stands beside it.
    EnvelopeStored,
    /// All rows are written, not committed.
    RowsInserted,
    /// The transaction is committed: the release is public.
    Committed,
    /// The job has rewritten the module's index file.
    Indexed,
    /// The job has updated the module's search document.
    SearchUpdated,
}

impl PublishStep {
    /// Every step, in order.
    pub const ALL: &[Self] = &[
        Self::Received,
        Self::BlobTemporary,
        Self::Verified,
        Self::BlobStored,
        Self::EnvelopeStored,
        Self::RowsInserted,
        Self::Committed,
        Self::Indexed,
        Self::SearchUpdated,
    ];

    /// The name, as in `ADX_ABORT_AT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "publish.received",
            Self::BlobTemporary => "publish.blob_temporary",
            Self::Verified => "publish.verified",
            Self::BlobStored => "publish.blob_stored",
            Self::EnvelopeStored => "publish.envelope_stored",
            Self::RowsInserted => "publish.rows_inserted",
            Self::Committed => "publish.committed",
            Self::Indexed => "publish.indexed",
            Self::SearchUpdated => "publish.search_updated",
        }
    }
}
