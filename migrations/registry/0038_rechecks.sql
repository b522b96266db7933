-- Looks over what is released. `module_id` and `version` say what alone is meant; without them, everything. `against` is the sha256 of the
-- rules and advisories that it is held against. `at_module` and `at_before` are how far it has come: releases of that module before that
-- place in the feed are next, or, without a place, the module after it. `named` and `gathered` are JSON: ids of submissions that letters
-- will name.
CREATE TABLE rechecks (
    id TEXT NOT NULL,
    module_id TEXT,
    version TEXT,
    quarantine BOOLEAN NOT NULL,
    asked_by TEXT NOT NULL,
    state TEXT NOT NULL,
    against TEXT,
    at_module TEXT,
    at_before BIGINT,
    looked_at BIGINT NOT NULL,
    found_in BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    unfinished BIGINT NOT NULL,
    named TEXT NOT NULL,
    gathered TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    CONSTRAINT rechecks_id PRIMARY KEY (id),
    CONSTRAINT rechecks_state CHECK (state IN ('walking', 'ended', 'replaced'))
);
CREATE INDEX rechecks_by_state ON rechecks (state, id);

-- Which server watches the files, and until when. `lease` tells one holder from the next.
CREATE TABLE recheck_watch (
    id BIGINT NOT NULL,
    lease BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    CONSTRAINT recheck_watch_id PRIMARY KEY (id),
    CONSTRAINT recheck_watch_one CHECK (id = 1)
);
INSERT INTO recheck_watch (id, lease, leased_until) VALUES (1, 0, 0);

-- When checks were last run again over the release that a submission became; NULL if they were not.
ALTER TABLE submissions ADD COLUMN checked_at BIGINT;
