-- What operators do about modules, what they are told of, and what publishers say against it.

-- Why no version of a module can be installed, if the whole of it is in quarantine.
ALTER TABLE modules ADD COLUMN quarantined_for TEXT;
