-- Which names may be taken.

-- What a new name is compared with: the canonical form of a module's name without its namespace, and the one form of all names that look
-- alike. `registry/core/src/names/alike.rs` makes the same of new names.
ALTER TABLE publishers ADD COLUMN alike TEXT NOT NULL DEFAULT '';
ALTER TABLE modules ADD COLUMN name_canonical TEXT NOT NULL DEFAULT '';
ALTER TABLE modules ADD COLUMN alike TEXT NOT NULL DEFAULT '';

UPDATE publishers SET alike =
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
        namespace, '_', ''), '-', ''), '0', 'o'), '1', 'l'), 'i', 'l'), '3', 'e'), '4', 'a'), '5', 's'), '7', 't'), '8', 'b'),
        'rn', 'm'), 'vv', 'w');
UPDATE modules SET name_canonical = REPLACE(name, '_', '-'), alike =
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
        name, '_', ''), '-', ''), '0', 'o'), '1', 'l'), 'i', 'l'), '3', 'e'), '4', 'a'), '5', 's'), '7', 't'), '8', 'b'),
        'rn', 'm'), 'vv', 'w');

CREATE INDEX publishers_by_alike ON publishers (alike);
CREATE INDEX modules_by_name ON modules (name_canonical);
CREATE INDEX modules_by_alike ON modules (alike);

-- New names that resemble others, and what operators decided of them. `name` and `resembles` are a namespace or a module;
-- `decided_by` is `token:` or `account:` with an id, or `machine`.
CREATE TABLE held_names (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    canonical TEXT NOT NULL,
    resembles TEXT NOT NULL,
    likeness TEXT NOT NULL,
    publisher_id TEXT,
    state TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT,
    reason TEXT,
    CONSTRAINT held_names_id PRIMARY KEY (id),
    CONSTRAINT held_names_name UNIQUE (canonical),
    CONSTRAINT held_names_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id),
    CONSTRAINT held_names_state CHECK (state IN ('held', 'allowed', 'refused'))
);
CREATE INDEX held_names_by_state ON held_names (state, id);
CREATE INDEX held_names_by_publisher ON held_names (publisher_id, id);

-- When an operator deleted a namespace or a module, and why. The rows stay: the log has leaves of them. Once somebody else has taken a
-- namespace, the canonical form of the one before has its id behind it.
ALTER TABLE publishers ADD COLUMN deleted_at BIGINT;
ALTER TABLE publishers ADD COLUMN deletion_reason TEXT;
ALTER TABLE modules ADD COLUMN deleted_at BIGINT;
ALTER TABLE modules ADD COLUMN deletion_reason TEXT;
CREATE INDEX modules_by_publisher ON modules (publisher_id);
