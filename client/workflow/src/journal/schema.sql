-- Keys are never used twice: an attempt or a child may outlive the run it belongs to, and the run may be forgotten meanwhile.
CREATE TABLE run (
    key         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT    NOT NULL,
    generation  INTEGER NOT NULL,
    workflow    TEXT    NOT NULL,
    input       TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    suggest_at  INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    outcome     TEXT,
    status      TEXT,
    blocked     TEXT,
    parent      INTEGER,
    parent_seq  INTEGER,
    CONSTRAINT run_id_unique UNIQUE (id, generation),
    CONSTRAINT run_state_known
        CHECK (state IN ('running', 'blocked', 'completed', 'failed', 'cancelled', 'continued-as-new'))
) STRICT;
CREATE INDEX run_open ON run (key) WHERE ended_at IS NULL;
CREATE INDEX run_open_child ON run (parent, parent_seq) WHERE parent IS NOT NULL AND ended_at IS NULL;

-- One row holds what came in and all that the code answered: it is written in one piece and replayed in one piece.
CREATE TABLE step (
    run     INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    format  INTEGER NOT NULL,
    events  TEXT    NOT NULL,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

-- What came in for runs whose code could not take it yet.
CREATE TABLE inbox (
    number  INTEGER PRIMARY KEY,
    run     INTEGER NOT NULL,
    event   TEXT    NOT NULL
) STRICT;
CREATE INDEX inbox_run ON inbox (run);
