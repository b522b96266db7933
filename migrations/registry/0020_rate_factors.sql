-- How many times as often the tokens of a publisher may do what all may; where it is empty, as often.
ALTER TABLE publisher_quotas ADD COLUMN rate_factor BIGINT;
