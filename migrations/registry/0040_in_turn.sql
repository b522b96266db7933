-- What is due to each webhook: each has its turn, however much waits for another.
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, state, run_at, id);

-- The audit log by who did something, and from where.
CREATE INDEX audit_by_who ON audit (who, seq);
CREATE INDEX audit_by_network ON audit (network, seq);

-- What was said about submissions of late.
CREATE INDEX submission_events_said ON submission_events (at) WHERE kind = 'comment';
