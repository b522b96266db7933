-- By which the key in `accounts.key_file` is known again: what it sealed opens with no other. One row, once there is a key.
CREATE TABLE accounts_key (
    id BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    CONSTRAINT accounts_key_id PRIMARY KEY (id),
    CONSTRAINT accounts_key_one CHECK (id = 1)
);
