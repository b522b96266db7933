-- For whom modules are bought. `name` is what agents call the tenant, `canonical` the form under which two spellings are one. Either a
-- person buys (`account_id`) or an organisation (`publisher_id`). `bill_to` and `bill_mail` are personal where a person buys.
CREATE TABLE tenants (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    canonical TEXT NOT NULL,
    account_id TEXT,
    publisher_id TEXT,
    bill_to TEXT NOT NULL,
    bill_mail TEXT,
    cap_minor BIGINT,
    cap_currency TEXT,
    created_at BIGINT NOT NULL,
    CONSTRAINT tenants_id PRIMARY KEY (id),
    CONSTRAINT tenants_name UNIQUE (canonical),
    CONSTRAINT tenants_account FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT tenants_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id),
    CONSTRAINT tenants_buyer CHECK ((account_id IS NULL) <> (publisher_id IS NULL)),
    CONSTRAINT tenants_cap CHECK ((cap_minor IS NULL) = (cap_currency IS NULL))
);
CREATE INDEX tenants_by_account ON tenants (account_id);
CREATE INDEX tenants_by_publisher ON tenants (publisher_id);

-- What is taken off prices. `off` is JSON: a part, or an amount of a currency.
CREATE TABLE coupons (
    id TEXT NOT NULL,
    publisher_id TEXT NOT NULL,
    code TEXT NOT NULL,
    module TEXT,
    off TEXT NOT NULL,
    periods BIGINT,
    most BIGINT,
    used BIGINT NOT NULL,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    CONSTRAINT coupons_id PRIMARY KEY (id),
    CONSTRAINT coupons_code UNIQUE (publisher_id, code),
    CONSTRAINT coupons_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id)
);

-- What was ordered. `publisher_id` is who sells. `terms` is what was agreed (JSON), which nothing changes; `course` how far it has come in
-- periods and money. `next_at` is when time changes something. A tenant uses an idempotency key once; `request_sha256` is the digest of
-- what was sent with it. `trial` is the module's canonical name where the order is a trial: a tenant tries a module once.
CREATE TABLE orders (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    publisher_id TEXT NOT NULL,
    module TEXT NOT NULL,
    trial TEXT,
    terms TEXT NOT NULL,
    state TEXT NOT NULL,
    course TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    cost_centre TEXT,
    placed_by TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    next_at BIGINT,
    CONSTRAINT orders_id PRIMARY KEY (id),
    CONSTRAINT orders_once UNIQUE (tenant_id, idempotency_key),
    CONSTRAINT orders_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT orders_publisher FOREIGN KEY (publisher_id) REFERENCES publishers (id)
);
CREATE UNIQUE INDEX orders_trial ON orders (tenant_id, trial) WHERE trial IS NOT NULL;
CREATE INDEX orders_by_tenant ON orders (tenant_id, id);
CREATE INDEX orders_by_state ON orders (state, id);
CREATE INDEX orders_by_next ON orders (next_at);

-- What happened to orders: who did what, when, and why. Only added to.
CREATE TABLE order_events (
    id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    what TEXT NOT NULL,
    state TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    at BIGINT NOT NULL,
    reason TEXT,
    CONSTRAINT order_events_id PRIMARY KEY (id),
    CONSTRAINT order_events_order FOREIGN KEY (order_id) REFERENCES orders (id)
);
CREATE INDEX order_events_by_order ON order_events (order_id, id);

-- The ledger: entries of postings that add up to nothing for each currency. Only added to. A bank's reference pays an order once.
CREATE TABLE ledger_entries (
    id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    period BIGINT NOT NULL,
    at BIGINT NOT NULL,
    reference TEXT,
    CONSTRAINT ledger_entries_id PRIMARY KEY (id),
    CONSTRAINT ledger_entries_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT ledger_entries_kind CHECK (kind IN ('invoice', 'void', 'payment', 'refund', 'chargeback'))
);
CREATE UNIQUE INDEX ledger_entries_once ON ledger_entries (order_id, kind, reference) WHERE reference IS NOT NULL;
CREATE TABLE ledger_postings (
    entry_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    account TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    CONSTRAINT ledger_postings_id PRIMARY KEY (entry_id, number),
    CONSTRAINT ledger_postings_entry FOREIGN KEY (entry_id) REFERENCES ledger_entries (id)
);
CREATE INDEX ledger_postings_by_account ON ledger_postings (account, entry_id);

-- Invoices, numbered without gaps in each year. `bill_to`, `seller` and `lines` (JSON) are as they were when it was written.
CREATE TABLE invoice_years (
    year BIGINT NOT NULL,
    last BIGINT NOT NULL,
    CONSTRAINT invoice_years_year PRIMARY KEY (year)
);
CREATE TABLE invoices (
    year BIGINT NOT NULL,
    number BIGINT NOT NULL,
    order_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    period BIGINT NOT NULL,
    state TEXT NOT NULL,
    seller TEXT NOT NULL,
    bill_to TEXT NOT NULL,
    lines TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    cost_centre TEXT,
    written_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    CONSTRAINT invoices_number PRIMARY KEY (year, number),
    CONSTRAINT invoices_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT invoices_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT invoices_state CHECK (state IN ('open', 'paid', 'void'))
);
CREATE INDEX invoices_by_order ON invoices (order_id, period);
CREATE INDEX invoices_by_tenant ON invoices (tenant_id, year, number);

-- What may be used: one row for each order that was ever active. Its text is signed when somebody asks for it, from this row.
CREATE TABLE licences (
    id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    module TEXT NOT NULL,
    state TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    issued_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT licences_id PRIMARY KEY (id),
    CONSTRAINT licences_once UNIQUE (order_id),
    CONSTRAINT licences_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT licences_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT licences_state CHECK (state IN ('in-force', 'frozen', 'ended', 'revoked'))
);
CREATE INDEX licences_by_tenant ON licences (tenant_id, id);
CREATE INDEX licences_revoked ON licences (state, id);
