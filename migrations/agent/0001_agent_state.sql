-- The agent's own state. One text for SQLite and PostgreSQL: times are Unix milliseconds (UTC), documents are JSON text,
-- ids are made in Rust. What a module stores is elsewhere: one SQLite file per tenant and module.

create table tenant (
    tenant        text   not null,
    display_name  text   not null,
    token_hash    text   not null,
    created_at    bigint not null,
    constraint tenant_key primary key (tenant),
    constraint tenant_token_hash_unique unique (token_hash)
);

-- A module at rest for a tenant. No row: not installed. What is being done to it is the running operation's business.
create table installation (
    tenant            text    not null,
    module            text    not null,
    requirement       text    not null,
    channel           text    not null,
    auto_update       boolean not null,
    state             text    not null,
    version           text,
    sha256            text,
    previous_version  text,
    previous_sha256   text,
    grants            text    not null,
    config            text    not null,
    config_revision   bigint  not null,
    held              text,
    failed            text,
    load_error        text,
    created_at        bigint  not null,
    updated_at        bigint  not null,
    constraint installation_key primary key (tenant, module),
    constraint installation_of_tenant foreign key (tenant) references tenant (tenant),
    constraint installation_state_known check (state in ('installing', 'installed', 'active')),
    constraint installation_version_whole check ((version is null) = (sha256 is null)),
    constraint installation_previous_whole check ((previous_version is null) = (previous_sha256 is null)),
    constraint installation_resting_has_version check (state = 'installing' or version is not null)
);

create table operation (
    id            text   not null,
    tenant        text   not null,
    module        text   not null,
    kind          text   not null,
    status        text   not null,
    step          text   not null,
    actor         text   not null,
    request       text   not null,
    error         text,
    from_version  text,
    to_version    text,
    to_sha256     text,
    created_at    bigint not null,
    updated_at    bigint not null,
    constraint operation_key primary key (id),
    constraint operation_of_tenant foreign key (tenant) references tenant (tenant),
    constraint operation_kind_known check (kind in ('install', 'activate', 'deactivate', 'update', 'rollback', 'uninstall')),
    constraint operation_status_known check (status in ('running', 'succeeded', 'failed', 'held'))
);

-- One lifecycle operation per installation at a time: held here, where two requests cannot both be first.
create unique index operation_one_running on operation (tenant, module) where status = 'running';
create index operation_by_tenant on operation (tenant, created_at);

create table config_revision (
    tenant    text   not null,
    module    text   not null,
    revision  bigint not null,
    config    text   not null,
    actor     text   not null,
    at        bigint not null,
    constraint config_revision_key primary key (tenant, module, revision)
);

-- Who did what, and what was refused. `tenant` is the tenant acted upon; rows outlive the installation they tell of.
create table audit (
    id       text   not null,
    at       bigint not null,
    tenant   text   not null,
    actor    text   not null,
    action   text   not null,
    module   text,
    outcome  text   not null,
    detail   text   not null,
    constraint audit_key primary key (id),
    constraint audit_outcome_known check (outcome in ('done', 'refused', 'failed'))
);
create index audit_by_tenant on audit (tenant, at);

-- Metered use, one row per tenant, module and hour.
create table usage_hour (
    tenant          text   not null,
    module          text   not null,
    hour            bigint not null,
    calls           bigint not null,
    failures        bigint not null,
    cpu_us          bigint not null,
    host_calls      bigint not null,
    peak_memory     bigint not null,
    constraint usage_hour_key primary key (tenant, module, hour)
);

-- How far the registry's change feed was followed.
create table feed_cursor (
    registry  text   not null,
    seq       bigint not null,
    constraint feed_cursor_key primary key (registry)
);

-- Index files as last fetched, with the entity tag to ask for news with. An entity tag means something to its registry only.
create table index_file (
    registry    text   not null,
    module      text   not null,
    etag        text   not null,
    body        text   not null,
    fetched_at  bigint not null,
    constraint index_file_key primary key (registry, module)
);
