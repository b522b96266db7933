-- How many times as often one caller may do something, instead of what the configuration allows all. What a publisher may do in everything
-- stands in publisher_quotas (rate_factor).
CREATE TABLE rate_allowances (
    -- `publisher`, `account` or `address`
    caller_kind TEXT NOT NULL,
    -- its id, or the address
    caller TEXT NOT NULL,
    -- the kind of action, `all` for every one
    action TEXT NOT NULL,
    factor BIGINT NOT NULL,
    reason TEXT NOT NULL,
    given_by TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    CONSTRAINT rate_allowances_caller PRIMARY KEY (caller_kind, caller, action)
);

-- Rules of releases that an operator turns off, in the place of the second owner whom the publisher does not have.
CREATE TABLE publishing_loosenings (
    publisher_id TEXT NOT NULL,
    -- `trusted-only` or `staged`
    switch TEXT NOT NULL,
    reason TEXT NOT NULL,
    effective_at BIGINT NOT NULL,
    CONSTRAINT publishing_loosenings_switch PRIMARY KEY (publisher_id, switch),
    CONSTRAINT publishing_loosenings_of FOREIGN KEY (publisher_id) REFERENCES publishers (id)
);
