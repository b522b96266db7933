-- What is due to each webhook: each has its turn, however much waits for another.
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, state, run_at, id);
