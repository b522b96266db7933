-- What a submission was compared with when it was decided: the version that people had, or `nothing` where they had none. NULL while it
-- waits, and for what was decided before this column was there.
ALTER TABLE submissions ADD COLUMN compared_with TEXT;
