-- Domains of publishers: what is to stand in the DNS, and whether it does.

-- `token` is no secret. `verified_at` is empty until the record was seen, and again when it stayed away; `looked_at` is when it was looked
-- for last, `seen_at` when the record was there last, `missing_since` since when it is missing though the domain is verified.
CREATE TABLE publisher_domains (
    publisher_id TEXT NOT NULL,
    domain TEXT NOT NULL,
    token TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    verified_at BIGINT,
    looked_at BIGINT,
    seen_at BIGINT,
    missing_since BIGINT,
    CONSTRAINT publisher_domains_publisher_id PRIMARY KEY (publisher_id),
    CONSTRAINT publisher_domains_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id)
);
CREATE INDEX publisher_domains_looked ON publisher_domains (looked_at) WHERE verified_at IS NOT NULL;
