-- Where tokens count, and trusted publishing.

-- `networks` is a JSON list of networks (CIDR), empty for everywhere. A token of a workflow (`of_workflow`) is a publisher's, made for one run.
ALTER TABLE tokens ADD COLUMN networks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE tokens ADD COLUMN of_workflow BOOLEAN NOT NULL DEFAULT FALSE;

-- What a publisher asks of its releases.
ALTER TABLE publishers ADD COLUMN trusted_only BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE publishers ADD COLUMN staged BOOLEAN NOT NULL DEFAULT FALSE;

-- Workflows that publishers trust; `workflow` is JSON. One that is not trusted any more stays, for what it published.
CREATE TABLE trusted_publishers (
    id TEXT NOT NULL,
    publisher_id TEXT NOT NULL,
    workflow TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    removed_at BIGINT,
    CONSTRAINT trusted_publishers_id PRIMARY KEY (id),
    CONSTRAINT trusted_publishers_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id)
);
CREATE INDEX trusted_publishers_by_publisher ON trusted_publishers (publisher_id, id);

-- Tokens of CI systems that were exchanged, for as long as they would be good: each is good for one.
CREATE TABLE used_workflow_tokens (
    issuer TEXT NOT NULL,
    jti TEXT NOT NULL,
    good_until BIGINT NOT NULL,
    CONSTRAINT used_workflow_tokens_once PRIMARY KEY (issuer, jti)
);
CREATE INDEX used_workflow_tokens_by_end ON used_workflow_tokens (good_until);

-- The run that a token of a workflow was made for. `admitted_by` is a JSON list of trusted publishers.
CREATE TABLE token_provenances (
    token_id TEXT NOT NULL,
    admitted_by TEXT NOT NULL,
    issuer TEXT NOT NULL,
    repository_id TEXT NOT NULL,
    repository TEXT NOT NULL,
    workflow TEXT NOT NULL,
    environment TEXT,
    git_ref TEXT NOT NULL,
    sha TEXT NOT NULL,
    run_id TEXT NOT NULL,
    actor TEXT,
    exchanged_at BIGINT NOT NULL,
    CONSTRAINT token_provenances_token_id PRIMARY KEY (token_id),
    CONSTRAINT token_provenances_token FOREIGN KEY (token_id) REFERENCES tokens (id)
);
