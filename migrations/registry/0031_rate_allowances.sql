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
