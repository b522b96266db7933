-- Permissions that the last update withdrew because its version asks for them no longer: a rollback gives them back.
alter table installation add column withdrawn text not null default '[]';
