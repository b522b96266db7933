-- By which people of providers of identities (OpenID Connect) an account is signed in to. `subject` is what the provider (`issuer`) calls
-- the person: it is erased with the account.
CREATE TABLE account_identities (
    id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id TEXT NOT NULL,
    connected_at BIGINT NOT NULL,
    CONSTRAINT account_identities_id PRIMARY KEY (id),
    CONSTRAINT account_identities_subject UNIQUE (issuer, subject),
    CONSTRAINT account_identities_account FOREIGN KEY (account_id) REFERENCES accounts (id)
);
CREATE INDEX account_identities_by_account ON account_identities (account_id);
