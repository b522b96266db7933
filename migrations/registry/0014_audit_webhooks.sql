-- The audit log. Rows are appended and never changed: no statement of ours does, and each holds the digest of the one before. `who` is
-- `token:`, `account:` or `owner:` with an id, `machine`, `job` or `anonymous`; `network` a keyed hash; `detail` JSON.
CREATE TABLE audit (
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    network TEXT,
    request_id TEXT,
    act TEXT NOT NULL,
    publisher_id TEXT,
    namespace TEXT,
    module TEXT,
    version TEXT,
    subject_id TEXT,
    detail TEXT NOT NULL,
    leaf BIGINT,
    previous TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    CONSTRAINT audit_seq PRIMARY KEY (seq)
);
CREATE INDEX audit_by_publisher ON audit (publisher_id, seq);
CREATE INDEX audit_by_act ON audit (act, seq);

-- Number and digest of the last entry. One row, locked by whoever appends: the last lock that a transaction takes.
CREATE TABLE audit_head (
    id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    CONSTRAINT audit_head_id PRIMARY KEY (id),
    CONSTRAINT audit_head_one CHECK (id = 1)
);
INSERT INTO audit_head (id, seq, sha256)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- Somewhere that is told what happens; one without a publisher is the operators', and told of all. `secret` is sealed with the key of the
-- accounts; `previous_secret` signs as well until a time. `events` is a list; an empty one means all.
CREATE TABLE webhooks (
    id TEXT NOT NULL,
    publisher_id TEXT,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_until BIGINT,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    disabled_for TEXT,
    CONSTRAINT webhooks_id PRIMARY KEY (id),
    CONSTRAINT webhooks_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id)
);
CREATE INDEX webhooks_by_publisher ON webhooks (publisher_id, id);

-- Up to which entry of the audit log hooks were told.
CREATE TABLE webhook_cursor (
    id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    CONSTRAINT webhook_cursor_id PRIMARY KEY (id),
    CONSTRAINT webhook_cursor_one CHECK (id = 1)
);
INSERT INTO webhook_cursor (id, seq) VALUES (1, 0);

-- One event for one hook: `waiting`, `sending` until a time, `delivered` or `failed`. `attempts` are those since `started_at`.
CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    host TEXT NOT NULL,
    event TEXT NOT NULL,
    audit_seq BIGINT,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    leased_until BIGINT,
    CONSTRAINT webhook_deliveries_id PRIMARY KEY (id),
    CONSTRAINT webhook_deliveries_once UNIQUE (webhook_id, audit_seq),
    CONSTRAINT webhook_deliveries_webhook FOREIGN KEY (webhook_id) REFERENCES webhooks (id),
    CONSTRAINT webhook_deliveries_state CHECK (state IN ('waiting', 'sending', 'delivered', 'failed'))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (state, run_at);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);

CREATE TABLE webhook_attempts (
    delivery_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    number BIGINT NOT NULL,
    status BIGINT,
    duration_ms BIGINT NOT NULL,
    error TEXT,
    CONSTRAINT webhook_attempts_number PRIMARY KEY (delivery_id, at, number),
    CONSTRAINT webhook_attempts_delivery FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries (id)
);
