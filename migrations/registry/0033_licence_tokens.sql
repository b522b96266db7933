-- A licence as it was signed last; nothing for one from before the registry signed any.
ALTER TABLE licences ADD COLUMN token TEXT;
