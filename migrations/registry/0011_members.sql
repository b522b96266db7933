-- Roles of the people of a publisher, whose namespace may be offered to somebody else.

-- A row of `owners` is a member. Those of the role `owner` decide together; the others are `maintainer`, `billing` or `reader`. Whoever has
-- no account is an owner with a token only, or is invited. An account is a member of a publisher once.
ALTER TABLE owners ADD COLUMN role TEXT NOT NULL DEFAULT 'owner';
ALTER TABLE owners ADD COLUMN account_id TEXT CONSTRAINT owners_account REFERENCES accounts (id);
CREATE INDEX owners_by_account ON owners (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX owners_invited ON owners (LOWER(email)) WHERE state = 'invited';
CREATE UNIQUE INDEX owners_account_once ON owners (publisher_id, account_id)
    WHERE account_id IS NOT NULL AND state <> 'removed';

-- The member whose session made a token, or made one that did: it counts no longer than the member.
ALTER TABLE tokens ADD COLUMN made_by TEXT CONSTRAINT tokens_maker REFERENCES owners (id);
CREATE INDEX tokens_by_maker ON tokens (made_by) WHERE made_by IS NOT NULL;

-- `organisation`, or `person` for the publisher that one person made for itself.
ALTER TABLE publishers ADD COLUMN kind TEXT NOT NULL DEFAULT 'organisation';

-- The person for whom a namespace is held.
ALTER TABLE held_names ADD COLUMN account_id TEXT CONSTRAINT held_names_account REFERENCES accounts (id);
CREATE INDEX held_names_by_account ON held_names (account_id) WHERE account_id IS NOT NULL;

-- What owners decided to give to somebody else, once: `offered`, `accepted`, `declined` or `withdrawn`. `name` and `address` are personal:
-- both are erased when it has ended. Of the code only the hash is kept.
CREATE TABLE transfers (
    id TEXT NOT NULL,
    publisher_id TEXT NOT NULL,
    state TEXT NOT NULL,
    name TEXT,
    address TEXT,
    code_hash TEXT,
    offered_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    CONSTRAINT transfers_id PRIMARY KEY (id),
    CONSTRAINT transfers_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id),
    CONSTRAINT transfers_state CHECK (state IN ('offered', 'accepted', 'declined', 'withdrawn'))
);
CREATE UNIQUE INDEX transfers_open ON transfers (publisher_id) WHERE state = 'offered';
CREATE UNIQUE INDEX transfers_code ON transfers (code_hash) WHERE code_hash IS NOT NULL;
