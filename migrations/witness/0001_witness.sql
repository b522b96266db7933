-- The last head cosigned of each log. A row only grows; the answer is sent once it is on disk.
CREATE TABLE heads (
    origin TEXT NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    root TEXT NOT NULL,
    cosigned_at TEXT NOT NULL
) STRICT;

-- Requests whose tree was not shown to begin with the one seen last, signed by the log: they may prove that it lies. One for
-- each checkpoint, named by the digest of its text.
CREATE TABLE kept (
    origin TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    request BLOB NOT NULL,
    latest_size INTEGER NOT NULL,
    latest_root TEXT NOT NULL,
    kept_at TEXT NOT NULL,
    PRIMARY KEY (origin, sha256)
) STRICT;
