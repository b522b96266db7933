-- The transparency log and the rounds of signing. A leaf is a row written in the transaction of what it records; a round
-- takes the rows into tiles, a checkpoint and repository metadata.

-- Canonical JSON, by its number in the log.
CREATE TABLE leaves (
    leaf BIGINT NOT NULL,
    content TEXT NOT NULL,
    CONSTRAINT leaves_leaf PRIMARY KEY (leaf)
);

-- How many leaves there are. One row, updated by whoever appends: its lock makes leaves visible in their order, and a
-- rollback gives the number back.
CREATE TABLE leaf_counter (
    id BIGINT NOT NULL,
    leaves BIGINT NOT NULL,
    CONSTRAINT leaf_counter_id PRIMARY KEY (id),
    CONSTRAINT leaf_counter_one CHECK (id = 1)
);
INSERT INTO leaf_counter (id, leaves) VALUES (1, 0);

-- Where each was recorded; nowhere yet for what is older than the log. The salt is hashed with the list of owners.
ALTER TABLE publishers ADD COLUMN leaf BIGINT;
ALTER TABLE publishers ADD COLUMN owners_salt TEXT;
ALTER TABLE publisher_keys ADD COLUMN leaf BIGINT;
ALTER TABLE releases ADD COLUMN leaf BIGINT;
CREATE UNIQUE INDEX releases_by_leaf ON releases (leaf) WHERE leaf IS NOT NULL;
CREATE INDEX publishers_unlogged ON publishers (created_at) WHERE leaf IS NULL;
CREATE INDEX publisher_keys_unlogged ON publisher_keys (added_at) WHERE leaf IS NULL;
CREATE INDEX releases_unlogged ON releases (seq) WHERE leaf IS NULL;

-- What was signed last, recorded before it is published: a database that is older than what is served is found out by it.
-- `lease` is the number of the lease that may change the row, `leaves` how many leaves the metadata tell of.
CREATE TABLE signing (
    id BIGINT NOT NULL,
    lease BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    logged_root BIGINT NOT NULL,
    checkpoint_note TEXT,
    timestamp_file TEXT,
    leaves BIGINT NOT NULL,
    CONSTRAINT signing_id PRIMARY KEY (id),
    CONSTRAINT signing_one CHECK (id = 1)
);
INSERT INTO signing (id, lease, leased_until, logged_root, leaves) VALUES (1, 0, 0, 0, 0);

-- Version and end of every document of the repository's metadata, so that none expires unnoticed.
CREATE TABLE signed_documents (
    role TEXT NOT NULL,
    version BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT signed_documents_role PRIMARY KEY (role)
);

-- Index files are written by the rounds.
DELETE FROM jobs WHERE deduplication_key LIKE 'write_index:%';
