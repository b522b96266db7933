-- What operators do about modules, what they are told of, and what publishers say against it.

-- Why no version of a module can be installed, if the whole of it is in quarantine.
ALTER TABLE modules ADD COLUMN quarantined_for TEXT;

-- What was taken down because the law says so: a release, or a whole module (`release_id` NULL). One that was taken back stays, with who did.
CREATE TABLE takedowns (
    id TEXT NOT NULL,
    module_id TEXT NOT NULL,
    release_id TEXT,
    reason TEXT NOT NULL,
    reference TEXT NOT NULL,
    erased BOOLEAN NOT NULL,
    taken_by TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    lifted_by TEXT,
    lifted_at BIGINT,
    CONSTRAINT takedowns_id PRIMARY KEY (id),
    CONSTRAINT takedowns_module FOREIGN KEY (module_id) REFERENCES modules (id),
    CONSTRAINT takedowns_release FOREIGN KEY (release_id) REFERENCES releases (id)
);
CREATE UNIQUE INDEX takedowns_of_module ON takedowns (module_id) WHERE lifted_at IS NULL AND release_id IS NULL;
CREATE UNIQUE INDEX takedowns_of_release ON takedowns (module_id, release_id) WHERE lifted_at IS NULL AND release_id IS NOT NULL;

-- Why a module, or a release by itself, is taken down, as long as it is; and whether a release's bytes and texts are gone for good.
ALTER TABLE modules ADD COLUMN taken_down_for TEXT;
ALTER TABLE releases ADD COLUMN taken_down_for TEXT;
ALTER TABLE releases ADD COLUMN erased BOOLEAN NOT NULL DEFAULT FALSE;
