-- By what a person came into a session, and when the provider of identities said last that it had signed in there. From before it is not known:
-- accounts without a password have been signed in to at the provider only.
ALTER TABLE sessions ADD COLUMN signed_in_by TEXT NOT NULL DEFAULT 'password';
ALTER TABLE sessions ADD COLUMN proven_at BIGINT;
UPDATE sessions SET signed_in_by = 'provider' WHERE account_id IN (SELECT id FROM accounts WHERE password IS NULL);
