/// Watches a publish pass its steps: the server traces them and, in debug builds, can end the process at one
/// (`ADX_ABORT_AT`), which is how the crash tests visit each of them.
pub trait PublishProgress: Send + Sync {
    /// The step has been reached: what its name says has just happened.
    fn reached(&self, step: PublishStep);

    /// The same of a round of signing.
    fn signed(&self, step: SignStep);

    /// The same of the exchange of a CI system's token.
    fn exchanged(&self, step: ExchangeStep);
    /// The same of a submission that needs a human.
    fn reviewed(&self, step: ReviewStep);

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
    /// The configured checks have looked the package over.
    Scanned,
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
        Self::Scanned,
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
            Self::Scanned => "publish.scanned",
            Self::BlobStored => "publish.blob_stored",
            Self::EnvelopeStored => "publish.envelope_stored",
            Self::RowsInserted => "publish.rows_inserted",
            Self::Committed => "publish.committed",
            Self::SearchUpdated => "publish.search_updated",
        }
    }
}

/// The steps of an exchange of a CI system's token for one of the registry, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExchangeStep {
    /// That the CI system's token was used is written, not committed.
    Used,
    /// The token is written as well, not committed.
    Recorded,
    /// Both are committed, and nobody has the token yet.
    Committed,
}

impl ExchangeStep {
    /// Every step, in order.
    pub const ALL: &[Self] = &[Self::Used, Self::Recorded, Self::Committed];

    /// The name, as in `ADX_ABORT_AT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Used => "exchange.used",
            Self::Recorded => "exchange.recorded",
            Self::Committed => "exchange.committed",
        }
    }
}

/// The steps of a submission that needs a human: first those of the request that sends it, then those of its approval, which goes on with
/// [`PublishStep::RowsInserted`] and [`PublishStep::Committed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReviewStep {
    /// The package stands where it waits.
    BytesStored,
    /// All rows are written, not committed.
    RowsInserted,
    /// The transaction is committed: the submission waits.
    Waits,
    /// An approved package stands under its content address.
    BytesCopied,
    /// The envelope stands beside it.
    EnvelopeStored,
}

impl ReviewStep {
    /// Those of the request that sends it, in order.
    pub const SENDING: &[Self] = &[Self::BytesStored, Self::RowsInserted, Self::Waits];

    /// Those of its approval, in order.
    pub const APPROVING: &[Self] = &[Self::BytesCopied, Self::EnvelopeStored];

    /// The name, as in `ADX_ABORT_AT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BytesStored => "review.bytes_stored",
            Self::RowsInserted => "review.rows_inserted",
            Self::Waits => "review.waits",
            Self::BytesCopied => "review.bytes_copied",
            Self::EnvelopeStored => "review.envelope_stored",
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
