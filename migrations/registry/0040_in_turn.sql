-- What is due to each webhook: each has its turn, however much waits for another.
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, state, run_at, id);

-- The audit log by who did something, and from where.
CREATE INDEX audit_by_who ON audit (who, seq);
CREATE INDEX audit_by_network ON audit (network, seq);

-- What was said about submissions of late.
CREATE INDEX submission_events_said ON submission_events (at) WHERE kind = 'comment';

-- Whether a run released something that its token stays for; the sweep of those of which nothing came passes over it.
ALTER TABLE tokens ADD COLUMN has_released BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE tokens SET has_released = TRUE WHERE of_workflow AND id IN (SELECT token_id FROM releases);
CREATE INDEX tokens_of_idle_workflows ON tokens (expires_at) WHERE of_workflow AND NOT has_released;
