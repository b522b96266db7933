-- Why a yank was taken back, if its publisher said so; nothing for a release that is yanked, or never was.
ALTER TABLE releases ADD COLUMN unyanked_for TEXT;

-- Tokens of runs that ended, and what was sent with them: for the sweep that removes those of which nothing came.
CREATE INDEX tokens_of_workflows ON tokens (expires_at) WHERE of_workflow;
CREATE INDEX releases_by_token ON releases (token_id);
CREATE INDEX submissions_by_token ON submissions (token_id);
