-- Several keys of a publisher, each with what it may sign and how long, and with what gave somebody the right to add or
-- remove it (JSON). A key without that was registered by a token alone beside others: nothing proves it, and it counts for
-- nothing until it is added again.
ALTER TABLE publisher_keys ADD COLUMN purposes TEXT NOT NULL DEFAULT '["release","key-change"]';
ALTER TABLE publisher_keys ADD COLUMN not_after BIGINT;
ALTER TABLE publisher_keys ADD COLUMN added_by TEXT;
ALTER TABLE publisher_keys ADD COLUMN removed_leaf BIGINT;
ALTER TABLE publisher_keys ADD COLUMN removed_by TEXT;

UPDATE publisher_keys SET added_by = '"first"' WHERE key_id = (
    SELECT k.key_id FROM publisher_keys k WHERE k.publisher_id = publisher_keys.publisher_id
    ORDER BY CASE WHEN k.leaf IS NULL THEN 1 ELSE 0 END, k.leaf, k.added_at, k.key_id LIMIT 1
);
