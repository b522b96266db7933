-- How long a module's index file is, at most: clients read none beyond a cap. Of releases from before it is estimated.
ALTER TABLE modules ADD COLUMN index_bytes BIGINT NOT NULL DEFAULT 0;

UPDATE modules SET index_bytes = (
    SELECT COALESCE(SUM(LENGTH(r.permissions) + LENGTH(r.dependencies) + LENGTH(r.world) + 600), 0)
    FROM releases r WHERE r.module_id = modules.id
);
