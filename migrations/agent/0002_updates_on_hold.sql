-- A rollback on request holds the module where it is: the version it came from, until somebody updates again.
alter table installation add column rolled_back_from text;
-- A word for programs beside `error`, which is for people.
alter table operation add column error_kind text;
-- Any text was taken before and none had an effect.
update installation set channel = 'stable' where channel not in ('stable', 'beta');
