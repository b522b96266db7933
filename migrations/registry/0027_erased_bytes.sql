-- What was erased is not stored any more, and not counted against a quota.
UPDATE modules SET package_bytes = (
    SELECT COALESCE(SUM(r.size_bytes), 0) FROM releases r WHERE r.module_id = modules.id AND NOT r.erased
)
WHERE EXISTS (SELECT 1 FROM releases r WHERE r.module_id = modules.id AND r.erased);
