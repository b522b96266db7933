/// Watches a publish pass its steps: the server traces them and, in debug builds, can end the process at one
/// (`ADX_ABORT_AT`), which is how the crash tests visit each of them.
pub trait PublishProgress: Send + Sync {
    /// The step has been reached: what its name says has just happened.
    fn reached(&self, step: PublishStep);

    /// The same of a round of signing.
    fn signed(&self, step: SignStep);

    /// A leaf was committed that is not of a release.
    fn logged(&self);

    /// A webhook was sent something, and nothing is recorded of that yet.
    fn delivered(&self);
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
            Self::SearchUpdated => "publish.search_updated",
        }
    }
}

/// The steps of a round of signing, in order. A round has those that it has work for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignStep {
    /// The tiles are stored, and no checkpoint tells of them.
    TilesStored,
    /// The checkpoint is signed and in the database.
    CheckpointRecorded,
    /// Enough witnesses have cosigned it, and their lines are in the database.
    CheckpointCosigned,
    /// The checkpoint is served.
    CheckpointPublished,
    /// Index files and their shards are stored.
    IndexWritten,
    /// The control files are stored.
    ControlStored,
    /// The documents of bins and control role are stored, and no snapshot tells of them.
    RolesStored,
    /// The snapshot is stored, and no timestamp tells of it.
    SnapshotStored,
    /// The timestamp is in the database.
    TimestampRecorded,
    /// The timestamp is served.
    TimestampPublished,
}

impl SignStep {
    /// Every step, in order.
    pub const ALL: &[Self] = &[
        Self::TilesStored,
        Self::CheckpointRecorded,
        Self::CheckpointCosigned,
        Self::CheckpointPublished,
        Self::IndexWritten,
        Self::ControlStored,
        Self::RolesStored,
        Self::SnapshotStored,
        Self::TimestampRecorded,
        Self::TimestampPublished,
    ];

    /// The name, as in `ADX_ABORT_AT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TilesStored => "sign.tiles_stored",
            Self::CheckpointRecorded => "sign.checkpoint_recorded",
            Self::CheckpointCosigned => "sign.checkpoint_cosigned",
            Self::CheckpointPublished => "sign.checkpoint_published",
            Self::IndexWritten => "sign.index_written",
            Self::ControlStored => "sign.control_stored",
            Self::RolesStored => "sign.roles_stored",
            Self::SnapshotStored => "sign.snapshot_stored",
            Self::TimestampRecorded => "sign.timestamp_recorded",
            Self::TimestampPublished => "sign.timestamp_published",
        }
    }
}
