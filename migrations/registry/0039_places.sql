-- Which states of advisories say that they hold of nothing any more: the last one of each that was withdrawn. They take no place that another
-- one could have.
ALTER TABLE advisories ADD COLUMN withdrawn BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE advisories SET withdrawn = TRUE WHERE document LIKE '%","withdrawn":"%';
CREATE INDEX advisories_withdrawn ON advisories (id) WHERE withdrawn;
