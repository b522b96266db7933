-- An approval is of a package, not of whatever a version will be: those without a digest are given anew.
drop table approval;
create table approval (
    tenant   text   not null,
    module   text   not null,
    version  text   not null,
    sha256   text   not null,
    actor    text   not null,
    reason   text   not null,
    at       bigint not null,
    constraint approval_key primary key (tenant, module, version, sha256, actor),
    constraint approval_of_tenant foreign key (tenant) references tenant (tenant)
);
