-- What is said of releases once they are out.

-- Why a release was yanked, if its publisher said so.
ALTER TABLE releases ADD COLUMN yanked_for TEXT;

-- That a publisher advises against a module, or some of its versions (`versions`, a requirement; all if there is none).
CREATE TABLE deprecations (
    module_id TEXT NOT NULL,
    versions TEXT,
    message TEXT NOT NULL,
    replacement TEXT,
    at BIGINT NOT NULL,
    CONSTRAINT deprecations_module PRIMARY KEY (module_id),
    CONSTRAINT deprecations_of_module FOREIGN KEY (module_id) REFERENCES modules (id)
);

-- Every state of every advisory: the one of the highest `revision` is the present one. `year` and `number` make the name,
-- `ADX-2026-0001`; `document` is the whole of it as JSON, `leaf` the leaf of the log that tells of it.
CREATE TABLE advisories (
    id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    year BIGINT NOT NULL,
    number BIGINT NOT NULL,
    module_id TEXT NOT NULL,
    document TEXT NOT NULL,
    filed_by TEXT NOT NULL,
    leaf BIGINT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT advisories_revision PRIMARY KEY (id, revision),
    CONSTRAINT advisories_module FOREIGN KEY (module_id) REFERENCES modules (id)
);
CREATE INDEX advisories_by_number ON advisories (year, number);
CREATE INDEX advisories_by_module ON advisories (module_id, id);
