-- The token that a token was made with: where that one is found by somebody, or revoked, all that grew from it goes too. Tokens from before have
-- none. It names no foreign key, since backups write the rows of a table in no particular order.
ALTER TABLE tokens ADD COLUMN parent_id TEXT;
CREATE INDEX tokens_by_parent ON tokens (parent_id) WHERE parent_id IS NOT NULL;
