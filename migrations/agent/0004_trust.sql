-- Why the registry's kill list stopped it, of the version that is current.
alter table installation add column quarantined text;
-- How long a release must have been public before it is installed for this tenant.
alter table tenant add column cooldown_seconds bigint not null default 0;

-- Who agreed that a release, a security fix, need not wait.
create table approval (
    tenant   text   not null,
    module   text   not null,
    version  text   not null,
    actor    text   not null,
    reason   text   not null,
    at       bigint not null,
    constraint approval_key primary key (tenant, module, version, actor),
    constraint approval_of_tenant foreign key (tenant) references tenant (tenant)
);

-- Index files are kept with what else is remembered of a registry.
drop table index_file;
