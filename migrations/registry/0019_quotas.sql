-- How much of the storage a module's packages take: a sum that is kept, so that no publish has to add up what there is.
ALTER TABLE modules ADD COLUMN package_bytes BIGINT NOT NULL DEFAULT 0;
UPDATE modules SET package_bytes = (
    SELECT CAST(COALESCE(SUM(r.size_bytes), 0) AS BIGINT) FROM releases r WHERE r.module_id = modules.id
);

-- How many versions a publisher released on a day, in days since 1970: the last one that it released anything.
CREATE TABLE publisher_days (
    publisher_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    releases BIGINT NOT NULL,
    CONSTRAINT publisher_days_publisher PRIMARY KEY (publisher_id),
    CONSTRAINT publisher_days_of FOREIGN KEY (publisher_id) REFERENCES publishers (id)
);

-- What an operator allows a publisher instead of what the configuration allows all; where it is empty, that holds.
CREATE TABLE publisher_quotas (
    publisher_id TEXT NOT NULL,
    modules BIGINT,
    package_bytes BIGINT,
    releases_a_day BIGINT,
    reason TEXT NOT NULL,
    given_by TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    CONSTRAINT publisher_quotas_publisher PRIMARY KEY (publisher_id),
    CONSTRAINT publisher_quotas_of FOREIGN KEY (publisher_id) REFERENCES publishers (id)
);
