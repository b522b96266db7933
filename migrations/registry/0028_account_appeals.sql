-- What people say against an operator's refusal of the namespace that they asked for: `subject` is the id of the held name. `appeals` are of
-- publishers, which these people are not; both are one list to operators. About one name one waits at a time.
CREATE TABLE account_appeals (
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    said TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    reason TEXT,
    CONSTRAINT account_appeals_id PRIMARY KEY (id),
    CONSTRAINT account_appeals_account FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT account_appeals_state CHECK (state IN ('open', 'granted', 'denied'))
);
CREATE UNIQUE INDEX account_appeals_open ON account_appeals (subject) WHERE state = 'open';
CREATE INDEX account_appeals_by_state ON account_appeals (state, id);
CREATE INDEX account_appeals_by_account ON account_appeals (account_id, id);
