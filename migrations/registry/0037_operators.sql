-- Since when an account is disabled, and why. Nothing for one that is not, for one that was disabled before, and where nobody said why.
ALTER TABLE accounts ADD COLUMN disabled_at BIGINT;
ALTER TABLE accounts ADD COLUMN disabled_for TEXT;

-- What an operators' token may do, as a list in JSON; nothing for one that may do everything, and for tokens of others.
ALTER TABLE tokens ADD COLUMN operator_scopes TEXT;
