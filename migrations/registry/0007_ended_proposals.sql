-- When a proposal ended, and who cancelled it; neither of one that ended before this was written.
ALTER TABLE proposals ADD COLUMN ended_at BIGINT;
ALTER TABLE proposals ADD COLUMN cancelled_by TEXT CONSTRAINT proposals_canceller REFERENCES owners (id);
