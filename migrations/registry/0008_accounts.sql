-- People: who has an account, where they are signed in, and how they show that it is them.

-- `address` is personal, and so is `name`: both are erased with the account. `address_key` is the address in lower case: one account each.
-- `password` is a PHC string (argon2id), none until the address is verified.
CREATE TABLE accounts (
    id TEXT NOT NULL,
    address TEXT,
    address_key TEXT,
    name TEXT,
    password TEXT,
    state TEXT NOT NULL,
    is_operator BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    verified_at BIGINT,
    CONSTRAINT accounts_id PRIMARY KEY (id),
    CONSTRAINT accounts_address UNIQUE (address_key),
    CONSTRAINT accounts_state CHECK (state IN ('unverified', 'active', 'disabled', 'erased'))
);
CREATE INDEX accounts_operators ON accounts (id) WHERE is_operator;

-- `hash` is the sha256 of what the cookie holds. `device` is a word or two, such as `Firefox on Linux`.
CREATE TABLE sessions (
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    device TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    CONSTRAINT sessions_id PRIMARY KEY (id),
    CONSTRAINT sessions_hash UNIQUE (hash),
    CONSTRAINT sessions_account FOREIGN KEY (account_id) REFERENCES accounts (id)
);
CREATE INDEX sessions_by_account ON sessions (account_id);

-- Codes of letters and of the operators' link, one of a purpose for each account; the link's has no account yet. `hash` is the sha256.
CREATE TABLE account_codes (
    hash TEXT NOT NULL,
    account_id TEXT,
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT account_codes_hash PRIMARY KEY (hash),
    CONSTRAINT account_codes_account FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT account_codes_purpose CHECK (purpose IN ('verify', 'reset', 'unlock', 'operator'))
);
CREATE INDEX account_codes_by_account ON account_codes (account_id);

-- How often something was tried. `subject` is a keyed hash of what, and by whom: it tells nobody an address.
CREATE TABLE account_attempts (
    subject TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    CONSTRAINT account_attempts_subject PRIMARY KEY (subject)
);

-- The seed of an account's one-time passwords, sealed with the key that lies beside the database. `last_step` is the last
-- half minute whose password was used. Not confirmed, it is asked for by nobody.
CREATE TABLE second_factors (
    account_id TEXT NOT NULL,
    sealed_seed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL,
    CONSTRAINT second_factors_account_once PRIMARY KEY (account_id),
    CONSTRAINT second_factors_account FOREIGN KEY (account_id) REFERENCES accounts (id)
);

-- sha256 of the codes that stand in for the second factor, once each.
CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT recovery_codes_once PRIMARY KEY (account_id, hash),
    CONSTRAINT recovery_codes_account FOREIGN KEY (account_id) REFERENCES accounts (id)
);
