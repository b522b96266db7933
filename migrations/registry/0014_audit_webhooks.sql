-- The audit log. Rows are appended and never changed: no statement of ours does, and each holds the digest of the one before. `who` is
-- `token:`, `account:` or `owner:` with an id, `machine`, `job` or `anonymous`; `network` a keyed hash; `detail` JSON.
CREATE TABLE audit (
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    network TEXT,
    request_id TEXT,
    act TEXT NOT NULL,
    publisher_id TEXT,
    namespace TEXT,
    module TEXT,
    version TEXT,
    subject_id TEXT,
    detail TEXT NOT NULL,
    leaf BIGINT,
    previous TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    CONSTRAINT audit_seq PRIMARY KEY (seq)
);
CREATE INDEX audit_by_publisher ON audit (publisher_id, seq);
CREATE INDEX audit_by_act ON audit (act, seq);

-- Number and digest of the last entry. One row, locked by whoever appends: the last lock that a transaction takes.
CREATE TABLE audit_head (
    id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    CONSTRAINT audit_head_id PRIMARY KEY (id),
    CONSTRAINT audit_head_one CHECK (id = 1)
);
INSERT INTO audit_head (id, seq, sha256)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
