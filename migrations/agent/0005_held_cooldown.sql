-- A cooldown that was shortened holds until it has passed once more: whoever shortens it does not let a fresh release in at once.
alter table tenant add column held_cooldown_seconds bigint not null default 0;
-- Until when, in milliseconds.
alter table tenant add column held_cooldown_until bigint not null default 0;
