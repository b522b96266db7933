-- Addresses that people want their mail to go to, one each, and have not shown to be theirs so far. `address` is personal. `code_hash` is
-- the sha256 of the code of the letter, none until that is sent.
CREATE TABLE wanted_addresses (
    account_id TEXT NOT NULL,
    address TEXT NOT NULL,
    code_hash TEXT,
    expires_at BIGINT NOT NULL,
    CONSTRAINT wanted_addresses_account_id PRIMARY KEY (account_id),
    CONSTRAINT wanted_addresses_code UNIQUE (code_hash),
    CONSTRAINT wanted_addresses_account FOREIGN KEY (account_id) REFERENCES accounts (id)
);
