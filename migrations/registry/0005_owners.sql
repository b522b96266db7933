-- The people who hold a publisher's namespace together, and what they decide.

-- An owner is `invited`, `accepted` or `removed`. The address is personal: it is erased when the owner is removed. Of the code of an
-- invitation only the hash is kept, until it is used.
CREATE TABLE owners (
    id TEXT NOT NULL,
    publisher_id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    accepted_at BIGINT,
    code_hash TEXT,
    code_expires_at BIGINT,
    CONSTRAINT owners_id PRIMARY KEY (id),
    CONSTRAINT owners_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id),
    CONSTRAINT owners_state CHECK (state IN ('invited', 'accepted', 'removed'))
);
CREATE INDEX owners_by_publisher ON owners (publisher_id);
CREATE UNIQUE INDEX owners_code ON owners (code_hash) WHERE code_hash IS NOT NULL;

-- How many owners must approve; none is the majority.
ALTER TABLE publishers ADD COLUMN owner_threshold BIGINT;

-- A token with an owner is the owner's; one without publisher and owner is an operator's.
ALTER TABLE tokens ADD COLUMN owner_id TEXT CONSTRAINT tokens_owner REFERENCES owners (id);
CREATE INDEX tokens_by_owner ON tokens (owner_id) WHERE owner_id IS NOT NULL;

-- `action` is JSON. `needed` is how many had to approve, once enough have.
CREATE TABLE proposals (
    id TEXT NOT NULL,
    publisher_id TEXT NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    needed BIGINT,
    effective_at BIGINT,
    announced_leaf BIGINT,
    leaf BIGINT,
    failure TEXT,
    CONSTRAINT proposals_id PRIMARY KEY (id),
    CONSTRAINT proposals_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id),
    CONSTRAINT proposals_opener FOREIGN KEY (opened_by) REFERENCES owners (id),
    CONSTRAINT proposals_state CHECK (state IN ('open', 'announced', 'done', 'failed', 'expired', 'cancelled'))
);
CREATE INDEX proposals_by_publisher ON proposals (publisher_id, state);

CREATE TABLE proposal_approvals (
    proposal_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT proposal_approvals_once PRIMARY KEY (proposal_id, owner_id),
    CONSTRAINT proposal_approvals_proposal FOREIGN KEY (proposal_id) REFERENCES proposals (id),
    CONSTRAINT proposal_approvals_owner FOREIGN KEY (owner_id) REFERENCES owners (id)
);
