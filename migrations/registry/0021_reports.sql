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

-- What people say is wrong with a module. `account_id` is who was signed in; `address` is somebody else's, personal, and erased once the
-- report is decided. An account has one that waits for each module.
CREATE TABLE reports (
    id TEXT NOT NULL,
    module_id TEXT NOT NULL,
    version TEXT,
    category TEXT NOT NULL,
    said TEXT NOT NULL,
    account_id TEXT,
    address TEXT,
    state TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    reason TEXT,
    CONSTRAINT reports_id PRIMARY KEY (id),
    CONSTRAINT reports_module FOREIGN KEY (module_id) REFERENCES modules (id),
    CONSTRAINT reports_account FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT reports_state CHECK (state IN ('open', 'confirmed', 'dismissed'))
);
CREATE UNIQUE INDEX reports_open ON reports (module_id, account_id) WHERE state = 'open' AND account_id IS NOT NULL;
CREATE INDEX reports_by_state ON reports (state, id);
CREATE INDEX reports_by_module ON reports (module_id, state, id);

-- What publishers say against what operators decided. `kind` and `subject` name it: a module, a version (`acme/greeter@1.2.3`), the id of a
-- held name or of a submission. About one thing one waits at a time.
CREATE TABLE appeals (
    id TEXT NOT NULL,
    publisher_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    said TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    reason TEXT,
    CONSTRAINT appeals_id PRIMARY KEY (id),
    CONSTRAINT appeals_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id),
    CONSTRAINT appeals_kind CHECK (kind IN ('module', 'version', 'name', 'submission')),
    CONSTRAINT appeals_state CHECK (state IN ('open', 'granted', 'denied'))
);
CREATE UNIQUE INDEX appeals_open ON appeals (kind, subject) WHERE state = 'open';
CREATE INDEX appeals_by_state ON appeals (state, id);
CREATE INDEX appeals_by_publisher ON appeals (publisher_id, id);
