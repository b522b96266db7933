-- Versions that were sent, whatever has come of them. `module` is `namespace/name` as it was sent, and need not be a module;
-- `canonical` and `precedence` are its one form and its version without build metadata. `causes` and `findings` are JSON; the envelope
-- stays as long as it may be released. `decided_by` is the side that ended it.
CREATE TABLE submissions (
    id TEXT NOT NULL,
    publisher_id TEXT NOT NULL,
    module TEXT NOT NULL,
    canonical TEXT NOT NULL,
    version TEXT NOT NULL,
    precedence TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    token_id TEXT NOT NULL,
    state TEXT NOT NULL,
    causes TEXT NOT NULL,
    findings TEXT NOT NULL,
    envelope TEXT,
    decided_by TEXT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT submissions_id PRIMARY KEY (id),
    CONSTRAINT submissions_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id),
    CONSTRAINT submissions_state CHECK (state IN ('started', 'validating', 'scanning', 'in-review', 'quarantined', 'staged',
        'released', 'rejected', 'withdrawn', 'errored')),
    CONSTRAINT submissions_side CHECK (decided_by IN ('registry', 'publisher', 'operator'))
);
CREATE INDEX submissions_by_version ON submissions (canonical, precedence, id);
CREATE INDEX submissions_by_state ON submissions (state, id);
CREATE INDEX submissions_by_publisher ON submissions (publisher_id, id);
-- Of a version one waits at a time.
CREATE UNIQUE INDEX submissions_waiting ON submissions (canonical, precedence) WHERE state IN ('in-review', 'quarantined', 'staged');

-- What happened to them, in order; nothing is written anew. `state` is what it became; without one, somebody said something.
CREATE TABLE submission_events (
    submission_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT,
    at BIGINT NOT NULL,
    side TEXT NOT NULL,
    said_by TEXT NOT NULL,
    said TEXT,
    CONSTRAINT submission_events_number PRIMARY KEY (submission_id, number),
    CONSTRAINT submission_events_submission FOREIGN KEY (submission_id) REFERENCES submissions (id),
    CONSTRAINT submission_events_kind CHECK (kind IN ('became', 'comment', 'question')),
    CONSTRAINT submission_events_state CHECK ((kind = 'became') = (state IS NOT NULL)),
    CONSTRAINT submission_events_side CHECK (side IN ('registry', 'publisher', 'operator'))
);

-- Publishers that an operator holds or trusts.
CREATE TABLE publisher_standings (
    publisher_id TEXT NOT NULL,
    standing TEXT NOT NULL,
    reason TEXT NOT NULL,
    given_by TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    CONSTRAINT publisher_standings_publisher_id PRIMARY KEY (publisher_id),
    CONSTRAINT publisher_standings_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id),
    CONSTRAINT publisher_standings_standing CHECK (standing IN ('held', 'trusted'))
);
