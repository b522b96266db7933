-- One text for SQLite and PostgreSQL. Times are Unix milliseconds in UTC; digests and identifiers are lowercase hex;
-- lists are JSON text. `canonical` columns hold names with `_` written as `-`: two such names are the same name.

CREATE TABLE publishers (
    id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    canonical TEXT NOT NULL,
    display_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT publishers_id PRIMARY KEY (id),
    CONSTRAINT publishers_namespace UNIQUE (canonical)
);

CREATE TABLE publisher_keys (
    key_id TEXT NOT NULL,
    publisher_id TEXT NOT NULL,
    public_key_pem TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    CONSTRAINT publisher_keys_id PRIMARY KEY (key_id),
    CONSTRAINT publisher_keys_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id)
);
CREATE INDEX publisher_keys_by_publisher ON publisher_keys (publisher_id);

-- A token without a publisher is an operator's.
CREATE TABLE tokens (
    id TEXT NOT NULL,
    publisher_id TEXT,
    label TEXT NOT NULL,
    hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT,
    CONSTRAINT tokens_id PRIMARY KEY (id),
    CONSTRAINT tokens_hash UNIQUE (hash),
    CONSTRAINT tokens_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id)
);
CREATE INDEX tokens_by_publisher ON tokens (publisher_id);

CREATE TABLE modules (
    id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    canonical TEXT NOT NULL,
    publisher_id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT,
    tags TEXT NOT NULL,
    latest TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT modules_id PRIMARY KEY (id),
    CONSTRAINT modules_name UNIQUE (canonical),
    CONSTRAINT modules_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id)
);

-- `precedence` is the version without build metadata, which SemVer does not compare. The long texts come last: lists
-- leave them unread.
CREATE TABLE releases (
    id TEXT NOT NULL,
    module_id TEXT NOT NULL,
    version TEXT NOT NULL,
    precedence TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    dependencies TEXT NOT NULL,
    adx_core_version TEXT NOT NULL,
    world TEXT NOT NULL,
    permissions TEXT NOT NULL,
    key_id TEXT NOT NULL,
    token_id TEXT NOT NULL,
    yanked BOOLEAN NOT NULL,
    released_at BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    manifest TEXT NOT NULL,
    readme TEXT,
    changelog TEXT,
    envelope TEXT NOT NULL,
    CONSTRAINT releases_id PRIMARY KEY (id),
    CONSTRAINT releases_version UNIQUE (module_id, precedence),
    CONSTRAINT releases_module FOREIGN KEY (module_id) REFERENCES modules (id),
    CONSTRAINT releases_key FOREIGN KEY (key_id) REFERENCES publisher_keys (key_id),
    CONSTRAINT releases_token FOREIGN KEY (token_id) REFERENCES tokens (id)
);
CREATE INDEX releases_by_module ON releases (module_id, seq);
CREATE INDEX releases_by_digest ON releases (sha256);

-- The last number of the change feed. One row, updated by whoever takes the next: its lock makes numbers visible in
-- their order, and a rollback gives the number back.
CREATE TABLE feed (
    id BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    CONSTRAINT feed_id PRIMARY KEY (id),
    CONSTRAINT feed_one CHECK (id = 1)
);
INSERT INTO feed (id, last_seq) VALUES (1, 0);

CREATE TABLE changes (
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    module TEXT NOT NULL,
    version TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT changes_seq PRIMARY KEY (seq)
);

-- The outbox. A job is `waiting`, `leased` until a time, or `dead`.
CREATE TABLE jobs (
    id TEXT NOT NULL,
    task TEXT NOT NULL,
    deduplication_key TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    leased_until BIGINT,
    last_error TEXT,
    CONSTRAINT jobs_id PRIMARY KEY (id),
    CONSTRAINT jobs_state CHECK (state IN ('waiting', 'leased', 'dead'))
);
CREATE UNIQUE INDEX jobs_deduplicated ON jobs (deduplication_key) WHERE state = 'waiting';
CREATE INDEX jobs_due ON jobs (state, run_at);

-- Digests whose blobs the sweep is about to remove.
CREATE TABLE condemned (
    sha256 TEXT NOT NULL,
    removing BOOLEAN NOT NULL,
    since BIGINT NOT NULL,
    CONSTRAINT condemned_digest PRIMARY KEY (sha256)
);
