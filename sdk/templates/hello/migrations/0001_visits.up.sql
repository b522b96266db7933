CREATE TABLE visits (
    name   TEXT    NOT NULL PRIMARY KEY,
    visits INTEGER NOT NULL CHECK (visits > 0)
) STRICT;
