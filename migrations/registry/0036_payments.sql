-- Pages that a provider of payments opened for a period of an order. `handle` is what the provider calls one; each is open for some
-- hours, and `attempt` counts them.
CREATE TABLE checkouts (
    order_id TEXT NOT NULL,
    period BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    handle TEXT NOT NULL,
    page TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    closes_at BIGINT NOT NULL,
    CONSTRAINT checkouts_id PRIMARY KEY (order_id, period, attempt),
    CONSTRAINT checkouts_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT checkouts_state CHECK (state IN ('open', 'done', 'closed'))
);
CREATE INDEX checkouts_by_handle ON checkouts (handle);

-- What the provider of payments told over HTTP, so that what is told twice is done once.
CREATE TABLE payment_events (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    heard_at BIGINT NOT NULL,
    CONSTRAINT payment_events_id PRIMARY KEY (id)
);
CREATE INDEX payment_events_by_time ON payment_events (heard_at);

-- What the provider took, or gave back, that does not fit its order: `reference` is what the provider calls the payment, `is_checked`
-- whether an operator has looked at it.
CREATE TABLE payment_misfits (
    order_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    reference TEXT NOT NULL,
    reason TEXT NOT NULL,
    is_checked BOOLEAN NOT NULL,
    found_at BIGINT NOT NULL,
    CONSTRAINT payment_misfits_id PRIMARY KEY (order_id, number),
    CONSTRAINT payment_misfits_order FOREIGN KEY (order_id) REFERENCES orders (id)
);

-- By what the provider calls a payment, its order is found.
CREATE INDEX ledger_entries_by_reference ON ledger_entries (reference);
