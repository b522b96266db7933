-- Passkeys of accounts (WebAuthn). `credential_id` is what the device calls it, base64url. `credential` is what its signatures are checked
-- with, JSON: a public key and a counter. It is not sealed: it is no secret, and so passkeys outlive the key of the accounts.
CREATE TABLE passkeys (
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    credential TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    CONSTRAINT passkeys_id PRIMARY KEY (id),
    CONSTRAINT passkeys_credential UNIQUE (credential_id),
    CONSTRAINT passkeys_account FOREIGN KEY (account_id) REFERENCES accounts (id)
);
CREATE INDEX passkeys_by_account ON passkeys (account_id);

-- What devices are asked to sign for, for a few minutes. `hash` is the sha256 of the code that the browser brings again; the row is
-- deleted by its use. `sealed_state` is sealed with the key that lies beside the database.
CREATE TABLE passkey_rounds (
    hash TEXT NOT NULL,
    account_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    sealed_state TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT passkey_rounds_hash PRIMARY KEY (hash),
    CONSTRAINT passkey_rounds_account FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT passkey_rounds_purpose CHECK (purpose IN ('register', 'sign-in', 'remove'))
);
CREATE INDEX passkey_rounds_by_account ON passkey_rounds (account_id);
