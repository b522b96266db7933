-- What is withheld, and what must not run.

-- Why a release cannot be installed, if it cannot.
ALTER TABLE releases ADD COLUMN quarantined_for TEXT;

-- The kill list: packages and keys, as `revocations.json` tells of them.
CREATE TABLE revoked_packages (
    sha256 TEXT NOT NULL,
    module TEXT NOT NULL,
    version TEXT NOT NULL,
    at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT revoked_packages_digest PRIMARY KEY (sha256)
);
CREATE TABLE revoked_keys (
    key_id TEXT NOT NULL,
    from_leaf BIGINT NOT NULL,
    at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT revoked_keys_id PRIMARY KEY (key_id)
);

-- How often the kill list changed. One row, updated with every change: a round reads the list only when this is another
-- number, and its lock lets one change be made after the other.
CREATE TABLE kill_list (
    id BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    CONSTRAINT kill_list_id PRIMARY KEY (id),
    CONSTRAINT kill_list_one CHECK (id = 1)
);
INSERT INTO kill_list (id, revision) VALUES (1, 0);
