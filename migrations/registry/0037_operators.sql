-- Since when an account is disabled, and why. Nothing for one that is not, for one that was disabled before, and where nobody said why.
ALTER TABLE accounts ADD COLUMN disabled_at BIGINT;
ALTER TABLE accounts ADD COLUMN disabled_for TEXT;
