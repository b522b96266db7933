-- Addresses that accounts had when their people, or somebody else, wanted mail to go to another: whoever reads them takes the account back.
-- `address` is personal. `code_hash` is the sha256 of the code of the letter, none until that is sent.
CREATE TABLE former_addresses (
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    address TEXT NOT NULL,
    code_hash TEXT,
    expires_at BIGINT NOT NULL,
    CONSTRAINT former_addresses_id PRIMARY KEY (id),
    CONSTRAINT former_addresses_address UNIQUE (account_id, address),
    CONSTRAINT former_addresses_code UNIQUE (code_hash),
    CONSTRAINT former_addresses_account FOREIGN KEY (account_id) REFERENCES accounts (id)
);
