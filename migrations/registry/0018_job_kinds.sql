-- Of which kind a job is: so that each kind can be counted.
ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT '';
UPDATE jobs SET kind = 'update_search' WHERE deduplication_key LIKE 'update_search:%';
UPDATE jobs SET kind = 'send_invitation' WHERE deduplication_key LIKE 'send_invitation:%';
UPDATE jobs SET kind = 'settle_proposal' WHERE deduplication_key LIKE 'settle_proposal:%';
UPDATE jobs SET kind = 'send_account_letter' WHERE deduplication_key LIKE 'send_account_letter:%';
UPDATE jobs SET kind = 'notify' WHERE deduplication_key LIKE 'notify:%';
UPDATE jobs SET kind = 'notify_operator' WHERE deduplication_key LIKE 'notify_operator:%';
UPDATE jobs SET kind = deduplication_key WHERE deduplication_key LIKE 'sweep_%';
